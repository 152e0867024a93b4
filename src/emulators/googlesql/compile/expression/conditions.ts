import { duck, type Sql, series } from '../../duck/sql.js';
import { invalidQuery } from '../../errors.js';
import type { CastContext } from '../../functions/conversions.js';
import type { Position } from '../../syntax/ast.js';
import { BOOL, printType } from '../../syntax/types.js';
import { printArgumentType, type Value, value } from '../scope/value.js';
import { tryCoerce } from './casts.js';

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

/** AND or OR of operands that are BOOL. */
export function logical(operator: 'AND' | 'OR', operands: readonly Value[], pos: Position): Value {
  const join = (nodes: readonly Sql[]) => duck`(${series(nodes, ` ${operator} `)})`;
  const result = value(join(operands.map((operand) => operand.sql)), BOOL, pos);
  const conditions = operands.map(conditionSql);
  if (conditions.every((sql, index) => sql === operands[index]!.sql)) return result;
  return { ...result, asCondition: { of: result.sql, sql: join(conditions) } };
}

function conditionSql({ sql, asCondition }: Value): Sql {
  return asCondition?.of === sql ? asCondition.sql : sql;
}

/** SQL of `input` as a condition, for which NULL is the same as FALSE; `where` names the place for the error. */
export function condition(input: Value, where: string, context: CastContext): Value {
  const flag = truthValue(input, where, context);
  return { ...flag, sql: conditionSql(flag) };
}

/** `input` as a BOOL. */
export function truthValue(input: Value, where: string, context: CastContext): Value {
  const flag = tryCoerce(input, BOOL, context);
  if (flag === undefined) {
    throw invalidQuery(`${where} should return type BOOL, but returns ${printType(input.type)}`, input.pos);
  }
  return flag;
}
