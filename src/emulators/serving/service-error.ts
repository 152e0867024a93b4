/** https://github.com/grpc/grpc/blob/master/doc/statuscodes.md */
export const CODES = {
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  OUT_OF_RANGE: 11,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  DATA_LOSS: 15,
  UNAUTHENTICATED: 16,
} as const;
export type CodeName = keyof typeof CODES;

/** A detail of `google.rpc`: its type (`google.rpc.ErrorInfo`) and fields in proto3's JSON form. */
export interface ErrorDetail {
  type: 'google.rpc.ErrorInfo' | 'google.rpc.RetryInfo' | 'google.rpc.ResourceInfo' | 'google.rpc.BadRequest';
  fields: Record<string, unknown>;
}

/** What a client is answered instead of a result, over gRPC and REST alike. */
export class ServiceError extends Error {
  override readonly name = 'ServiceError';

  constructor(
    readonly code: CodeName,
    message: string,
    readonly details: readonly ErrorDetail[] = [],
  ) {
    super(message);
  }
}
