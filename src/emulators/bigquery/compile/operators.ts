import { invalidQuery } from '../errors.js';
import type { BinaryOperator, ComparisonOperator, Position } from '../sql/ast.js';
import {
  arrayOf,
  BIGNUMERIC,
  BOOL,
  type BqType,
  BYTES,
  coercionCost,
  commonSupertype,
  DATE,
  DATETIME,
  duckFieldName,
  FLOAT64,
  INT64,
  INTERVAL,
  isEquatable,
  isOrderable,
  NUMERIC,
  printType,
  STRING,
  TIME,
  TIMESTAMP,
} from '../sql/types.js';
import { type CastContext, coerce, tryCoerce } from './casts.js';
import { typedNull } from './literals.js';
import { sharing } from './share.js';
import { type Value, value } from './value.js';

interface OperatorRule {
  left: BqType;
  right: BqType;
  result: BqType;
  emit: (left: Value, right: Value) => string;
}

const infix = (operator: string) => (left: Value, right: Value) => `(${left.sql} ${operator} ${right.sql})`;
const call = (name: string) => (left: Value, right: Value) => `${name}(${left.sql}, ${right.sql})`;

function rule(left: BqType, right: BqType, result: BqType, emit: OperatorRule['emit']): OperatorRule {
  return { left, right, result, emit };
}

function same(type: BqType, emit: OperatorRule['emit']): OperatorRule {
  return rule(type, type, type, emit);
}

/** A whole factor leaves the scale as it is; other products have 18 decimals, which DuckDB is slow to round. */
function multiplyNumeric(left: Value, right: Value): string {
  const whole = left.type.kind === 'INT64' || right.type.kind === 'INT64';
  return whole ? `(${left.sql} * ${right.sql})` : `bq_numeric_multiply(${left.sql}, ${right.sql})`;
}

function bigCall(name: string) {
  return (left: Value, right: Value) =>
    `CAST(${name}(CAST(${left.sql} AS VARCHAR), CAST(${right.sql} AS VARCHAR)) AS BIGNUM)`;
}

function divideFloat(left: Value, right: Value): string {
  const divisor = right.literal;
  if (divisor != null && Number(divisor) !== 0) return `(${left.sql} / ${right.sql})`;
  return sharing([left.sql, right.sql], ([a, b]) => {
    const message = `'division by zero: ' || ${numberText(a!, left.type)} || ' / ' || ${numberText(b!, right.type)}`;
    return `CASE WHEN ${b} = 0 THEN CAST(bq_error(${message}) AS DOUBLE) ELSE ${a} / ${b} END`;
  });
}

function numberText(sql: string, type: BqType): string {
  return type.kind === 'FLOAT64' ? `format('{:g}', ${sql})` : `CAST(${sql} AS VARCHAR)`;
}

/** DATE ± INTERVAL is a DATETIME in BigQuery, as in DuckDB. */
const plusInterval = (type: BqType, result: BqType = type) => [
  rule(type, INTERVAL, result, infix('+')),
  rule(INTERVAL, type, result, infix('+')),
];

const ARITHMETIC: Record<'+' | '-' | '*' | '/', OperatorRule[]> = {
  '+': [
    same(INT64, infix('+')),
    same(FLOAT64, infix('+')),
    same(NUMERIC, infix('+')),
    same(BIGNUMERIC, infix('+')),
    rule(DATE, INT64, DATE, (left, right) => `(${left.sql} + CAST(${right.sql} AS INTEGER))`),
    rule(INT64, DATE, DATE, (left, right) => `(${right.sql} + CAST(${left.sql} AS INTEGER))`),
    ...plusInterval(TIMESTAMP),
    ...plusInterval(DATE, DATETIME),
    ...plusInterval(DATETIME),
    same(INTERVAL, infix('+')),
  ],
  '-': [
    same(INT64, infix('-')),
    same(FLOAT64, infix('-')),
    same(NUMERIC, infix('-')),
    same(BIGNUMERIC, infix('-')),
    rule(DATE, INT64, DATE, (left, right) => `(${left.sql} - CAST(${right.sql} AS INTEGER))`),
    rule(DATE, DATE, INTERVAL, (left, right) => `to_days(CAST(${left.sql} - ${right.sql} AS INTEGER))`),
    rule(TIMESTAMP, TIMESTAMP, INTERVAL, elapsed),
    rule(DATETIME, DATETIME, INTERVAL, elapsed),
    rule(TIME, TIME, INTERVAL, elapsed),
    rule(TIMESTAMP, INTERVAL, TIMESTAMP, infix('-')),
    rule(DATE, INTERVAL, DATETIME, infix('-')),
    rule(DATETIME, INTERVAL, DATETIME, infix('-')),
    same(INTERVAL, infix('-')),
  ],
  '*': [
    same(INT64, infix('*')),
    same(FLOAT64, infix('*')),
    same(NUMERIC, multiplyNumeric),
    same(BIGNUMERIC, bigCall('bq_big_multiply')),
    rule(INTERVAL, INT64, INTERVAL, (left, right) => `(${left.sql} * ${right.sql})`),
    rule(INT64, INTERVAL, INTERVAL, (left, right) => `(${right.sql} * ${left.sql})`),
  ],
  '/': [
    same(FLOAT64, divideFloat),
    same(NUMERIC, call('bq_numeric_divide')),
    same(BIGNUMERIC, bigCall('bq_big_divide')),
    rule(
      INTERVAL,
      INT64,
      INTERVAL,
      (left, right) => `to_microseconds(CAST(epoch_us(${left.sql}) // ${right.sql} AS BIGINT))`,
    ),
  ],
};

