import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import type { Cell } from './sql-text.js';

/** The rows of a query as they are stored with a model: counts and metrics are far below 2^53. */
export async function readCells(connection: DuckDBConnection, sql: string): Promise<Cell[][]> {
  return (await connection.runAndReadAll(sql)).getRows().map((row) => row.map(cell));
}

function cell(value: DuckDBValue): Cell {
  if (typeof value === 'bigint') return Number(value);
  if (
    value === null ||
    typeof value === 'number' ||
    typeof value === 'string' ||
    typeof value === 'boolean'
  ) {
    return value;
  }
  return String(value);
}
