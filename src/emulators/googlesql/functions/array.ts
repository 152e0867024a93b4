import { quoteString } from '../duck/quote.js';
import { type BqType, duckType } from '../syntax/types.js';
import { joinedArrays } from './concatenation.js';
import { boundedRow, boundedValue, checkedBig, checkedNumeric, raise } from './emit.js';
import { type Call, type Emitter, type FunctionRule, scalar } from './registry.js';
import { own } from './udf.js';

/** BigQuery's own limit for generated arrays. */
const MAX_GENERATED = 1_048_575;
const ELEMENT_BYTES = 8;
const TOO_MANY = `'Cannot generate arrays with more than ${MAX_GENERATED} elements.'`;

function first(call: Call): string {
  return element(call, '1', 'ARRAY_FIRST cannot get the first element of an empty array');
}

function last(call: Call): string {
  return element(call, '-1', 'ARRAY_LAST cannot get the last element of an empty array');
}

function element(call: Call, index: string, message: string): string {
  return `CASE WHEN len(${call.sql(0)}) = 0 THEN ${raise(quoteString(message), call.duckReturns)} ELSE ${call.sql(0)}[${index}] END`;
}

/** Both ends count from 0, from the end when negative, and are part of the result. */
function slice(call: Call): string {
  const [array, start, end] = [call.sql(0), call.sql(1), call.sql(2)];
  const size = `len(${array})`;
  const from = `CASE WHEN ${start} < 0 THEN greatest(${size} + ${start}, 0) ELSE ${start} END`;
  const to = `CASE WHEN ${end} < 0 THEN ${size} + ${end} ELSE ${end} END`;
  return `CASE WHEN ${array} IS NULL OR ${start} IS NULL OR ${end} IS NULL THEN NULL WHEN (${from}) > (${to}) OR (${to}) < 0 THEN CAST([] AS ${call.duckReturns}) ELSE list_slice(${array}, (${from}) + 1, least((${to}) + 1, ${size})) END`;
}

function concat(call: Call): string {
  const operands = call.all().map((text) => ({ sql: call.node(text), type: call.returns }));
  return call.hole(joinedArrays(operands));
}

/** NULL items are left out unless a text stands for them. */
function toText(call: Call): string {
  const array = call.sql(0);
  const separator = call.sql(1);
  if (call.literal(1) === null || (call.has(2) && call.literal(2) === null)) return 'CAST(NULL AS VARCHAR)';
  const texts = call.has(2) ? `list_transform(${array}, lambda _t: coalesce(_t, ${call.sql(2)}))` : array;
  const bytes = `list_sum(list_transform(${texts}, lambda _t: strlen(${separator}) + strlen(_t)))`;
  // DuckDB joins by constants only.
  const joined =
    call.literal(1) === undefined
      ? `substring(array_to_string(list_transform(${texts}, lambda _t: ${separator} || _t), ''), length(${separator}) + 1)`
      : `array_to_string(${texts}, ${separator})`;
  const text = boundedValue('ARRAY_TO_STRING', `coalesce(${bytes}, 0)`, `coalesce(${joined}, '')`);
  return `CASE WHEN ${array} IS NOT NULL AND ${separator} IS NOT NULL THEN ${text} END`;
}

function toBytes(call: Call): string {
  return `${own.join_bytes}(${call.sql(0)}, ${call.sql(1)}, ${call.has(2) ? call.sql(2) : 'NULL'})`;
}

function generated(
  call: Call,
  duckType: string,
  count: string,
  item: (index: string) => string,
  step: string,
): string {
  const inputs = call
    .all()
    .map((text) => `${text} IS NULL`)
    .join(' OR ');
  return `CASE WHEN ${inputs} THEN NULL WHEN ${step} = 0 THEN ${raise(
    "'Sequence step cannot be 0.'",
    `${duckType}[]`,
  )} WHEN (${count}) > ${MAX_GENERATED} THEN ${raise(TOO_MANY, `${duckType}[]`)} ELSE ${boundedRow(`(${count}) * ${ELEMENT_BYTES}`, `list_transform(range(CAST(greatest(${count}, 0) AS BIGINT)), lambda _n: CAST(${item('_n')} AS ${duckType}))`)} END`;
}

function generateIntegers(call: Call): string {
  const step = call.has(2) ? call.sql(2) : '1';
  const inputs = call
    .all()
    .map((text) => `${text} IS NULL`)
    .join(' OR ');
  const steps = `(CAST(${call.sql(1)} AS DOUBLE) - ${call.sql(0)}) / ${step}`;
  const series = `generate_series(${call.sql(0)}, ${call.sql(1)}, ${step})`;
  return `CASE WHEN ${inputs} THEN NULL WHEN ${step} = 0 THEN ${raise("'Sequence step cannot be 0.'", 'BIGINT[]')} WHEN ${steps} >= ${MAX_GENERATED} THEN ${raise(TOO_MANY, 'BIGINT[]')} ELSE ${boundedRow(`${steps} * ${ELEMENT_BYTES}`, series)} END`;
}