/** Differences of times are hours, minutes and seconds only: BigQuery does not make days of them. */
function elapsed(left: Value, right: Value): string {
  return `to_microseconds(epoch_us(${left.sql}) - epoch_us(${right.sql}))`;
}

const BITWISE: Record<'&' | '|' | '^' | '<<' | '>>', OperatorRule[]> = {
  '&': [same(INT64, infix('&')), same(BYTES, call('bq_and_bytes'))],
  '|': [same(INT64, infix('|')), same(BYTES, call('bq_or_bytes'))],
  '^': [same(INT64, call('xor')), same(BYTES, call('bq_xor_bytes'))],
  '<<': [same(INT64, call('bq_shift_left')), rule(BYTES, INT64, BYTES, call('bq_shift_left_bytes'))],
  '>>': [same(INT64, call('bq_shift_right')), rule(BYTES, INT64, BYTES, call('bq_shift_right_bytes'))],
};

const NAMES: Partial<Record<string, string>> = {
  '&': 'BITWISE AND',
  '|': 'BITWISE OR',
  '^': 'BITWISE XOR',
  '<<': 'BITWISE LEFT SHIFT',
  '>>': 'BITWISE RIGHT SHIFT',
};

export function binary(
  operator: BinaryOperator,
  left: Value,
  right: Value,
  pos: Position,
  context: CastContext,
): Value {
  if (operator === '||') return concatenate(left, right, pos, context);
  const rules = operator in ARITHMETIC ? ARITHMETIC[operator as '+'] : BITWISE[operator as '&'];
  let best: OperatorRule | undefined;
  let bestCost = Number.POSITIVE_INFINITY;
  for (const candidate of rules) {
    const leftCost = coercionCost(left.type, candidate.left, left.coercibility);
    const rightCost = coercionCost(right.type, candidate.right, right.coercibility);
    if (leftCost === undefined || rightCost === undefined) continue;
    // `1 + 'a'` is no addition of days to a date.
    if (isBareText(left, candidate.left) && right.type.kind === 'INT64') continue;
    if (isBareText(right, candidate.right) && left.type.kind === 'INT64') continue;
    if (leftCost + rightCost < bestCost) {
      best = candidate;
      bestCost = leftCost + rightCost;
    }
  }
  if (best === undefined) throw noOperator(operator, rules, left, right, pos);
  // DuckDB loses the type of an operator on a bare NULL.
  if (left.coercibility === 'null' || right.coercibility === 'null') return nullOf(best.result, pos);
  // DuckDB divides integers as doubles by itself, and the error message shows them as integers.
  const keeps =
    (operator === '/' && best.result === FLOAT64) ||
    (operator === '*' && best.result === NUMERIC && left.type.kind !== right.type.kind);
  const prepare = (input: Value, type: BqType) =>
    keeps && input.type.kind === 'INT64' && input.coercibility !== 'null'
      ? input
      : coerce(input, type, context);
  const a = prepare(left, best.left);
  const b = prepare(right, best.right);
  return value(best.emit(a, b), best.result, pos, [a, b]);
}

function isBareText(input: Value, wanted: BqType): boolean {
  return input.type.kind === 'STRING' && input.coercibility !== 'null' && wanted.kind !== 'STRING';
}

