import { duck, NOTHING, raw, type Sql, series } from '../../duck/sql.js';
import { invalidQuery } from '../../errors.js';
import type { CastContext } from '../../functions/conversions.js';
import { rangeKey } from '../../functions/range.js';
import { bindInputs, sharing } from '../../functions/share.js';
import { own } from '../../functions/udf.js';
import type { ComparisonOperator, Position, QuantifiedComparison } from '../../syntax/ast.js';
import {
  arrayOf,
  BOOL,
  type BqType,
  BYTES,
  collationOf,
  commonSupertype,
  duckFieldName,
  isEquatable,
  isFloat,
  isOrderable,
  printType,
  STRING,
} from '../../syntax/types.js';
import { printArgumentType, type Value, value } from '../scope/value.js';
import { coerce, tryCoerce } from './casts.js';
import { folded } from './collation.js';
import { likeSql } from './like.js';

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
  const result = value(comparisonSql(operator, type, a, b), BOOL, pos);
  if (!isFloat(type)) return result;
  return { ...result, asCondition: { of: result.sql, sql: floatCondition(operator, a, b) } };
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
  return noCommonType(operator, `T1 ${operator} T1`, [left, right], pos);
}

/** The error of an operator whose operands have no common type. */
export function noCommonType(
  operator: string,
  signature: string,
  inputs: readonly Value[],
  pos: Position,
): Error {
  const types = [...new Set(inputs.map((input) => printType(input.type)))].sort().join(', ');
  return invalidQuery(
    `No matching signature for operator ${operator} for argument types: ${inputs.map(printArgumentType).join(', ')}\n` +
      `  Signature: ${signature}\n    Unable to find common supertype for templated argument <T1>\n      Input types for <T1>: {${types}}`,
    pos,
  );
}

/** The comparison of two values of one type. */
export function comparisonSql(operator: ComparisonOperator, type: BqType, left: Value, right: Value): Sql {
  if (isFloat(type)) return floatComparison(operator, left, right);
  if (type.kind === 'STRUCT') {
    const equal = structEquality(
      type.fields.map((field) => field.type),
      left,
      right,
    );
    return operator === '=' ? equal : duck`(NOT ${equal})`;
  }
  const word = operator === '!=' ? '<>' : operator;
  if (type.kind === 'RANGE' && operator !== '=' && operator !== '!=') {
    return sharing(
      [left.sql, right.sql],
      ([a, b]) => `(${rangeKey(a!, type.element)} ${word} ${rangeKey(b!, type.element)})`,
    );
  }
  return duck`(${left.sql} ${word} ${right.sql})`;
}

const INFINITY = "'infinity'::DOUBLE";

/**
 * NaN equals nothing and is not above anything in BigQuery; in DuckDB it equals itself and is above all numbers. A test
 * of the side that would win there puts that right, and the other side keeps NULL from being decided by it.
 */
function floatComparison(operator: ComparisonOperator, left: Value, right: Value): Sql {
  const guarded = guardedSide(operator, left, right);
  const negated = operator === '!=';
  return sharing([left.sql, right.sql], ([a, b]) => {
    const test = `${a} ${negated ? '<>' : operator} ${b}`;
    if (guarded === undefined) return `(${test})`;
    const [side, other] = guarded === left ? [a, b] : [b, a];
    return negated
      ? `(${test} OR (${side} > ${INFINITY} AND ${other} IS NOT NULL))`
      : `(${test} AND (${side} <= ${INFINITY} OR ${other} IS NULL))`;
  });
}

/** As a condition, with a test of one side alone, so that DuckDB still joins by the comparison. */
function floatCondition(operator: ComparisonOperator, left: Value, right: Value): Sql {
  const guarded = guardedSide(operator, left, right);
  if (guarded === undefined || operator === '!=') return floatComparison(operator, left, right);
  return sharing(
    [left.sql, right.sql],
    ([a, b]) => `(${a} ${operator} ${b} AND ${guarded === left ? a : b} <= ${INFINITY})`,
  );
}

