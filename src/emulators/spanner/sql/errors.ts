import { SqlError, type SqlErrorReason } from '../../googlesql/errors.js';
import { type CodeName, ServiceError } from '../../serving/service-error.js';

/** The service shows this much of the line that an error is in. */
const MAX_LINE_CHARACTERS = 80;
const BEFORE_PLACE = 40;

const CODES: Partial<Record<SqlErrorReason, CodeName>> = {
  notFound: 'NOT_FOUND',
  notImplemented: 'UNIMPLEMENTED',
  internalError: 'INTERNAL',
  resourcesExceeded: 'RESOURCE_EXHAUSTED',
  stopped: 'CANCELLED',
};

/** What is wrong with a statement, before any row is looked at. */
export function statementError(error: unknown, sql: string): ServiceError {
  return serviceError(error, sql, 'INVALID_ARGUMENT');
}

/** What went wrong with a value while a statement ran. */
export function evaluationError(error: unknown, sql: string): ServiceError {
  return serviceError(error, sql, 'OUT_OF_RANGE');
}

function serviceError(error: unknown, sql: string, code: CodeName): ServiceError {
  if (error instanceof ServiceError) return error;
  // A tree that is too deep for the calls that go through it.
  if (error instanceof RangeError && error.message.includes('call stack')) {
    return invalidArgument('Query is too complex: it is nested too deeply.');
  }
  if (!(error instanceof SqlError)) throw error;
  if (error.feature !== undefined) {
    return new ServiceError('UNIMPLEMENTED', `${error.feature} is not supported by the Spanner emulator`);
  }
  const message =
    overflow(error.cause) ?? (error.place === undefined ? error.message : pointedOut(error.place, sql));
  return new ServiceError(CODES[error.reason as SqlErrorReason] ?? code, message);
}

/** DuckDB tells the operands of what was too large. */
function overflow(cause: unknown): string | undefined {
  const text = cause instanceof Error ? cause.message : '';
  const found = /Overflow in \w+ of INT64 \((-?\d+ [-+*] -?\d+)\)/.exec(text);
  return found === null ? undefined : `int64 overflow: ${found[1]}`;
}

/** The message with its place, and the line with a mark below that place. */
function pointedOut({ message, position }: NonNullable<SqlError['place']>, sql: string): string {
  const line = sql.split(/\r\n|\r|\n/)[position.line - 1] ?? '';
  const column = position.column - 1;
  // Of a long line, what is around the place.
  const start = line.length > MAX_LINE_CHARACTERS && column > BEFORE_PLACE * 1.5 ? column - BEFORE_PLACE : 0;
  const before = start > 0 ? '...' : '';
  const rest = `${before}${line.slice(start)}`;
  const shown = rest.length > MAX_LINE_CHARACTERS ? `${rest.slice(0, MAX_LINE_CHARACTERS - 3)}...` : rest;
  const place = `[at ${position.line}:${position.column}]`;
  return `${message} ${place}\n${shown}\n${' '.repeat(column - start + before.length)}^`;
}

export function invalidArgument(message: string): ServiceError {
  return new ServiceError('INVALID_ARGUMENT', message);
}
