import { invalidQuery } from '../../errors.js';
import type {
  CommonTableExpression,
  Expression,
  OrderItem,
  Query,
  QueryBody,
  With,
} from '../../syntax/ast.js';
import { INT64 } from '../../syntax/types.js';
import { tryCoerce } from '../expression/casts.js';
import { castContext, compileExpression } from '../expression/expression.js';
import { sortKey } from '../expression/order.js';
import { MATERIALIZED_AGGREGATIONS } from '../scope/compilation.js';
import { type Rows, relationOf } from '../scope/rows.js';
import type { FromRows, NamedQuery, Scope } from '../scope/scope.js';
import { type Value, value } from '../scope/value.js';
import { compileFrom } from './from.js';
import { applyPipes } from './pipe.js';
import { recursiveQuery, refersTo } from './recursion.js';
import { compileSelect } from './select.js';
import { compileSetOperation } from './set-operations.js';

/** ORDER BY, LIMIT and OFFSET of a query. */
export interface Tail {
  orderBy: readonly OrderItem[];
  limit?: Expression;
  offset?: Expression;
}

/** Compiles a query whose names are looked up in `outer` when its own tables do not have them. */
export function compileQuery(query: Query, outer: Scope): Rows {
  const scope = outer.child();
  scope.isQuery = true;
  if (query.with !== undefined) declareTables(query.with, scope);
  const rows = query.pipes.length > 0 ? compilePipes(query, scope) : compileBody(query.body, scope, query);
  if (scope.withTexts.length === 0) return rows;
  return {
    ...rows,
    sql: `WITH ${scope.withRecursive ? 'RECURSIVE ' : ''}${scope.withTexts.join(', ')} ${rows.sql}`,
  };
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
  return relationOf(rows, `(${rows.sql})`, undefined, scope.compilation);
}

