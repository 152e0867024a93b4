import { floatSql } from '../../duck/literal-text.js';
import { quoteString } from '../../duck/quote.js';
import { duck, raw, type Sql } from '../../duck/sql.js';
import { invalidQuery } from '../../errors.js';
import { joinedArrays, joinedText } from '../../functions/concatenation.js';
import { type CastContext, isCastable } from '../../functions/conversions.js';
import { withinYears } from '../../functions/date-parts.js';
import { raise } from '../../functions/emit.js';
import { divideInterval, intervalParts } from '../../functions/interval.js';
import {
  beyondMicros,
  instantOfPacked,
  microsOfPacked,
  packedOfInstant,
} from '../../functions/nanosecond-text.js';
import { sharing } from '../../functions/share.js';
import { own } from '../../functions/udf.js';
import type { BinaryOperator, Position } from '../../syntax/ast.js';
import {
  arrayOf,
  BIGNUMERIC,
  type BqType,
  BYTES,
  coercionCost,
  commonSupertype,
  DATE,
  DATETIME,
  FLOAT64,
  hasNanoseconds,
  INT64,
  INTERVAL,
  NUMERIC,
  printType,
  STRING,
  TIME,
  TIMESTAMP,
} from '../../syntax/types.js';
import type { FloatOperation } from '../scope/float-operation.js';
import { printArgumentType, type Value, value } from '../scope/value.js';
import { castValue, coerce, tryCoerce } from './casts.js';
import { floatOperand, floatOperation } from './float-arithmetic.js';
import { typedNull } from './literals.js';

interface OperatorRule {
  left: BqType;
  right: BqType;
  result: BqType;
  /** Absent where `floatOperation` writes the text. */
  emit?: (left: Value, right: Value) => Sql;
}

const FLOATS: OperatorRule = { left: FLOAT64, right: FLOAT64, result: FLOAT64 };

const infix = (operator: string) => (left: Value, right: Value) =>
  duck`(${left.sql} ${operator} ${right.sql})`;
const call = (name: string) => (left: Value, right: Value) => duck`${name}(${left.sql}, ${right.sql})`;

function rule(left: BqType, right: BqType, result: BqType, emit: OperatorRule['emit']): OperatorRule {
  return { left, right, result, emit };
}

function same(type: BqType, emit: OperatorRule['emit']): OperatorRule {
  return rule(type, type, type, emit);
}

/** A whole factor leaves the scale as it is; other products have 18 decimals, which DuckDB is slow to round. */
function multiplyNumeric(left: Value, right: Value): Sql {
  const whole = left.type.kind === 'INT64' || right.type.kind === 'INT64';
  return whole
    ? duck`(${left.sql} * ${right.sql})`
    : duck`${own.numeric_multiply}(${left.sql}, ${right.sql})`;
}

function bigCall(name: string) {
  return (left: Value, right: Value) =>
    duck`CAST(${name}(CAST(${left.sql} AS VARCHAR), CAST(${right.sql} AS VARCHAR)) AS BIGNUM)`;
}

/** DATE ± INTERVAL is a DATETIME in BigQuery, as in DuckDB. */
const plusInterval = (type: BqType) => [
  rule(type, INTERVAL, DATETIME, (left, right) => shiftClock(left, '+', right)),
  rule(INTERVAL, type, DATETIME, (left, right) => shiftClock(right, '+', left)),
];

const ARITHMETIC: Record<'+' | '-' | '*' | '/', OperatorRule[]> = {
  '+': [
    same(INT64, infix('+')),
    FLOATS,
    same(NUMERIC, infix('+')),
    same(BIGNUMERIC, infix('+')),
    rule(DATE, INT64, DATE, (left, right) => addDays(left, '+', right)),
    rule(INT64, DATE, DATE, (left, right) => addDays(right, '+', left)),
    rule(TIMESTAMP, INTERVAL, TIMESTAMP, (left, right) => shiftTimestamp(left, '+', right)),
    rule(INTERVAL, TIMESTAMP, TIMESTAMP, (left, right) => shiftTimestamp(right, '+', left)),
    ...plusInterval(DATE),
    ...plusInterval(DATETIME),
    same(INTERVAL, infix('+')),
  ],
  '-': [
    same(INT64, infix('-')),
    FLOATS,
    same(NUMERIC, infix('-')),
    same(BIGNUMERIC, infix('-')),
    rule(DATE, INT64, DATE, (left, right) => addDays(left, '-', right)),
    rule(DATE, DATE, INTERVAL, (left, right) => duck`to_days(CAST(${left.sql} - ${right.sql} AS INTEGER))`),
    rule(TIMESTAMP, TIMESTAMP, INTERVAL, elapsed),
    rule(DATETIME, DATETIME, INTERVAL, elapsed),
    rule(TIME, TIME, INTERVAL, elapsed),
    rule(TIMESTAMP, INTERVAL, TIMESTAMP, (left, right) => shiftTimestamp(left, '-', right)),
    rule(DATE, INTERVAL, DATETIME, (left, right) => shiftClock(left, '-', right)),
    rule(DATETIME, INTERVAL, DATETIME, (left, right) => shiftClock(left, '-', right)),
    same(INTERVAL, infix('-')),
  ],
  '*': [
    same(INT64, infix('*')),
    FLOATS,
    same(NUMERIC, multiplyNumeric),
    same(BIGNUMERIC, bigCall(own.big_multiply)),
    rule(INTERVAL, INT64, INTERVAL, (left, right) => duck`(${left.sql} * ${right.sql})`),
    rule(INT64, INTERVAL, INTERVAL, (left, right) => duck`(${right.sql} * ${left.sql})`),
  ],
  '/': [
    FLOATS,
    same(NUMERIC, call(own.numeric_divide)),
    same(BIGNUMERIC, bigCall(own.big_divide)),
    rule(INTERVAL, INT64, INTERVAL, (left, right) =>
      sharing([left.sql, right.sql], ([interval, divisor]) =>
        divideInterval(intervalParts(interval!), divisor!),
      ),
    ),
  ],
};

