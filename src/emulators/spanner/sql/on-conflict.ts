import { invalidQuery } from '../../googlesql/errors.js';
import type { Identifier, OnConflict } from '../../googlesql/syntax/ast.js';
import { type Column, findColumn, type Index, indexesOf, type Table } from '../schema/model.js';
import type { Mutation, ReadWriteView } from '../store/view.js';
import type { Row, Value } from '../values/value.js';
import type { Action, Change } from './change.js';
import { assignedColumns, keyIdentity, keyOfRow } from './change-target.js';
import type { Closure, ClosureScope } from './closure.js';
import { valueScope } from './closure-scope.js';
import { closureAs, closureOf } from './closures.js';
import { invalidArgument } from './errors.js';
import { DEFAULT, type InputRow, inputKey, insertMutations } from './input-rows.js';
import { keyColumns } from './names.js';
import type { Statement } from './statement.js';

type Resolve = (input: readonly InputRow[], view: ReadWriteView) => Promise<Change>;

/** What a row may be in conflict with: the key, or a unique index. */
interface Constraint {
  columns: readonly Column[];
  index?: Index;
}

/** INSERT … ON CONFLICT: rows that are there already are left alone, or updated. */
export function planConflict(
  conflict: OnConflict,
  columns: readonly Column[],
  table: Table,
  alias: string,
  statement: Statement,
): Resolve {
  const { update } = conflict;
  const constraints = constraintsOf(conflict, table, statement);
  if (update !== undefined && conflict.target === undefined) {
    throw invalidQuery('ON CONFLICT DO UPDATE needs a conflict target', conflict.pos);
  }
  const change = update && updateOf(update, table, alias, statement);
  return async (input, view) => {
    const inserted: InputRow[] = [];
    const updated: { names: string[]; row: Row }[] = [];
    const order: Action[] = [];
    const seen = new Set<string>();
    const mutations: Mutation[] = [];
    const flush = () => {
      mutations.push(...insertMutations(inserted, columns, table, 'insert'));
      inserted.length = 0;
    };
    for (const given of input) {
      const excluded = await excludedRow(given, columns, table, statement);
      const existing = constraints
        .map((constraint) => existingRow(constraint, excluded, given, columns, table, view))
        .find((row) => row !== undefined);
      const identity = constraints
        .map((constraint) => constraintKey(constraint, excluded, table))
        .join('\u0001');
      if (existing === undefined && !seen.has(identity)) {
        seen.add(identity);
        inserted.push(given);
        order.push('INSERT');
        continue;
      }
      if (change === undefined) continue;
      if (existing === undefined || seen.has(identity))
        throw invalidArgument('ON CONFLICT DO UPDATE cannot affect a row a second time');
      seen.add(identity);
      const row = change(existing, excluded);
      if (row === undefined) continue;
      flush();
      updated.push(row);
      mutations.push({ kind: 'update', table: table.name, columns: row.names, rows: [row.row] });
      order.push('UPDATE');
    }
    flush();
    return { mutations, actions: order };
  };
}

function constraintsOf({ target, pos }: OnConflict, table: Table, { schema }: Statement): Constraint[] {
  const key: Constraint = { columns: keyColumns(table) };
  const unique = indexesOf(schema, table)
    .filter((index) => index.unique)
    .map((index) => ({ columns: index.parts.map((part) => findColumn(table, part.column)!), index }));
  if (target === undefined) return [key, ...unique];
  const found =
    'constraint' in target
      ? unique.find(({ index }) => index.name.toLowerCase() === target.constraint.name.toLowerCase())
      : [key, ...unique].find((constraint) => isOf(constraint, target.columns, table));
  if (found === undefined) {
    throw invalidQuery('There is no unique constraint that matches the ON CONFLICT specification', pos);
  }
  return [found];
}

function isOf({ columns }: Constraint, names: readonly Identifier[], table: Table): boolean {
  const wanted = new Set(names.map(({ name }) => findColumn(table, name)));
  return wanted.size === columns.length && columns.every((column) => wanted.has(column));
}

/** The row as it would be inserted, with its defaults. */
async function excludedRow(
  given: InputRow,
  columns: readonly Column[],
  table: Table,
  statement: Statement,
): Promise<Row> {
  const values = table.columns.map((column): Value => {
    const value = given[columns.indexOf(column)];
    return value === undefined || value === DEFAULT || typeof value === 'symbol' ? null : value;
  });
  const isGiven = table.columns.map((column) => {
    const place = columns.indexOf(column);
    return place >= 0 && given[place] !== DEFAULT;
  });
  await statement.complete(table, values, isGiven);
  return values;
}

function existingRow(
  { columns: parts, index }: Constraint,
  excluded: Row,
  given: InputRow,
  columns: readonly Column[],
  table: Table,
  view: ReadWriteView,
): Row | undefined {
  if (index === undefined) {
    const key = inputKey(given, columns, table);
    return key && view.get(table, key);
  }
  const key = parts.map((column) => excluded[table.columns.indexOf(column)]!);
  const bound = { key, inclusive: true };
  for (const row of view.scan(table, { start: bound, end: bound }, { index, limit: 1 })) return row;
  return undefined;
}

function constraintKey({ columns }: Constraint, row: Row, table: Table): string {
  return keyIdentity(columns.map((column) => row[table.columns.indexOf(column)]!));
}

/** DO UPDATE: what becomes of the row that is there; nothing when its WHERE does not hold. */
function updateOf(
  update: NonNullable<OnConflict['update']>,
  table: Table,
  alias: string,
  statement: Statement,
): (existing: Row, excluded: Row) => { names: string[]; row: Row } | undefined {
  const scope = pairScope(statement, table, alias);
  const assigned = assignedColumns(update.assignments, table, alias);
  const closures = assigned.map(({ column, value }) => {
    const closure = closureAs(closureOf(value, scope), column.type, statement.timeZone);
    if (closure === undefined)
      throw invalidQuery('This expression is not supported in ON CONFLICT DO UPDATE', value.pos);
    return closure;
  });
  let where: Closure | undefined;
  if (update.where !== undefined) {
    where = closureOf(update.where, scope);
    if (where?.type.kind !== 'BOOL')
      throw invalidQuery('This condition is not supported in ON CONFLICT DO UPDATE', update.where.pos);
  }
  const names = [...keyColumns(table), ...assigned.map(({ column }) => column)].map(({ name }) => name);
  return (existing, excluded) => {
    const pair = [...existing, ...excluded];
    if (where !== undefined && where.run(pair) !== true) return undefined;
    return { names, row: [...keyOfRow(table, existing), ...closures.map((closure) => closure.run(pair))] };
  };
}

/** Columns of the row that is there, and behind them those of the one that would be inserted, as EXCLUDED. */
function pairScope(statement: Statement, table: Table, alias: string): ClosureScope {
  const scope = valueScope(statement, table, alias);
  return {
    ...scope,
    column: (parts) => {
      if (parts.length !== 2 || parts[0]!.toUpperCase() !== 'EXCLUDED') return scope.column(parts);
      const found = findColumn(table, parts[1]!);
      return found && { index: table.columns.length + table.columns.indexOf(found), type: found.type };
    },
  };
}
