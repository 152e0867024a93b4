import { printType } from '../../../googlesql/syntax/types.js';
import { ServiceError } from '../../../serving/service-error.js';
import { type ForeignKey, findTable, type Table } from '../model.js';
import type { CheckDefinition, ForeignKeyDefinition } from '../parse/statements.js';
import { columnOf } from './check-table.js';
import { type Draft, refused } from './draft.js';
import { checkConstraintName, checkIsFree, checkName, foreignKeyName, managedIndexName } from './names.js';

export function addCheck(draft: Draft, table: Table, { name, expression }: CheckDefinition): void {
  if (name !== undefined) {
    checkConstraintName('', name);
    checkIsFree(draft, name);
  }
  const check = { name: name ?? checkName(draft, table.name), isNamed: name !== undefined, expression };
  const made = draft.put({ ...table, checks: [...table.checks, check] });
  draft.work.push({ kind: 'check-constraint', table: made, check });
}

export function addForeignKey(draft: Draft, table: Table, definition: ForeignKeyDefinition): void {
  const referenced = findTable(draft, definition.referencedTable);
  if (referenced === undefined) {
    throw new ServiceError('NOT_FOUND', `Table not found: ${definition.referencedTable}`);
  }
  const { name } = definition;
  if (name !== undefined) {
    checkConstraintName('Foreign Key', name);
    checkIsFree(draft, name);
  }
  const foreignKey: ForeignKey = {
    ...definition,
    name: name ?? foreignKeyName(draft, table.name, referenced.name),
    isNamed: name !== undefined,
    referencedTable: referenced.name,
  };
  checkForeignKey(foreignKey, table, referenced);
  const withIndexes = foreignKey.enforced ? addIndexes(draft, foreignKey, table, referenced) : foreignKey;
  const made = draft.put({ ...table, foreignKeys: [...table.foreignKeys, withIndexes] });
  if (foreignKey.enforced) {
    draft.work.push({ kind: 'check-foreign-key', table: made, foreignKey: withIndexes });
  }
}

function checkForeignKey(foreignKey: ForeignKey, table: Table, referenced: Table): void {
  const where = `in foreign key \`${foreignKey.name}\``;
  const sides = [
    [table, foreignKey.columns],
    [referenced, foreignKey.referencedColumns],
  ] as const;
  for (const [side, names] of sides) {
    for (const name of names) {
      if (columnOf(side, name) === undefined) {
        throw refused(`Column \`${name}\` not found for table \`${side.name}\` ${where}.`);
      }
    }
  }
  if (foreignKey.columns.length !== foreignKey.referencedColumns.length) {
    throw refused(
      `The number of columns are different for table \`${table.name}\` and table \`${referenced.name}\` ${where}.`,
    );
  }
  for (const [side, names] of sides) {
    const twice = names.find((name, index) => names.indexOf(name) !== index);
    if (twice !== undefined) {
      throw refused(`Column \`${twice}\` used more than once for table \`${side.name}\` ${where}.`);
    }
  }
  for (const [index, name] of foreignKey.columns.entries()) {
    checkPair(foreignKey, table, name, referenced, foreignKey.referencedColumns[index]!);
  }
}

function checkPair(
  foreignKey: ForeignKey,
  table: Table,
  name: string,
  referenced: Table,
  other: string,
): void {
  const [column, referencedColumn] = [columnOf(table, name)!, columnOf(referenced, other)!];
  const kind = column.type.kind;
  if (kind === 'ARRAY' || kind === 'JSON') {
    throw refused(
      `Column \`${name}\` for foreign key \`${foreignKey.name}\` on table \`${table.name}\` has an unsupported type.`,
    );
  }
  for (const [side, { name: sideName, allowCommitTimestamp }] of [
    [table, column],
    [referenced, referencedColumn],
  ] as const) {
    if (allowCommitTimestamp === true) {
      throw refused(
        `Commit timestamp column is not supported for column \`${sideName}\` of table \`${side.name}\` in foreign key \`${foreignKey.name}\`.`,
      );
    }
  }
  if (printType(column.type) !== printType(referencedColumn.type)) {
    throw refused(
      `The column types are different for column \`${name}\` of table \`${table.name}\` and column \`${other}\` of table \`${referenced.name}\` in foreign key \`${foreignKey.name}\`.`,
    );
  }
}