/** DuckDB text of the error of a sum that leaves the years 1 to 9999; `amount` is such a text too. */
function overflow(operator: '+' | '-', amount: string, point: Value, pointSql: string): string {
  const [verb, preposition] = operator === '+' ? ['Adding ', 'to'] : ['Subtracting ', 'from'];
  const kind = point.type.kind.toLowerCase();
  return `'${verb}' || ${amount} || ' ${preposition} ${kind} ' || CAST(${pointSql} AS VARCHAR) || ' causes overflow'`;
}

function addDays(date: Value, operator: '+' | '-', days: Value): Sql {
  return sharing([date.sql, days.sql], ([day, count]) =>
    withinYears(
      `(${day} ${operator} CAST(${count} AS INTEGER))`,
      'DATE',
      overflow(operator, `${count} || ' DAY'`, date, day!),
    ),
  );
}

/** A DATE or DATETIME moved by an INTERVAL. */
function shiftClock(point: Value, operator: '+' | '-', interval: Value): Sql {
  return sharing([point.sql, interval.sql], ([clock, by]) =>
    withinYears(
      `(${clock} ${operator} ${by})`,
      'TIMESTAMP',
      overflow(operator, "'an INTERVAL'", point, clock!),
    ),
  );
}

/** Differences of times are hours, minutes and seconds only: BigQuery does not make days of them. */
function elapsed(left: Value, right: Value): Sql {
  if (hasNanoseconds(left.type)) {
    const message = quoteString('INTERVAL values with parts of a microsecond are not supported');
    return sharing([left.sql, right.sql], ([later, earlier]) => {
      const isWhole = `${beyondMicros(later!)} = ${beyondMicros(earlier!)}`;
      const micros = `to_microseconds(${microsOfPacked(later!)} - ${microsOfPacked(earlier!)})`;
      return `CASE WHEN NOT ${isWhole} THEN ${raise(message, 'INTERVAL')} ELSE ${micros} END`;
    });
  }
  return duck`to_microseconds(epoch_us(${left.sql}) - epoch_us(${right.sql}))`;
}

/** Months have no fixed length in a time without a calendar, so BigQuery refuses them here. */
function shiftTimestamp(timestamp: Value, operator: '+' | '-', interval: Value): Sql {
  const noMonths = typeof interval.literal === 'string' && interval.literal.startsWith('0 months');
  const isFine = hasNanoseconds(timestamp.type);
  return sharing([timestamp.sql, interval.sql], ([given, by]) => {
    const time = isFine ? instantOfPacked(given!) : given!;
    const shifted = withinYears(
      `(${time} ${operator} ${by})`,
      'TIMESTAMPTZ',
      overflow(operator, "'an INTERVAL'", timestamp, time),
    );
    const message = `'TIMESTAMP +/- INTERVAL is not supported for intervals with non-zero MONTH or YEAR part.'`;
    const moved = noMonths
      ? shifted
      : `CASE WHEN datepart('year', ${by}) <> 0 OR datepart('month', ${by}) <> 0 THEN CAST(${own.error}(${message}) AS TIMESTAMPTZ) ELSE ${shifted} END`;
    return isFine ? packedOfInstant(moved, beyondMicros(given!)) : moved;
  });
}

