import { quoteString } from '../duck/quote.js';
import { duckFieldName, isOrderable, printType } from '../syntax/types.js';
import { floatText, integerLiteral, raise, stringLiteral } from './emit.js';
import { rangeKey } from './range.js';
import { type Call, type Emitter, type FunctionRule, scalar } from './registry.js';
import { own } from './udf.js';

const BIG = 'BIGNUM';

/** BIGNUMERIC passes through functions as text. */
function big(name: string, ...arguments_: string[]): string {
  return `CAST(${name}(${arguments_.map((text) => `CAST(${text} AS VARCHAR)`).join(', ')}) AS ${BIG})`;
}

/** A function of one number: of doubles as `emit` writes it, of decimals to their last digit. */
function ofNumber(name: string, emit: (x: string) => string): Record<string, Emitter> {
  return {
    '(FLOAT64) -> FLOAT64': (call) => emit(call.sql(0)),
    '(NUMERIC) -> NUMERIC': `${own.numeric_function}('${name}', $1)`,
    '(BIGNUMERIC) -> BIGNUMERIC': `CAST(${own.big_function}('${name}', CAST($1 AS VARCHAR)) AS ${BIG})`,
  };
}

/** The same of two numbers. */
function ofNumbers(name: 'log' | 'power', emit: (x: string, y: string) => string): Record<string, Emitter> {
  return {
    '(FLOAT64, FLOAT64) -> FLOAT64': (call) => emit(call.sql(0), call.sql(1)),
    '(NUMERIC, NUMERIC) -> NUMERIC': `${own[`numeric_${name}`]}($1, $2)`,
    '(BIGNUMERIC, BIGNUMERIC) -> BIGNUMERIC': (call) => big(own[`big_${name}`], call.sql(0), call.sql(1)),
  };
}

const NAN = "'nan'::DOUBLE";

function floatFault(kind: 'error' | 'overflow', name: string, inputs: readonly string[]): string {
  const shown = inputs.map(floatText).join(" || ', ' || ");
  return raise(`'Floating point ${kind} in function: ${name}(' || ${shown} || ')'`, 'DOUBLE');
}

/** A double function that fails when finite inputs give what is not finite. */
function finite(
  name: string,
  result: string,
  inputs: readonly string[],
  kind: 'error' | 'overflow' = 'error',
): string {
  const given = inputs.map((input) => `isfinite(${input})`).join(' AND ');
  return `CASE WHEN NOT isfinite(${result}) AND ${given} THEN ${floatFault(kind, name, inputs)} ELSE ${result} END`;
}

/**
 * A double function that is defined where `inside` holds. DuckDB sorts NaN after all numbers, so a lower bound alone
 * lets it in, and its functions give NaN for it.
 */
function within(name: string, inside: string, inputs: readonly string[], result: string): string {
  const given = (test: (input: string) => string): string => inputs.map(test).join(' AND ');
  return `CASE WHEN ${inside} THEN ${result} WHEN ${given((input) => `isfinite(${input})`)} THEN ${floatFault('error', name, inputs)} WHEN ${given((input) => `${input} IS NOT NULL`)} THEN ${NAN} END`;
}

/** DuckDB's functions of angles fail at the infinities. */
function ofAngle(x: string, result: string): string {
  return `CASE WHEN isinf(${x}) THEN ${NAN} ELSE ${result} END`;
}

function unary(name: string, write: (x: string) => string): FunctionRule {
  return scalar(name, { '(FLOAT64) -> FLOAT64': (call) => write(call.sql(0)) });
}

function byZero(name: string, left: string, right: string, duckType: string): string {
  return raise(`'division by zero: ${name}(' || ${left} || ', ' || ${right} || ')'`, duckType);
}

