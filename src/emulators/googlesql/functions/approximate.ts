import { arrayOf, type BqType, INT64, structOf } from '../syntax/types.js';
import { identity } from './aggregate.js';
import { boundedInteger } from './emit.js';
import { aggregate, type Call, type Emitter, type FunctionRule, scalar } from './registry.js';
import { own } from './udf.js';

const DEFAULT_PRECISION = '15';

/** The list of an aggregate's values. */
function listed(call: Call, value: string): string {
  return call.aggregateWith('list', [value], { orderBy: '', limit: undefined, nulls: undefined });
}

/** Quantiles of the sorted values; exact, as BigQuery's are for few values. */
function quantiles(call: Call): string {
  const value = call.sql(0);
  const respect = call.modifiers.nulls === 'RESPECT';
  const filter = respect
    ? call.modifiers.filter
    : [call.modifiers.filter, `${value} IS NOT NULL`].filter((text) => text !== undefined).join(' AND ');
  const sorted = call.aggregateWith('list', [value], {
    orderBy: `${value} ASC NULLS FIRST`,
    limit: undefined,
    nulls: undefined,
    filter,
  });
  const number = boundedInteger(call, 1, MANY, 'The second argument to APPROX_QUANTILES function');
  return `list_select(${sorted}, ${own.quantile_places}(len(${sorted}), ${number}))`;
}

function topType(second: (call: Call) => BqType, name: string): (call: Call) => BqType {
  return (call) =>
    arrayOf(
      structOf([
        { name: 'value', type: call.type(0) },
        { name, type: second(call) },
      ]),
    );
}

/** Pairs each chosen value with its number. */
function top(values: string, places: string, numbers: string): string {
  const pairs = `list_zip(list_select(${values}, ${places}), ${numbers})`;
  return `list_transform(${pairs}, lambda _p: struct_pack(f1 := _p[1], f2 := _p[2]))`;
}

/** The least that is asked for, and the most that the service takes. */
const MANY = { least: 1n, most: 100_000n } as const;

function topCount(call: Call): string {
  const values = listed(call, call.sql(0));
  const texts = listed(call, identity(call.sql(0), call.type(0)));
  const number = boundedInteger(call, 1, MANY, 'The second argument to APPROX_TOP_COUNT function');
  return top(values, `${own.top_places}(${texts}, ${number})`, `${own.top_counts}(${texts}, ${number})`);
}

function topSum(call: Call): string {
  const values = listed(call, call.sql(0));
  const texts = listed(call, identity(call.sql(0), call.type(0)));
  const number = boundedInteger(call, 2, MANY, 'The third argument to APPROX_TOP_SUM function');
  const weights = listed(call, `CAST(${call.sql(1)} AS DOUBLE)`);
  const sums = `${own.top_sums}(${texts}, ${weights}, ${number})`;
  const kind = call.type(1).kind;
  const duckType = kind === 'INT64' ? 'BIGINT' : kind === 'NUMERIC' ? 'DECIMAL(38,9)' : 'DOUBLE';
  return top(
    values,
    `${own.top_sum_places}(${texts}, ${weights}, ${number})`,
    `CAST(${sums} AS ${duckType}[])`,
  );
}

function init(kind: 'integers' | 'texts' | 'bytes', convert = '$'): Emitter {
  return (call) => {
    const value = convert.replaceAll('$', call.sql(0));
    const distinct = call.aggregateWith('list', [value], { distinct: true, filter: notNull(call) });
    const count = call.aggregate('count', call.sql(0));
    return `${own[`hll_init_${kind}`]}(${distinct}, ${count}, ${call.has(1) ? call.sql(1) : DEFAULT_PRECISION})`;
  };
}

function notNull(call: Call): string {
  const condition = `${call.sql(0)} IS NOT NULL`;
  return call.modifiers.filter === undefined ? condition : `(${call.modifiers.filter}) AND ${condition}`;
}

const NO_WINDOW = { notAnalytic: true };

export const approximateFunctions: FunctionRule[] = [
  aggregate('APPROX_COUNT_DISTINCT', {
    // Exact: DuckDB's own sketch is off even for ten values, BigQuery's is not.
    '(ANY) -> INT64': (call) => call.aggregateWith('count', [call.sql(0)], { distinct: true }),
  }),
  aggregate(
    'APPROX_QUANTILES',
    { '(T1, LITERAL INT64) -> ARRAY<T1>': quantiles },
    { ...NO_WINDOW, nullHandling: true },
  ),
  aggregate(
    'APPROX_TOP_COUNT',
    { '(ANY, LITERAL INT64) -> INFERRED': topCount },
    { ...NO_WINDOW, distinct: false, returns: topType(() => INT64, 'count') },
  ),
  aggregate(
    'APPROX_TOP_SUM',
    {
      '(ANY, INT64, LITERAL INT64) -> INFERRED': topSum,
      '(ANY, FLOAT64, LITERAL INT64) -> INFERRED': topSum,
      '(ANY, NUMERIC, LITERAL INT64) -> INFERRED': topSum,
    },
    { ...NO_WINDOW, distinct: false, returns: topType((call) => call.type(1), 'sum') },
  ),
  aggregate(
    'HLL_COUNT.INIT',
    {
      '(INT64, [LITERAL INT64]) -> BYTES': init('integers'),
      '(NUMERIC, [LITERAL INT64]) -> BYTES': init('texts', 'CAST($ AS VARCHAR)'),
      '(BIGNUMERIC, [LITERAL INT64]) -> BYTES': init('texts', 'CAST($ AS VARCHAR)'),
      '(STRING, [LITERAL INT64]) -> BYTES': init('texts'),
      '(BYTES, [LITERAL INT64]) -> BYTES': init('bytes'),
    },
    { ...NO_WINDOW, distinct: false },
  ),
  aggregate(
    'HLL_COUNT.MERGE',
    {
      '(BYTES) -> INT64': (call) =>
        `coalesce(${own.hll_extract}(${listed(call, call.sql(0))}, 'HLL_COUNT.MERGE'), 0)`,
    },
    { ...NO_WINDOW, distinct: false },
  ),
  aggregate(
    'HLL_COUNT.MERGE_PARTIAL',
    {
      '(BYTES) -> BYTES': (call) =>
        `${own.hll_merge}(${listed(call, call.sql(0))}, 'HLL_COUNT.MERGE_PARTIAL')`,
    },
    { ...NO_WINDOW, distinct: false },
  ),
  scalar('HLL_COUNT.EXTRACT', {
    '(BYTES) -> INT64': `CASE WHEN $1 IS NULL THEN 0 ELSE ${own.hll_extract}([$1], 'HLL_COUNT.EXTRACT') END`,
  }),
];
