import type { Destination } from '../../googlesql/compile/index.js';
import { invalidQuery, type SqlError } from '../../googlesql/errors.js';
import type { Assignment, Expression, Identifier, ObjectPath } from '../../googlesql/syntax/ast.js';
import { printType } from '../../googlesql/syntax/types.js';
import { ServiceError } from '../../serving/service-error.js';
import { type Column, findColumn, findTable, type Schema, type Table } from '../schema/model.js';
import type { Row, Value } from '../values/value.js';
import { invalidArgument } from './errors.js';
import { keyColumns } from './names.js';

/** The table that a statement changes. */
export function targetTable(path: ObjectPath, schema: Schema): Table {
  const name = path.identifiers.map((identifier) => identifier.name).join('.');
  const table = findTable(schema, name);
  if (table !== undefined) return table;
  if (schema.views.has(name.toLowerCase())) throw new ServiceError('NOT_FOUND', `Table not found: ${name}`);
  throw invalidQuery(`Table not found: ${name}`, path.pos);
}

/** Columns of INSERT, in the order in which it names them. */
export function insertColumns(names: readonly Identifier[], table: Table): Column[] {
  const seen = new Set<string>();
  return names.map((identifier) => {
    const column = findColumn(table, identifier.name);
    if (column === undefined) {
      throw invalidQuery(`Column ${identifier.name} is not present in table ${table.name}`, identifier.pos);
    }
    const key = column.name.toLowerCase();
    if (seen.has(key)) {
      throw invalidQuery(`INSERT has columns with duplicate name: ${identifier.name}`, identifier.pos);
    }
    seen.add(key);
    requireWritable(column, 'INSERT', identifier);
    return column;
  });
}

function requireWritable(column: Column, verb: string, at: Identifier): void {
  if (column.generated === undefined) return;
  throw invalidQuery(`Cannot ${verb} value on non-writable column: ${column.name}`, at.pos);
}

export interface AssignedColumn {
  column: Column;
  value: Expression;
}

/** Columns that UPDATE sets, each once, none of the key. */
export function assignedColumns(
  assignments: readonly Assignment[],
  table: Table,
  alias: string,
): AssignedColumn[] {
  const seen = new Set<string>();
  return assignments.map(({ column: path, value }) => {
    const names =
      path.length > 1 && path[0]!.name.toLowerCase() === alias.toLowerCase() ? path.slice(1) : path;
    const [name, field] = names;
    const column = findColumn(table, name!.name);
    if (column === undefined) throw invalidQuery(`Unrecognized name: ${name!.name}`, name!.pos);
    if (field !== undefined) {
      throw invalidQuery(
        `Cannot access field ${field.name} on a value with type ${printType(column.type)}`,
        field.pos,
      );
    }
    const key = column.name.toLowerCase();
    if (seen.has(key)) throw invalidQuery(`Update item ${column.name} assigned more than once`, path[0]!.pos);
    seen.add(key);
    requireWritable(column, 'UPDATE', path[0]!);
    if (keyColumns(table).includes(column))
      throw invalidArgument('Cannot modify a primary key column with UPDATE');
    return { column, value };
  });
}

export function insertDestinations(
  columns: readonly Column[],
  at: (index: number) => Expression['pos'],
  what: string,
): Destination[] {
  return columns.map((column, index) => ({
    type: column.type,
    mismatch: (from) =>
      invalidQuery(
        `${what.replace('#', String(index + 1))} has type ${printType(from)} which cannot be inserted into column ${column.name}, which has type ${printType(column.type)}`,
        at(index),
      ),
  }));
}

export function assignedDestination({ column, value }: AssignedColumn): Destination {
  return {
    type: column.type,
    mismatch: (from) =>
      invalidQuery(
        `Value of type ${printType(from)} cannot be assigned to ${column.name}, which has type ${printType(column.type)}`,
        value.pos,
      ),
  };
}

export function isCommitTimestamp(node: Expression): boolean {
  return (
    node.kind === 'FunctionCall' &&
    node.name.length === 1 &&
    node.name[0]!.name.toUpperCase() === 'PENDING_COMMIT_TIMESTAMP' &&
    node.arguments.length === 0
  );
}

/** A text that two keys have in common when they are the same. */
export function keyIdentity(key: Row): string {
  return key.map(identity).join('\0');
}

function identity(value: Value): string {
  if (value === null) return 'n';
  if (Buffer.isBuffer(value)) return `b${value.toString('hex')}`;
  return `${typeof value}${value === 0 ? 0 : String(value)}`;
}

/** The row's key, by the places of the columns of the key in it. */
export function keyOfRow(table: Table, row: Row): Row {
  return keyColumns(table).map((column) => row[table.columns.indexOf(column)] ?? null);
}

export function rowExists(table: Table, key: Row, when: 'existing' | 'inserted'): ServiceError {
  const parts = keyColumns(table).map((column, index) => `pk#${column.name}:${shown(key[index]!)}`);
  return new ServiceError(
    'ALREADY_EXISTS',
    `Failed to insert row with primary key ({${parts.join(', ')}}) due to previously ${when} row`,
  );
}

function shown(value: Value): string {
  if (value === null) return 'NULL';
  if (typeof value === 'string') return JSON.stringify(value);
  return Buffer.isBuffer(value) ? `b${JSON.stringify(value.toString('latin1'))}` : String(value);
}

export function wrongCount(has: number, expected: number, pos: Expression['pos']): SqlError {
  return invalidQuery(`Inserted row has wrong column count; Has ${has}, expected ${expected}`, pos);
}
