import type { DuckDBConnection } from '@duckdb/node-api';
import { markedName } from '../duck/sql.js';
import { approximateUdfs } from './udf-approximate.js';
import { bitUdfs } from './udf-bits.js';
import { budgetUdfs } from './udf-budget.js';
import { conversionUdfs } from './udf-conversions.js';
import { datetimeUdfs } from './udf-datetime.js';
import { driftUdfs } from './udf-drift.js';
import { geographyUdfs } from './udf-geography.js';
import { hashUdfs } from './udf-hash.js';
import { javaScriptUdfs } from './udf-javascript.js';
import { jsonUdfs } from './udf-json.js';
import { mathUdfs } from './udf-math.js';
import { netUdfs } from './udf-net.js';
import { regexpUdfs } from './udf-regexp.js';
import { stringUdfs } from './udf-string.js';

const OWN = {
  ...approximateUdfs,
  ...bitUdfs,
  ...budgetUdfs,
  ...conversionUdfs,
  ...datetimeUdfs,
  ...driftUdfs,
  ...geographyUdfs,
  ...hashUdfs,
  ...javaScriptUdfs,
  ...jsonUdfs,
  ...mathUdfs,
  ...netUdfs,
  ...regexpUdfs,
  ...stringUdfs,
};

type OwnName = keyof typeof OWN;

/** Functions that only a few rows call, or that cost next to nothing. */
const CHEAP: ReadonlySet<string> = new Set<OwnName>([
  'error',
  'within_budget',
  'constant_within_budget',
  'go_on',
]);

function nameOf(key: string): string {
  return `bq_${key}`;
}

/**
 * The functions of ours, by the names by which templates call them: none is called that is not there. A tree of SQL
 * knows by these names what runs in JavaScript.
 */
export const own = Object.fromEntries(
  Object.keys(OWN).map((key) => [key, CHEAP.has(key) ? nameOf(key) : markedName(nameOf(key))]),
) as { readonly [Key in OwnName]: string };

/** The same as plain text, for SQL that is no tree. */
export function ownName(key: OwnName): string {
  return nameOf(key);
}

/**
 * Adds the functions of ours to the DuckDB instance; all its connections see them. Call once per instance.
 *
 * @param interrupted the ids of connections for which the functions fail, so that a statement ends
 */
export function registerFunctions(
  connection: DuckDBConnection,
  interrupted: ReadonlySet<number> = new Set(),
): void {
  for (const [key, item] of Object.entries(OWN)) item.register(connection, nameOf(key), interrupted);
}
