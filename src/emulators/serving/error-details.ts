import { encode, type Message } from '../wire/message.js';
import { CODES, type ErrorDetail, type ServiceError } from './service-error.js';

const TYPE_PREFIX = 'type.googleapis.com/';

/**
 * Field numbers of google/rpc/error_details.proto. Written out, because an error must not have to wait for
 * descriptors to be read.
 */
const ENCODERS: Record<ErrorDetail['type'], (fields: Record<string, unknown>) => Message> = {
  'google.rpc.ErrorInfo': ({ reason, domain, metadata }) => ({
    1: text(reason),
    2: text(domain),
    3: Object.entries(metadata ?? {}).map(([key, value]) => ({ 1: key, 2: String(value) })),
  }),
  'google.rpc.RetryInfo': ({ retryDelay }) => ({ 1: encodeDuration(String(retryDelay)) }),
  'google.rpc.ResourceInfo': ({ resourceType, resourceName, owner, description }) => ({
    1: text(resourceType),
    2: text(resourceName),
    3: text(owner),
    4: text(description),
  }),
  'google.rpc.BadRequest': ({ fieldViolations }) => ({
    1: ((fieldViolations ?? []) as Record<string, unknown>[]).map(({ field, description }) => ({
      1: text(field),
      2: text(description),
    })),
  }),
};

/** The bytes of `google.rpc.Status`, as `grpc-status-details-bin` carries them. */
export function encodeStatus({ code, message, details }: ServiceError): Buffer {
  return encode({
    1: CODES[code],
    2: message,
    3: details.map((detail) => ({ 1: `${TYPE_PREFIX}${detail.type}`, 2: encodeDetail(detail) })),
  });
}

export function encodeDetail({ type, fields }: ErrorDetail): Buffer {
  return encode(ENCODERS[type](fields));
}

/** Details as REST shows them. */
export function detailsToJson(details: readonly ErrorDetail[]): object[] {
  return details.map(({ type, fields }) => ({ '@type': `${TYPE_PREFIX}${type}`, ...fields }));
}

function text(value: unknown): string | undefined {
  return value === undefined ? undefined : String(value);
}

/** @param duration such as `0.01s`. */
function encodeDuration(duration: string): Message {
  const nanos = Math.round(Number.parseFloat(duration) * 1e9);
  return { 1: Math.trunc(nanos / 1e9), 2: nanos % 1e9 };
}
