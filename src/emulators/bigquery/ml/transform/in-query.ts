import { invalidQuery, notImplemented } from '../../../googlesql/errors.js';
import type { Expression, FunctionCall, Select } from '../../../googlesql/syntax/ast.js';
import type { BqType } from '../../../googlesql/syntax/types.js';
import { literalValue } from '../constants.js';
import { PREPROCESSORS, REFUSED_PREPROCESSORS } from './preprocessors.js';
import { expandTemplate, mlFunctionName } from './rewrite.js';
import type { MlFunctionCall } from './rule.js';

const expanded = new WeakMap<FunctionCall, Expression>();

/**
 * A call of an ML function (`ML.BUCKETIZE`…) in an ordinary query as plain GoogleSQL; undefined when the call is not
 * one of them. `typeOf` tells the type of an argument; `select` is the SELECT that the call belongs to.
 */
export function expandMlFunction(
  call: FunctionCall,
  typeOf: (argument: Expression) => BqType,
  select: Select | undefined,
): Expression | undefined {
  const name = mlFunctionName(call);
  if (name === undefined) return undefined;
  const known = expanded.get(call);
  if (known !== undefined) return known;
  const rule = PREPROCESSORS[name];
  if (rule === undefined) {
    if (REFUSED_PREPROCESSORS.includes(name)) throw notImplemented(`ML.${name}`);
    return undefined;
  }
  checkMlCall(call, name);
  const arguments_ = call.arguments as Expression[];
  const details: MlFunctionCall = {
    name,
    pos: call.pos,
    types: arguments_.map(typeOf),
    literals: arguments_.map(literalValue),
  };
  const template = rule.overRows === undefined ? rule.template(details, null) : rule.overRows(details);
  if (rule.overRows !== undefined && template.includes('__rows')) {
    if (select === undefined || select.groupBy !== undefined || select.having !== undefined) {
      throw notImplemented(`ML.${name} outside of a SELECT over plain rows`);
    }
  }
  const expression = expandTemplate(template, arguments_, select);
  expanded.set(call, expression);
  return expression;
}

/** Refuses a call with too few or too many arguments, and OVER where it does not belong. */
export function checkMlCall(call: FunctionCall, name: string): void {
  const { arity, learn } = PREPROCESSORS[name]!;
  const [least, most] = arity;
  if (call.arguments.length < least || call.arguments.length > most) {
    throw invalidQuery(`ML.${name} takes ${least} to ${most} arguments`, call.pos);
  }
  if (learn !== undefined && call.over === undefined) {
    throw invalidQuery(`Analytic function ML.${name} cannot be called without an OVER clause`, call.pos);
  }
  if (learn === undefined && call.over !== undefined) {
    throw invalidQuery(`Function ML.${name} does not support an OVER clause`, call.pos);
  }
  const { over } = call;
  if (
    over !== undefined &&
    (over.base ?? over.frame ?? over.partitionBy[0] ?? over.orderBy[0]) !== undefined
  ) {
    throw invalidQuery(`ML.${name} takes an empty OVER()`, call.pos);
  }
}