function noOperator(
  operator: BinaryOperator,
  rules: readonly OperatorRule[],
  left: Value,
  right: Value,
  pos: Position,
): Error {
  const shown = NAMES[operator] ?? operator;
  const signatures = rules.map((candidate) => {
    const lines = [`  Signature: ${printType(candidate.left)} ${operator} ${printType(candidate.right)}`];
    const mismatch = (['left', 'right'] as const).findIndex((side) => {
      const input = side === 'left' ? left : right;
      return coercionCost(input.type, candidate[side], input.coercibility) === undefined;
    });
    if (mismatch < 0) return lines.join('\n');
    const input = mismatch === 0 ? left : right;
    const wanted = mismatch === 0 ? candidate.left : candidate.right;
    lines.push(
      `    Argument ${mismatch + 1}: Unable to coerce type ${printType(input.type)} to expected type ${printType(wanted)}`,
    );
    return lines.join('\n');
  });
  const types = `${printArgumentType(left)}, ${printArgumentType(right)}`;
  return invalidQuery(
    `No matching signature for operator ${shown} for argument types: ${types}\n${signatures.join('\n')}`,
    pos,
  );
}

/** The type of an argument as error messages show it. */
export function printArgumentType(input: Value): string {
  return input.coercibility === 'null' ? 'NULL' : printType(input.type);
}

function nullOf(type: BqType, pos: Position): Value {
  return { ...typedNull(type, pos), coercibility: 'none' };
}

function concatenate(left: Value, right: Value, pos: Position, context: CastContext): Value {
  if (left.type.kind === 'ARRAY' || right.type.kind === 'ARRAY') {
    const type = commonSupertype([left, right]);
    if (type?.kind === 'ARRAY') {
      const a = coerce(left, type, context);
      const b = coerce(right, type, context);
      const sql = sharing(
        [a.sql, b.sql],
        ([x, y]) => `CASE WHEN ${x} IS NULL OR ${y} IS NULL THEN NULL ELSE list_concat(${x}, ${y}) END`,
      );
      return value(sql, type, pos, [a, b]);
    }
  }
  for (const type of [STRING, BYTES]) {
    const a = tryCoerce(left, type, context);
    const b = tryCoerce(right, type, context);
    if (a === undefined || b === undefined) continue;
    if (a.literal === null || b.literal === null) return nullOf(type, pos);
    return value(`(${a.sql} || ${b.sql})`, type, pos, [a, b]);
  }
  throw noOperator(
    '||',
    [STRING, BYTES, arrayOf(INT64)].map((type) => same(type, infix('||'))),
    left,
    right,
    pos,
  );
}

// Comparison

export function comparison(
  operator: ComparisonOperator,
  left: Value,
  right: Value,
  pos: Position,
  context: CastContext,
): Value {
  const type = comparableType(operator, left, right, pos);
  const a = coerce(left, type, context);
  const b = coerce(right, type, context);
  return value(comparisonSql(operator, type, a, b), BOOL, pos, [a, b]);
}

function comparableType(operator: ComparisonOperator, left: Value, right: Value, pos: Position): BqType {
  const type = commonSupertype([left, right]);
  if (type === undefined) throw noComparison(operator, left, right, pos);
  const equality = operator === '=' || operator === '!=';
  if (equality ? !isEquatable(type) : !isOrderable(type)) {
    throw invalidQuery(
      `${equality ? 'Equality' : operatorWord(operator)} is not defined for arguments of type ${printType(type)}`,
      pos,
    );
  }
  return type;
}

function operatorWord(operator: ComparisonOperator): string {
  const words = {
    '<': 'Less than',
    '<=': 'Less than or equal',
    '>': 'Greater than',
    '>=': 'Greater than or equal',
  };
  return words[operator as '<'];
}

function noComparison(operator: string, left: Value, right: Value, pos: Position): Error {
  const inputs = [printType(left.type), printType(right.type)].sort().join(', ');
  return invalidQuery(
    `No matching signature for operator ${operator} for argument types: ${printArgumentType(left)}, ${printArgumentType(right)}\n` +
      `  Signature: T1 ${operator} T1\n    Unable to find common supertype for templated argument <T1>\n      Input types for <T1>: {${inputs}}`,
    pos,
  );
}

function comparisonSql(operator: ComparisonOperator, type: BqType, left: Value, right: Value): string {
  const plain = `${left.sql} ${operator === '!=' ? '<>' : operator} ${right.sql}`;
  if (type.kind === 'FLOAT64') return floatComparison(operator, plain, left, right);
  if (type.kind === 'STRUCT') {
    const equal = structEquality(
      type.fields.map((field) => field.type),
      left,
      right,
    );
    return operator === '=' ? equal : `(NOT ${equal})`;
  }
  return `(${plain})`;
}

/**
 * NaN equals nothing and is not above anything in BigQuery; in DuckDB it equals itself and is above all numbers. One
 * test of the side that would win there puts that right.
 */
