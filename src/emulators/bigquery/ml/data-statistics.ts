import { findColumn, type InputSpec, inputSql, inputsOf, type Relation, timestampText } from './inputs.js';
import type { TrainingTable } from './training-table.js';

/** How the values of a column are distributed. */
export interface FeatureStatistics {
  name: string;
  numeric: boolean;
  /** JSON of a `Histogram` or of `Counts`, as the functions that compare them take it. */
  summary: string;
}

export interface Resolution {
  /** Buckets of equal width from the lowest to the highest number. */
  buckets: number;
  /** Most frequent values that are counted. */
  ranks: number;
}

export const DEFAULT_RESOLUTION: Resolution = { buckets: 10, ranks: 50 };

/** The inputs that a model would make of the columns, except that a TIMESTAMP is one category. */
export function describedInputs(columns: Relation['columns']): InputSpec[] {
  return inputsOf(columns).filter(({ part }) => part === undefined || part === 'UNIX');
}

export function isNumeric({ kind, part }: InputSpec): boolean {
  return part === undefined && (kind === 'numeric' || kind === 'vector' || kind === 'sparse');
}

/** DuckDB text of a scalar query: the distribution of an input as JSON. */
export function summarySql(spec: InputSpec, relation: Relation, { buckets, ranks }: Resolution): string {
  const values = `SELECT ${valueSql(spec, relation)} AS x FROM (${relation.sql}) AS i`;
  return isNumeric(spec) ? histogramSql(values, buckets) : countsSql(values, ranks);
}

function valueSql(spec: InputSpec, relation: Relation): string {
  const missing = (): Error => new Error(`no column ${spec.column}`);
  if (spec.part === 'UNIX') return timestampText(spec, relation);
  const column = spec.field === undefined ? findColumn(relation, spec.column, 'i') : undefined;
  // Models take NaN as missing; a distribution tells it apart.
  if (spec.kind === 'numeric' && column?.type.kind === 'FLOAT64') return column.sql;
  const raw = inputSql(spec, relation, 'i', missing);
  if (spec.kind === 'sparse') return `unnest(list_transform(${raw}, lambda e: CAST(e.f2 AS DOUBLE)))`;
  return spec.kind === 'set' || spec.kind === 'vector' ? `unnest(${raw})` : raw;
}

function histogramSql(values: string, count: number): string {
  const bound = (index: string) => `lo + (hi - lo) * (${index}) / ${count}`;
  return `(WITH ml_v AS (${values}),
    ml_range AS (SELECT min(x) AS lo, max(x) AS hi FROM ml_v WHERE isfinite(x)),
    ml_bucket AS (
      SELECT lo, hi, CASE WHEN lo = hi THEN ${count - 1}
        ELSE least(${count - 1}, CAST(floor((x - lo) / (hi - lo) * ${count}) AS INTEGER)) END AS place, count(*) AS n
      FROM ml_v, ml_range WHERE isfinite(x) GROUP BY ALL
    )
    SELECT CAST(to_json(struct_pack(
      buckets := coalesce((SELECT list([
        CASE WHEN lo = hi THEN lo ELSE ${bound('place')} END,
        CASE WHEN place = ${count - 1} THEN hi ELSE ${bound('place + 1')} END,
        CAST(n AS DOUBLE)
      ] ORDER BY place) FROM ml_bucket), []),
      nan := (SELECT count(*) FROM ml_v WHERE isnan(x)),
      infinite := (SELECT count(*) FROM ml_v WHERE isinf(x))
    )) AS VARCHAR))`;
}

function countsSql(values: string, ranks: number): string {
  const counted = `SELECT x, count(*) AS n FROM (${values}) WHERE x IS NOT NULL GROUP BY x`;
  return `(SELECT CAST(to_json(coalesce(list(json_array(x, n) ORDER BY n DESC, x), [])) AS VARCHAR)
    FROM (${counted} ORDER BY n DESC, x LIMIT ${ranks}))`;
}

/** The distributions of the training rows, which ML.VALIDATE_DATA_SKEW compares others with. */
export async function trainingStatistics(
  table: TrainingTable,
  relation: Relation,
  columns: Relation['columns'],
): Promise<FeatureStatistics[]> {
  const statistics: FeatureStatistics[] = [];
  for (const spec of describedInputs(columns)) {
    const summary = String(await table.value(`SELECT ${summarySql(spec, relation, DEFAULT_RESOLUTION)}`));
    statistics.push({ name: spec.name, numeric: isNumeric(spec), summary });
  }
  return statistics;
}
