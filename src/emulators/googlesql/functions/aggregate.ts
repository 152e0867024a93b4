import { quoteString } from '../duck/quote.js';
import { type BqType, duckType, isFloat, isOrderable, printType } from '../syntax/types.js';
import { boundedRow, checkedBig, checkedNumeric, raise } from './emit.js';
import { boundedInterval, divideInterval, type IntervalParts, intervalParts } from './interval.js';
import { rangeKey } from './range.js';
import {
  type AggregateModifiers,
  aggregate,
  type Call,
  type Emitter,
  type FunctionRule,
} from './registry.js';
import { sizeSql } from './sizes.js';
import { own } from './udf.js';

function plain(name: string, duckType?: string): Emitter {
  return (call) => {
    const text = call.aggregate(name, ...call.all());
    return duckType === undefined ? text : `CAST(${text} AS ${duckType})`;
  };
}

/** `filter` narrowed by one more condition. */
function narrowed(modifiers: AggregateModifiers, condition: string): string {
  return modifiers.filter === undefined ? condition : `(${modifiers.filter}) AND ${condition}`;
}

/** MIN and MAX of what has an order. */
function extreme(name: 'min' | 'max'): Emitter {
  return (call) => {
    const type = call.type(0);
    if (!isOrderable(type))
      call.fail(`${call.name} is not defined for arguments of type ${printType(type)}`, call.argument(0).pos);
    if (type.kind !== 'RANGE') return call.aggregate(name, call.sql(0));
    const key = rangeKey(call.sql(0), type.element);
    return call.aggregateWith(`arg_${name}`, [call.sql(0), key], { distinct: false });
  };
}

/** Message of the error by which `presumesFiniteSums` turns out to be wrong. */
export const NOT_FINITE = 'a sum that is not finite';

/** No sum of values scaled down by this power of two overflows, whatever their number. */
const SCALE = "'5.421010862427522e-20'::DOUBLE";

/** SUM and AVG of doubles; `settle` makes the result of that of the values scaled down, which is given as finite. */
function ofFloats(duck: 'sum' | 'avg', settle: (scaled: string) => string): Emitter {
  return (call) => {
    const plain = call.aggregate(duck, call.sql(0));
    if (call.environment.presumesFiniteSums) {
      return `CASE WHEN isfinite(${plain}) OR ${plain} IS NULL THEN ${plain} ELSE ${raise(quoteString(NOT_FINITE), 'DOUBLE')} END`;
    }
    const scaled = call.aggregate(duck, `(${call.sql(0)} * ${SCALE})`);
    return `CASE WHEN NOT isfinite(${plain}) AND isfinite(${scaled}) THEN ${settle(scaled)} ELSE ${plain} END`;
  };
}

const sumOfFloats = ofFloats('sum', (scaled) => {
  const sum = `(${scaled} / ${SCALE})`;
  return `CASE WHEN isinf(${sum}) THEN ${raise("'double overflow'", 'DOUBLE')} ELSE ${sum} END`;
});

/** An average lies between its values, so that it never overflows. */
const averageOfFloats = ofFloats('avg', (scaled) => `${scaled} / ${SCALE}`);

function sumOfNumeric(call: Call): string {
  return checkedNumeric(call.aggregate('sum', call.sql(0)), 'SUM');
}

function sumOfBig(call: Call): string {
  return checkedBig(call.aggregate('sum', call.sql(0)), 'SUM');
}

function averageOfNumeric(call: Call): string {
  const sum = call.aggregate('sum', call.sql(0));
  return `${own.numeric_divide}(${sum}, CAST(${call.aggregate('count', call.sql(0))} AS DECIMAL(38,9)))`;
}

function averageOfBig(call: Call): string {
  const sum = call.aggregate('sum', call.sql(0));
  const count = call.aggregate('count', call.sql(0));
  return `CAST(${own.big_divide}(CAST(${sum} AS VARCHAR), CAST(${count} AS VARCHAR) || repeat('0', 38)) AS BIGNUM)`;
}

/** DuckDB holds NaN for the largest double; the least of the negated values makes it win for MIN as well. */
function minimumOfFloat(call: Call): string {
  return `(-${call.aggregate('max', `(-${call.sql(0)})`)})`;
}

