import type { DuckDBConnection } from '@duckdb/node-api';
import type { Udf } from '../duck/scalar-function.js';
import { bitUdfs } from './udf-bits.js';
import { budgetUdfs } from './udf-budget.js';
import { castUdfs } from './udf-cast.js';
import { jsonUdfs } from './udf-json.js';
import { numberUdfs } from './udf-number.js';
import { textUdfs } from './udf-text.js';
import { timeUdfs } from './udf-time.js';

const ALL: readonly Udf[] = [
  ...bitUdfs,
  ...budgetUdfs,
  ...castUdfs,
  ...jsonUdfs,
  ...timeUdfs,
  ...textUdfs,
  ...numberUdfs,
];

/**
 * Adds the `bq_…` functions to the DuckDB instance; all its connections see them. Call once per instance.
 *
 * @param interrupted the ids of connections for which the functions fail, so that a statement ends
 */
export function registerFunctions(
  connection: DuckDBConnection,
  interrupted: ReadonlySet<number> = new Set(),
): void {
  for (const item of ALL) item.register(connection, interrupted);
}