function wholeDivision(name: 'DIV' | 'MOD', operator: '//' | '%'): Record<string, Emitter> {
  const suffix = name === 'DIV' ? 'div' : 'mod';
  return {
    '(INT64, INT64) -> INT64': (call) => {
      const [left, right] = [call.sql(0), call.sql(1)];
      const divisor = integerLiteral(call, 1);
      if (divisor !== undefined && divisor !== 0n) return `(${left} ${operator} ${right})`;
      return `CASE WHEN ${right} = 0 THEN ${byZero(name, left, right, 'BIGINT')} ELSE ${left} ${operator} ${right} END`;
    },
    '(NUMERIC, NUMERIC) -> NUMERIC': `${own[`numeric_${suffix}`]}($1, $2)`,
    '(BIGNUMERIC, BIGNUMERIC) -> BIGNUMERIC': (call) => big(own[`big_${suffix}`], call.sql(0), call.sql(1)),
  };
}

/** ROUND, TRUNC, CEIL and FLOOR of decimals with any number of digits, also one that is not known beforehand. */
function roundNumeric(mode: string): (call: Call) => string {
  return (call) => {
    const digits = call.has(1) ? integerLiteral(call, 1) : 0n;
    const named = call.has(2) ? stringLiteral(call, 2) : mode;
    if (
      digits !== undefined &&
      digits >= 0n &&
      digits <= 8n &&
      named === mode &&
      (mode === 'TRUNC' || mode.includes('AWAY'))
    ) {
      const name = mode === 'TRUNC' ? 'trunc' : 'round';
      return `CAST(${name}(${call.sql(0)}, ${digits}) AS DECIMAL(38,9))`;
    }
    const modeSql = call.has(2) ? call.sql(2) : quoteString(mode);
    return `${own.numeric_round}(${call.sql(0)}, ${call.has(1) ? call.sql(1) : '0'}, ${modeSql})`;
  };
}

function roundBig(mode: string): (call: Call) => string {
  return (call) =>
    `CAST(${own.big_round}(CAST(${call.sql(0)} AS VARCHAR), ${call.has(1) ? call.sql(1) : '0'}, ${
      call.has(2) ? call.sql(2) : quoteString(mode)
    }) AS ${BIG})`;
}

function roundFloat(name: 'round' | 'trunc'): (call: Call) => string {
  return (call) => {
    if (!call.has(1)) return `${name}(${call.sql(0)})`;
    const rounded = `${name}(${call.sql(0)}, CAST(${call.sql(1)} AS INTEGER))`;
    const digits = integerLiteral(call, 1);
    // Scaling by so large a power is no longer exact, and there is nothing left to round.
    if (digits !== undefined) {
      if (digits > 15n) return call.sql(0);
      if (digits < -308n) return `(${call.sql(0)} * 0)`;
      return name === 'round' && digits <= -293n ? roundedFarUp(call.sql(0), digits, rounded) : rounded;
    }
    return `CASE WHEN ${call.sql(1)} > 15 OR NOT isfinite(${call.sql(0)}) THEN ${call.sql(0)} ELSE ${rounded} END`;
  };
}

/** Only rounding to more than the distance of the last two doubles, 2e292, can leave their range. */
function roundedFarUp(x: string, digits: bigint, rounded: string): string {
  const unit = `'1e${-digits}'::DOUBLE`;
  const fault = floatFault('overflow', 'ROUND', [x, `${digits}`]);
  return `CASE WHEN isfinite(${x}) AND isinf(round(${x} / ${unit}) * ${unit}) THEN ${fault} ELSE ${rounded} END`;
}

function wholeNumber(name: 'ceil' | 'floor'): Record<string, Emitter> {
  return {
    '(FLOAT64) -> FLOAT64': `${name}($1)`,
    '(NUMERIC) -> NUMERIC': `CAST(${name}($1) AS DECIMAL(38,9))`,
    '(BIGNUMERIC) -> BIGNUMERIC': roundBig(name.toUpperCase()),
  };
}

/**
 * SAFE_ADD and its like. DuckDB's TRY would be shorter, but it refuses aggregates and subqueries inside; so integers
 * are computed wider and cast back, and decimals go through functions that give NULL.
 */