function floatComparison(operator: ComparisonOperator, plain: string, left: Value, right: Value): string {
  const infinity = "'infinity'::DOUBLE";
  const guarded =
    operator === '>' || operator === '>=' ? left : operator === '<' || operator === '<=' ? right : undefined;
  const relation = plain.slice(left.sql.length, plain.length - right.sql.length);
  const compare = (test: (a: string, b: string) => string) =>
    sharing([left.sql, right.sql], ([a, b]) => `(${a}${relation}${b}${test(a!, b!)})`);
  if (guarded !== undefined) {
    if (isNumber(guarded)) return `(${plain})`;
    return compare((a, b) => ` AND ${guarded === left ? a : b} <= ${infinity}`);
  }
  if (isNumber(left) || isNumber(right)) return `(${plain})`;
  const first = left.sql.length <= right.sql.length;
  return operator === '='
    ? compare((a, b) => ` AND ${first ? a : b} <= ${infinity}`)
    : compare((a, b) => ` OR ${first ? a : b} > ${infinity}`);
}

/** A literal that is certainly not NaN, or an integer made a FLOAT64. */
function isNumber(input: Value): boolean {
  if (input.literal != null) return !/nan/i.test(String(input.literal));
  return input.sql.startsWith('CAST(') && input.coercibility === 'literal';
}

/** DuckDB takes NULL fields for equal; BigQuery compares field by field. */
function structEquality(fields: readonly BqType[], left: Value, right: Value): string {
  const tests = fields.map((type, index) => {
    const name = duckFieldName(index);
    const a = value(`(${left.sql}).${name}`, type, left.pos);
    const b = value(`(${right.sql}).${name}`, type, right.pos);
    return comparisonSql('=', type, a, b);
  });
  return tests.length === 0 ? `(${left.sql} = ${right.sql})` : `(${tests.join(' AND ')})`;
}

export function distinctFrom(
  left: Value,
  right: Value,
  negated: boolean,
  pos: Position,
  context: CastContext,
): Value {
  const type = comparableType('=', left, right, pos);
  const a = coerce(left, type, context);
  const b = coerce(right, type, context);
  return value(`(${a.sql} IS ${negated ? 'NOT ' : ''}DISTINCT FROM ${b.sql})`, BOOL, pos, [a, b]);
}

/** `operand IN (items)`; each item is compared as `=` would. */
export function inList(
  operand: Value,
  items: readonly Value[],
  negated: boolean,
  pos: Position,
  context: CastContext,
): Value {
  const type = commonSupertype([operand, ...items]);
  if (type === undefined) {
    const odd = items.find((item) => commonSupertype([operand, item]) === undefined) ?? items[0]!;
    throw invalidQuery(
      `No matching signature for operator IN for argument types: ${[operand, ...items].map(printArgumentType).join(', ')}`,
      odd.pos,
    );
  }
  if (!isEquatable(type))
    throw invalidQuery(`IN is not defined for arguments of type ${printType(type)}`, pos);
  const left = coerce(operand, type, context);
  const right = items.map((item) => coerce(item, type, context));
  const word = negated ? 'NOT IN' : 'IN';
  if (type.kind === 'STRUCT') {
    const any = right.map((item) => comparisonSql('=', type, left, item)).join(' OR ');
    return value(negated ? `(NOT (${any}))` : `(${any})`, BOOL, pos, [left, ...right]);
  }
  return value(`(${left.sql} ${word} (${right.map((item) => item.sql).join(', ')}))`, BOOL, pos, [
    left,
    ...right,
  ]);
}

/** `operand IN UNNEST(array)` */
export function inArray(
  operand: Value,
  array: Value,
  negated: boolean,
  pos: Position,
  context: CastContext,
): Value {
  if (array.type.kind !== 'ARRAY' && array.coercibility !== 'null') {
    throw invalidQuery(
      `Second argument of IN UNNEST must be an array but was ${printType(array.type)}`,
      array.pos,
    );
  }
  const element = array.type.kind === 'ARRAY' ? array.type.element : operand.type;
  const item = {
    ...value('', element, array.pos),
    coercibility: array.coercibility === 'emptyArray' ? ('null' as const) : array.coercibility,
  };
  const type = commonSupertype([operand, item]);
  if (type === undefined) throw noComparison('IN UNNEST', operand, item, pos);
  const left = coerce(operand, type, context);
  const list = coerce(array, arrayOf(type), context);
  const sql = sharing(
    [list.sql, left.sql],
    ([items, wanted]) =>
      `CASE WHEN ${items} IS NULL OR len(${items}) = 0 THEN false WHEN ${wanted} IS NULL THEN NULL WHEN list_contains(${items}, ${wanted}) THEN true WHEN list_count(${items}) < len(${items}) THEN NULL ELSE false END`,
  );
  return value(negated ? `(NOT ${sql})` : `(${sql})`, BOOL, pos, [left, list]);
}

