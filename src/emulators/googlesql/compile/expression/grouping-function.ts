import { duck } from '../../duck/sql.js';
import { invalidQuery } from '../../errors.js';
import { own } from '../../functions/udf.js';
import type { Argument, Expression, FunctionCall } from '../../syntax/ast.js';
import { INT64, STRING } from '../../syntax/types.js';
import type { Scope } from '../scope/scope.js';
import { type Value, value } from '../scope/value.js';
import { tryCoerce } from './casts.js';

/** Calls whose meaning lies in the query around them rather than in their arguments. */
export function compileSpecialCall(name: string, node: FunctionCall, scope: Scope): Value | undefined {
  if (name === 'GROUPING') return grouping(node, scope);
  return name === 'ERROR' && !node.safe ? failing(node, scope) : undefined;
}

/** A call of ERROR, whose type is that of its place, as that of NULL is. */
function failing(node: FunctionCall, scope: Scope): Value | undefined {
  const argument = node.arguments[0];
  if (argument === undefined || node.arguments.length !== 1 || !isExpression(argument)) return undefined;
  const message = tryCoerce(scope.compile(argument), STRING, scope.castContext);
  if (message === undefined) return undefined;
  const sql = duck`CAST(${own.error}(${message.sql}) AS BIGINT)`;
  return { ...value(sql, INT64, node.pos, 'null'), failure: message.sql };
}

/** 1 where a row of GROUPING SETS, ROLLUP or CUBE leaves the column out. */
function grouping(node: FunctionCall, scope: Scope): Value {
  const argument = node.arguments[0];
  const { select } = scope;
  const { grouping: around } = select;
  if (argument === undefined || node.arguments.length !== 1 || !isExpression(argument)) {
    throw invalidQuery('GROUPING takes one argument', node.pos);
  }
  if (around !== undefined) select.grouping = { ...around, leavesOut: false };
  const input = scope.compile(argument);
  select.grouping = around;
  if (around === undefined || !around.keys.has(input.sql)) {
    throw invalidQuery(
      'GROUPING must have an argument that exists within the group-by expression list',
      node.pos,
    );
  }
  select.sawAggregate = true;
  return value(duck`CAST(grouping(${input.sql}) AS BIGINT)`, INT64, node.pos);
}

function isExpression(argument: Argument): argument is Expression {
  return !/Argument$|^Lambda$/.test(argument.kind);
}