/** ANY_VALUE(x HAVING MAX y), MAX_BY and MIN_BY: NULLs of y do not count, those of x do; NaN is above and below all. */
function valueAtExtreme(
  call: Call,
  extreme: 'MAX' | 'MIN',
  value: string,
  key: { sql: string; type: BqType },
): string {
  const plain = { having: undefined };
  const found = call.aggregateWith(
    extreme === 'MAX' ? 'arg_max_null' : 'arg_min_null',
    [value, key.sql],
    plain,
  );
  if (!isFloat(key.type)) return found;
  const odd = call.aggregateWith('bool_or', [`isnan(${key.sql})`], { ...plain, distinct: false });
  return `CASE WHEN ${odd} THEN NULL ELSE ${found} END`;
}

function anyValue(call: Call): string {
  const { having } = call.modifiers;
  if (having) return valueAtExtreme(call, having.extreme, call.sql(0), having);
  return call.aggregate('any_value', call.sql(0));
}

/** A text that is the same for equal values. */
export function identity(value: string, { kind }: BqType): string {
  if (kind !== 'INTERVAL') return `CAST(${value} AS VARCHAR)`;
  const { months, days, micros } = intervalParts(value);
  // A month has 30 days then, and a day 24 hours.
  const total = `((${months} * 30 + ${days}) * CAST(86400000000 AS HUGEINT) + ${micros})`;
  return `CAST(${total} AS VARCHAR)`;
}

/** A list in the order of first appearance when DISTINCT stands without ORDER BY. */
function gather(call: Call, value: string, overrides: Partial<AggregateModifiers> = {}): string {
  const { distinct, orderBy, having } = call.modifiers;
  const native = !distinct || (orderBy !== '' && having === undefined);
  const cleared: Partial<AggregateModifiers> = { limit: undefined, nulls: undefined, ...overrides };
  if (native) return call.aggregateWith('list', [value], cleared);
  const all = call.aggregateWith('list', [value], { ...cleared, distinct: false });
  const texts = call.aggregateWith('list', [identity(value, call.type(0))], { ...cleared, distinct: false });
  return `list_select(${all}, ${own.first_places}(${texts}))`;
}

function limited(call: Call, list: string): string {
  const { limit } = call.modifiers;
  return limit === undefined ? list : `CASE WHEN ${limit} > 0 THEN list_slice(${list}, 1, ${limit}) END`;
}

function arrayAgg(call: Call): string {
  const value = call.sql(0);
  const type = call.type(0);
  if (type.kind === 'ARRAY') {
    call.fail(`The argument to ARRAY_AGG must not be an array type but was ${printType(type)}`);
  }
  const skipNulls = call.modifiers.nulls === 'IGNORE';
  const list = gather(
    call,
    value,
    skipNulls ? { filter: narrowed(call.modifiers, `${value} IS NOT NULL`) } : {},
  );
  if (call.modifiers.limit !== undefined || call.modifiers.over !== undefined) return limited(call, list);
  return boundedRow(sizeSql({ sql: list, type: call.returns }), list);
}

function arrayConcatAgg(call: Call): string {
  const value = call.sql(0);
  const lists = gather(call, value, { filter: narrowed(call.modifiers, `${value} IS NOT NULL`) });
  const flat = `flatten(${limited(call, lists)})`;
  if (call.modifiers.over !== undefined) return flat;
  const size = sizeSql({ sql: '_l', type: call.type(0) });
  return boundedRow(`list_sum(list_transform(${lists}, lambda _l: ${size}))`, flat);
}

/** The separator that was given, unless it is NULL, and whether it is known to be a constant that is not. */
function separatorOf(call: Call): { sql: string; known: boolean } | undefined {
  if (!call.has(1)) return undefined;
  const { literal, coercibility, pos } = call.argument(1);
  if (literal === null || coercibility === 'null') {
    call.fail(`Argument 2 to ${call.name} must be non-NULL`, pos);
  }
  if (literal !== undefined) return { sql: call.sql(1), known: true };
  const fault = raise(quoteString(`Illegal NULL separator in ${call.name}`), duckType(call.type(1)));
  return { sql: `coalesce(${call.sql(1)}, ${fault})`, known: false };
}

function stringAgg(call: Call): string {
  const value = call.sql(0);
  const { sql: separator, known } = separatorOf(call) ?? { sql: "','", known: true };
  const { distinct, orderBy, limit, over, having } = call.modifiers;
  const native = !distinct || (orderBy !== '' && having === undefined && over === undefined);
  if (limit === undefined && native && known) {
    const text = call.aggregateWith('string_agg', [value, separator], { nulls: undefined });
    return over === undefined ? boundedRow(`strlen(${text})`, text) : text;
  }
  const list = limited(
    call,
    gather(call, value, { filter: narrowed(call.modifiers, `${value} IS NOT NULL`) }),
  );
  return `array_to_string(${list}, ${separator})`;
}