function generateNumbers(duckType: string): (call: Call) => string {
  return (call) => {
    const step = call.has(2) ? call.sql(2) : `CAST(1 AS ${duckType})`;
    const span = `(CAST(${call.sql(1)} AS DOUBLE) - CAST(${call.sql(0)} AS DOUBLE)) / CAST(${step} AS DOUBLE)`;
    // A step that divides the span must reach its end in spite of binary fractions.
    const count = `floor(${span} + 1e-9) + 1`;
    return generated(call, duckType, count, (n) => `${call.sql(0)} + ${n} * ${step}`, step);
  };
}

/** Dates and times: DuckDB's series takes intervals of any part. */
function generateTimes(duckType: 'DATE' | 'TIMESTAMP' | 'TIMESTAMPTZ'): (call: Call) => string {
  return (call) => {
    const clock = (sql: string): string =>
      duckType === 'TIMESTAMPTZ' ? `make_timestamp(epoch_us(${sql}))` : `CAST(${sql} AS TIMESTAMP)`;
    const step = call.has(2) ? call.sql(2) : 'INTERVAL 1 DAY';
    const series = `generate_series(${clock(call.sql(0))}, ${clock(call.sql(1))}, ${step})`;
    const back = duckType === 'TIMESTAMPTZ' ? 'make_timestamptz(epoch_us(_d))' : `CAST(_d AS ${duckType})`;
    const steps = `(epoch(${call.sql(1)}) - epoch(${call.sql(0)})) / epoch(${step})`;
    const array = boundedRow(`${steps} * ${ELEMENT_BYTES}`, `list_transform(${series}, lambda _d: ${back})`);
    return `CASE WHEN ${step} = INTERVAL 0 DAY THEN ${raise("'Sequence step cannot be 0.'", `${duckType}[]`)} WHEN ${steps} >= ${MAX_GENERATED} THEN ${raise(TOO_MANY, `${duckType}[]`)} ELSE ${array} END`;
  };
}

/** How many elements an array goes on for before it is asked whether the statement does. */
const ELEMENTS_AT_ONCE = 4096;

/**
 * A lambda for DuckDB, which counts positions from 1 where BigQuery counts from 0, and does not look for an interrupt
 * until it is through with all the elements of a batch of rows.
 */
function lambda(call: Call): string {
  const { parameters, body } = call.lambda(1);
  const [item, offset] = parameters;
  const place = offset ?? `${item}_at`;
  const shifted = body(offset === undefined ? [item!] : [item!, `(${offset} - 1)`]);
  const goesOn = `CASE WHEN ${place} % ${ELEMENTS_AT_ONCE} = 0 THEN ${own.go_on}(${place}) ELSE true END`;
  return `lambda ${item}, ${place}: CASE WHEN ${goesOn} THEN ${shifted} END`;
}

function filter(call: Call): string {
  return `list_filter(${call.sql(0)}, ${lambda(call)})`;
}

function transform(call: Call): string {
  return `list_transform(${call.sql(0)}, ${lambda(call)})`;
}

/** NaN and structs with NULL fields equal nothing, which DuckDB's own search does not know. */
function includes(call: Call): string {
  const [array, wanted, type] = [call.sql(0), call.sql(1), call.type(1)];
  const found =
    type.kind === 'STRUCT' || type.kind === 'FLOAT64'
      ? `len(list_filter(${array}, lambda _i: ${call.equal('_i', wanted, type)})) > 0`
      : `list_contains(${array}, ${wanted})`;
  return `CASE WHEN ${array} IS NULL OR ${wanted} IS NULL THEN NULL ELSE ${found} END`;
}

/** The search values (argument 1) that are in the array; NULL and NaN equal nothing. */
function foundOf(call: Call): string {
  const [array, wanted, type] = [call.sql(0), call.sql(1), call.type(1)];
  const element = type.kind === 'ARRAY' ? type.element : type;
  const found = `len(list_filter(${array}, lambda _i: ${call.equal('_i', '_w', element)})) > 0`;
  return `list_filter(${wanted}, lambda _w: ${found})`;
}

/** DuckDB compares lists by hashes, which take NaN for equal and NULL fields too. */
function comparesByHash(call: Call): boolean {
  const type = call.type(1);
  return type.kind !== 'ARRAY' || (type.element.kind !== 'STRUCT' && type.element.kind !== 'FLOAT64');
}

