import { invalidQuery } from '../errors.js';
import type { Position } from '../sql/ast.js';
import { BOOL, printType } from '../sql/types.js';
import { type CastContext, tryCoerce } from './casts.js';
import { printArgumentType, type Value } from './value.js';

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
