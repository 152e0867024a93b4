import { invalidQuery } from '../../../googlesql/errors.js';
import type {
  ColumnDefinition,
  ForeignKeyTarget,
  Identifier,
  TableConstraint,
} from '../../../googlesql/syntax/ast.js';
import type { JsonObject, TableEntry, TableField, TableRef } from '../../catalog/entries.js';
import { findField } from '../../catalog/fields.js';
import type { Session } from '../session.js';
import { tableRef } from '../targets.js';

type Keys = Pick<TableEntry, 'primaryKey' | 'foreignKeys'>;

/** The keys that the elements of CREATE TABLE declare; BigQuery keeps them without enforcing them. */
export function keysOf(
  elements: (ColumnDefinition | TableConstraint)[],
  fields: TableField[],
  session: Session,
): Keys {
  const keys: Keys = {};
  for (const element of elements) {
    if (element.kind === 'TableConstraint') {
      addConstraint(keys, element, fields, session);
      continue;
    }
    if (element.primaryKey) keys.primaryKey = [...(keys.primaryKey ?? []), element.name.name];
    if (element.references) {
      addForeignKey(keys, undefined, [element.name], element.references, fields, session);
    }
  }
  return keys;
}

/** Adds one PRIMARY KEY or FOREIGN KEY. */
export function addConstraint(
  keys: Keys,
  constraint: TableConstraint,
  fields: TableField[],
  session: Session,
): void {
  if (constraint.constraint === 'FOREIGN KEY') {
    addForeignKey(keys, constraint.name, constraint.columns, constraint.references!, fields, session);
    return;
  }
  if (keys.primaryKey) throw invalidQuery('A table can have only one primary key', constraint.pos);
  keys.primaryKey = constraint.columns.map((column) => requireName(column, fields));
}

function requireName(column: Identifier, fields: TableField[]): string {
  const field = findField(fields, column.name);
  if (!field) throw invalidQuery(`Column not found: ${column.name}`, column.pos);
  return field.name;
}

function addForeignKey(
  keys: Keys,
  name: Identifier | undefined,
  columns: Identifier[],
  references: ForeignKeyTarget,
  fields: TableField[],
  session: Session,
): void {
  if (columns.length !== references.columns.length) {
    throw invalidQuery('A foreign key must name as many columns as it references', references.pos);
  }
  const taken = keys.foreignKeys ?? [];
  const key: JsonObject = {
    name: name?.name ?? `fk$${taken.length + 1}`,
    referencedTable: { ...tableRef(references.table, session) },
    columnReferences: columns.map((column, index) => ({
      referencingColumn: requireName(column, fields),
      referencedColumn: references.columns[index]!.name,
    })),
  };
  if (taken.some((other) => other['name'] === key['name'])) {
    throw invalidQuery(`Constraint already exists: ${String(key['name'])}`, references.pos);
  }
  keys.foreignKeys = [...taken, key];
}

export interface ForeignKey {
  name: string;
  /** The table it refers to. */
  table: TableRef;
  columns: { referencing: string; referenced: string }[];
}

/** The foreign keys of a table out of their REST form. */
export function foreignKeysOf(table: Keys): ForeignKey[] {
  return (table.foreignKeys ?? []).map((key) => ({
    name: String(key['name']),
    table: key['referencedTable'] as unknown as TableRef,
    columns: (key['columnReferences'] as JsonObject[]).map((pair) => ({
      referencing: String(pair['referencingColumn']),
      referenced: String(pair['referencedColumn']),
    })),
  }));
}

/** Removes a foreign key by its name; false when there is none. */
export function dropForeignKey(keys: Keys, name: string): boolean {
  const left = (keys.foreignKeys ?? []).filter((key) => key['name'] !== name);
  if (left.length === (keys.foreignKeys ?? []).length) return false;
  keys.foreignKeys = left.length > 0 ? left : undefined;
  return true;
}
