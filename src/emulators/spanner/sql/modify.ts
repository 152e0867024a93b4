import type { CompiledQuery } from '../../googlesql/compile/scope/query-context.js';
import { SPANNER } from '../../googlesql/dialect.js';
import { invalidQuery } from '../../googlesql/errors.js';
import type { Delete, Expression, Update } from '../../googlesql/syntax/ast.js';
import { parseExpression } from '../../googlesql/syntax/parser.js';
import { BOOL } from '../../googlesql/syntax/types.js';
import type { Table } from '../schema/model.js';
import type { ReadView } from '../store/view.js';
import { COMMIT_TIMESTAMP, type Row } from '../values/value.js';
import { planAccess } from './access.js';
import type { ChangePlan } from './change.js';
import {
  type AssignedColumn,
  assignedColumns,
  assignedDestination,
  isCommitTimestamp,
  keyOfRow,
} from './change-target.js';
import type { Closure } from './closure.js';
import { valueScope } from './closure-scope.js';
import { closureAs, closureOf } from './closures.js';
import { keyColumns } from './names.js';
import { column, identifier, selectQuery } from './nodes.js';
import { allRows } from './run-query.js';
import type { SqlRequest } from './sql-request.js';
import type { Statement } from './statement.js';

/** UPDATE: keys of the rows with the values that they get. */
export function planUpdate(
  update: Update,
  table: Table,
  alias: string,
  statement: Statement,
  request: SqlRequest,
): ChangePlan {
  if (update.where === undefined) throw invalidQuery('UPDATE must have a WHERE clause', update.pos);
  if (update.from !== undefined)
    throw invalidQuery('UPDATE statement with FROM clause is not supported', update.from.pos);
  const assigned = assignedColumns(update.assignments, table, alias).map((each) => withDefault(each));
  for (const {
    column: { type },
    value,
  } of assigned) {
    if (value.kind === 'NamedParameter' && statement.parameters.typeOf(value.name) === undefined) {
      statement.parameters.declare(value.name, type);
    }
  }
  const names = [...keyColumns(table), ...assigned.map((each) => each.column)].map(({ name }) => name);
  const find =
    directUpdate(update, assigned, table, alias, statement) ??
    queriedUpdate(update, assigned, table, alias, statement, request);
  return {
    run: async (view) => {
      const rows = await find(view);
      const mutation = { kind: 'update' as const, table: table.name, columns: names, rows };
      return { mutations: rows.length === 0 ? [] : [mutation], actions: rows.map(() => 'UPDATE' as const) };
    },
  };
}

/** DEFAULT stands for what the column says. */
function withDefault(assigned: AssignedColumn): AssignedColumn {
  const {
    column: { default: text },
    value,
  } = assigned;
  if (value.kind !== 'DefaultValue') return assigned;
  if (text === undefined) return { ...assigned, value: { kind: 'NullLiteral', pos: value.pos } };
  return { ...assigned, value: parseExpression(text, SPANNER) };
}

type FindRows = (view: ReadView) => Promise<Row[]>;

/** Without DuckDB, when the rows are found by their keys, and the values are computed from them alone. */
function directUpdate(
  update: Update,
  assigned: readonly AssignedColumn[],
  table: Table,
  alias: string,
  statement: Statement,
): FindRows | undefined {
  const access = planAccess(table, alias, update.where, statement);
  if (access === undefined) return undefined;
  const scope = valueScope(statement, table, alias);
  const closures: Closure[] = [];
  for (const {
    column: { type },
    value,
  } of assigned) {
    const closure = isCommitTimestamp(value)
      ? type.kind === 'TIMESTAMP' && { type, run: () => COMMIT_TIMESTAMP }
      : closureAs(closureOf(value, scope), type, statement.timeZone);
    if (!closure) return undefined;
    closures.push(closure);
  }
  return async (view) =>
    [...access.rows(view)].map((row) => [
      ...keyOfRow(table, row),
      ...closures.map((closure) => closure.run(row)),
    ]);
}

function queriedUpdate(
  update: Update,
  assigned: readonly AssignedColumn[],
  table: Table,
  alias: string,
  statement: Statement,
  request: SqlRequest,
): FindRows {
  const { pos } = update;
  // A commit timestamp is no value that a query could give.
  const values = assigned.map(
    ({ value }): Expression =>
      isCommitTimestamp(value)
        ? {
            kind: 'TypedLiteral',
            type: 'TIMESTAMP',
            value: '2000-01-01',
            valuePos: value.pos,
            pos: value.pos,
          }
        : value,
  );
  const keys = keyItems(table, alias, pos);
  const query = selectQuery(
    [...keys, ...values],
    { from: targetItem(update, alias), where: update.where! },
    pos,
  );
  const destinations = [...keys.map(() => undefined), ...assigned.map(assignedDestination)].map(
    (destination, index) => destination ?? keyDestination(table, index),
  );
  const compiled = statement.compileInto(query, destinations);
  return async (view) => {
    const rows = await allRows(compiled, statement, view, request.sql, request.signal);
    return rows.map((row) => [
      ...wholeKey(table, row),
      ...row
        .slice(keys.length)
        .map((value, index) => (isCommitTimestamp(assigned[index]!.value) ? COMMIT_TIMESTAMP : value)),
    ]);
  };
}

/** DELETE: the keys of the rows. */
export function planDelete(
  statementNode: Delete,
  table: Table,
  alias: string,
  statement: Statement,
  request: SqlRequest,
): ChangePlan {
  const { where, pos } = statementNode;
  if (where === undefined) throw invalidQuery('DELETE must have a WHERE clause', pos);
  const access = planAccess(table, alias, where, statement);
  let compiled: CompiledQuery | undefined;
  if (access === undefined) {
    const items = keyItems(table, alias, pos);
    const query = selectQuery(items, { from: targetItem(statementNode, alias), where }, pos);
    compiled = statement.compileInto(
      query,
      items.map((_, index) => keyDestination(table, index)),
    );
  }
  return {
    run: async (view) => {
      const keys =
        compiled === undefined
          ? [...access!.rows(view)].map((row) => keyOfRow(table, row))
          : (await allRows(compiled, statement, view, request.sql, request.signal)).map((row) =>
              wholeKey(table, row),
            );
      const mutation = { kind: 'delete' as const, table: table.name, keys: { keys, ranges: [], all: false } };
      return { mutations: keys.length === 0 ? [] : [mutation], actions: keys.map(() => 'DELETE' as const) };
    },
  };
}

function targetItem(change: Update | Delete, alias: string) {
  return {
    kind: 'TableReference' as const,
    path: change.target,
    alias: identifier(alias, change.pos),
    pos: change.pos,
  };
}

/** Columns of the key, and a constant for a table that has none. */
function keyItems(table: Table, alias: string, pos: Expression['pos']): Expression[] {
  const names = keyColumns(table).map(({ name }) => name);
  if (names.length === 0) return [{ kind: 'BooleanLiteral', value: true, pos }];
  return names.map((name) => column([alias, name], pos));
}

function keyDestination(table: Table, index: number) {
  const { type } = keyColumns(table)[index] ?? { type: BOOL };
  return { type, mismatch: () => new Error('a column of the key has the type of the key') };
}

/** The key of a row of {@link keyItems}. */
function wholeKey(table: Table, row: Row): Row {
  return row.slice(0, table.primaryKey.length);
}
