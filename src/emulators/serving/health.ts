import { Decoded, encode } from '../wire/message.js';
import type { Methods } from './method.js';
import { ServiceError } from './service-error.js';

/** https://github.com/grpc/grpc/blob/master/src/proto/grpc/health/v1/health.proto */
const STATUS = { UNKNOWN: 0, SERVING: 1, NOT_SERVING: 2, SERVICE_UNKNOWN: 3 } as const;

/** Descriptors of the service, in the form of `protos.json`. */
export const HEALTH_DESCRIPTORS = {
  nested: {
    grpc: {
      nested: {
        health: {
          nested: {
            v1: {
              nested: {
                HealthCheckRequest: { fields: { service: { type: 'string', id: 1 } } },
                HealthCheckResponse: {
                  fields: { status: { type: 'ServingStatus', id: 1 } },
                  nested: { ServingStatus: { values: STATUS } },
                },
                Health: {
                  methods: {
                    Check: { requestType: 'HealthCheckRequest', responseType: 'HealthCheckResponse' },
                    Watch: {
                      requestType: 'HealthCheckRequest',
                      responseType: 'HealthCheckResponse',
                      responseStream: true,
                    },
                  },
                },
              },
            },
          },
        },
      },
    },
  },
};

/** `grpc.health.v1.Health` of a server that serves all its services as long as it runs. */
export function healthMethods(services: readonly string[]): Methods {
  const statusOf = (request: Buffer) => {
    const service = decode(request).text(1);
    return service === '' || services.includes(service) ? STATUS.SERVING : STATUS.SERVICE_UNKNOWN;
  };
  return {
    'grpc.health.v1.Health': {
      Check: {
        kind: 'unary-raw',
        handle: (request) => {
          const status = statusOf(request);
          if (status === STATUS.SERVICE_UNKNOWN) throw new ServiceError('NOT_FOUND', 'Unknown service.');
          return encode({ 1: status });
        },
      },
      Watch: {
        kind: 'server-stream-raw',
        handle: (request, call) => {
          call.send(encode({ 1: statusOf(request) }));
          return new Promise((_resolve, reject) => {
            call.signal.addEventListener('abort', () => {
              call.send(encode({ 1: STATUS.NOT_SERVING }));
              reject(call.signal.reason);
            });
          });
        },
      },
    },
  };
}

function decode(bytes: Buffer): Decoded {
  try {
    return new Decoded(bytes);
  } catch {
    throw new ServiceError('INVALID_ARGUMENT', 'The request is not a valid message.');
  }
}