function compileBody(body: QueryBody, scope: Scope, tail: Tail): Rows {
  switch (body.kind) {
    case 'Select':
      return compileSelect(body, scope, tail);
    case 'SetOperation':
      return withTail(compileSetOperation(body, scope), tail, scope);
    case 'Query':
      return withTail(compileQuery(body, scope), tail, scope);
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

/** All visible columns of `rows` as a query. */
export function selectAll(rows: FromRows, scope: Scope, clauses = '', ordered = false): Rows {
  const only = rows.relations.length === 1 ? rows.relations[0] : undefined;
  if (only?.row !== undefined && rows.visible.length === only.columns.length) {
    const name = scope.compilation.alias('c');
    const column = { name: only.alias, sql: name, type: only.row.type };
    const struct = only.row.type.kind === 'STRUCT';
    return {
      sql: `SELECT ${only.row.sql} AS ${name} FROM ${rows.sql}${clauses}`,
      columns: [column],
      ...(struct ? { row: only.row.type } : {}),
      ordered,
    };
  }
  const columns = rows.visible
    .filter((column) => column.pseudo !== true)
    .map((column) => {
      scope.use(column, { pos: { offset: 0, line: 1, column: 1 } });
      return {
        ...column,
        sql: scope.compilation.alias('c'),
        from: column.sql,
        origin: undefined,
        cast: undefined,
      };
    });
  const items = columns.map((column) => `${column.from} AS ${column.sql}`);
  return { sql: `SELECT ${items.join(', ')} FROM ${rows.sql}${clauses}`, columns, ordered };
}

/** Makes the tables of a WITH clause known in `scope`. */
export function declareTables(node: With, scope: Scope): void {
  scope.hasWith = true;
  const pending = new Map<string, CommonTableExpression>();
  for (const entry of node.entries) {
    const key = entry.name.name.toLowerCase();
    if (pending.has(key))
      throw invalidQuery(`Duplicate alias ${entry.name.name} for WITH subquery`, entry.pos);
    pending.set(key, entry);
  }
  const compile = (entry: CommonTableExpression): NamedQuery => {
    const key = entry.name.name.toLowerCase();
    pending.delete(key);
    const name = scope.compilation.alias('q');
    const loops = node.recursive && refersTo(entry.query, entry.name.name);
    const { result, aggregations } = scope.compilation.counting(() =>
      scope.compilation.observing(() =>
        loops ? recursiveQuery(entry, name, scope) : compileQuery(entry.query, scope),
      ),
    );
    const { result: rows, lookups } = result;
    scope.withRecursive ||= loops;
    const named: NamedQuery = {
      name: entry.name.name,
      sql: name,
      columns: rows.columns,
      row: rows.row,
      aggregations,
    };
    if (lookups.outermost < scope.depth) named.outermost = lookups.outermost;
    // DuckDB mistakes the rows of a table of WITH that depends on rows around it, where a subquery of it reads it again.
    if (named.outermost !== undefined && !loops) named.sql = `(${rows.sql})`;
    else {
      const materialized = !loops && aggregations >= MATERIALIZED_AGGREGATIONS;
      scope.addTable(rows.columns, rows.sql, { name, materialized });
      if (materialized) named.aggregations = 0;
    }
    scope.tables.set(key, named);
    return named;
  };
  // With RECURSIVE a table may be used before it stands.
  if (node.recursive) {
    scope.lateTables = (name) => {
      const entry = pending.get(name);
      return entry === undefined ? undefined : compile(entry);
    };
  }
  for (const entry of node.entries) {
    if (pending.get(entry.name.name.toLowerCase()) === entry) compile(entry);
  }
}

/** LIMIT and OFFSET as DuckDB text, '' when there is neither. */
export function limitSql(tail: Pick<Tail, 'limit' | 'offset'>, scope: Scope): string {
  const count = (node: Expression, word: string): string => {
    const input = tryCoerce(compileExpression(node, scope), INT64, castContext(scope));
    if (input === undefined || input.coercibility === 'none') {
      throw invalidQuery(`${word} expects an integer literal or parameter`, node.pos);
    }
    if (input.literal === null || (typeof input.literal === 'bigint' && input.literal < 0n)) {
      throw invalidQuery(`${word} expects a non-negative integer literal or parameter`, node.pos);
    }
    return ` ${word} ${typeof input.literal === 'bigint' ? input.literal : input.sql}`;
  };
  const limit = tail.limit === undefined ? '' : count(tail.limit, 'LIMIT');
  return limit + (tail.offset === undefined ? '' : count(tail.offset, 'OFFSET'));
}

/** ORDER BY and LIMIT over a finished query: only its own columns are known. */
function withTail(rows: Rows, tail: Tail, scope: Scope): Rows {
  if (tail.orderBy.length === 0 && tail.limit === undefined && tail.offset === undefined) return rows;
  const inner = scope.child();
  const from = relationOf(rows, `(${rows.sql})`, undefined, scope.compilation);
  inner.setRows(from);
  inner.noAggregates = 'ORDER BY clause after set operation';
  const table = from.relations[0]!;
  const keys = tail.orderBy.flatMap((item) => {
    const ordinal = ordinalOf(item.expression, table.columns.length);
    const key: Value =
      ordinal === undefined
        ? compileExpression(item.expression, inner)
        : value(table.columns[ordinal]!.sql, table.columns[ordinal]!.type, item.pos);
    return sortKey(key, item);
  });
  const order = keys.length > 0 ? ` ORDER BY ${keys.join(', ')}` : '';
  return {
    ...rows,
    sql: `SELECT * FROM ${from.sql}${order}${limitSql(tail, scope)}`,
    ordered: rows.ordered || keys.length > 0,
  };
}

/** The place (from 0) that `ORDER BY 2` means. */
export function ordinalOf(node: Expression, count: number): number | undefined {
  if (node.kind !== 'IntegerLiteral') return undefined;
  if (node.value < 1n || node.value > BigInt(count)) {
    throw invalidQuery(
      `ORDER BY column number item is out of range. Column numbers go from 1 to ${count}`,
      node.pos,
    );
  }
  return Number(node.value) - 1;
}
