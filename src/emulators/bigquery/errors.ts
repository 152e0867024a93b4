import { SqlError, type SqlErrorOptions } from '../googlesql/errors.js';

/** Reasons BigQuery puts into `error.errors[].reason`, with the HTTP status each travels under. */
const HTTP_STATUS_BY_REASON = {
  accessDenied: 403,
  backendError: 500,
  badRequest: 400,
  billingTierLimitExceeded: 400,
  bytesBilledLimitExceeded: 400,
  conditionNotMet: 412,
  duplicate: 409,
  internalError: 500,
  invalid: 400,
  invalidParameter: 400,
  invalidQuery: 400,
  jobBackendError: 400,
  methodNotAllowed: 405,
  notFound: 404,
  notImplemented: 501,
  parseError: 400,
  preconditionFailed: 412,
  quotaExceeded: 403,
  rateLimitExceeded: 403,
  required: 400,
  requestTooLarge: 413,
  resourceInUse: 400,
  resourcesExceeded: 400,
  responseTooLarge: 403,
  stopped: 200,
  timeout: 408,
} as const satisfies Record<string, number>;

export type ErrorReason = keyof typeof HTTP_STATUS_BY_REASON;

/** One entry of `error.errors` and of a job's `status.errors`. */
export interface ErrorProto {
  reason: string;
  message: string;
  location?: string;
  locationType?: string;
  debugInfo?: string;
}

export interface BigQueryErrorOptions extends SqlErrorOptions {
  locationType?: string;
  httpStatus?: number;
  /** Further errors of the same request or job; the main one comes first on the wire. */
  errors?: ErrorProto[];
}

/** An error with BigQuery's own reason and wording; the server turns it into the wire envelope. */
export class BigQueryError extends SqlError<ErrorReason> {
  override readonly name = 'BigQueryError';
  readonly httpStatus: number;
  readonly locationType: string | undefined;
  readonly errors: ErrorProto[];

  constructor(reason: ErrorReason, message: string, options: BigQueryErrorOptions = {}) {
    super(reason, message, options);
    this.httpStatus = options.httpStatus ?? HTTP_STATUS_BY_REASON[reason];
    this.locationType = options.locationType;
    this.errors = options.errors ?? [];
  }

  /** What the language refuses, as BigQuery reports it. */
  static from(error: SqlError | BigQueryError): BigQueryError {
    if (error instanceof BigQueryError) return error;
    const { reason, message, location, place, feature } = error;
    return new BigQueryError(reason, message, {
      location,
      locationType: location === 'query' ? 'other' : undefined,
      // A job that was stopped is no failed request, unless the request waits for it.
      httpStatus: reason === 'stopped' ? 499 : undefined,
      place,
      feature,
      cause: error,
    });
  }

  /** The error as it stands in `status.errorResult` of a job. */
  toProto(): ErrorProto {
    const proto: ErrorProto = { reason: this.reason, message: this.message };
    if (this.location !== undefined) proto.location = this.location;
    return proto;
  }
}