function includesAny(call: Call): string {
  const [array, wanted] = [call.sql(0), call.sql(1)];
  if (comparesByHash(call)) return `list_has_any(${array}, ${wanted})`;
  return `CASE WHEN ${array} IS NOT NULL THEN len(${foundOf(call)}) > 0 END`;
}

function includesAll(call: Call): string {
  const [array, wanted] = [call.sql(0), call.sql(1)];
  const all = comparesByHash(call)
    ? `list_count(${wanted}) = len(${wanted}) AND list_has_all(${array}, ${wanted})`
    : `len(${foundOf(call)}) = len(${wanted})`;
  return `CASE WHEN ${array} IS NOT NULL THEN ${all} END`;
}

function includesIf(call: Call): string {
  return `(len(${filter(call)}) > 0)`;
}

function isDistinct(call: Call): string {
  const array = call.sql(0);
  const nulls = `len(list_filter(${array}, lambda _i: _i IS NULL))`;
  return `(list_unique(${array}) + ${nulls} = len(${array}) AND ${nulls} < 2)`;
}

function reducing(name: string, convert = '$'): (call: Call) => string {
  return (call) => convert.replace('$', `${name}(${call.sql(0)})`);
}

/** MIN and MAX leave NULL out; NaN wins. */
function extreme(name: 'list_min' | 'list_max'): (call: Call) => string {
  return (call) => {
    const plain = `${name}(${call.sql(0)})`;
    if (call.returns.kind !== 'FLOAT64' || name === 'list_max') return plain;
    return `CASE WHEN isnan(list_max(${call.sql(0)})) THEN 'nan'::DOUBLE ELSE ${plain} END`;
  };
}

function zippedType(call: Call, inputs: readonly number[]): BqType {
  const fields = inputs.map((index) => {
    const type = call.type(index);
    return { name: undefined, type: type.kind === 'ARRAY' ? type.element : type };
  });
  return { kind: 'ARRAY', element: { kind: 'STRUCT', fields } };
}

/** All places but that of the mode. */
function zipInputs(call: Call): number[] {
  return Array.from({ length: call.count }, (_, index) => index).filter(
    (index) => call.has(index) && call.type(index).kind === 'ARRAY',
  );
}

function zip(call: Call, inputs: readonly number[]): string {
  const arrays = inputs.map((index) => call.sql(index));
  const isNull = arrays.map((text) => `${text} IS NULL`).join(' OR ');
  const mode = call.named('mode')?.literal ?? 'STRICT';
  const fields = arrays.map((text, index) => `f${index + 1} := ${text}[_z + 1]`).join(', ');
  const build = (size: string): string => `list_transform(range(${size}), lambda _z: struct_pack(${fields}))`;
  const sizes = arrays.map((text) => `len(${text})`);
  const least = `least(${sizes.join(', ')})`;
  const greatest = `greatest(${sizes.join(', ')})`;
  const unequal = raise(
    "'Unnested arrays under STRICT mode must have equal lengths'",
    duckType(zippedType(call, inputs)),
  );
  const bodies = new Map<unknown, string>([
    ['STRICT', `CASE WHEN ${least} <> ${greatest} THEN ${unequal} ELSE ${build(sizes[0]!)} END`],
    ['TRUNCATE', build(least)],
    ['PAD', build(greatest)],
  ]);
  const body = bodies.get(mode) ?? call.fail(`Invalid mode of ARRAY_ZIP: ${String(mode)}`);
  return `CASE WHEN ${isNull} THEN NULL ELSE ${body} END`;
}

/** ARRAY_ZIP of `count` arrays with a lambda that makes each item of those zipped. */
function zipTransform(count: number): (call: Call) => string {
  return (call) => {
    const inputs = Array.from({ length: count }, (_, index) => index);
    const { parameters, body } = call.lambda(count);
    const fields = parameters.map((_, index) => `_w.f${index + 1}`);
    return `list_transform(${zip(call, inputs)}, lambda _w: ${body(fields)})`;
  };
}

const GENERATE_TIMESTAMPS: Emitter = generateTimes('TIMESTAMPTZ');