function safe(operator: '+' | '-' | '*'): Record<string, Emitter> {
  const float = (call: Call): string => {
    const result = `(${call.sql(0)} ${operator} ${call.sql(1)})`;
    return `CASE WHEN isinf(${result}) AND isfinite(${call.sql(0)}) AND isfinite(${call.sql(1)}) THEN NULL ELSE ${result} END`;
  };
  return {
    '(INT64, INT64) -> INT64': `TRY_CAST(CAST($1 AS HUGEINT) ${operator} CAST($2 AS HUGEINT) AS BIGINT)`,
    '(FLOAT64, FLOAT64) -> FLOAT64': float,
    '(NUMERIC, NUMERIC) -> NUMERIC': `${own.safe_numeric}($1, '${operator}', $2)`,
    '(BIGNUMERIC, BIGNUMERIC) -> BIGNUMERIC': `CAST(${own.safe_big}(CAST($1 AS VARCHAR), '${operator}', CAST($2 AS VARCHAR)) AS BIGNUM)`,
  };
}

/** GREATEST and LEAST: NULL when any argument is NULL, NaN when any is NaN. */
function extreme(name: 'greatest' | 'least'): (call: Call) => string {
  return (call) => {
    const all = call.all();
    if (!isOrderable(call.returns)) {
      call.fail(
        `${call.name} is not defined for arguments of type ${printType(call.returns)}`,
        call.argument(0).pos,
      );
    }
    const isNull = all.map((text) => `${text} IS NULL`).join(' OR ');
    if (call.returns.kind === 'RANGE') {
      const { element } = call.returns;
      const pairs = all.map((text) => `{'k': ${rangeKey(text, element)}, 'v': ${text}}`).join(', ');
      const order = name === 'least' ? 'ASC' : 'DESC';
      return `CASE WHEN NOT (${isNull}) THEN list_sort([${pairs}], '${order}')[1].v END`;
    }
    const nan =
      call.returns.kind === 'FLOAT64' && name === 'least'
        ? `WHEN ${all.map((text) => `isnan(${text})`).join(' OR ')} THEN 'nan'::DOUBLE `
        : '';
    return `CASE WHEN ${isNull} THEN NULL ${nan}ELSE ${name}(${all.join(', ')}) END`;
  };
}

/** Vectors of one length without NULL. */
function vectors(name: string, write: (a: string, b: string) => string): Record<string, Emitter> {
  const emit = (call: Call): string => {
    const [a, b] = [call.sql(0), call.sql(1)];
    return `CASE WHEN len(${a}) <> len(${b}) THEN ${raise(
      `'Array length mismatch: ${name} needs arrays of one length, got ' || len(${a}) || ' and ' || len(${b})`,
      'DOUBLE',
    )} WHEN list_contains(list_transform(${a}, lambda _v: _v IS NULL), true) OR list_contains(list_transform(${b}, lambda _v: _v IS NULL), true) THEN ${raise(
      `'Cannot compute ${name} over NULL array elements'`,
      'DOUBLE',
    )} ELSE ${write(a, b)} END`;
  };
  return { '(ARRAY<FLOAT64>, ARRAY<FLOAT64>) -> FLOAT64': emit };
}

function cosineDistance(a: string, b: string): string {
  const zero = (vector: string): string => `len(list_filter(${vector}, lambda _v: _v <> 0)) = 0`;
  const fault = raise("'Cannot compute cosine distance against zero vector.'", 'DOUBLE');
  return `CASE WHEN ${zero(a)} OR ${zero(b)} THEN ${fault} ELSE list_cosine_distance(${a}, ${b}) END`;
}

