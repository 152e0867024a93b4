import { notImplemented } from '../../googlesql/errors.js';
import type { LoadData } from '../../googlesql/syntax/ast.js';
import type { NewEntry } from '../catalog/catalog.js';
import type { JsonObject, TableEntry, TableField } from '../catalog/entries.js';
import { externalOf } from '../catalog/external.js';
import { clusterColumn, refuseInTransaction } from './ddl/create-table.js';
import { applyOptions, evaluateOptions } from './ddl/options.js';
import { partitioningOf } from './ddl/partition-clause.js';
import { tableOptions } from './ddl/table-options.js';
import { createTemporaryTable } from './ddl/temporary-tables.js';
import type { ExecuteResult } from './execution.js';
import { filesOf } from './file-options.js';
import type { Session } from './session.js';
import { requireDataset, tableRef } from './targets.js';

/** https://cloud.google.com/bigquery/docs/reference/standard-sql/load-statements */
export async function runLoadData(statement: LoadData, session: Session): Promise<ExecuteResult> {
  if (statement.connection) throw notImplemented('LOAD DATA WITH CONNECTION');
  const { services, request } = session;
  const clause = { ...statement, options: statement.fromFiles };
  const { load, others } = await filesOf(clause, session);
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw notImplemented(`The option ${unknown} of FROM FILES`);
  const result: ExecuteResult = { statementType: 'LOAD_DATA', totalBytesProcessed: 0 };
  if (statement.temporary) {
    await loadTemporary(statement, load, session);
    return result;
  }
  refuseInTransaction(session);
  const ref = tableRef(statement.target, session);
  requireDataset(ref, session);
  const existing = services.catalog.getTable(ref);
  if (load['schema'] === undefined && (existing === undefined || statement.overwrite))
    load['autodetect'] = true;
  const entry = await layoutOf(statement, load, existing, session);
  Object.assign(load, {
    destinationTable: { ...ref },
    writeDisposition: statement.overwrite ? 'WRITE_TRUNCATE' : 'WRITE_APPEND',
    ...(entry.timePartitioning && { timePartitioning: textual(entry.timePartitioning) }),
    ...(entry.rangePartitioning && { rangePartitioning: entry.rangePartitioning }),
    ...(entry.clustering && { clustering: { fields: entry.clustering } }),
    destinationTableProperties: textual({
      description: entry.description,
      friendlyName: entry.friendlyName,
      labels: entry.labels,
      expirationTime: entry.expirationTime,
    }),
  });
  if (!request.dryRun) await services.loadFiles(load, request.project, request.signal);
  return { ...result, ddlTargetTable: ref };
}

/** An object as JSON of REST has it, where numbers of 64 bits are text. */
function textual(values: object): JsonObject {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    entries.map(([key, value]) => [key, typeof value === 'number' ? String(value) : value]),
  );
}

async function layoutOf(
  statement: LoadData,
  load: JsonObject,
  existing: TableEntry | undefined,
  session: Session,
): Promise<NewEntry<TableEntry>> {
  const ref = tableRef(statement.target, session);
  const fields = statement.partitionBy === undefined ? [] : await fieldsOf(load, existing, session);
  const entry: NewEntry<TableEntry> = { ref, type: 'TABLE', fields };
  Object.assign(entry, partitioningOf(statement.partitionBy, fields));
  if (statement.clusterBy) entry.clustering = statement.clusterBy.map(clusterColumn);
  return applyOptions(entry, await evaluateOptions(statement.options, session), tableOptions, 'table');
}

/** The columns that the loaded table will have, by which it may be partitioned. */
async function fieldsOf(
  load: JsonObject,
  existing: TableEntry | undefined,
  { services, request }: Session,
): Promise<TableField[]> {
  const files = await services.openFiles(externalOf(load), existing?.fields, request.signal);
  await files.dispose();
  return files.fields;
}

async function loadTemporary(statement: LoadData, load: JsonObject, session: Session): Promise<void> {
  const { services, request } = session;
  if (!statement.overwrite && session.temporaryTable(statement.target))
    throw notImplemented('LOAD DATA INTO a temporary table that exists');
  if (load['schema'] === undefined) load['autodetect'] = true;
  const files = await services.openFiles(externalOf(load), undefined, request.signal);
  try {
    const name = statement.target.parts.at(-1)!;
    const ref = { projectId: request.project, datasetId: '_SESSION', tableId: name };
    const rows = { select: files.select, columns: files.fields.map((field) => field.name) };
    await createTemporaryTable(name, { ref, type: 'TABLE', fields: files.fields }, rows, session);
  } finally {
    await files.dispose();
  }
}
