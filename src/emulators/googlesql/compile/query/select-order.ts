import { duck, type Sql } from '../../duck/sql.js';
import { invalidQuery, SqlError } from '../../errors.js';
import type { OrderItem } from '../../syntax/ast.js';
import { type SortKey, sortKey } from '../expression/order.js';
import type { Scope } from '../scope/scope.js';
import { type Value, value } from '../scope/value.js';
import { isLiteral } from './grouping.js';
import { type Output, outputNamed } from './select-list.js';
import { ordinalOf } from './tail.js';

/** The ORDER BY of a SELECT. */
export interface SelectOrder {
  keys: SortKey[];
  /** The keys stand in a SELECT around this one. */
  outside: boolean;
  /** Items of this SELECT that only those keys read. */
  hidden: Sql[];
}

export function orderBy(
  items: readonly OrderItem[],
  outputs: readonly Output[],
  scope: Scope,
  plain: boolean,
  distinct: boolean,
): SelectOrder {
  let outside = false;
  const hidden: Sql[] = [];
  const outputOf = (item: OrderItem): Output | undefined => {
    const { expression } = item;
    const ordinal = ordinalOf(expression, outputs.length);
    if (ordinal !== undefined) return outputs[ordinal];
    if (expression.kind !== 'PathExpression' || expression.parts.length !== 1) return undefined;
    return outputNamed(outputs, expression.parts[0]!.name, item.pos, true);
  };
  // DuckDB computes nothing of a column of the SELECT list that has another value each time.
  const around =
    plain &&
    !distinct &&
    items.some((item) => {
      const output = outputOf(item);
      return output?.value.sql.isVolatile && !isBare(sortKey(output.value, item), output.value.sql);
    });
  const keys = items.flatMap((item) => {
    const { expression } = item;
    if (isLiteral(expression)) throw invalidQuery('Cannot ORDER BY literal values', expression.pos);
    let output = outputOf(item);
    const compiled = output === undefined ? scope.compile(expression) : output.value;
    if (distinct && output === undefined) {
      output = outputs.find((candidate) => candidate.value.sql.equals(compiled.sql));
      if (output === undefined) {
        outside = true;
        return sortKey(overOutputs(expression, outputs, scope, compiled), item);
      }
    }
    if (output === undefined && around) {
      const name = scope.compilation.column();
      hidden.push(duck`${compiled.sql} AS ${name}`);
      return sortKey({ ...compiled, sql: name }, item);
    }
    if (output === undefined || !plain) return sortKey(compiled, item);
    const key = { ...value(output.physical, output.value.type, item.pos), literal: output.value.literal };
    const keys = sortKey(key, item);
    const bare = isBare(keys, key.sql);
    outside ||= distinct && !bare;
    // Nor of one that holds a subquery.
    return bare || distinct || around || !output.value.sql.hasSubquery ? keys : sortKey(output.value, item);
  });
  return { keys, outside: outside || around, hidden };
}

function isBare(keys: readonly SortKey[], sql: Sql): boolean {
  return keys.length === 1 && keys[0]!.by === sql;
}

/** An expression over the columns of a SELECT DISTINCT, which are all that is left after it. */
function overOutputs(
  expression: OrderItem['expression'],
  outputs: readonly Output[],
  scope: Scope,
  compiled: Value,
): Value {
  const after = scope.child({ isolated: true });
  after.visible = outputs.map(({ item, physical, value: output }) => ({
    ...(item.name === undefined ? {} : { name: item.name }),
    sql: physical,
    type: output.type,
  }));
  after.noAggregates = 'ORDER BY clause after SELECT DISTINCT';
  after.allowWindows = true;
  try {
    return after.compile(expression);
  } catch (error) {
    if (!(error instanceof SqlError) || compiled.name === undefined) throw error;
    throw invalidQuery(
      `ORDER BY clause expression references column ${compiled.name} which is not visible after SELECT DISTINCT`,
      expression.pos,
      error,
    );
  }
}
