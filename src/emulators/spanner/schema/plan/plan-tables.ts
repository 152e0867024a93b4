import { ServiceError } from '../../../serving/service-error.js';
import { childrenOf, findTable, type Interleave, indexesOf, referencesTo, type Table } from '../model.js';
import type { CreateTable, InterleaveClause, TableAction } from '../parse/statements.js';
import { checkTable } from './check-table.js';
import { type Draft, invalid, quoted, refused } from './draft.js';
import { checkIsFree, checkNameOf } from './names.js';
import { newColumn } from './new-column.js';
import { addColumn, alterColumn, dropColumn } from './plan-columns.js';
import { addCheck, addForeignKey, dropConstraint, dropUnusedIndexes } from './plan-constraints.js';

/** https://cloud.google.com/spanner/quotas#tables */
const MAX_TABLES = 5000;

export function createTable(draft: Draft, statement: CreateTable): void {
  const { name, ifNotExists, columns, primaryKey, rowDeletionPolicy } = statement;
  if (ifNotExists && draft.tables.has(name.toLowerCase())) return;
  checkNameOf('Table', name);
  checkIsFree(draft, name);
  if (draft.tables.size >= MAX_TABLES) {
    throw refused(`Cannot add Table ${name} : too many tables (limit ${MAX_TABLES} per database).`);
  }
  const interleave = statement.interleave && interleaveOf(draft, name, statement.interleave);
  const id = draft.takeId();
  const table = draft.put({
    id,
    name,
    columns: columns.map((column, index) => newColumn(draft, name, index + 1, column)),
    primaryKey,
    interleave,
    checks: [],
    foreignKeys: [],
    rowDeletionPolicy,
    nextColumnId: columns.length + 1,
  });
  if (statement.synonym !== undefined) addSynonym(draft, table, statement.synonym);
  draft.work.push({ kind: 'create-table', table });
  for (const check of statement.checks) addCheck(draft, draft.table(name), check);
  for (const foreignKey of statement.foreignKeys) addForeignKey(draft, draft.table(name), foreignKey);
  checkTable(draft, draft.table(name));
  // There are no rows yet that a check or a foreign key could refuse.
  const made = draft.table(name);
  const work = draft.work
    .splice(0)
    .filter(({ kind }) => kind !== 'check-constraint' && kind !== 'check-foreign-key');
  draft.work.push(
    ...work.map((item) => ('table' in item && item.table.id === id ? { ...item, table: made } : item)),
  );
}

function interleaveOf(draft: Draft, table: string, clause: InterleaveClause): Interleave {
  const { name: parent } = draft.table(clause.parent);
  if (!clause.enforced && clause.onDelete !== undefined) {
    throw invalid(`Cannot SET ON DELETE on an INTERLEAVE IN table ${table}.`);
  }
  return { parent, enforced: clause.enforced, onDelete: clause.onDelete ?? 'NO ACTION' };
}

export function dropTable(draft: Draft, name: string, ifExists: boolean): void {
  if (ifExists && draft.tables.get(name.toLowerCase())?.name !== name) return;
  const table = draft.table(name);
  const children = childrenOf(draft, table).map((child) => child.name);
  if (children.length > 0) {
    throw refused(`Cannot drop table ${table.name} with interleaved tables: ${children.join(',')}.`);
  }
  const indexes = indexesOf(draft, table).filter(({ isManaged }) => !isManaged);
  if (indexes.length > 0) {
    const names = indexes.map((index) => index.name).join(',');
    throw refused(`Cannot drop table ${table.name} with indices: ${names}.`);
  }
  const references = referencesTo(draft, table).filter(({ table: other }) => other.id !== table.id);
  if (references.length > 0) {
    const names = quoted(references.map(({ foreignKey }) => foreignKey.name));
    throw refused(
      `Cannot drop table \`${table.name}\`. It is referenced by one or more foreign keys: ${names}. You must drop the foreign keys before dropping the table.`,
    );
  }
  const interleaved = [...draft.indexes.values()].find(
    ({ interleaveIn }) => interleaveIn?.toLowerCase() === table.name.toLowerCase(),
  );
  if (interleaved !== undefined && interleaved.table.toLowerCase() !== table.name.toLowerCase()) {
    throw refused(`Cannot drop table ${table.name} with indices: ${interleaved.name}.`);
  }
  checkNoViews(draft, 'TABLE', table.name);
  draft.tables.delete(table.name.toLowerCase());
  dropUnusedIndexes(draft);
  draft.work.push({ kind: 'drop-table', table });
  for (const { identity } of table.columns) {
    if (identity !== undefined) draft.work.push({ kind: 'drop-sequence', sequence: identity });
  }
}

export function checkNoViews(draft: Draft, kind: string, name: string): void {
  const views = [...draft.views.values()].filter(({ dependencies }) =>
    dependencies.includes(name.toLowerCase()),
  );
  if (views.length === 0) return;
  const names = views.map((view) => view.name).join(',');
  throw refused(`Cannot drop ${kind} \`${name}\` on which there are dependent views: ${names}.`);
}

