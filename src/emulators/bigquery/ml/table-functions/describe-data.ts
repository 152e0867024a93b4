import { quoteString } from '../../../googlesql/duck/quote.js';
import { invalidQuery } from '../../../googlesql/errors.js';
import { ownName } from '../../../googlesql/functions/udf.js';
import {
  arrayOf,
  duckType,
  type Field,
  FLOAT64,
  INT64,
  STRING,
  structOf,
} from '../../../googlesql/syntax/types.js';
import { describedInputs, isNumeric } from '../data-statistics.js';
import { categorySql, type InputSpec, inputSql, type Relation, timestampText } from '../inputs.js';
import type { DataCall } from './arguments.js';

const integers = (...names: string[]): Field[] => names.map((name) => ({ name, type: INT64 }));
const floats = (...names: string[]): Field[] => names.map((name) => ({ name, type: FLOAT64 }));

const COLUMNS: readonly Field[] = [
  { name: 'name', type: STRING },
  ...integers('num_rows', 'num_nulls', 'num_zeros'),
  { name: 'min', type: STRING },
  { name: 'max', type: STRING },
  ...floats('mean', 'stdev', 'median'),
  { name: 'quantiles', type: arrayOf(FLOAT64) },
  ...integers('unique'),
  ...floats('avg_string_length'),
  ...integers('num_values'),
  {
    name: 'top_values',
    type: arrayOf(
      structOf([
        { name: 'value', type: STRING },
        { name: 'count', type: INT64 },
      ]),
    ),
  },
  ...integers('min_array_length', 'max_array_length'),
  ...floats('avg_array_length'),
  ...integers('total_array_length'),
  { name: 'array_length_quantiles', type: arrayOf(INT64) },
  ...integers('dimension'),
];

/** Numbers that the STRUCT argument may set. */
interface Limits {
  quantiles: number;
  lengthQuantiles: number;
  topK: number;
}

/** ML.DESCRIBE_DATA: one row of statistics per column of the data, per field of its STRUCTs. */
export async function describeData(call: DataCall): Promise<Relation> {
  const limits: Limits = {
    quantiles: limit(call, 'num_quantiles', 2, 100_000),
    lengthQuantiles: limit(call, 'num_array_length_quantiles', 10, 100_000),
    topK: limit(call, 'top_k', 1, 10_000),
  };
  const { input } = call;
  if (input === undefined) throw invalidQuery('ML.DESCRIBE_DATA needs a TABLE or a query', call.pos);
  const rows = describedInputs(input.columns).map((spec) => `(${describeSql(spec, input, limits)})`);
  if (rows.length === 0) throw invalidQuery('ML.DESCRIBE_DATA needs a column to describe', call.pos);
  return {
    sql: rows.join(' UNION ALL '),
    columns: [...COLUMNS],
    physicalNames: COLUMNS.map((column) => column.name),
  };
}

function limit(call: DataCall, name: string, fallback: number, max: number): number {
  const value = Number(call.settings.literal(name) ?? fallback);
  if (Number.isInteger(value) && value >= 1 && value <= max) return value;
  throw invalidQuery(`${name} of ML.DESCRIBE_DATA must be between 1 and ${max}`, call.pos);
}

const EMPTY = `CAST([] AS DOUBLE[])`;

function describeSql(spec: InputSpec, relation: Relation, limits: Limits): string {
  const missing = (): Error => new Error(`no column ${spec.column}`);
  const timestamp = spec.part === 'UNIX';
  const raw = timestamp ? timestampText(spec, relation) : inputSql(spec, relation, 'i', missing);
  const array = spec.kind === 'set' || spec.kind === 'vector' || spec.kind === 'sparse';
  const elements = spec.kind === 'sparse' ? 'list_transform(a, lambda e: CAST(e.f2 AS DOUBLE))' : 'a';
  const values = `SELECT ${array ? `unnest(${elements})` : 'a'} AS x FROM ml_column`;
  const kind = isNumeric(spec) ? numericSql(limits) : categoricalSql(limits);
  const selected: Record<string, string> = {
    name: quoteString(spec.name),
    num_rows: '(SELECT count(*) FROM ml_column)',
    num_nulls: '(SELECT count(*) - count(a) FROM ml_column)',
    num_values: 'count(x)',
    ...kind,
    ...(array && lengthsSql(limits)),
  };
  if (spec.kind === 'sparse') {
    selected['dimension'] = '(SELECT max(list_max(list_transform(a, lambda e: e.f1))) + 1 FROM ml_column)';
  }
  const list = COLUMNS.map(({ name, type }) => {
    const none = type.kind === 'ARRAY' ? '[]' : 'NULL';
    return `CAST(${selected[name] ?? none} AS ${duckType(type)}) AS "${name}"`;
  });
  return `WITH ml_column AS (SELECT ${raw} AS a FROM (${relation.sql}) AS i), ml_values AS (${values})
    SELECT ${list.join(', ')} FROM ml_values`;
}

/** Values at even distances in the sorted list, the smallest and the largest among them. */
function quantilesSql(value: string, count: number): string {
  const sorted = `list(${value} ORDER BY ${value}) FILTER (${value} IS NOT NULL)`;
  return `list_select(${sorted}, ${ownName('quantile_places')}(count(${value}), ${count}))`;
}

function numericSql({ quantiles }: Limits): Record<string, string> {
  return {
    num_zeros: 'count(*) FILTER (x = 0)',
    min: categorySql('min(x)', FLOAT64),
    max: categorySql('max(x)', FLOAT64),
    mean: 'avg(x)',
    // Of the population, unlike that of ML.FEATURE_INFO.
    stdev: 'stddev_pop(x)',
    median: 'quantile_disc(x, 0.5)',
    quantiles: `coalesce(${quantilesSql('x', quantiles)}, ${EMPTY})`,
  };
}

function categoricalSql({ topK }: Limits): Record<string, string> {
  const counted = 'SELECT x AS v, count(*) AS n FROM ml_values WHERE x IS NOT NULL GROUP BY x';
  const top = `SELECT v, n FROM (${counted}) ORDER BY n DESC, v LIMIT ${topK}`;
  return {
    min: 'min(x)',
    max: 'max(x)',
    unique: 'count(DISTINCT x)',
    avg_string_length: 'avg(len(x))',
    top_values: `coalesce((SELECT list(struct_pack(f1 := v, f2 := n) ORDER BY n DESC, v) FROM (${top})), [])`,
  };
}

function lengthsSql({ lengthQuantiles }: Limits): Record<string, string> {
  return {
    min_array_length: '(SELECT min(len(a)) FROM ml_column)',
    max_array_length: '(SELECT max(len(a)) FROM ml_column)',
    avg_array_length: '(SELECT avg(len(a)) FROM ml_column)',
    total_array_length: '(SELECT sum(len(a)) FROM ml_column)',
    array_length_quantiles: `coalesce((SELECT ${quantilesSql('len(a)', lengthQuantiles)} FROM ml_column), [])`,
  };
}
