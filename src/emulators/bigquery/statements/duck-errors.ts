import { BigQueryError, invalidQuery } from '../errors.js';

// DuckDB's own wording → BigQuery's. The first that matches wins.
const translations: [RegExp, (...groups: string[]) => string][] = [
  [/^Out of Range Error: Overflow in \w+ of DECIMAL/, () => 'numeric overflow'],
  [/^Out of Range Error: Overflow in/, () => 'Integer Overflow'],
  [/^Conversion Error: Type INT128 with value \S+ can't be cast .* type INT64/s, () => 'Integer Overflow'],
  [
    /^Constraint Error: NOT NULL constraint failed: (?:.*\.)?"?([^".]+)"?$/,
    (column) => `Required field ${column} cannot be null`,
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
  [/^(?:Invalid Input|Conversion|Out of Range) Error: ([\s\S]*)$/, (message) => message],
];

// What the query is to blame for, as against a fault of ours.
const ofTheQuery = /^(?:Invalid Input|Conversion|Out of Range|Constraint) Error: /;

/** Any failure of DuckDB as BigQuery would report it; `BigQueryError`s pass unchanged. */
export function translateDuckError(error: unknown): BigQueryError {
  if (error instanceof BigQueryError) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (message.startsWith('INTERRUPT')) {
    return new BigQueryError('stopped', 'Job execution was cancelled: User requested cancellation', {
      httpStatus: 499,
      cause: error,
    });
  }
  if (message.startsWith('Out of Memory')) {
    return new BigQueryError(
      'resourcesExceeded',
      'Resources exceeded during query execution: The query could not be executed in the allotted memory.',
      { cause: error },
    );
  }
  if (message.startsWith('TransactionContext Error: Conflict')) {
    return invalidQuery('Transaction is aborted due to concurrent update', undefined, error);
  }
  if (!ofTheQuery.test(message)) {
    return new BigQueryError('internalError', `An internal error occurred: ${message}`, { cause: error });
  }
  const text = message.split('\n\nLINE ')[0]!.trim();
  for (const [pattern, translate] of translations) {
    const found = pattern.exec(text);
    if (found) return invalidQuery(translate(...found.slice(1)), undefined, error);
  }
  return invalidQuery(text, undefined, error);
}
