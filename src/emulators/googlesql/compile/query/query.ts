import { duck, subquery } from '../../duck/sql.js';
import type { Query, QueryBody } from '../../syntax/ast.js';
import { sortKey, sortList } from '../expression/order.js';
import { type FromRows, type Rows, relationOf } from '../scope/rows.js';
import type { Scope } from '../scope/scope.js';
import { type Value, value } from '../scope/value.js';
import { compileFrom } from './from.js';
import { applyPipes } from './pipe.js';
import { compileSelect } from './select.js';
import { selectAll } from './select-all.js';
import { compileSetOperation } from './set-operations.js';
import { limitSql, ordinalOf, type Tail } from './tail.js';
import { declareTables } from './with.js';

/** Compiles a query whose names are looked up in `outer` when its own tables do not have them. */
export function compileQuery(query: Query, outer: Scope): Rows {
  const scope = outer.child();
  scope.isQuery = true;
  if (query.with !== undefined) declareTables(query.with, scope);
  const rows = query.pipes.length > 0 ? compilePipes(query, scope) : compileBody(query.body, scope, query);
  return { ...rows, sql: scope.behindTables(rows.sql, query.body.kind === 'Query') };
}

function compilePipes(query: Query, scope: Scope): Rows {
  const { body } = query;
  const start =
    body.kind === 'FromQuery'
      ? compileFrom(body.from, scope)
      : pipeInput(compileBody(body, scope, query), scope);
  return applyPipes(start, query.pipes, scope);
}

function pipeInput(rows: Rows, scope: Scope): FromRows {
  return relationOf(rows, subquery(rows.sql), undefined, scope.compilation);
}

function compileBody(body: QueryBody, scope: Scope, tail: Tail): Rows {
  switch (body.kind) {
    case 'Select':
      return compileSelect(body, scope, tail);
    case 'SetOperation':
      return withTail(compileSetOperation(body, scope), tail, scope);
    case 'Query':
      return withTail(scope.query(body), tail, scope);
    case 'FromQuery': {
      const rows = compileFrom(body.from, scope);
      return withTail(selectAll(rows, scope), tail, scope);
    }
  }
}

/** An input of a set operation. */
export function compileOperand(body: QueryBody, scope: Scope): Rows {
  return compileBody(body, scope, { orderBy: [] });
}

/** ORDER BY and LIMIT over a finished query: only its own columns are known. */
function withTail(rows: Rows, tail: Tail, scope: Scope): Rows {
  if (tail.orderBy.length === 0 && tail.limit === undefined && tail.offset === undefined) return rows;
  const inner = scope.child();
  const from = relationOf(rows, subquery(rows.sql), undefined, scope.compilation);
  inner.setRows(from);
  inner.noAggregates = 'ORDER BY clause after set operation';
  const table = from.relations[0]!;
  const keys = tail.orderBy.flatMap((item) => {
    const ordinal = ordinalOf(item.expression, table.columns.length);
    const key: Value =
      ordinal === undefined
        ? inner.compile(item.expression)
        : value(table.columns[ordinal]!.sql, table.columns[ordinal]!.type, item.pos);
    return sortKey(key, item);
  });
  const order = keys.length > 0 ? duck` ORDER BY ${sortList(keys)}` : '';
  return {
    ...rows,
    sql: duck`SELECT * FROM ${from.sql}${order}${limitSql(tail, scope)}`,
    ordered: rows.ordered || keys.length > 0,
  };
}
