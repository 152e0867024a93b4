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

export interface BigQueryErrorOptions {
  /** What the error is about: `query`, a field name, `project:dataset.table`, a URI… */
  location?: string;
  locationType?: string;
  httpStatus?: number;
  /** Further errors of the same request or job; the main one comes first on the wire. */
  errors?: ErrorProto[];
  cause?: unknown;
  /** Where in the text of a query, and the message without it. */
  place?: { message: string; position: SourcePosition };
  /** What is refused because the emulator does not have it. */
  feature?: string;
}

/** An error with BigQuery's own reason and wording; the server turns it into the wire envelope. */
export class BigQueryError extends Error {
  override readonly name = 'BigQueryError';
  readonly reason: ErrorReason;
  readonly httpStatus: number;
  readonly location?: string;
  readonly locationType?: string;
  readonly errors: ErrorProto[];
  readonly place: { message: string; position: SourcePosition } | undefined;
  readonly feature: string | undefined;

  constructor(reason: ErrorReason, message: string, options: BigQueryErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.reason = reason;
    this.httpStatus = options.httpStatus ?? HTTP_STATUS_BY_REASON[reason];
    this.location = options.location;
    this.locationType = options.locationType;
    this.errors = options.errors ?? [];
    this.place = options.place;
    this.feature = options.feature;
  }

  /** The error as it stands in `status.errorResult` of a job. */
  toProto(): ErrorProto {
    const proto: ErrorProto = { reason: this.reason, message: this.message };
    if (this.location !== undefined) proto.location = this.location;
    return proto;
  }
}

export interface SourcePosition {
  line: number;
  column: number;
}

/** A query error; with a position the message ends in `at [line:column]`, as BigQuery prints it. */
export function invalidQuery(message: string, position?: SourcePosition, cause?: unknown): BigQueryError {
  return new BigQueryError('invalidQuery', placed(message, position), {
    location: 'query',
    locationType: 'other',
    cause,
    place: position === undefined ? undefined : { message, position },
  });
}

/** A query that cannot be planned with the memory there is, in the service's words. */
export function tooComplex(cause?: unknown): BigQueryError {
  return new BigQueryError(
    'resourcesExceeded',
    'Resources exceeded during query execution: Not enough resources for query planning - too many subqueries or query is too complex.',
    { cause },
  );
}

/** A feature the emulator does not have: refused by name instead of being ignored. */
export function notImplemented(feature: string, location?: string, position?: SourcePosition): BigQueryError {
  const message = `${feature} is not supported by the BigQuery emulator`;
  return new BigQueryError('notImplemented', placed(message, position), { location, feature });
}

function placed(message: string, position: SourcePosition | undefined): string {
  return position === undefined ? message : `${message} at [${position.line}:${position.column}]`;
}
