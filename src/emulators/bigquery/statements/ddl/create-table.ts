import { quoteIdentifier } from '../../../googlesql/duck/quote.js';
import { invalidQuery, notImplemented, SqlError } from '../../../googlesql/errors.js';
import type { CreateSnapshotTable, CreateTable, Expression, Query } from '../../../googlesql/syntax/ast.js';
import type { NewEntry } from '../../catalog/catalog.js';
import type { TableEntry, TableField, TableRef } from '../../catalog/entries.js';
import { checkColumnName, withDefaultCollation } from '../../catalog/fields.js';
import { tableName } from '../../catalog/names.js';
import { fromTableField, toTableField } from '../../catalog/rest-types.js';
import { requireAllRows } from '../../catalog/row-access.js';
import { BigQueryError } from '../../errors.js';
import { assignableQuery, assignmentSql, insertMismatch } from '../dml/assign.js';
import type { ExecuteResult } from '../execution.js';
import { bytesProcessed, materialize } from '../queries.js';
import type { Session } from '../session.js';
import { columnsOf, requireDataset, requireTable, tableRef } from '../targets.js';
import { resolveElements } from './columns.js';
import { keysOf } from './constraints.js';
import { applyOptions, collationText, evaluateOptions } from './options.js';
import { partitioningOf } from './partition-clause.js';
import { tableOptions } from './table-options.js';
import { createTemporaryTable } from './temporary-tables.js';

/** The rows a new table starts with. */
export interface InitialRows {
  select: string;
  columns: string[];
}

export async function runCreateTable(statement: CreateTable, session: Session): Promise<ExecuteResult> {
  const ref = statement.temporary ? temporaryRef(statement, session) : tableRef(statement.name, session);
  const statementType = statement.as ? 'CREATE_TABLE_AS_SELECT' : 'CREATE_TABLE';
  if (!statement.temporary) refuseInTransaction(session);
  const existing = statement.temporary ? session.temporaryTable(statement.name) : existingTable(ref, session);
  const result: ExecuteResult = { statementType, totalBytesProcessed: 0, ddlTargetTable: ref };
  const skip = existing !== undefined && statement.ifNotExists;
  if (existing && !skip && !statement.orReplace) throw alreadyExists(ref);
  const { entry, rows, bytes, referencedTables } = await defineTable(statement, ref, session);
  Object.assign(result, { totalBytesProcessed: bytes, referencedTables, schema: entry.fields });
  // Also when nothing is created, the answer shows the columns that were written.
  if (skip) return { ...result, ddlOperationPerformed: 'SKIP' };
  result.ddlOperationPerformed = existing ? 'REPLACE' : 'CREATE';
  if (session.request.dryRun) return result;
  if (statement.temporary) await createTemporaryTable(statement.name.parts.at(-1)!, entry, rows, session);
  else {
    const isMade = await storeTable(entry, rows, existing, session, statement.orReplace).then(
      () => true,
      (error: unknown) => {
        // Somebody else was quicker.
        if (statement.ifNotExists && error instanceof SqlError && error.reason === 'duplicate') return false;
        throw error;
      },
    );
    if (!isMade) result.ddlOperationPerformed = 'SKIP';
  }
  return result;
}

function temporaryRef(statement: CreateTable, session: Session): TableRef {
  const { parts } = statement.name;
  if (parts.length > 2 || (parts.length === 2 && parts[0]!.toUpperCase() !== '_SESSION')) {
    throw invalidQuery('Temporary tables must not have a dataset', statement.name.pos);
  }
  return { projectId: session.request.project, datasetId: '_SESSION', tableId: parts.at(-1)! };
}

function existingTable(ref: TableRef, session: Session): TableEntry | undefined {
  requireDataset(ref, session);
  session.services.catalog.refuseModelNamed(ref);
  return session.services.catalog.getTable(ref);
}

export function alreadyExists(ref: TableRef): BigQueryError {
  return new BigQueryError('duplicate', `Already Exists: Table ${tableName(ref)}`);
}

/** Permanent objects are not defined inside transactions, in BigQuery neither. */
export function refuseInTransaction(session: Session): void {
  if (session.inTransaction) {
    throw invalidQuery('DDL statements other than CREATE/DROP TEMP TABLE are not supported in a transaction');
  }
}