/** Vectors as their dimensions and magnitudes, of which `write` gets those of all dimensions that either has. */
function sparseVectors(write: (a: string, b: string) => string): Record<string, Emitter> {
  const [dimension, magnitude] = [duckFieldName(0), duckFieldName(1)];
  const dimensions = (vector: string): string => `list_transform(${vector}, lambda _v: (_v).${dimension})`;
  const fault = (message: string): string => raise(message, 'DOUBLE');
  const faults = (vector: string): string[] => {
    const has = (test: string): string => `len(list_filter(${vector}, lambda _v: ${test})) > 0`;
    const again = `list_filter(${vector}, lambda _v, _i: list_position(${dimensions(vector)}, (_v).${dimension}) < _i)[1].${dimension}`;
    return [
      `WHEN ${has('_v IS NULL')} THEN ${fault("'NULL array element'")}`,
      `WHEN ${has(`(_v).${dimension} IS NULL OR (_v).${magnitude} IS NULL`)} THEN ${fault("'NULL struct field'")}`,
      `WHEN len(list_distinct(${dimensions(vector)})) < len(${vector}) THEN ${fault(
        `'Duplicate index ' || ${again} || ' found in the input array.'`,
      )}`,
    ];
  };
  const emit = (call: Call): string => {
    const [a, b] = [call.sql(0), call.sql(1)];
    const all = `list_distinct(list_concat(${dimensions(a)}, ${dimensions(b)}))`;
    const aligned = (vector: string): string => {
      const map = `map_from_entries(list_transform(${vector}, lambda _v: {'k': (_v).${dimension}, 'v': (_v).${magnitude}}))`;
      return `list_transform(${all}, lambda _d: coalesce(${map}[_d], 0::DOUBLE))`;
    };
    return `CASE WHEN ${a} IS NULL OR ${b} IS NULL THEN NULL ${[...faults(a), ...faults(b)].join(' ')} ELSE ${write(aligned(a), aligned(b))} END`;
  };
  return Object.fromEntries(
    ['INT64', 'STRING'].map((type) => {
      const vector = `ARRAY<STRUCT<${type}, FLOAT64>>`;
      return [`(${vector}, ${vector}) -> FLOAT64`, emit];
    }),
  );
}

/** The array must be in order, which DuckDB checks once where it is a constant. */
function rangeBucket(call: Call): string {
  const [point, bounds] = [call.sql(0), call.sql(1)];
  const float = call.type(0).kind === 'FLOAT64';
  const fault = (
    problem: string,
    test: string,
    rest: (place: string) => string = (place) => place,
  ): string => {
    const place = `list_position(list_transform(${bounds}, lambda _b, _i: ${test}), true)`;
    const message = `'Elements in input array to RANGE_BUCKET ${problem} found at position ' || ${rest(place)}`;
    return `WHEN ${place} IS NOT NULL THEN ${raise(message, 'BIGINT')}`;
  };
  const branches = [
    `WHEN ${point} IS NULL OR ${bounds} IS NULL${float ? ` OR isnan(${point})` : ''} THEN NULL`,
    fault('cannot be null. Null element', '_b IS NULL'),
    ...(float ? [fault('cannot be NaN. NaN element', 'isnan(_b)')] : []),
    fault(
      'must be in ascending order. Nonconforming elements',
      `_b > ${bounds}[_i + 1]`,
      (place) => `${place} || ' and ' || (${place} + 1)`,
    ),
  ];
  return `CASE ${branches.join(' ')} ELSE CAST(len(list_filter(${bounds}, lambda _b: _b <= ${point})) AS BIGINT) END`;
}

const PI_DIGITS = '3.1415926535897932384626433832795028842';

