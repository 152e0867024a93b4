import { createServer as createHttp1Server } from 'node:http';
import { type Descriptors, type ProtosFile, readDescriptors } from './descriptors.js';
import { createGuard } from './guard.js';
import { healthMethods } from './health.js';
import type { ListenOptions } from './http-listener.js';
import type { Methods } from './method.js';
import { toRawMethod } from './raw-methods.js';
import { reflectionMethods } from './reflection.js';
import { restListener } from './rest/rest-server.js';
import type { HttpRule } from './rest/routes.js';
import { createGrpcSide, createScope, listenShared, type Serving, SILENCE_MS } from './shared-port.js';

export type { Serving } from './shared-port.js';

export interface ServeOptions extends ListenOptions {
  methods: Methods;
  /** What describes the messages. */
  protos: readonly ProtosFile[];
  /**
   * HTTP rules of methods that have none of this service in their descriptors, by full name: those of mixins, such as
   * `google.iam.v1.IAMPolicy/GetIamPolicy`.
   */
  httpRules?: Readonly<Record<string, readonly HttpRule[]>>;
  /** Largest request message, in bytes. Default 100 MiB, which no service exceeds. */
  maxRequestBytes?: number;
  /** Told of faults of our own, in lines without any value of a request. */
  log?: (line: string) => void;
}

const DEFAULT_MAX_REQUEST_BYTES = 100 * 1024 * 1024;

/** Serves gRPC and HTTP/1.1 on one port without TLS. Resolves when it listens. */
export async function serve(options: ServeOptions): Promise<Serving> {
  const { maxRequestBytes = DEFAULT_MAX_REQUEST_BYTES } = options;
  const scope = createScope(options.log);
  let reading: Promise<Descriptors> | undefined;
  const read = () => {
    reading ??= readDescriptors(options.protos);
    return reading;
  };
  const methods = new Map(
    Object.entries(withStandardServices(options.methods, read)).flatMap(([service, named]) =>
      Object.entries(named).map(([name, method]) => {
        const fullName = `${service}/${name}`;
        return [fullName, toRawMethod(fullName, method, read)] as const;
      }),
    ),
  );
  const side = createGrpcSide(methods, scope, { ...options, maxRequestBytes });
  const http1 = createHttp1Server(
    { keepAliveTimeout: 65_000 },
    restListener({
      methods,
      httpRules: options.httpRules ?? {},
      guard: createGuard(options, 'json'),
      read,
      scope,
      maxRequestBytes,
    }),
  );
  http1.timeout = SILENCE_MS;
  return listenShared(http1, side, options);
}

/** Every server tells of its health and of what it speaks. */
function withStandardServices(own: Methods, read: () => Promise<Descriptors>): Methods {
  const services = [...Object.keys(own), 'grpc.health.v1.Health'];
  return { ...own, ...healthMethods(services), ...reflectionMethods(services, read) };
}
