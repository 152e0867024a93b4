import { duck } from '../../duck/sql.js';
import { invalidQuery } from '../../errors.js';
import type { Expression, FunctionCall } from '../../syntax/ast.js';
import { INT64 } from '../../syntax/types.js';
import type { Scope } from '../scope/scope.js';
import { type Value, value } from '../scope/value.js';

/** Calls whose meaning lies in the query around them rather than in their arguments. */
export function compileSpecialCall(name: string, node: FunctionCall, scope: Scope): Value | undefined {
  return name === 'GROUPING' ? grouping(node, scope) : undefined;
}

/** 1 where a row of GROUPING SETS, ROLLUP or CUBE leaves the column out. */
function grouping(node: FunctionCall, scope: Scope): Value {
  const argument = node.arguments[0];
  const keys = scope.select.grouping?.keys;
  if (argument === undefined || node.arguments.length !== 1 || !('kind' in argument)) {
    throw invalidQuery('GROUPING takes one argument', node.pos);
  }
  const input = scope.compile(argument as Expression);
  if (keys === undefined || !keys.has(input.sql)) {
    throw invalidQuery(
      'GROUPING must have an argument that exists within the group-by expression list',
      node.pos,
    );
  }
  scope.select.sawAggregate = true;
  return value(duck`CAST(grouping(${input.sql}) AS BIGINT)`, INT64, node.pos);
}