/** Both sides are looked up by an index, unless the primary key serves. */
function addIndexes(draft: Draft, foreignKey: ForeignKey, table: Table, referenced: Table): ForeignKey {
  const order = referencedOrder(foreignKey, referenced);
  const referencedColumns = order.map((position) => foreignKey.referencedColumns[position]!);
  const columns = order.map((position) => foreignKey.columns[position]!);
  const isWholeKey =
    referenced.primaryKey.length === referencedColumns.length &&
    referenced.primaryKey.every(({ column }, position) => column === referencedColumns[position]);
  const isKeyPrefix =
    columns.every((name, position) => table.primaryKey[position]?.column === name) &&
    columns.every((name) => columnOf(table, name)!.notNull);
  return {
    ...foreignKey,
    referencedIndex: isWholeKey ? undefined : addIndex(draft, referenced, referencedColumns, true),
    index: isKeyPrefix ? undefined : addIndex(draft, table, columns, false),
  };
}

/** Positions of the columns, those of the primary key first, the others as the table has them. */
function referencedOrder({ referencedColumns }: ForeignKey, referenced: Table): number[] {
  const order: number[] = [];
  for (const { column } of referenced.primaryKey) {
    const position = referencedColumns.indexOf(column);
    if (position < 0) break;
    order.push(position);
  }
  for (const { name } of referenced.columns) {
    const position = referencedColumns.indexOf(name);
    if (position >= 0 && !order.includes(position)) order.push(position);
  }
  return order;
}

function addIndex(draft: Draft, table: Table, columns: readonly string[], unique: boolean): string {
  const nullFiltered = columns.some((name) => !columnOf(table, name)!.notNull);
  const name = managedIndexName(table.name, columns, { unique, nullFiltered });
  if (draft.indexes.has(name.toLowerCase())) return name;
  const keyOf = (column: string) => table.primaryKey.find((part) => part.column === column);
  const isInterleaved =
    table.primaryKey.length > 0 &&
    table.primaryKey.every(({ column }, position) => column === columns[position]);
  const index = {
    id: draft.takeId(),
    name,
    table: table.name,
    parts: columns.map((column) => ({ column, descending: keyOf(column)?.descending === true })),
    storing: [],
    unique,
    nullFiltered,
    notNullColumns: [],
    ...(isInterleaved && { interleaveIn: table.name }),
    isManaged: true,
  };
  draft.indexes.set(name.toLowerCase(), index);
  draft.work.push({ kind: 'build-index', table, index });
  return name;
}

export function dropConstraint(draft: Draft, table: Table, name: string): void {
  const checks = table.checks.filter((check) => check.name !== name);
  const foreignKeys = table.foreignKeys.filter((foreignKey) => foreignKey.name !== name);
  if (checks.length === table.checks.length && foreignKeys.length === table.foreignKeys.length) {
    throw new ServiceError('NOT_FOUND', `${name} is not a constraint in ${table.name}`);
  }
  draft.put({ ...table, checks, foreignKeys });
  dropUnusedIndexes(draft);
}

/** Drops managed indexes that no foreign key needs any more. */
export function dropUnusedIndexes(draft: Draft): void {
  const used = new Set(
    [...draft.tables.values()].flatMap(({ foreignKeys }) =>
      foreignKeys.flatMap(({ index, referencedIndex }) => [index, referencedIndex]),
    ),
  );
  for (const index of draft.indexes.values()) {
    if (!index.isManaged || used.has(index.name)) continue;
    draft.indexes.delete(index.name.toLowerCase());
    draft.work.push({ kind: 'drop-index', index });
  }
}