function bytesAgg(call: Call): string {
  const value = call.sql(0);
  const list = limited(
    call,
    gather(call, value, { filter: narrowed(call.modifiers, `${value} IS NOT NULL`) }),
  );
  return `${own.join_bytes}(${list}, ${separatorOf(call)?.sql ?? "','::BLOB"}, NULL)`;
}

/** Sums of the parts of intervals, since DuckDB has no sum of intervals; DISTINCT is about whole ones. */
function sumsOfParts(call: Call): IntervalParts & { count: string } {
  if (call.modifiers.distinct) {
    const list = gather(call, call.sql(0), {
      filter: narrowed(call.modifiers, `${call.sql(0)} IS NOT NULL`),
    });
    const { months, days, micros } = intervalParts('_i');
    const sum = (part: string): string =>
      `CAST(list_sum(list_transform(${list}, lambda _i: ${part})) AS BIGINT)`;
    return { months: sum(months), days: sum(days), micros: sum(micros), count: `coalesce(len(${list}), 0)` };
  }
  const { months, days, micros } = intervalParts(call.sql(0));
  const sum = (part: string): string => `CAST(${call.aggregate('sum', part)} AS BIGINT)`;
  const count = call.aggregate('count', call.sql(0));
  return { months: sum(months), days: sum(days), micros: sum(micros), count };
}

function sumOfIntervals(call: Call): string {
  const { months, days, micros } = sumsOfParts(call);
  return boundedInterval(months, days, micros);
}

function averageOfIntervals(call: Call): string {
  const { count, ...parts } = sumsOfParts(call);
  return `CASE WHEN ${count} > 0 THEN ${divideInterval(parts, count)} END`;
}

const ORDERED = { ordered: true, nullHandling: true };

/**
 * Statistics are NaN as soon as a value is not finite; DuckDB refuses such values, so it is not given them. Those of a
 * sample need two values, or pairs of them.
 */
function finiteOnly(duck: string): (call: Call) => string {
  return (call) => {
    const inputs = call.all();
    const finite = inputs.map((input) => `isfinite(${input})`).join(' AND ');
    const odd = call.aggregateWith('bool_or', [`NOT (${finite})`], { distinct: false });
    const result = call.aggregateWith(duck, inputs, { filter: narrowed(call.modifiers, finite) });
    const count = inputs.length === 1 ? 'count' : 'regr_count';
    const few = duck.endsWith('_samp') ? ` AND ${call.aggregate(count, ...inputs)} > 1` : '';
    return `CASE WHEN ${odd}${few} THEN 'nan'::DOUBLE ELSE ${result} END`;
  };
}

function statistic(name: string, duck: string, aliases: string[] = []): FunctionRule {
  const ofNumeric = ofExact(duck, (x) => [`${own.numeric_units}(${x})`, `${own.numeric_square}(${x})`]);
  const ofBig = ofExact(duck, (x) => [`CAST(${x} AS VARCHAR)`, `${own.big_square}(CAST(${x} AS VARCHAR))`]);
  return aggregate(
    name,
    {
      '(FLOAT64) -> FLOAT64': finiteOnly(duck),
      '(NUMERIC) -> FLOAT64': ofNumeric,
      '(BIGNUMERIC) -> FLOAT64': ofBig,
    },
    { aliases },
  );
}

/** A statistic of NUMERIC or BIGNUMERIC from exact sums: doubles of large numbers that are close would give 0. */
function ofExact(duck: string, unitsAndSquare: (x: string) => [units: string, square: string]): Emitter {
  return (call) => {
    if (call.modifiers.distinct) {
      const list = gather(call, call.sql(0), {
        filter: narrowed(call.modifiers, `${call.sql(0)} IS NOT NULL`),
      });
      const double = call.type(0).kind === 'NUMERIC' ? '_x::DOUBLE' : `${own.big_to_double}(_x::VARCHAR)`;
      return `list_aggregate(list_transform(${list}, lambda _x: ${double}), '${duck}')`;
    }
    const [sum, squares] = unitsAndSquare(call.sql(0)).map(
      (text) => `CAST(${call.aggregate('sum', `CAST(${text} AS BIGNUM)`)} AS VARCHAR)`,
    );
    const lost = duck.endsWith('_samp') ? 1 : 0;
    const count = call.aggregate('count', call.sql(0));
    const variance = `${own.variance}(${squares}, ${sum}, ${count}, ${lost}, ${quoteString(call.type(0).kind)})`;
    return duck.startsWith('stddev') ? `sqrt(${variance})` : variance;
  };
}

