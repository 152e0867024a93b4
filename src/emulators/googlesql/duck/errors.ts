import { EMULATOR_DISK_FULL } from '../../../core/disk-full.js';
import { cancelled, invalidQuery, notImplemented, SqlError, tooComplex } from '../errors.js';
import { decimalText, NUMERIC_SCALE } from '../values/numeric.js';
import { hasNoRoom, isConflict, isOutOfMemory } from './conflict.js';
import { OUT_OF_MEMORY } from './value-limit.js';

const NO_ROOM = `Resources exceeded: ${EMULATOR_DISK_FULL}. Nothing of the statement was stored.`;

/** A NUMERIC of DuckDB's error messages, which show it without its point. */
function numericText(scaled: string): string {
  return decimalText(BigInt(scaled), NUMERIC_SCALE);
}

// DuckDB's own wording → BigQuery's. The first that matches wins.
const translations: [RegExp, (...groups: string[]) => string][] = [
  [
    /^Out of Range Error: Overflow in (?:addition|subtract) of DECIMAL\(38\) \((-?\d+) ([+-]) (-?\d+)\)/,
    (left, operator, right) => `numeric overflow: ${numericText(left!)} ${operator} ${numericText(right!)}`,
  ],
  [
    /^(?:Conversion|Invalid Input|Out of Range) Error: Casting value .* to type DECIMAL\(38,9\) failed/,
    () => 'numeric overflow',
  ],
  [
    /^Not implemented Error: Period must be greater than 0/,
    () => 'The width of a bucket must be an INTERVAL greater than zero',
  ],
  [/^Out of Range Error: Overflow in \w+ of DECIMAL/, () => 'numeric overflow'],
  [/^Out of Range Error: Overflow in/, () => 'Integer Overflow'],
  [/^Conversion Error: Type INT128 with value \S+ can't be cast .* type INT64/s, () => 'Integer Overflow'],
  [
    /^Constraint Error: NOT NULL constraint failed: (?:.*\.)?"?([^".]+)"?$/,
    (column) => `Required field ${column} cannot be null`,
  ],
  [
    /^Conversion Error: Type DOUBLE with value (-?inf|nan) can't be cast .* INT64/s,
    (value) => `Illegal conversion of non-finite floating point number to an integer: ${value}`,
  ],
  [
    /^Conversion Error: Failed to cast decimal value (\S+) to type INT64/,
    (value) => `int64 out of range: ${value}`,
  ],
  [
    /^Conversion Error: Type DOUBLE with value (\S+) can't be cast .* INT64/s,
    (value) => `int64 out of range: ${value}`,
  ],
  [
    /^Invalid Input Error: Argument for ntile/,
    () => 'The N value (number of buckets) for the NTILE function must be positive',
  ],
  [/^Conversion Error: Could not convert string '(.*)' to INT64/s, (text) => `Bad int64 value: ${text}`],
  [/^Conversion Error: Could not convert string '(.*)' to DOUBLE/s, (text) => `Bad double value: ${text}`],
  [/^Conversion Error: Could not convert string '(.*)' to BOOL/s, (text) => `Bad bool value: ${text}`],
  [
    /^Conversion Error: (?:invalid|date|timestamp) .*"(.*)"/s,
    (text) => `Invalid date or timestamp: '${text}'`,
  ],
  [
    /^Invalid Input Error: More than one row returned by a subquery/,
    () => 'Scalar subquery produced more than one element',
  ],
  [
    // RE2's own errors.
    /^Invalid Input Error: ((?:invalid (?:escape sequence|character class|repetition size|perl operator|UTF-8|named capture)|missing [\])]|unexpected \)|trailing \\|no argument for repetition operator|pattern too large|bad repetition operator)[\s\S]*)$/,
    (problem) => `Cannot parse regular expression: ${problem}`,
  ],
  [/^Syntax Error: Like pattern must not end/, () => 'LIKE pattern ends with a backslash'],
  [/^(?:Invalid Input|Conversion|Out of Range) Error: ([\s\S]*)$/, (message) => message],
];

// What the query is to blame for, as against a fault of ours.
const ofTheQuery =
  /^(?:(?:Invalid Input|Conversion|Out of Range|Constraint) Error: |Syntax Error: Like pattern must not end|Not implemented Error: Period must be)/;

/** A query beyond the stack or the longest text of the compiler, or beyond what DuckDB's parser and binder nest. */
function isTooComplex(error: unknown, message: string): boolean {
  return (
    (error instanceof RangeError && /call stack|string length/.test(message)) ||
    /^(?:Parser|Binder) Error: (?:Max expression depth limit|memory exhausted)/.test(message)
  );
}

/** Any failure of DuckDB as BigQuery would report it; `SqlError`s pass unchanged. */
export function translateDuckError(error: unknown): SqlError {
  if (error instanceof SqlError) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (isTooComplex(error, message)) return tooComplex(error);
  if (message.startsWith('INTERRUPT')) return cancelled(error);
  if (isOutOfMemory(error)) return new SqlError('resourcesExceeded', OUT_OF_MEMORY, { cause: error });
  if (hasNoRoom(error)) return new SqlError('resourcesExceeded', NO_ROOM, { cause: error });
  if (isConflict(error)) return abortedTransaction(error);
  if (message.startsWith('Parser Error: window functions are not allowed in window definitions')) {
    return notImplemented('A subquery with window functions in the definition of a window');
  }
  const gone = /^Catalog Error: Table with name (.+?) does not exist/.exec(message)?.[1];
  if (gone !== undefined) {
    // Tables are looked up before DuckDB is asked, so this one was dropped or replaced in between.
    return new SqlError('notFound', `Not found: Table ${gone} was deleted in the meantime`, {
      cause: error,
    });
  }
  if (!ofTheQuery.test(message)) {
    return new SqlError('internalError', `An internal error occurred: ${message}`, { cause: error });
  }
  const text = message.split('\n\nLINE ')[0]!.trim();
  const exceeded = /^Invalid Input Error: (Resources exceeded[\s\S]*)$/.exec(text)?.[1];
  if (exceeded !== undefined) return new SqlError('resourcesExceeded', exceeded, { cause: error });
  for (const [pattern, translate] of translations) {
    const found = pattern.exec(text);
    if (found) return invalidQuery(translate(...found.slice(1)), undefined, error);
  }
  return invalidQuery(text, undefined, error);
}

/** What the service says to the loser of two that change the same tables. */
export function abortedTransaction(cause: unknown): SqlError {
  return invalidQuery('Transaction is aborted due to concurrent update', undefined, cause);
}