/** Creates or replaces a table of the catalog, with its first rows. */
async function storeTable(
  entry: NewEntry<TableEntry>,
  rows: InitialRows | undefined,
  existing: TableEntry | undefined,
  session: Session,
  orReplace = false,
): Promise<void> {
  const { tables } = session.services;
  if (!rows) {
    await tables.createTable(entry, { orReplace });
    return;
  }
  // The store writes over a connection of its own, which sees no variables and no temporary tables; and rows that
  // come from the very table they replace must be read before it goes.
  const staged = session.hasLocalState || existing ? await materialize(rows.select, session) : undefined;
  const select = staged ? `SELECT * FROM ${staged.resultTable}` : rows.select;
  await tables.write(entry.ref, {
    select,
    columns: rows.columns,
    create: replacing(entry, existing),
    onlyIfAbsent: existing === undefined && !orReplace,
    signal: session.request.signal,
  });
  if (staged) await session.run(`DROP TABLE ${staged.resultTable}`);
}

/** Properties of the old table that the new one does not state are cleared, not kept. */
function replacing(entry: NewEntry<TableEntry>, existing: TableEntry | undefined): NewEntry<TableEntry> {
  if (!existing) return entry;
  const cleared = Object.fromEntries(Object.keys(existing).map((key) => [key, undefined]));
  const { creationTime: _created, lastModifiedTime: _modified, revision: _revision, ...rest } = cleared;
  return { ...rest, ...entry };
}

interface Definition {
  entry: NewEntry<TableEntry>;
  rows?: InitialRows;
  bytes: number;
  referencedTables?: TableRef[];
}

async function defineTable(statement: CreateTable, ref: TableRef, session: Session): Promise<Definition> {
  const source = statement.like ?? statement.copy ?? statement.clone?.path;
  if (statement.clone?.systemTime) throw notImplemented('FOR SYSTEM_TIME AS OF in CLONE');
  const model = source ? sourceTable(source, session) : undefined;
  const written = statement.columns && (await resolveElements(statement.columns, session));
  let fields: TableField[] | undefined = written ?? model?.fields;
  let compiled: Awaited<ReturnType<typeof compileRows>> | undefined;
  if (statement.as) {
    compiled = await compileRows(statement.as, fields, ref, session);
    fields = compiled.fields;
  }
  if (!fields) throw invalidQuery('CREATE TABLE needs a schema: columns, LIKE or a query', statement.pos);
  const entry: NewEntry<TableEntry> = { ...copied(model), ref, type: 'TABLE', fields };
  if (statement.clone && model) entry.base = { ref: model.ref, time: Date.now() };
  if (statement.columns) Object.assign(entry, keysOf(statement.columns, fields, session));
  Object.assign(entry, partitioningOf(statement.partitionBy, fields));
  if (statement.clusterBy) entry.clustering = statement.clusterBy.map(clusterColumn);
  const collation = statement.defaultCollation && collationText(statement.defaultCollation);
  entry.defaultCollation = collation ?? session.services.catalog.getDataset(ref)?.defaultCollation;
  if (written) entry.fields = withDefaultCollation(fields, entry.defaultCollation);
  applyOptions(entry, await evaluateOptions(statement.options, session), tableOptions, 'table');
  return { entry, ...initialRows(statement, compiled, model, session) };
}

function sourceTable(path: NonNullable<CreateTable['like']>, session: Session): TableEntry {
  const table = session.temporaryTable(path) ?? requireTable(tableRef(path, session), session);
  requireAllRows(table, session.caller);
  return table;
}

/** What LIKE, COPY and CLONE take over besides the columns. */
function copied(model: TableEntry | undefined): Partial<TableEntry> {
  if (!model) return {};
  const { timePartitioning, rangePartitioning, clustering, requirePartitionFilter, description, labels } =
    model;
  return { timePartitioning, rangePartitioning, clustering, requirePartitionFilter, description, labels };
}

