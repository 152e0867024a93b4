import { quoteString } from '../../../googlesql/duck/quote.js';
import { invalidQuery, notImplemented } from '../../../googlesql/errors.js';
import { ownName } from '../../../googlesql/functions/udf.js';
import { BOOL, type Field, FLOAT64, STRING } from '../../../googlesql/syntax/types.js';
import {
  DEFAULT_RESOLUTION,
  describedInputs,
  isNumeric,
  type Resolution,
  summarySql,
} from '../data-statistics.js';
import type { InputSpec, Relation } from '../inputs.js';
import { constantRelation, doubleSql } from '../sql-text.js';
import { type DataCall, type MlCall, requireInput } from './arguments.js';

const COLUMNS: readonly Field[] = [
  { name: 'input', type: STRING },
  { name: 'metric', type: STRING },
  { name: 'threshold', type: FLOAT64 },
  { name: 'value', type: FLOAT64 },
  { name: 'is_anomaly', type: BOOL },
];

const DIVERGENCE = 'JENSEN_SHANNON_DIVERGENCE';
const LARGEST = 'L_INFTY';
const DEFAULT_THRESHOLD = 0.3;

/** What is compared of a column: DuckDB text of the distributions on both sides. */
interface Compared {
  spec: InputSpec;
  base: string;
  study: string;
}

/** ML.VALIDATE_DATA_SKEW: the rows that a model was trained on against others. */
export async function validateSkew(call: MlCall): Promise<Relation> {
  const study = requireInput(call);
  const link = call.settings.literal('enable_visualization_link');
  if (link === true) throw notImplemented('enable_visualization_link of ML.VALIDATE_DATA_SKEW');
  const { statistics } = call.definition;
  if (statistics === undefined) {
    throw invalidQuery(
      'The model has no statistics of its training data, so ML.VALIDATE_DATA_SKEW cannot be used',
      call.pos,
    );
  }
  const specs = describedInputs(study.columns);
  const compared = statistics.flatMap(({ name, numeric, summary }): Compared[] => {
    const spec = specs.find((each) => each.name.toLowerCase() === name.toLowerCase());
    if (spec === undefined) return [];
    if (isNumeric(spec) !== numeric) throw differentTypes(call, name);
    return [{ spec, base: quoteString(summary), study: summarySql(spec, study, DEFAULT_RESOLUTION) }];
  });
  return relationOf(call, compared);
}

/** ML.VALIDATE_DATA_DRIFT: two tables against each other. */
export async function validateDrift(call: DataCall): Promise<Relation> {
  const { input: base, study } = call;
  if (base === undefined || study === undefined) {
    throw invalidQuery('ML.VALIDATE_DATA_DRIFT needs two tables or queries', call.pos);
  }
  const resolution: Resolution = {
    buckets: resolutionOf(call, 'num_histogram_buckets', DEFAULT_RESOLUTION.buckets),
    ranks: resolutionOf(call, 'num_rank_histogram_buckets', DEFAULT_RESOLUTION.ranks),
  };
  // They shape statistics that nothing here is computed from.
  resolutionOf(call, 'num_quantiles_histogram_buckets', DEFAULT_RESOLUTION.buckets);
  resolutionOf(call, 'num_values_histogram_buckets', DEFAULT_RESOLUTION.buckets);
  const others = describedInputs(study.columns);
  const compared = describedInputs(base.columns).flatMap((spec): Compared[] => {
    const other = others.find((each) => each.name.toLowerCase() === spec.name.toLowerCase());
    if (other === undefined) return [];
    if (isNumeric(spec) !== isNumeric(other)) throw differentTypes(call, spec.name);
    return [{ spec, base: summarySql(spec, base, resolution), study: summarySql(other, study, resolution) }];
  });
  return relationOf(call, compared);
}

function differentTypes({ name, pos }: DataCall, column: string): Error {
  return invalidQuery(`Column ${column} has types that ML.${name} cannot compare`, pos);
}

function resolutionOf(call: DataCall, name: string, fallback: number): number {
  const value = Number(call.settings.literal(name) ?? fallback);
  if (Number.isInteger(value) && value >= 1 && value <= 1000) return value;
  throw invalidQuery(`${name} of ML.${call.name} must be between 1 and 1000`, call.pos);
}

function relationOf(call: DataCall, compared: readonly Compared[]): Relation {
  const numericMetric = metricOf(call, 'numerical_metric_type', [DIVERGENCE]);
  const categoricalMetric = metricOf(call, 'categorical_metric_type', [LARGEST, DIVERGENCE]);
  const numericDefault = thresholdOf(call, 'numerical_default_threshold');
  const categoricalDefault = thresholdOf(call, 'categorical_default_threshold');
  const own = ownThresholds(call, compared);
  if (compared.length === 0) return constantRelation(COLUMNS, []);
  const rows = compared.map(({ spec, base, study }) => {
    const numeric = isNumeric(spec);
    const metric = numeric ? numericMetric : categoricalMetric;
    const distance = numeric
      ? 'histogram_divergence'
      : metric === LARGEST
        ? 'largest_difference'
        : 'counts_divergence';
    const threshold = own.get(spec.name.toLowerCase()) ?? (numeric ? numericDefault : categoricalDefault);
    return `SELECT ${quoteString(spec.name)} AS input, ${quoteString(metric)} AS metric,
      ${doubleSql(threshold)} AS threshold, ${ownName(distance)}(${base}, ${study}) AS value`;
  });
  return {
    sql: `SELECT input, metric, threshold, value, coalesce(value > threshold, false) AS is_anomaly
      FROM (${rows.join(' UNION ALL ')})`,
    columns: [...COLUMNS],
    physicalNames: COLUMNS.map(({ name }) => name),
  };
}

function metricOf(call: DataCall, name: string, known: readonly string[]): string {
  const value = String(call.settings.literal(name) ?? known[0]).toUpperCase();
  if (known.includes(value)) return value;
  throw invalidQuery(`${name} of ML.${call.name} must be one of: ${known.join(', ')}`, call.pos);
}

function thresholdOf(call: DataCall, name: string): number {
  return checkedThreshold(call, name, call.settings.literal(name) ?? DEFAULT_THRESHOLD);
}

function checkedThreshold(call: DataCall, name: string, value: unknown): number {
  const number = Number(value);
  if (number >= 0 && number < 1) return number;
  throw invalidQuery(`${name} of ML.${call.name} must be in the range [0, 1)`, call.pos);
}

/** Thresholds of single columns, by name in lower case. */
function ownThresholds(call: DataCall, compared: readonly Compared[]): Map<string, number> {
  const given = call.settings.literal('thresholds') ?? [];
  if (!Array.isArray(given)) {
    throw invalidQuery(`thresholds of ML.${call.name} must be an array of names and numbers`, call.pos);
  }
  const names = new Set(compared.map(({ spec }) => spec.name.toLowerCase()));
  return new Map(
    given.map((pair) => {
      const [name, value] = Array.isArray(pair) ? pair : [];
      const key = String(name).toLowerCase();
      if (!names.has(key)) {
        throw invalidQuery(`thresholds of ML.${call.name} name an unknown column: ${String(name)}`, call.pos);
      }
      return [key, checkedThreshold(call, 'thresholds', value)];
    }),
  );
}
