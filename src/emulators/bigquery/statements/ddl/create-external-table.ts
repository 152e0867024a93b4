import { notImplemented } from '../../../googlesql/errors.js';
import type { CreateExternalTable } from '../../../googlesql/syntax/ast.js';
import type { NewEntry } from '../../catalog/catalog.js';
import type { TableEntry } from '../../catalog/entries.js';
import { externalOf } from '../../catalog/external.js';
import type { ExecuteResult } from '../execution.js';
import { filesOf } from '../file-options.js';
import type { Session } from '../session.js';
import { requireDataset, tableRef } from '../targets.js';
import { alreadyExists, refuseInTransaction } from './create-table.js';
import { applyOptions } from './options.js';
import { tableOptions } from './table-options.js';

/** https://cloud.google.com/bigquery/docs/reference/standard-sql/data-definition-language#create_external_table_statement */
export async function runCreateExternalTable(
  statement: CreateExternalTable,
  session: Session,
): Promise<ExecuteResult> {
  if (statement.connection) throw notImplemented('CREATE EXTERNAL TABLE WITH CONNECTION');
  refuseInTransaction(session);
  const { services, request } = session;
  const ref = tableRef(statement.name, session);
  requireDataset(ref, session);
  services.catalog.refuseModelNamed(ref);
  const existing = services.catalog.getTable(ref);
  const result: ExecuteResult = {
    statementType: 'CREATE_EXTERNAL_TABLE',
    totalBytesProcessed: 0,
    ddlTargetTable: ref,
  };
  if (existing && statement.ifNotExists) return { ...result, ddlOperationPerformed: 'SKIP' };
  if (existing && !statement.orReplace) throw alreadyExists(ref);
  const { load, others } = await filesOf(statement, session);
  if (load['schema'] === undefined) load['autodetect'] = true;
  const external = externalOf(load);
  const files = await services.openFiles(external, undefined, request.signal);
  await files.dispose();
  const { schema: _schema, ...configuration } = external;
  const entry: NewEntry<TableEntry> = {
    ref,
    type: 'EXTERNAL',
    fields: files.fields,
    external: configuration,
  };
  const named = statement.options.flatMap((node) => {
    const name = node.name.name.toLowerCase();
    return name in others ? [{ name, value: others[name]!, node }] : [];
  });
  applyOptions(entry, named, tableOptions, 'external table');
  if (!request.dryRun) await services.tables.createTable(entry, { orReplace: statement.orReplace });
  return { ...result, ddlOperationPerformed: existing ? 'REPLACE' : 'CREATE' };
}