function initialRows(
  statement: CreateTable,
  compiled: Awaited<ReturnType<typeof compileRows>> | undefined,
  model: TableEntry | undefined,
  session: Session,
): Pick<Definition, 'rows' | 'bytes' | 'referencedTables'> {
  if (compiled) return compiled;
  if (!model || statement.like) return { bytes: 0 };
  const columns = model.fields.map((field) => field.name);
  const physical = model.physicalName ?? session.services.catalog.physicalName(model.ref);
  const select = `SELECT ${columns.map(quoteIdentifier).join(', ')} FROM ${physical}`;
  return { rows: { select, columns }, bytes: 0, referencedTables: [model.ref] };
}

export function clusterColumn(expression: Expression): string {
  if (expression.kind === 'PathExpression') return expression.parts.map((part) => part.name).join('.');
  throw invalidQuery('CLUSTER BY takes names of columns', expression.pos);
}

/** The query of CREATE TABLE AS, and the columns it gives the table when none are written. */
async function compileRows(
  query: Query,
  fields: TableField[] | undefined,
  ref: TableRef,
  session: Session,
): Promise<{ fields: TableField[]; rows: InitialRows; bytes: number; referencedTables: TableRef[] }> {
  const wanted = fields && columnsOf({ entry: { fields } as TableEntry, physical: '' });
  const compiled = await session.compileQuery(wanted ? assignableQuery(query, wanted, session) : query);
  if (wanted && wanted.length !== compiled.columns.length) {
    throw invalidQuery(
      `The number of columns in the column definition list does not match the number of columns produced by the query`,
      query.pos,
    );
  }
  const columns = fields ?? compiled.columns.map(toTableField);
  checkNames(columns, ref);
  const targets = columns.map((field) => ({ name: field.name, field, type: fromTableField(field).type }));
  const values = assignmentSql(compiled, targets, insertMismatch('Query column #', query.pos));
  const rows = {
    select: `SELECT ${values.join(', ')} FROM (${compiled.sql}) AS q`,
    columns: columns.map((field) => field.name),
  };
  const bytes = await bytesProcessed(compiled, session);
  return { fields: columns, rows, bytes, referencedTables: compiled.referencedTables };
}

function checkNames(fields: TableField[], ref: TableRef): void {
  const seen = new Set<string>();
  for (const { name } of fields) {
    checkColumnName(name);
    if (/^f\d+_$/.test(name)) {
      throw invalidQuery(
        `CREATE TABLE columns must be named, but column ${Number(name.slice(1, -1)) + 1} has no name`,
      );
    }
    if (seen.has(name.toLowerCase())) {
      throw invalidQuery(`CREATE TABLE has columns with duplicate name ${name} in ${tableName(ref)}`);
    }
    seen.add(name.toLowerCase());
  }
}

/** CREATE SNAPSHOT TABLE … CLONE: a table that cannot be changed. */
export async function runCreateSnapshot(
  statement: CreateSnapshotTable,
  session: Session,
): Promise<ExecuteResult> {
  refuseInTransaction(session);
  const ref = tableRef(statement.name, session);
  const existing = existingTable(ref, session);
  const result: ExecuteResult = {
    statementType: 'CREATE_SNAPSHOT_TABLE',
    totalBytesProcessed: 0,
    ddlTargetTable: ref,
  };
  if (existing && statement.ifNotExists) return { ...result, ddlOperationPerformed: 'SKIP' };
  if (existing) throw alreadyExists(ref);
  if (statement.clone.systemTime) throw notImplemented('FOR SYSTEM_TIME AS OF in CLONE');
  const model = requireTable(tableRef(statement.clone.path, session), session);
  requireAllRows(model, session.caller);
  if (model.type !== 'TABLE') throw invalidQuery('Only tables can be cloned', statement.clone.path.pos);
  const entry: NewEntry<TableEntry> = {
    ...copied(model),
    ref,
    type: 'SNAPSHOT',
    fields: model.fields,
    base: { ref: model.ref, time: Date.now() },
  };
  applyOptions(entry, await evaluateOptions(statement.options, session), tableOptions, 'table snapshot');
  if (session.request.dryRun) return { ...result, ddlOperationPerformed: 'CREATE' };
  const columns = model.fields.map((field) => field.name);
  const physical = session.services.catalog.physicalName(model.ref);
  const rows = { select: `SELECT ${columns.map(quoteIdentifier).join(', ')} FROM ${physical}`, columns };
  await storeTable(entry, rows, undefined, session);
  return { ...result, ddlOperationPerformed: 'CREATE' };
}