/** `operand LIKE pattern`; a backslash in the pattern takes the next character as it is. */
export function like(
  operand: Value,
  pattern: Value,
  negated: boolean,
  pos: Position,
  context: CastContext,
): Value {
  const word = negated ? 'NOT LIKE' : 'LIKE';
  const left = tryCoerce(operand, STRING, context);
  const right = tryCoerce(pattern, STRING, context);
  if (left !== undefined && right !== undefined) {
    const escaping = typeof right.literal === 'string' && !right.literal.includes('\\') ? '' : " ESCAPE '\\'";
    return value(`(${left.sql} ${word} ${right.sql}${escaping})`, BOOL, pos, [left, right]);
  }
  const leftBytes = tryCoerce(operand, BYTES, context);
  const rightBytes = tryCoerce(pattern, BYTES, context);
  if (leftBytes !== undefined && rightBytes !== undefined) {
    // Each byte becomes the character of that number, so that `_` is one byte.
    const text = (sql: string) =>
      `list_aggregate(list_transform(bq_code_points_bytes(${sql}), lambda b: chr(CAST(CASE WHEN b = 0 THEN 256 ELSE b END AS INTEGER))), 'string_agg', '')`;
    return value(`(${text(leftBytes.sql)} ${word} ${text(rightBytes.sql)} ESCAPE '\\')`, BOOL, pos, [
      leftBytes,
      rightBytes,
    ]);
  }
  const types = `${printArgumentType(operand)}, ${printArgumentType(pattern)}`;
  throw invalidQuery(
    `No matching signature for operator LIKE for argument types: ${types}\n  Signature: STRING LIKE STRING\n  Signature: BYTES LIKE BYTES`,
    pos,
  );
}

export function negate(operand: Value, pos: Position, context: CastContext): Value {
  for (const type of [INT64, FLOAT64, NUMERIC, BIGNUMERIC, INTERVAL]) {
    if (operand.type.kind !== type.kind && operand.coercibility !== 'null') continue;
    const input = coerce(operand, type, context);
    return {
      ...value(`(-${input.sql})`, type, pos, [input]),
      coercibility: input.coercibility === 'literal' ? 'literal' : 'none',
    };
  }
  throw invalidQuery(
    `No matching signature for operator - for argument types: ${printArgumentType(operand)}\n  Signature: -INT64\n  Signature: -FLOAT64\n  Signature: -NUMERIC\n  Signature: -BIGNUMERIC\n  Signature: -INTERVAL`,
    pos,
  );
}

export function bitwiseNot(operand: Value, pos: Position, context: CastContext): Value {
  const number = tryCoerce(operand, INT64, context);
  if (number !== undefined) return value(`(~${number.sql})`, INT64, pos, [number]);
  const bytes = tryCoerce(operand, BYTES, context);
  if (bytes !== undefined) return value(`bq_not_bytes(${bytes.sql})`, BYTES, pos, [bytes]);
  throw invalidQuery(
    `No matching signature for operator ~ for argument types: ${printArgumentType(operand)}`,
    pos,
  );
}

/** Operands of AND, OR and NOT as BOOL. */
export function logicalOperands(
  operator: 'AND' | 'OR' | 'NOT',
  operands: readonly Value[],
  pos: Position,
  context: CastContext,
): Value[] {
  return operands.map((operand, index) => {
    const flag = tryCoerce(operand, BOOL, context);
    if (flag !== undefined) return flag;
    const types = operands.map(printArgumentType).join(', ');
    const signature = operator === 'NOT' ? 'NOT BOOL' : `BOOL ${operator} ([BOOL, ...])`;
    throw invalidQuery(
      `No matching signature for operator ${operator} for argument types: ${types}\n  Signature: ${signature}\n    Argument ${index + 1}: Unable to coerce type ${printType(operand.type)} to expected type BOOL`,
      pos,
    );
  });
}

/** `input` as the BOOL a condition needs; `where` names the place for the error. */
export function condition(input: Value, where: string, context: CastContext): Value {
  const flag = tryCoerce(input, BOOL, context);
  if (flag === undefined) {
    throw invalidQuery(`${where} should return type BOOL, but returns ${printType(input.type)}`, input.pos);
  }
  return flag;
}
