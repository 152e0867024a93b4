/** Status of gRPC by name, each with the status of HTTP that it travels under. */
const HTTP_STATUS = {
  INVALID_ARGUMENT: 400,
  PERMISSION_DENIED: 403,
  NOT_FOUND: 404,
  ALREADY_EXISTS: 409,
  FAILED_PRECONDITION: 400,
  UNIMPLEMENTED: 501,
  INTERNAL: 500,
} as const;

/** What a request is refused with. */
export class DataflowError extends Error {
  constructor(
    readonly status: keyof typeof HTTP_STATUS,
    message: string,
  ) {
    super(message);
  }

  get httpStatus(): number {
    return HTTP_STATUS[this.status];
  }

  /** https://cloud.google.com/apis/design/errors#http_mapping */
  get envelope() {
    return { error: { code: this.httpStatus, message: this.message, status: this.status } };
  }
}

export function invalid(message: string): DataflowError {
  return new DataflowError('INVALID_ARGUMENT', message);
}