export const mathFunctions: FunctionRule[] = [
  scalar('ABS', {
    '(INT64) -> INT64': 'abs($1)',
    '(FLOAT64) -> FLOAT64': 'abs($1)',
    '(NUMERIC) -> NUMERIC': 'abs($1)',
    '(BIGNUMERIC) -> BIGNUMERIC': "CASE WHEN $1 < CAST('0' AS BIGNUM) THEN -$1 ELSE $1 END",
  }),
  scalar('SIGN', {
    '(INT64) -> INT64': 'CAST(sign($1) AS BIGINT)',
    '(FLOAT64) -> FLOAT64': 'CASE WHEN isnan($1) THEN $1 ELSE CAST(sign($1) AS DOUBLE) END',
    '(NUMERIC) -> NUMERIC': 'CAST(sign($1) AS DECIMAL(38,9))',
    '(BIGNUMERIC) -> BIGNUMERIC': `CAST(${own.big_cast}(CAST(sign($1) AS VARCHAR)) AS BIGNUM)`,
  }),
  scalar('IS_INF', { '(FLOAT64) -> BOOL': 'isinf($1)' }),
  scalar('IS_NAN', { '(FLOAT64) -> BOOL': 'isnan($1)' }),
  scalar('IEEE_DIVIDE', { '(FLOAT64, FLOAT64) -> FLOAT64': '($1 / $2)' }),
  scalar('RAND', { '() -> FLOAT64': 'random()' }, { volatile: true }),
  scalar(
    'SQRT',
    ofNumber(
      'SQRT',
      (x) =>
        `CASE WHEN ${x} < 0 THEN ${raise(`'Argument to SQRT cannot be negative: ' || ${floatText(x)}`, 'DOUBLE')} ELSE sqrt(${x}) END`,
    ),
  ),
  scalar(
    'CBRT',
    ofNumber('CBRT', (x) => `${own.cbrt}(${x})`),
  ),
  scalar(
    'POW',
    ofNumbers('power', (x, y) => finite('POW', `pow(${x}, ${y})`, [x, y])),
    { aliases: ['POWER'] },
  ),
  scalar(
    'EXP',
    ofNumber('EXP', (x) => finite('EXP', `exp(${x})`, [x])),
  ),
  scalar(
    'LN',
    ofNumber('LN', (x) => within('LN', `${x} > 0`, [x], `ln(${x})`)),
  ),
  scalar('LOG', {
    ...ofNumber('LOG', (x) => within('LOG', `${x} > 0`, [x], `ln(${x})`)),
    ...ofNumbers('log', (x, y) => {
      const inside = `${x} > 0 AND ${y} > 0 AND ${y} <> 1 AND ${y} < 'inf'::DOUBLE`;
      return within('LOG', inside, [x, y], `ln(${x}) / ln(${y})`);
    }),
  }),
  scalar(
    'LOG10',
    ofNumber('LOG10', (x) => within('LOG10', `${x} > 0`, [x], `log10(${x})`)),
  ),
  scalar('GREATEST', { '(T1, [T1, ...]) -> T1': extreme('greatest') }),
  scalar('LEAST', { '(T1, [T1, ...]) -> T1': extreme('least') }),
  scalar('DIV', wholeDivision('DIV', '//')),
  scalar('MOD', wholeDivision('MOD', '%')),
  scalar('SAFE_ADD', safe('+')),
  scalar('SAFE_SUBTRACT', safe('-')),
  scalar('SAFE_MULTIPLY', safe('*')),
  scalar('SAFE_DIVIDE', {
    '(FLOAT64, FLOAT64) -> FLOAT64':
      'CASE WHEN $2 = 0 OR isinf($1 / $2) AND isfinite($1) THEN NULL ELSE $1 / $2 END',
    '(NUMERIC, NUMERIC) -> NUMERIC': `${own.safe_numeric}($1, '/', $2)`,
    '(BIGNUMERIC, BIGNUMERIC) -> BIGNUMERIC': `CAST(${own.safe_big}(CAST($1 AS VARCHAR), '/', CAST($2 AS VARCHAR)) AS BIGNUM)`,
  }),
  scalar('SAFE_NEGATE', {
    '(INT64) -> INT64': 'TRY_CAST(-CAST($1 AS HUGEINT) AS BIGINT)',
    '(FLOAT64) -> FLOAT64': '(-$1)',
    '(NUMERIC) -> NUMERIC': '(-$1)',
    '(BIGNUMERIC) -> BIGNUMERIC': '(-$1)',
  }),
  scalar('ROUND', {
    '(FLOAT64, [INT64]) -> FLOAT64': roundFloat('round'),
    '(NUMERIC, [INT64], [STRING]) -> NUMERIC': roundNumeric('ROUND_HALF_AWAY_FROM_ZERO'),
    '(BIGNUMERIC, [INT64], [STRING]) -> BIGNUMERIC': roundBig('ROUND_HALF_AWAY_FROM_ZERO'),
  }),
  scalar('TRUNC', {
    '(FLOAT64, [INT64]) -> FLOAT64': roundFloat('trunc'),
    '(NUMERIC, [INT64]) -> NUMERIC': roundNumeric('TRUNC'),
    '(BIGNUMERIC, [INT64]) -> BIGNUMERIC': roundBig('TRUNC'),
  }),
  scalar('CEIL', wholeNumber('ceil'), { aliases: ['CEILING'] }),
  scalar('FLOOR', wholeNumber('floor')),
  unary('ACOS', (x) => within('ACOS', `abs(${x}) <= 1`, [x], `acos(${x})`)),
  unary('ACOSH', (x) => within('ACOSH', `${x} >= 1`, [x], `acosh(${x})`)),
  unary('ASIN', (x) => within('ASIN', `abs(${x}) <= 1`, [x], `asin(${x})`)),
  unary('ASINH', (x) => `asinh(${x})`),
  unary('ATAN', (x) => `atan(${x})`),
  scalar('ATAN2', { '(FLOAT64, FLOAT64) -> FLOAT64': 'atan2($1, $2)' }),
  unary('ATANH', (x) => within('ATANH', `abs(${x}) < 1`, [x], `atanh(${x})`)),
  unary('COS', (x) => ofAngle(x, `cos(${x})`)),
  unary('COSH', (x) => finite('COSH', `cosh(${x})`, [x], 'overflow')),
  unary('COT', (x) => ofAngle(x, finite('COT', `(1 / tan(${x}))`, [x]))),
  unary('COTH', (x) => finite('COTH', `(1 / tanh(${x}))`, [x])),
  unary('CSC', (x) => ofAngle(x, finite('CSC', `(1 / sin(${x}))`, [x]))),
  unary('CSCH', (x) => finite('CSCH', `(1 / sinh(${x}))`, [x])),
  unary('SEC', (x) => ofAngle(x, `(1 / cos(${x}))`)),
  unary('SECH', (x) => `(1 / cosh(${x}))`),
  unary('SIN', (x) => ofAngle(x, `sin(${x})`)),
  unary('SINH', (x) => finite('SINH', `sinh(${x})`, [x], 'overflow')),
  unary('TAN', (x) => ofAngle(x, `tan(${x})`)),
  unary('TANH', (x) => `tanh(${x})`),
  scalar('PI', { '() -> FLOAT64': 'pi()' }),
  scalar('PI_NUMERIC', { '() -> NUMERIC': 'CAST(3.141592654 AS DECIMAL(38,9))' }),
  scalar('PI_BIGNUMERIC', { '() -> BIGNUMERIC': `CAST(${own.big_cast}('${PI_DIGITS}') AS BIGNUM)` }),
  scalar('RANGE_BUCKET', { '(T1, ARRAY<T1>) -> INT64': rangeBucket }),
  scalar('COSINE_DISTANCE', {
    ...vectors('COSINE_DISTANCE', cosineDistance),
    ...sparseVectors(cosineDistance),
  }),
  scalar('EUCLIDEAN_DISTANCE', {
    ...vectors('EUCLIDEAN_DISTANCE', (a, b) => `list_distance(${a}, ${b})`),
    ...sparseVectors((a, b) => `coalesce(list_distance(${a}, ${b}), 0)`),
  }),
  scalar(
    'DOT_PRODUCT',
    vectors('DOT_PRODUCT', (a, b) => `list_inner_product(${a}, ${b})`),
  ),
  scalar(
    'MANHATTAN_DISTANCE',
    vectors(
      'MANHATTAN_DISTANCE',
      (a, b) => `list_sum(list_transform(${a}, lambda _x, _i: abs(_x - ${b}[_i])))`,
    ),
  ),
  scalar('L1_NORM', { '(ARRAY<FLOAT64>) -> FLOAT64': 'list_sum(list_transform($1, lambda _x: abs(_x)))' }),
  scalar('L2_NORM', {
    '(ARRAY<FLOAT64>) -> FLOAT64': 'sqrt(list_sum(list_transform($1, lambda _x: _x * _x)))',
  }),
  scalar('PARSE_NUMERIC', { '(STRING) -> NUMERIC': `${own.numeric_parse}($1)` }),
  scalar('PARSE_BIGNUMERIC', { '(STRING) -> BIGNUMERIC': `CAST(${own.big_parse}($1) AS BIGNUM)` }),
  scalar('BIT_COUNT', {
    '(INT64) -> INT64': 'CAST(bit_count($1) AS BIGINT)',
    '(BYTES) -> INT64': `${own.bit_count_bytes}($1)`,
  }),
];