export const arrayFunctions: FunctionRule[] = [
  scalar('ARRAY_CONCAT', { '(ARRAY<T1>, [ARRAY<T1>, ...]) -> ARRAY<T1>': concat }),
  scalar('ARRAY_FILTER', {
    '(ARRAY<T1>, FUNCTION<T1->BOOL>) -> ARRAY<T1>': filter,
    '(ARRAY<T1>, FUNCTION<(T1, INT64)->BOOL>) -> ARRAY<T1>': filter,
  }),
  scalar('ARRAY_TRANSFORM', {
    '(ARRAY<T1>, FUNCTION<T1->T2>) -> ARRAY<T2>': transform,
    '(ARRAY<T1>, FUNCTION<(T1, INT64)->T2>) -> ARRAY<T2>': transform,
  }),
  scalar('ARRAY_FIRST', { '(ARRAY<T1>) -> T1': first }),
  scalar('ARRAY_LAST', { '(ARRAY<T1>) -> T1': last }),
  scalar('ARRAY_INCLUDES', {
    '(ARRAY<T1>, T1) -> BOOL': includes,
    '(ARRAY<T1>, FUNCTION<T1->BOOL>) -> BOOL': includesIf,
  }),
  scalar('ARRAY_INCLUDES_ANY', { '(ARRAY<T1>, ARRAY<T1>) -> BOOL': includesAny }),
  scalar('ARRAY_INCLUDES_ALL', { '(ARRAY<T1>, ARRAY<T1>) -> BOOL': includesAll }),
  scalar('ARRAY_IS_DISTINCT', { '(ARRAY<T1>) -> BOOL': isDistinct }),
  scalar('ARRAY_LENGTH', { '(ARRAY) -> INT64': 'len($1)' }),
  scalar('ARRAY_MAX', { '(ARRAY<T1>) -> T1': extreme('list_max') }),
  scalar('ARRAY_MIN', { '(ARRAY<T1>) -> T1': extreme('list_min') }),
  scalar('ARRAY_SUM', {
    '(ARRAY<INT64>) -> INT64': reducing('list_sum', 'CAST($ AS BIGINT)'),
    '(ARRAY<FLOAT64>) -> FLOAT64': reducing('list_sum'),
    '(ARRAY<NUMERIC>) -> NUMERIC': (call) => checkedNumeric(`list_sum(${call.sql(0)})`, 'SUM'),
    '(ARRAY<BIGNUMERIC>) -> BIGNUMERIC': (call) => checkedBig(`list_sum(${call.sql(0)})`, 'SUM'),
  }),
  scalar('ARRAY_AVG', {
    '(ARRAY<INT64>) -> FLOAT64': reducing('list_avg'),
    '(ARRAY<FLOAT64>) -> FLOAT64': reducing('list_avg'),
    '(ARRAY<NUMERIC>) -> NUMERIC': `${own.numeric_divide}(list_sum($1), CAST(list_count($1) AS DECIMAL(38,9)))`,
  }),
  scalar('ARRAY_REVERSE', { '(ARRAY<T1>) -> ARRAY<T1>': 'list_reverse($1)' }),
  scalar('ARRAY_SLICE', { '(ARRAY<T1>, INT64, INT64) -> ARRAY<T1>': slice }),
  scalar('ARRAY_TO_STRING', {
    '(ARRAY<STRING>, STRING, [STRING]) -> STRING': toText,
    '(ARRAY<BYTES>, BYTES, [BYTES]) -> BYTES': toBytes,
  }),
  scalar(
    'ARRAY_ZIP',
    {
      '(ARRAY, [ARRAY, ...], [mode => STRING]) -> INFERRED': (call) => zip(call, zipInputs(call)),
      '(ARRAY<T1>, ARRAY<T2>, FUNCTION<(T1, T2)->T3>, [mode => STRING]) -> ARRAY<T3>': zipTransform(2),
      '(ARRAY<T1>, ARRAY<T2>, ARRAY<T3>, FUNCTION<(T1, T2, T3)->T4>, [mode => STRING]) -> ARRAY<T4>':
        zipTransform(3),
    },
    { returns: (call) => zippedType(call, zipInputs(call)) },
  ),
  scalar('GENERATE_ARRAY', {
    '(INT64, INT64, [INT64]) -> ARRAY<INT64>': generateIntegers,
    '(NUMERIC, NUMERIC, [NUMERIC]) -> ARRAY<NUMERIC>': generateNumbers('DECIMAL(38,9)'),
    '(FLOAT64, FLOAT64, [FLOAT64]) -> ARRAY<FLOAT64>': generateNumbers('DOUBLE'),
  }),
  scalar('GENERATE_DATE_ARRAY', { '(DATE, DATE, [INTERVAL]) -> ARRAY<DATE>': generateTimes('DATE') }),
  scalar('GENERATE_DATETIME_ARRAY', {
    '(DATETIME, DATETIME, INTERVAL) -> ARRAY<DATETIME>': generateTimes('TIMESTAMP'),
  }),
  scalar('GENERATE_TIMESTAMP_ARRAY', {
    '(TIMESTAMP, TIMESTAMP, INTERVAL) -> ARRAY<TIMESTAMP>': GENERATE_TIMESTAMPS,
  }),
];
