import { type Field, FLOAT64, INT64, STRING } from '../../googlesql/syntax/types.js';
import { findColumn, inputSql, inputsOf, type Relation } from './inputs.js';
import type { Cell } from './sql-text.js';
import type { TrainingTable } from './training-table.js';

export const FEATURE_INFO_COLUMNS: Field[] = [
  { name: 'input', type: STRING },
  ...['min', 'max', 'mean', 'median', 'stddev'].map((name) => ({ name, type: FLOAT64 })),
  ...['category_count', 'null_count', 'dimension'].map((name) => ({ name, type: INT64 })),
];

const MEDIAN_RANKS = 100;

/** Rows of ML.FEATURE_INFO: what the training rows of each feature look like. */
export async function featureInfo(
  table: TrainingTable,
  relation: Relation,
  features: readonly Field[],
): Promise<Cell[][]> {
  const rows: Cell[][] = [];
  for (const feature of features) {
    for (const name of namesOf(feature)) rows.push(await describe(table, relation, feature, name));
  }
  return rows;
}

/** Names of a feature, of its fields when it is a STRUCT. */
function namesOf(feature: Field): string[] {
  return [...new Set(inputsOf([feature]).map((input) => input.feature))];
}

async function describe(
  table: TrainingTable,
  relation: Relation,
  feature: Field,
  name: string,
): Promise<Cell[]> {
  const [input] = inputsOf([feature]).filter((candidate) => candidate.feature === name);
  const missing = (): Error => new Error(`no column ${feature.name}`);
  const from = `FROM (${relation.sql}) AS i`;
  const column = findColumn(relation, feature.name, 'i');
  if (input === undefined || column === undefined) throw missing();
  if (input.kind === 'numeric' && input.part === undefined) {
    const x = inputSql(input, relation, 'i', missing);
    const values = `FROM (SELECT ${x} AS x ${from})`;
    const [row] = await table.read(
      `SELECT min(x), max(x), avg(x), stddev_samp(x), count(*) - count(x), count(x) ${values}`,
    );
    const [min, max, mean, stddev, nulls, count] = row!.map(numberOrNull);
    const median = numberOrNull(
      await table.value(`SELECT quantile_disc(x, ${approximateMedian(count!)}) ${values}`),
    );
    return [name, min!, max!, mean!, median, stddev!, null, nulls!, null];
  }
  // A timestamp is told by its own value, not by the seven categories it turns into.
  const value = input.part === undefined ? inputSql(input, relation, 'i', missing) : column.sql;
  const counted =
    input.kind === 'set' ? `SELECT unnest(${value}) AS x ${from}` : `SELECT ${value} AS x ${from}`;
  const [[categories] = []] = await table.read(`SELECT count(DISTINCT x) FROM (${counted})`);
  const [[nulls] = []] = await table.read(`SELECT count(*) - count(x) FROM (SELECT ${value} AS x ${from})`);
  const dimension =
    input.kind === 'sparse'
      ? await table.value(`SELECT max(list_max(list_transform(${value}, lambda e: e.f1))) + 1 ${from}`)
      : null;
  const categoryCount = input.kind === 'vector' || input.kind === 'sparse' ? null : Number(categories);
  return [name, null, null, null, null, null, categoryCount, Number(nulls), numberOrNull(dimension)];
}

/**
 * Share at which DuckDB's quantile_disc finds the median that the service prints: among about a hundred values at even
 * distances in the sorted column, the one that is nearest to the middle.
 */
function approximateMedian(count: number): number {
  if (count === 0) return 0.5;
  const step = Math.ceil(count / MEDIAN_RANKS);
  const middle = Math.floor((count - 1) / 2);
  const rank = step * Math.ceil(middle / step - 0.5);
  return (rank + 0.5) / count;
}

function numberOrNull(value: unknown): number | null {
  return value === null || value === undefined ? null : Number(value);
}
