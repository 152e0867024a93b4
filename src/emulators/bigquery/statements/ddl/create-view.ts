import { invalidQuery, notImplemented } from '../../../googlesql/errors.js';
import type { CreateMaterializedView, CreateView, Query } from '../../../googlesql/syntax/ast.js';
import type { NewEntry } from '../../catalog/catalog.js';
import type { TableEntry } from '../../catalog/entries.js';
import { tableName } from '../../catalog/names.js';
import { toTableField } from '../../catalog/rest-types.js';
import type { ExecuteResult } from '../execution.js';
import { bytesProcessed } from '../queries.js';
import type { Session } from '../session.js';
import { requireDataset, tableRef } from '../targets.js';
import { columnOptions } from './columns.js';
import { alreadyExists, clusterColumn, refuseInTransaction } from './create-table.js';
import { applyOptions, evaluateOptions } from './options.js';
import { partitioningOf } from './partition-clause.js';
import { tableOptions } from './table-options.js';

/** CREATE VIEW: the query is compiled once for its columns and kept as text. */
export async function runCreateView(
  statement: CreateView,
  session: Session,
  source: string,
): Promise<ExecuteResult> {
  const entry = await defineView(statement, statement.query, 'VIEW', session, source);
  await nameColumns(statement, entry.fields, session);
  return storeView(statement, entry, 'CREATE_VIEW', session);
}

/** A materialised view is kept as a view: its rows are always fresh, only its cost is not the service's. */
export async function runCreateMaterializedView(
  statement: CreateMaterializedView,
  session: Session,
  source: string,
): Promise<ExecuteResult> {
  if (statement.replicaOf || !statement.query) throw notImplemented('CREATE MATERIALIZED VIEW AS REPLICA OF');
  const entry = await defineView(statement, statement.query, 'MATERIALIZED_VIEW', session, source);
  Object.assign(entry, partitioningOf(statement.partitionBy, entry.fields));
  if (statement.clusterBy) entry.clustering = statement.clusterBy.map(clusterColumn);
  return storeView(statement, entry, 'CREATE_MATERIALIZED_VIEW', session);
}

async function defineView(
  statement: CreateView | CreateMaterializedView,
  query: Query,
  type: 'VIEW' | 'MATERIALIZED_VIEW',
  session: Session,
  source: string,
): Promise<NewEntry<TableEntry>> {
  const ref = tableRef(statement.name, session);
  requireDataset(ref, session);
  const compiled = await session.compileQuery(query);
  await bytesProcessed(compiled, session);
  const fields = compiled.columns.map((column) => ({ ...toTableField(column) }));
  for (const field of fields) if (field.mode === 'REQUIRED') field.mode = 'NULLABLE';
  const entry: NewEntry<TableEntry> = {
    ref,
    type,
    fields,
    viewQuery: source.slice(query.pos.offset, query.end).trim(),
    useLegacySql: false,
  };
  applyOptions(entry, await evaluateOptions(statement.options, session), tableOptions, 'view');
  return entry;
}

async function nameColumns(
  statement: CreateView,
  fields: NewEntry<TableEntry>['fields'],
  session: Session,
): Promise<void> {
  const { columns } = statement;
  if (!columns) return;
  if (columns.length !== fields.length) {
    throw invalidQuery(
      `The number of columns in the column definition list does not match the number of columns produced by the query`,
      columns[0]!.pos,
    );
  }
  for (const [index, column] of columns.entries()) {
    fields[index]!.name = column.name.name;
    applyOptions(
      fields[index]!,
      await evaluateOptions(column.options, session),
      columnOptions,
      'view column',
    );
  }
}

async function storeView(
  statement: CreateView | CreateMaterializedView,
  entry: NewEntry<TableEntry>,
  statementType: string,
  session: Session,
): Promise<ExecuteResult> {
  refuseInTransaction(session);
  refuseDuplicates(entry);
  const { catalog, tables } = session.services;
  const existing = catalog.getTable(entry.ref);
  const result: ExecuteResult = {
    statementType,
    totalBytesProcessed: 0,
    ddlTargetTable: entry.ref,
    schema: entry.fields,
  };
  if (existing && statement.ifNotExists) return { ...result, ddlOperationPerformed: 'SKIP' };
  if (existing && (!statement.orReplace || existing.type !== entry.type)) throw alreadyExists(entry.ref);
  result.ddlOperationPerformed = existing ? 'REPLACE' : 'CREATE';
  if (session.request.dryRun) return result;
  await tables.createTable(entry, { orReplace: existing !== undefined });
  return result;
}

function refuseDuplicates({ ref, fields }: NewEntry<TableEntry>): void {
  const seen = new Set<string>();
  for (const { name } of fields) {
    const key = name.toLowerCase();
    if (seen.has(key)) throw invalidQuery(`Duplicate column name ${name} in view ${tableName(ref)}`);
    seen.add(key);
  }
}