/** The side whose NaN DuckDB would take for equal or above; none where that is known to be a number. */
function guardedSide(operator: ComparisonOperator, left: Value, right: Value): Value | undefined {
  if (operator === '=' || operator === '!=') {
    if (isNumber(left) || isNumber(right)) return undefined;
    return left.sql.length <= right.sql.length ? left : right;
  }
  const side = operator === '>' || operator === '>=' ? left : right;
  return isNumber(side) ? undefined : side;
}

/** A literal that is certainly not NaN, or an integer made a FLOAT64. */
export function isNumber(input: Value): boolean {
  if (input.literal != null) return !/nan/i.test(String(input.literal));
  return input.sql.kind === 'cast' && input.coercibility === 'literal';
}

/** DuckDB takes NULL fields for equal; BigQuery compares field by field. */
function structEquality(fields: readonly BqType[], left: Value, right: Value): Sql {
  const tests = fields.map((type, index) => {
    const name = duckFieldName(index);
    const a = value(duck`(${left.sql}).${name}`, type, left.pos);
    const b = value(duck`(${right.sql}).${name}`, type, right.pos);
    return comparisonSql('=', type, a, b);
  });
  return tests.length === 0 ? duck`(${left.sql} = ${right.sql})` : duck`(${series(tests, ' AND ')})`;
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
  return value(duck`(${a.sql} IS ${negated ? 'NOT ' : ''}DISTINCT FROM ${b.sql})`, BOOL, pos);
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
    const types = [...new Set(items.map(printArgumentType))].sort().join(', ');
    throw invalidQuery(
      `No matching signature for operator IN for argument types ${printArgumentType(operand)} and {${types}}`,
      pos,
    );
  }
  if (!isEquatable(type))
    throw invalidQuery(`IN is not defined for arguments of type ${printType(type)}`, pos);
  const left = coerce(operand, type, context);
  const right = items.map((item) => coerce(item, type, context));
  const word = negated ? 'NOT IN' : 'IN';
  if (type.kind === 'STRUCT' || (type.kind === 'FLOAT64' && !right.every(isNumber))) {
    const any = series(
      right.map((item) => comparisonSql('=', type, left, item)),
      ' OR ',
    );
    return value(negated ? duck`(NOT (${any}))` : duck`(${any})`, BOOL, pos);
  }
  return value(
    duck`(${left.sql} ${word} (${series(
      right.map((item) => item.sql),
      ', ',
    )}))`,
    BOOL,
    pos,
  );
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
    ...value(NOTHING, element, array.pos),
    coercibility: array.coercibility === 'emptyArray' ? ('null' as const) : array.coercibility,
  };
  const type = commonSupertype([operand, item]);
  if (type === undefined) {
    throw invalidQuery(
      `No matching signature for operator IN UNNEST for argument types ${printArgumentType(operand)} and ${printArgumentType(array)}`,
      pos,
    );
  }
  const left = coerce(operand, type, context);
  const list = coerce(array, arrayOf(type), context);
  const sql = type.kind === 'STRUCT' ? structIn(type, left, list, context) : scalarIn(type, left, list);
  return value(negated ? duck`(NOT ${sql})` : duck`(${sql})`, BOOL, pos);
}

function scalarIn(type: BqType, left: Value, list: Value): Sql {
  const number = type.kind === 'FLOAT64' && !isNumber(left);
  return sharing([list.sql, left.sql], ([items, wanted]) => {
    const guard = number ? ` AND ${wanted} <= 'infinity'::DOUBLE` : '';
    return `CASE WHEN ${items} IS NULL OR len(${items}) = 0 THEN false WHEN ${wanted} IS NULL THEN NULL WHEN list_contains(${items}, ${wanted})${guard} THEN true WHEN list_count(${items}) < len(${items}) THEN NULL ELSE false END`;
  });
}