function pairStatistic(name: string, duck: string): FunctionRule {
  return aggregate(name, { '(FLOAT64, FLOAT64) -> FLOAT64': finiteOnly(duck) });
}

/** One pair has no correlation, where DuckDB gives NaN. */
function correlation(call: Call): string {
  const pairs = call.aggregate('regr_count', ...call.all());
  return `CASE WHEN ${pairs} > 1 THEN ${finiteOnly('corr')(call)} END`;
}

export const aggregateFunctions: FunctionRule[] = [
  aggregate('COUNT', {
    '(ANY) -> INT64': plain('count'),
    // DuckDB counts less than nothing in a frame that ends before it begins.
    '() -> INT64': (call) => {
      const count = call.aggregate('count', '*');
      return call.modifiers.over === undefined ? count : `greatest(${count}, 0)`;
    },
  }),
  aggregate('COUNTIF', {
    '(BOOL) -> INT64': (call) =>
      call.modifiers.distinct
        ? call.aggregate('count', `CASE WHEN ${call.sql(0)} THEN true END`)
        : call.aggregateWith('count', ['*'], { filter: narrowed(call.modifiers, call.sql(0)) }),
  }),
  aggregate('SUM', {
    '(INT64) -> INT64': plain('sum', 'BIGINT'),
    '(FLOAT64) -> FLOAT64': sumOfFloats,
    '(NUMERIC) -> NUMERIC': sumOfNumeric,
    '(BIGNUMERIC) -> BIGNUMERIC': sumOfBig,
    '(INTERVAL) -> INTERVAL': sumOfIntervals,
  }),
  aggregate('AVG', {
    '(INT64) -> FLOAT64': plain('avg'),
    '(FLOAT64) -> FLOAT64': averageOfFloats,
    '(NUMERIC) -> NUMERIC': averageOfNumeric,
    '(BIGNUMERIC) -> BIGNUMERIC': averageOfBig,
    '(INTERVAL) -> INTERVAL': averageOfIntervals,
  }),
  aggregate('MIN', { '(FLOAT64) -> FLOAT64': minimumOfFloat, '(T1) -> T1': extreme('min') }),
  aggregate('MAX', { '(T1) -> T1': extreme('max') }),
  aggregate('ANY_VALUE', { '(T1) -> T1': anyValue }, { nullHandling: true }),
  aggregate('MAX_BY', {
    '(T1, T2) -> T1': (call) => valueAtExtreme(call, 'MAX', call.sql(0), call.argument(1)),
  }),
  aggregate('MIN_BY', {
    '(T1, T2) -> T1': (call) => valueAtExtreme(call, 'MIN', call.sql(0), call.argument(1)),
  }),
  aggregate('ARRAY_AGG', { '(T1) -> ARRAY<T1>': arrayAgg }, ORDERED),
  aggregate(
    'ARRAY_CONCAT_AGG',
    { '(ARRAY<T1>) -> ARRAY<T1>': arrayConcatAgg },
    { ordered: true, distinct: false },
  ),
  aggregate(
    'STRING_AGG',
    {
      '(STRING, [LITERAL STRING]) -> STRING': stringAgg,
      '(BYTES, [LITERAL BYTES]) -> BYTES': bytesAgg,
    },
    { ordered: true },
  ),
  aggregate('LOGICAL_AND', { '(BOOL) -> BOOL': plain('bool_and') }),
  aggregate('LOGICAL_OR', { '(BOOL) -> BOOL': plain('bool_or') }),
  aggregate('BIT_AND', { '(INT64) -> INT64': plain('bit_and') }),
  aggregate('BIT_OR', { '(INT64) -> INT64': plain('bit_or') }),
  aggregate('BIT_XOR', { '(INT64) -> INT64': plain('bit_xor') }),
  statistic('STDDEV_SAMP', 'stddev_samp', ['STDDEV']),
  statistic('STDDEV_POP', 'stddev_pop'),
  statistic('VAR_SAMP', 'var_samp', ['VARIANCE']),
  statistic('VAR_POP', 'var_pop'),
  pairStatistic('COVAR_POP', 'covar_pop'),
  pairStatistic('COVAR_SAMP', 'covar_samp'),
  aggregate('CORR', { '(FLOAT64, FLOAT64) -> FLOAT64': correlation }),
  aggregate(
    'GROUPING',
    { '(ANY) -> INT64': (call) => `CAST(grouping(${call.sql(0)}) AS BIGINT)` },
    { distinct: false, notAnalytic: true },
  ),
];
