import { invalidQuery } from '../../googlesql/errors.js';
import type { Query, Returning, Select, SelectItem } from '../../googlesql/syntax/ast.js';
import { INT64, STRING } from '../../googlesql/syntax/types.js';
import type { Table } from '../schema/model.js';
import { COMMIT_TIMESTAMP, type Row, type Value } from '../values/value.js';
import type { Action } from './change.js';
import { closureScope } from './closure-scope.js';
import { valueSql } from './duck-values.js';
import { identifier, tableNamed } from './nodes.js';
import { allRows } from './run-query.js';
import { columnsOf, type DirectItem, itemsOf } from './select-items.js';
import type { SqlColumn, SqlRequest } from './sql-request.js';
import type { Statement } from './statement.js';

/** What a row of a commit timestamp shows before there is one. */
const BEFORE_COMMIT = -62_135_596_800n * 1_000_000_000n;
const RETURNED = '$returned';
const ORDER = '$order';

/** Turns changed rows into those that THEN RETURN asks for. */
export interface Returner {
  columns: SqlColumn[];
  rows(changed: readonly Row[], actions: readonly Action[]): Promise<Row[]>;
}

export function returner(
  returning: Returning,
  table: Table,
  alias: string,
  statement: Statement,
  request: SqlRequest,
): Returner {
  const items = itemsOf(returning.items, table, alias, closureScope(statement, table, alias));
  const inner =
    items === undefined ? byQuery(returning, table, alias, statement, request) : byClosures(items);
  if (returning.action === undefined) return inner;
  return {
    columns: [...inner.columns, { name: returning.action, type: STRING }],
    rows: async (changed, actions) =>
      (await inner.rows(changed, actions)).map((row, index) => [...row, actions[index]!]),
  };
}

function byClosures(items: readonly DirectItem[]): Returner {
  return {
    columns: columnsOf(items),
    rows: async (changed) => changed.map((row) => items.map(({ closure }) => known(closure.run(row)))),
  };
}

function known(value: Value): Value {
  return value === COMMIT_TIMESTAMP ? BEFORE_COMMIT : value;
}

/** Through DuckDB: the rows are written into the text of a query over them. */
function byQuery(
  returning: Returning,
  table: Table,
  alias: string,
  statement: Statement,
  request: SqlRequest,
): Returner {
  const { pos } = returning;
  const order = { kind: 'PathExpression' as const, parts: [identifier(ORDER, pos)], pos };
  const body: Select = {
    kind: 'Select',
    distinct: false,
    items: returning.items.map((item) => withoutOrder(item, pos)),
    from: tableNamed(RETURNED, identifier(alias, pos), pos),
    windows: [],
    pos,
  };
  const query: Query = {
    kind: 'Query',
    body,
    orderBy: [{ expression: order, descending: false, pos }],
    pipes: [],
    pos,
    end: pos.offset,
  };
  const compile = (rows: readonly Row[]) => {
    statement.addTable(RETURNED, rowsTable(table, rows));
    return statement.compile(query);
  };
  const { columns } = compile([]);
  if (columns.length === 0) throw invalidQuery('THEN RETURN needs a column', pos);
  return {
    columns,
    rows: (changed) => allRows(compile(changed), statement, request.view, request.sql, request.signal),
  };
}

function withoutOrder(item: SelectItem, pos: Returning['pos']): SelectItem {
  return item.kind === 'SelectStar' ? { ...item, except: [...item.except, identifier(ORDER, pos)] } : item;
}

/** Rows as a table that the compiler can be shown, with their places as the last column. */
export function rowsTable(table: Table, rows: readonly Row[]) {
  const columns = [...table.columns.map(({ name, type }) => ({ name, type })), { name: ORDER, type: INT64 }];
  const names = columns.map((_, index) => `val_${index}`);
  const text = (row: Row, place: number) =>
    `(${columns.map(({ type }, index) => valueSql(type, index < row.length ? known(row[index]!) : BigInt(place))).join(', ')})`;
  const none = `(${columns.map(({ type }) => valueSql(type, null)).join(', ')})`;
  const values = rows.length === 0 ? none : rows.map(text).join(', ');
  const sql = `(SELECT * FROM (VALUES ${values}) AS _v(${names.join(', ')})${rows.length === 0 ? ' WHERE false' : ''})`;
  return { sql, columns, physicalNames: names };
}

export { ORDER as ROW_ORDER };
