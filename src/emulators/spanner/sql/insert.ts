import { invalidQuery } from '../../googlesql/errors.js';
import type { Expression, Insert, InsertRows, Query } from '../../googlesql/syntax/ast.js';
import type { Column, Table } from '../schema/model.js';
import type { ReadWriteView } from '../store/view.js';
import { COMMIT_TIMESTAMP, type Row, type Value } from '../values/value.js';
import type { Action, Change, ChangePlan } from './change.js';
import {
  insertColumns,
  insertDestinations,
  isCommitTimestamp,
  keyIdentity,
  rowExists,
  wrongCount,
} from './change-target.js';
import { valueScope } from './closure-scope.js';
import { closureAs, closureOf } from './closures.js';
import { invalidArgument } from './errors.js';
import { DEFAULT, type InputRow, inputKey, insertMutations } from './input-rows.js';
import { selectQuery } from './nodes.js';
import { planConflict } from './on-conflict.js';
import { allRows } from './run-query.js';
import type { SqlRequest } from './sql-request.js';
import type { Statement } from './statement.js';

type ReadInput = (view: ReadWriteView) => Promise<InputRow[]>;

/** INSERT in all its forms. */
export function planInsert(
  insert: Insert,
  table: Table,
  alias: string,
  statement: Statement,
  request: SqlRequest,
): ChangePlan {
  if (insert.columns === undefined) throw invalidQuery('INSERT must specify a column list', insert.pos);
  if (insert.or !== undefined && insert.onConflict !== undefined) {
    throw invalidQuery('INSERT OR cannot be used with ON CONFLICT', insert.onConflict.pos);
  }
  const columns = insertColumns(insert.columns, table);
  const read =
    insert.source.kind === 'Query'
      ? selectedInput(insert.source, columns, statement, request)
      : writtenInput(insert.source, columns, statement, request);
  const conflict = insert.onConflict && planConflict(insert.onConflict, columns, table, alias, statement);
  return {
    run: async (view) => {
      const input = await read(view);
      if (conflict !== undefined) return conflict(input, view);
      return insertChange(input, columns, table, insert.or, view);
    },
  };
}

function insertChange(
  input: readonly InputRow[],
  columns: readonly Column[],
  table: Table,
  or: Insert['or'],
  view: ReadWriteView,
): Change {
  const kept: InputRow[] = [];
  const actions: Action[] = [];
  const seen = new Set<string>();
  for (const row of input) {
    const key = inputKey(row, columns, table);
    const exists = key !== undefined && view.get(table, key) !== undefined;
    const identity = key && keyIdentity(key);
    const isRepeated = identity !== undefined && seen.has(identity);
    if (identity !== undefined) seen.add(identity);
    if (or === 'IGNORE' && (exists || isRepeated)) continue;
    if (or === 'UPDATE' && isRepeated)
      throw invalidArgument(`Cannot affect a row second time for key: ${keyText(key!)}`);
    if (or === undefined && exists) throw rowExists(table, key, 'existing');
    if (or === undefined && isRepeated) throw rowExists(table, key!, 'inserted');
    kept.push(row);
    actions.push(exists ? 'UPDATE' : 'INSERT');
  }
  return {
    mutations: insertMutations(kept, columns, table, or === 'UPDATE' ? 'insert-or-update' : 'insert'),
    actions,
  };
}

function keyText(key: Row): string {
  return `{${key.map((value) => (typeof value === 'bigint' ? `Int64(${value})` : `String(${JSON.stringify(String(value))})`)).join(', ')}}`;
}

/** The rows of VALUES. */
function writtenInput(
  source: InsertRows,
  columns: readonly Column[],
  statement: Statement,
  request: SqlRequest,
): ReadInput {
  for (const { values, pos } of source.rows) {
    if (values.length !== columns.length) throw wrongCount(values.length, columns.length, pos);
    for (const [index, value] of values.entries()) declare(value, columns[index]!, statement);
  }
  const rows = source.rows.map(({ values, pos }) => writtenRow(values, columns, pos, statement, request));
  return async (view) => {
    const input: InputRow[] = [];
    for (const row of rows) input.push(await row(view));
    return input;
  };
}

