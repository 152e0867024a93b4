import { ServiceError } from '../../../serving/service-error.js';
import { findTable, type Index, type Table } from '../model.js';
import type { CreateIndex } from '../parse/statements.js';
import { checkParentKey, checkTable, columnOf, MAX_KEY_PARTS } from './check-table.js';
import { type Draft, invalid, quoted, refused } from './draft.js';
import { checkIsFree, checkNameOf } from './names.js';
import { checkNoViews } from './plan-tables.js';

/** https://cloud.google.com/spanner/quotas#indexes */
const MAX_INDEXES = 10_000;

export function createIndex(draft: Draft, statement: CreateIndex): void {
  const { kind: _, ifNotExists, interleaveIn, ...definition } = statement;
  const { name } = definition;
  if (ifNotExists && draft.indexes.has(name.toLowerCase())) return;
  const table = draft.table(definition.table);
  checkIndexName(name, table);
  checkIsFree(draft, name);
  if (draft.indexes.size >= MAX_INDEXES) {
    throw refused(`Cannot add Index ${name} : too many indexes (limit ${MAX_INDEXES} per database).`);
  }
  const parent = interleaveIn === undefined ? undefined : findTable(draft, interleaveIn);
  if (interleaveIn !== undefined && parent === undefined) {
    throw refused(`Cannot interleave index ${name} within nonexistent table ${interleaveIn}.`);
  }
  const index: Index = {
    id: draft.takeId(),
    ...definition,
    table: table.name,
    ...(parent && { interleaveIn: parent.name }),
  };
  checkParts(index, table);
  checkStoring(index, table);
  if (parent !== undefined) checkParentKey(`Index ${name}`, parent, table, index.parts, true);
  draft.indexes.set(name.toLowerCase(), index);
  checkTable(draft, table);
  draft.work.push({ kind: 'build-index', table, index });
}

function checkIndexName(name: string, table: Table): void {
  checkNameOf('Index', name);
  if (name.toUpperCase() === 'PRIMARY_KEY') {
    throw invalid('Cannot use reserved name PRIMARY_KEY for a secondary index');
  }
  if (name.startsWith('Dir_')) throw invalid(`Index name not valid: ${name}.`);
  const namedSchemaOf = (path: string) => path.split('.').slice(0, -1).join('.').toLowerCase();
  if (namedSchemaOf(name) !== namedSchemaOf(table.name)) {
    throw refused(`Index ${name} does not match the schema of the indexed table ${table.name}.`);
  }
}

function checkParts({ name, parts, notNullColumns }: Index, table: Table): void {
  if (parts.length === 0) throw invalid(`Index ${name} does not specify any key columns.`);
  const names = parts.map(({ column }) => column);
  for (const column of [...names, ...notNullColumns]) {
    const kind = columnOf(table, column)?.type.kind;
    if (kind === undefined) throw missing(name, column);
    if (kind === 'ARRAY' || kind === 'JSON') {
      throw refused(`Cannot reference ${kind} ${column} in the creation of index ${name}.`);
    }
  }
  const twice = names.find((column, position) => names.indexOf(column) !== position);
  if (twice !== undefined) throw invalid(`Index ${name} specifies key column ${twice} twice.`);
  const rest = table.primaryKey.filter(({ column }) => !names.includes(column));
  const count = parts.length + rest.length;
  if (count > MAX_KEY_PARTS) {
    throw invalid(`Index ${name} has too many keys (${count}); the limit is ${MAX_KEY_PARTS}.`);
  }
}

function checkStoring({ name, parts, storing }: Index, table: Table): void {
  for (const [position, column] of storing.entries()) {
    if (columnOf(table, column) === undefined) throw missing(name, column);
    if (parts.some((part) => part.column === column)) {
      throw invalid(`Index ${name} specifies stored column ${column} already specified as primary key.`);
    }
    if (table.primaryKey.some((part) => part.column === column)) {
      throw refused(`Index ${name} specifies stored column ${column} which is a key of table ${table.name}.`);
    }
    if (storing.indexOf(column) !== position) {
      throw invalid(`Index ${name} specifies key column ${column} twice.`);
    }
  }
}

function missing(index: string, column: string): ServiceError {
  return invalid(
    `Index ${index} specifies key column ${column} which does not exist in the index's base table.`,
  );
}

export function alterIndex(draft: Draft, name: string, action: 'add' | 'drop', column: string): void {
  const index = draft.indexes.get(name.toLowerCase());
  if (index === undefined) throw notFound(name);
  const table = draft.table(index.table);
  if (action === 'drop') {
    if (!index.storing.includes(column)) {
      throw new ServiceError('NOT_FOUND', `Index ${name} does not have stored column ${column}.`);
    }
  } else {
    if (columnOf(table, column) === undefined) {
      throw new ServiceError('NOT_FOUND', `Column not found in table ${table.name}: ${column}`);
    }
    const names = [...index.parts, ...table.primaryKey].map((part) => part.column);
    if (names.includes(column) || index.storing.includes(column)) {
      throw refused(`Column ${column} is already existed in index ${index.name}.`);
    }
  }
  const storing =
    action === 'add' ? [...index.storing, column] : index.storing.filter((stored) => stored !== column);
  const altered = { ...index, storing };
  draft.indexes.set(name.toLowerCase(), altered);
  draft.work.push({ kind: 'drop-index', index }, { kind: 'build-index', table, index: altered });
}

export function dropIndex(draft: Draft, name: string, ifExists: boolean): void {
  const index = draft.indexes.get(name.toLowerCase());
  if (index === undefined || index.name !== name) {
    if (ifExists) return;
    throw notFound(name);
  }
  if (index.isManaged) {
    const users = [...draft.tables.values()]
      .flatMap(({ foreignKeys }) => foreignKeys)
      .filter((foreignKey) => [foreignKey.index, foreignKey.referencedIndex].includes(index.name));
    throw refused(
      `Cannot drop index \`${name}\`. It is in use by foreign keys: ${quoted(users.map((user) => user.name))}.`,
    );
  }
  checkNoViews(draft, 'INDEX', index.name);
  draft.indexes.delete(name.toLowerCase());
  draft.work.push({ kind: 'drop-index', index });
}

function notFound(name: string): ServiceError {
  return new ServiceError('NOT_FOUND', `Index not found: ${name}`);
}
