/** Why a statement is refused, by the language or by the database below it. */
export type SqlErrorReason =
  | 'internalError'
  | 'invalidQuery'
  | 'notFound'
  | 'notImplemented'
  | 'resourcesExceeded'
  | 'stopped';

export interface SqlErrorOptions {
  /** What the error is about: `query`, a field name, `project:dataset.table`, a URI… */
  location?: string;
  cause?: unknown;
  /** Where in the text of a query, and the message without it. */
  place?: { message: string; position: SourcePosition };
  /** What is refused because the emulator does not have it. */
  feature?: string;
}

/** A statement that is refused, in BigQuery's words. A service with reasons of its own extends it. */
export class SqlError<Reason extends string = SqlErrorReason> extends Error {
  override readonly name: string = 'SqlError';
  readonly reason: Reason;
  readonly location: string | undefined;
  readonly place: { message: string; position: SourcePosition } | undefined;
  readonly feature: string | undefined;

  constructor(reason: Reason, message: string, options: SqlErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.reason = reason;
    this.location = options.location;
    this.place = options.place;
    this.feature = options.feature;
  }
}

export interface SourcePosition {
  line: number;
  column: number;
}

/** A query error; with a position the message ends in `at [line:column]`, as BigQuery prints it. */
export function invalidQuery(message: string, position?: SourcePosition, cause?: unknown): SqlError {
  return new SqlError('invalidQuery', placed(message, position), {
    location: 'query',
    cause,
    place: position === undefined ? undefined : { message, position },
  });
}

/** A query that cannot be planned with the memory there is, in the service's words. */
export function tooComplex(cause?: unknown): SqlError {
  return new SqlError(
    'resourcesExceeded',
    'Resources exceeded during query execution: Not enough resources for query planning - too many subqueries or query is too complex.',
    { cause },
  );
}

/** A query whose user, or whose client, has lost interest. */
export function cancelled(cause?: unknown): SqlError {
  return new SqlError('stopped', 'Job execution was cancelled: User requested cancellation', { cause });
}

/** A feature the emulator does not have: refused by name instead of being ignored. */
export function notImplemented(feature: string, location?: string, position?: SourcePosition): SqlError {
  const message = `${feature} is not supported by the BigQuery emulator`;
  return new SqlError('notImplemented', placed(message, position), { location, feature });
}

function placed(message: string, position: SourcePosition | undefined): string {
  return position === undefined ? message : `${message} at [${position.line}:${position.column}]`;
}
