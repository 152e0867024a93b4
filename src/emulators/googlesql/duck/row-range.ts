/** The name of DuckDB's row numbers, which a column of the same name hides. */
const ROW_NUMBER = 'rowid';

/** Does a column of the user's hide DuckDB's row numbers? */
export function hidesRowNumbers(columns: readonly { name: string }[]): boolean {
  return columns.some(({ name }) => name.toLowerCase() === ROW_NUMBER);
}

/** SQL of the number of each row of a table from 0, in a SELECT of that table alone. */
export function rowNumber(columns: readonly { name: string }[]): string {
  return hidesRowNumbers(columns) ? 'row_number() OVER () - 1' : ROW_NUMBER;
}

/** The end of a SELECT of some rows, by their place from 0, of a table that is only appended to. */
export function rowRange(columns: readonly { name: string }[], from: number, end: number): string {
  // Only row numbers are found without reading what comes before.
  return hidesRowNumbers(columns)
    ? ` LIMIT ${end - from} OFFSET ${from}`
    : ` WHERE ${ROW_NUMBER} >= ${from} AND ${ROW_NUMBER} < ${end}`;
}