function declare(value: Expression, { type }: Column, { parameters }: Statement): void {
  if (value.kind === 'NamedParameter' && parameters.typeOf(value.name) === undefined)
    parameters.declare(value.name, type);
}

/** One row of VALUES: by closures, or through DuckDB as a whole. */
function writtenRow(
  values: readonly Expression[],
  columns: readonly Column[],
  pos: Expression['pos'],
  statement: Statement,
  request: SqlRequest,
): (view: ReadWriteView) => Promise<InputRow> {
  const scope = valueScope(statement, undefined, '');
  const closures = values.map((value, index) => {
    if (value.kind === 'DefaultValue') return DEFAULT;
    const { type } = columns[index]!;
    if (isCommitTimestamp(value))
      return type.kind === 'TIMESTAMP' ? { type, run: () => COMMIT_TIMESTAMP } : undefined;
    return closureAs(closureOf(value, scope), type, statement.timeZone);
  });
  if (closures.every((closure) => closure !== undefined)) {
    return async () => closures.map((closure) => (closure === DEFAULT ? DEFAULT : closure.run([])));
  }
  const places = values.flatMap((value, index) => (value.kind === 'DefaultValue' ? [] : [index]));
  const read = queryInput(
    selectQuery(
      places.map((place) => values[place]!),
      {},
      pos,
    ),
    places.map((place) => columns[place]!),
    (index) => values[places[index]!]!.pos,
    'Value',
    statement,
    request,
  );
  return async (view) => {
    const [row] = await read(view);
    const result: (Value | typeof DEFAULT)[] = values.map(() => DEFAULT);
    for (const [index, place] of places.entries()) result[place] = row![index]!;
    return result;
  };
}

/** The rows of a query. */
function selectedInput(
  query: Query,
  columns: readonly Column[],
  statement: Statement,
  request: SqlRequest,
): ReadInput {
  const { body } = query;
  if (body.kind === 'Select' && body.items.length === columns.length) {
    for (const [index, item] of body.items.entries()) {
      if (item.kind === 'SelectExpression') declare(item.expression, columns[index]!, statement);
    }
  }
  return queryInput(query, columns, () => query.pos, 'Query column #', statement, request);
}

function queryInput(
  query: Query,
  columns: readonly Column[],
  at: (index: number) => Expression['pos'],
  what: string,
  statement: Statement,
  request: SqlRequest,
): (view: ReadWriteView) => Promise<Row[]> {
  const { query: readable, pending } = withoutCommitTimestamps(query);
  const compiled = statement.compileInto(readable, insertDestinations(columns, at, what));
  if (compiled.columns.length !== columns.length) {
    throw wrongCount(compiled.columns.length, columns.length, query.pos);
  }
  return async (view) => {
    const rows = await allRows(compiled, statement, view, request.sql, request.signal);
    if (pending.size === 0) return rows;
    return rows.map((row) => row.map((value, index) => (pending.has(index) ? COMMIT_TIMESTAMP : value)));
  };
}

/** A commit timestamp is no value that a query could give; another time stands in its place. */
function withoutCommitTimestamps(query: Query): { query: Query; pending: ReadonlySet<number> } {
  const pending = new Set<number>();
  const { body } = query;
  if (body.kind !== 'Select') return { query, pending };
  const items = body.items.map((item, index) => {
    if (item.kind !== 'SelectExpression' || !isCommitTimestamp(item.expression)) return item;
    pending.add(index);
    const { pos } = item;
    const time = {
      kind: 'TypedLiteral' as const,
      type: 'TIMESTAMP' as const,
      value: '2000-01-01',
      valuePos: pos,
      pos,
    };
    return { ...item, expression: time };
  });
  return { query: pending.size === 0 ? query : { ...query, body: { ...body, items } }, pending };
}