/** Structs are compared field by field. */
function structIn(type: BqType, left: Value, list: Value, context: CastContext): Sql {
  const { names, around } = bindInputs([left.sql, list.sql]);
  const name = context.alias('e');
  const item = value(raw(name, 'column'), type, list.pos);
  const test = comparisonSql('=', type, { ...left, sql: names[0]! }, item);
  const matches = duck`list_transform(${names[1]!}, lambda ${name}: ${test})`;
  return around(duck`CASE WHEN ${names[1]!} IS NULL THEN false ELSE ${threeValued(matches, 'bool_or')} END`);
}

/** `operand LIKE pattern`; a backslash in the pattern takes the next character as it is. */
export function like(
  operand: Value,
  pattern: Value,
  negated: boolean,
  pos: Position,
  context: CastContext,
): Value {
  const left = tryCoerce(operand, STRING, context);
  const right = tryCoerce(pattern, STRING, context);
  const { literal } = pattern;
  if (typeof literal === 'string' && /^(?:[^\\]|\\.)*\\$/s.test(literal)) {
    throw invalidQuery('LIKE pattern ends with a backslash', pattern.pos);
  }
  if (left !== undefined && right !== undefined) {
    const isCollated = [operand, pattern].some(({ type }) => collationOf(type) !== undefined);
    const [text, wanted] = isCollated ? [folded(left), folded(right)] : [left, right];
    const known = typeof wanted.literal === 'string' ? wanted.literal : undefined;
    const test = likeSql(text.sql, wanted.sql, known);
    return value(negated ? duck`(NOT (${test}))` : duck`(${test})`, BOOL, pos);
  }
  const leftBytes = tryCoerce(operand, BYTES, context);
  const rightBytes = tryCoerce(pattern, BYTES, context);
  if (leftBytes !== undefined && rightBytes !== undefined) {
    // Each byte becomes the character of that number, so that `_` is one byte.
    const text = (sql: Sql) =>
      duck`list_aggregate(list_transform(${own.code_points_bytes}(${sql}), lambda b: chr(CAST(CASE WHEN b = 0 THEN 256 ELSE b END AS INTEGER))), 'string_agg', '')`;
    const test = likeSql(text(leftBytes.sql), text(rightBytes.sql), undefined);
    return value(negated ? duck`(NOT (${test}))` : duck`(${test})`, BOOL, pos);
  }
  const types = `${printArgumentType(operand)}, ${printArgumentType(pattern)}`;
  const lines = [STRING, BYTES].flatMap((type) => {
    const shown = printType(type);
    const odd = [operand, pattern].findIndex((input) => tryCoerce(input, type, context) === undefined);
    return [
      `  Signature: ${shown} LIKE ${shown}`,
      `    Argument ${odd + 1}: Unable to coerce type ${printType([operand, pattern][odd]!.type)} to expected type ${shown}`,
    ];
  });
  throw invalidQuery(
    `No matching signature for operator LIKE for argument types: ${types}\n${lines.join('\n')}`,
    pos,
  );
}

/** ANY and ALL over truth values of which some may be NULL. */
export function threeValued(list: Sql, aggregate: 'bool_or' | 'bool_and'): Sql {
  const decisive = aggregate === 'bool_or' ? 'true' : 'false';
  const other = aggregate === 'bool_or' ? 'false' : 'true';
  return duck`CASE WHEN list_contains(${list}, ${decisive}) THEN ${decisive} WHEN list_count(${list}) < len(${list}) THEN NULL ELSE ${other} END`;
}

/** One comparison of a quantified one; NOT LIKE ANY means NOT LIKE for any of them. */
export function compare(
  node: Pick<QuantifiedComparison, 'operator' | 'negated' | 'pos'>,
  left: Value,
  right: Value,
  context: CastContext,
): Value {
  if (node.operator === 'LIKE') return like(left, right, node.negated, node.pos, context);
  return comparison(node.operator, left, right, node.pos, context);
}