const BITWISE: Record<'&' | '|' | '^' | '<<' | '>>', OperatorRule[]> = {
  '&': [same(INT64, infix('&')), same(BYTES, call(own.and_bytes))],
  '|': [same(INT64, infix('|')), same(BYTES, call(own.or_bytes))],
  '^': [same(INT64, call('xor')), same(BYTES, call(own.xor_bytes))],
  '<<': [same(INT64, call(own.shift_left)), rule(BYTES, INT64, BYTES, call(own.shift_left_bytes))],
  '>>': [same(INT64, call(own.shift_right)), rule(BYTES, INT64, BYTES, call(own.shift_right_bytes))],
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
    if (leftCost + rightCost < bestCost) {
      best = candidate;
      bestCost = leftCost + rightCost;
    }
  }
  if (best === undefined) throw noOperator(operator, rules, left, right, pos);
  const exact = (type: BqType) => (type.kind === 'TIMESTAMP' ? (context.timestamp ?? type) : type);
  // DuckDB loses the type of an operator on a bare NULL.
  const failing = left.failure ?? right.failure;
  if (failing === undefined && (left.coercibility === 'null' || right.coercibility === 'null')) {
    if (left.undeclared !== undefined) context.declare?.(left.undeclared, best.left);
    if (right.undeclared !== undefined) context.declare?.(right.undeclared, best.right);
    return nullOf(exact(best.result), pos);
  }
  // DuckDB divides integers as doubles by itself, and the error message shows them as integers.
  const keeps =
    (operator === '/' && best.result === FLOAT64) ||
    (operator === '*' && best.result === NUMERIC && left.type.kind !== right.type.kind);
  const prepare = (input: Value, type: BqType) =>
    keeps && input.type.kind === 'INT64' && input.coercibility !== 'null'
      ? input
      : coerce(input, type, context);
  const a = prepare(left, exact(best.left));
  const b = prepare(right, exact(best.right));
  if (best.emit === undefined) {
    const operation = floatOperation(operator as '+', floatOperand(left, a.sql), floatOperand(right, b.sql));
    return floatValue(operation, pos);
  }
  return value(best.emit(a, b), exact(best.result), pos);
}

function floatValue(floatOperation: FloatOperation, pos: Position): Value {
  return { ...value(floatOperation.sql, FLOAT64, pos), floatOperation };
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

function nullOf(type: BqType, pos: Position): Value {
  return { ...typedNull(type, pos), coercibility: 'none' };
}

function concatenate(left: Value, right: Value, pos: Position, context: CastContext): Value {
  if (left.type.kind === 'ARRAY' || right.type.kind === 'ARRAY') {
    const type = commonSupertype([left, right]);
    if (type?.kind === 'ARRAY') {
      const sides = [coerce(left, type, context), coerce(right, type, context)];
      return value(joinedArrays(sides), type, pos);
    }
  }
  for (const type of [STRING, BYTES]) {
    const texts = type === STRING && context.joinsAnyText === true && isBesideString(left, right);
    const sides = [left, right].flatMap(
      (side) => tryCoerce(side, type, context) ?? (texts ? castValue(side, STRING, side.pos, context) : []),
    );
    if (sides.length < 2) continue;
    // The length of all is looked at once.
    const operands = sides.flatMap((side) =>
      side.concatenation?.sql === side.sql ? side.concatenation.operands : [side],
    );
    const sql = joinedText(operands);
    return { ...value(sql, type, pos), concatenation: { sql, operands } };
  }
  throw noOperator(
    '||',
    [STRING, BYTES, arrayOf(INT64)].map((type) => same(type, infix('||'))),
    left,
    right,
    pos,
  );
}

/** One of the operands is a STRING, and the other is one or has a text. */
function isBesideString(left: Value, right: Value): boolean {
  const types = [left.type, right.type];
  return (
    types.some(({ kind }) => kind === 'STRING') &&
    types.every((type) => type.kind !== 'BYTES' && isCastable(type, STRING))
  );
}

export function negate(operand: Value, pos: Position, context: CastContext): Value {
  for (const type of [INT64, FLOAT64, NUMERIC, BIGNUMERIC, INTERVAL]) {
    if (operand.type.kind !== type.kind && operand.coercibility !== 'null') continue;
    const input = coerce(operand, type, context);
    if (operand.floatOperation?.sql === operand.sql) {
      const minusOne = { leaf: raw(floatSql(-1), 'literal'), range: { most: 1, least: 1 } };
      return floatValue(floatOperation('*', minusOne, floatOperand(operand, input.sql)), pos);
    }
    return {
      ...value(duck`(-${input.sql})`, type, pos),
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
  if (number !== undefined) return value(duck`(~${number.sql})`, INT64, pos);
  const bytes = tryCoerce(operand, BYTES, context);
  if (bytes !== undefined) return value(duck`${own.not_bytes}(${bytes.sql})`, BYTES, pos);
  throw invalidQuery(
    `No matching signature for operator ~ for argument types: ${printArgumentType(operand)}`,
    pos,
  );
}