export function alterTable(draft: Draft, name: string, ifExists: boolean, action: TableAction): void {
  if (ifExists && draft.tables.get(name.toLowerCase()) === undefined) return;
  const table = draft.table(name);
  switch (action.kind) {
    case 'add-column':
      addColumn(draft, table, action.column, action.ifNotExists);
      break;
    case 'drop-column':
      dropColumn(draft, table, action.column);
      break;
    case 'alter-column':
      alterColumn(draft, table, action.column, action.change);
      break;
    case 'add-foreign-key':
      addForeignKey(draft, table, action.foreignKey);
      break;
    case 'add-check':
      addCheck(draft, table, action.check);
      break;
    case 'drop-constraint':
      dropConstraint(draft, table, action.name);
      break;
    case 'set-on-delete':
      setOnDelete(draft, table, action.onDelete);
      break;
    case 'set-interleave':
      setInterleave(draft, table, action.interleave);
      break;
    case 'rename':
      renameTable(draft, table, action.to);
      if (action.synonym !== undefined) addSynonym(draft, draft.table(action.to), action.synonym);
      return;
    case 'add-synonym':
      addSynonym(draft, table, action.synonym);
      break;
    case 'drop-synonym':
      if (table.synonym !== action.synonym) {
        throw invalid(`SYNONYM ${action.synonym} does not exist on table ${table.name}.`);
      }
      draft.put({ ...table, synonym: undefined });
      break;
    default:
      setRowDeletionPolicy(draft, table, action);
  }
  checkTable(draft, draft.table(table.name));
}

function setOnDelete(draft: Draft, table: Table, onDelete: Interleave['onDelete']): void {
  const { interleave } = table;
  if (interleave === undefined) {
    throw invalid(`Cannot SET ON DELETE on table ${table.name} that does not have an INTERLEAVE clause.`);
  }
  if (!interleave.enforced) {
    throw invalid(`Cannot SET ON DELETE on an INTERLEAVE IN table ${table.name}.`);
  }
  draft.put({ ...table, interleave: { ...interleave, onDelete } });
}

function setInterleave(draft: Draft, table: Table, clause: InterleaveClause): void {
  const known = table.interleave;
  if (known === undefined) throw invalid(`Cannot change interleaving behavior of table ${table.name}.`);
  if (clause.parent.toLowerCase() !== known.parent.toLowerCase()) {
    throw invalid(`Cannot change the interleaving table of table ${table.name}.`);
  }
  const interleave = interleaveOf(draft, table.name, { ...clause, parent: known.parent });
  const isTightened = !known.enforced && interleave.enforced;
  if (isTightened && interleave.onDelete === 'CASCADE') {
    throw new ServiceError(
      'UNIMPLEMENTED',
      `Altering the table ${table.name} from INTERLEAVE IN to INTERLEAVE IN PARENT ON DELETE CASCADE is not supported. Please migrate the table to INTERLEAVE IN PARENT ON DELETE NO ACTION first, then migrate it to ON DELETE CASCADE.`,
    );
  }
  const made = draft.put({ ...table, interleave });
  if (isTightened) draft.work.push({ kind: 'check-interleaving', table: made });
}

function setRowDeletionPolicy(
  draft: Draft,
  table: Table,
  action: Extract<TableAction, { kind: `${string}row-deletion-policy` }>,
): void {
  const isThere = table.rowDeletionPolicy !== undefined;
  if (action.kind === 'add-row-deletion-policy' && isThere) {
    throw invalid(
      `Cannot create ROW DELETION POLICY because there is already one on column named ${action.policy.column} in table ${table.name}.`,
    );
  }
  if (action.kind !== 'add-row-deletion-policy' && !isThere) {
    throw invalid(`ROW DELETION POLICY does not exist on table ${table.name}.`);
  }
  draft.put({ ...table, rowDeletionPolicy: 'policy' in action ? action.policy : undefined });
}

function addSynonym(draft: Draft, table: Table, synonym: string): void {
  if (table.synonym !== undefined) {
    throw invalid(
      `Cannot add a synonym to table ${table.name} because the table already has a synonym ${table.synonym}.`,
    );
  }
  checkNameOf('Synonym', synonym);
  checkIsFree(draft, synonym);
  draft.put({ ...table, synonym });
}

/** Everything that names the table names it so. */
export function renameTable(draft: Draft, table: Table, to: string): void {
  checkNameOf('Table', to);
  checkIsFree(draft, to);
  const isIt = (name: string | undefined) => name !== undefined && findTable(draft, name)?.id === table.id;
  const renamed = (name: string) => (isIt(name) ? to : name);
  for (const index of draft.indexes.values()) {
    if (!isIt(index.table) && !isIt(index.interleaveIn)) continue;
    draft.indexes.set(index.name.toLowerCase(), {
      ...index,
      table: renamed(index.table),
      interleaveIn: index.interleaveIn && renamed(index.interleaveIn),
    });
  }
  const tables = [...draft.tables.values()].map(
    (other): Table => ({
      ...other,
      name: other.id === table.id ? to : other.name,
      interleave: other.interleave && { ...other.interleave, parent: renamed(other.interleave.parent) },
      foreignKeys: other.foreignKeys.map((foreignKey) => ({
        ...foreignKey,
        referencedTable: renamed(foreignKey.referencedTable),
      })),
    }),
  );
  draft.tables.clear();
  for (const other of tables) draft.put(other);
}
