import { invalidQuery, notImplemented } from '../../../googlesql/errors.js';
import type { Alter, CreateSchema, Drop, ObjectPath } from '../../../googlesql/syntax/ast.js';
import type { NewEntry } from '../../catalog/catalog.js';
import type { DatasetEntry, DatasetRef } from '../../catalog/entries.js';
import { datasetName } from '../../catalog/names.js';
import { BigQueryError } from '../../errors.js';
import type { ExecuteResult } from '../execution.js';
import type { Session } from '../session.js';
import { requireDataset } from '../targets.js';
import { refuseInTransaction } from './create-table.js';
import { applyOptions, collationText, evaluateOptions } from './options.js';
import { datasetOptions } from './table-options.js';

function datasetRef(path: ObjectPath, session: Session): DatasetRef {
  const { parts } = path;
  if (parts.length === 1) return { projectId: session.request.project, datasetId: parts[0]! };
  if (parts.length === 2) return { projectId: parts[0]!, datasetId: parts[1]! };
  throw invalidQuery(`Invalid dataset name: ${parts.join('.')}`, path.pos);
}

export async function runCreateSchema(statement: CreateSchema, session: Session): Promise<ExecuteResult> {
  refuseInTransaction(session);
  const ref = datasetRef(statement.name, session);
  const { catalog, tables } = session.services;
  const existing = catalog.getDataset(ref);
  const result: ExecuteResult = {
    statementType: 'CREATE_SCHEMA',
    totalBytesProcessed: 0,
    ddlTargetDataset: ref,
  };
  if (existing && statement.ifNotExists) return { ...result, ddlOperationPerformed: 'SKIP' };
  if (existing) throw new BigQueryError('duplicate', `Already Exists: Dataset ${datasetName(ref)}`);
  const entry: NewEntry<DatasetEntry> = { ref, location: session.request.location ?? 'US' };
  if (statement.defaultCollation) entry.defaultCollation = collationText(statement.defaultCollation);
  applyOptions(entry, await evaluateOptions(statement.options, session), datasetOptions, 'schema');
  if (!session.request.dryRun) await tables.createDataset(entry);
  return { ...result, ddlOperationPerformed: 'CREATE' };
}

export async function runDropSchema(statement: Drop, session: Session): Promise<ExecuteResult> {
  refuseInTransaction(session);
  const ref = datasetRef(statement.name, session);
  const { catalog, tables } = session.services;
  const result: ExecuteResult = {
    statementType: 'DROP_SCHEMA',
    totalBytesProcessed: 0,
    ddlTargetDataset: ref,
  };
  if (!catalog.getDataset(ref)) {
    if (statement.ifExists) return { ...result, ddlOperationPerformed: 'SKIP' };
    throw new BigQueryError('notFound', `Not found: Dataset ${datasetName(ref)}`);
  }
  if (!session.request.dryRun) await tables.dropDataset(ref, statement.behaviour === 'CASCADE');
  return { ...result, ddlOperationPerformed: 'DROP' };
}

export async function runAlterSchema(statement: Alter, session: Session): Promise<ExecuteResult> {
  refuseInTransaction(session);
  const ref = datasetRef(statement.name, session);
  const { catalog } = session.services;
  const result: ExecuteResult = {
    statementType: 'ALTER_SCHEMA',
    totalBytesProcessed: 0,
    ddlTargetDataset: ref,
  };
  if (!catalog.getDataset(ref) && statement.ifExists) return { ...result, ddlOperationPerformed: 'SKIP' };
  requireDataset(ref, session);
  const changes: NewEntry<DatasetEntry> = { ...catalog.requireDataset(ref) };
  for (const action of statement.actions) {
    if (action.kind === 'SetDefaultCollation') changes.defaultCollation = collationText(action.collation);
    else if (action.kind === 'SetOptions') {
      applyOptions(changes, await evaluateOptions(action.options, session), datasetOptions, 'schema');
    } else throw notImplemented(`ALTER SCHEMA … ${action.kind}`);
  }
  const {
    ref: _ref,
    creationTime: _created,
    lastModifiedTime: _modified,
    revision: _revision,
    ...rest
  } = changes;
  if (!session.request.dryRun) catalog.updateDataset(ref, rest);
  return { ...result, ddlOperationPerformed: 'ALTER' };
}
