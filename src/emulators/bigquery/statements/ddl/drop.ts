import type { Drop, ObjectType } from '../../../googlesql/syntax/ast.js';
import type { TableType } from '../../catalog/entries.js';
import { modelName, routineName, tableName } from '../../catalog/names.js';
import { BigQueryError } from '../../errors.js';
import type { ExecuteResult } from '../execution.js';
import type { Session } from '../session.js';
import { tableRef } from '../targets.js';
import { routineRef } from './create-routine.js';
import { refuseInTransaction } from './create-table.js';
import { runDropSchema } from './schemas.js';
import { dropTemporaryTable } from './temporary-tables.js';

export async function runDrop(statement: Drop, session: Session): Promise<ExecuteResult> {
  switch (statement.objectType) {
    case 'SCHEMA':
      return runDropSchema(statement, session);
    case 'TABLE':
    case 'VIEW':
    case 'MATERIALIZED VIEW':
    case 'SNAPSHOT TABLE':
    case 'EXTERNAL TABLE':
      return dropTable(statement, session);
    case 'FUNCTION':
    case 'TABLE FUNCTION':
    case 'PROCEDURE':
      return dropRoutine(statement, session);
    case 'MODEL':
      return dropModel(statement, session);
  }
}

const tableTypes: Partial<Record<ObjectType, TableType>> = {
  TABLE: 'TABLE',
  VIEW: 'VIEW',
  'MATERIALIZED VIEW': 'MATERIALIZED_VIEW',
  'SNAPSHOT TABLE': 'SNAPSHOT',
  'EXTERNAL TABLE': 'EXTERNAL',
};

async function dropTable(statement: Drop, session: Session): Promise<ExecuteResult> {
  const result = dropResult(statement);
  if (statement.objectType === 'TABLE' && session.temporaryTable(statement.name)) {
    if (!session.request.dryRun) await dropTemporaryTable(statement.name.parts.at(-1)!, session);
    return { ...result, ddlOperationPerformed: 'DROP' };
  }
  refuseInTransaction(session);
  const ref = tableRef(statement.name, session);
  result.ddlTargetTable = ref;
  const { catalog, tables } = session.services;
  const existing = catalog.getDataset(ref) && catalog.getTable(ref);
  if (!existing) {
    if (statement.ifExists) return { ...result, ddlOperationPerformed: 'SKIP' };
    throw new BigQueryError('notFound', `Not found: Table ${tableName(ref)}`);
  }
  if (existing.type !== tableTypes[statement.objectType]) {
    const { type } = existing;
    const words = type === 'SNAPSHOT' || type === 'EXTERNAL' ? `${type} TABLE` : type.replace('_', ' ');
    throw new BigQueryError(
      'invalid',
      `Cannot drop ${tableName(ref)} which has type ${type}. Use DROP ${words} instead.`,
    );
  }
  if (!session.request.dryRun) await tables.dropTable(existing.ref);
  return { ...result, ddlOperationPerformed: 'DROP' };
}

const routineTypes: Partial<Record<ObjectType, string[]>> = {
  FUNCTION: ['SCALAR_FUNCTION', 'AGGREGATE_FUNCTION'],
  'TABLE FUNCTION': ['TABLE_VALUED_FUNCTION'],
  PROCEDURE: ['PROCEDURE'],
};

function dropRoutine(statement: Drop, session: Session): ExecuteResult {
  const result = dropResult(statement);
  const [only] = statement.name.parts;
  if (statement.objectType === 'FUNCTION' && statement.name.parts.length === 1) {
    const dropped = session.temporaryFunctions.delete(only!.toLowerCase());
    if (dropped) return { ...result, ddlOperationPerformed: 'DROP' };
  }
  refuseInTransaction(session);
  const ref = routineRef(statement.name, session);
  result.ddlTargetRoutine = ref;
  const { catalog } = session.services;
  const existing = catalog.getRoutine(ref);
  if (!existing || !routineTypes[statement.objectType]!.includes(existing.routineType)) {
    if (statement.ifExists) return { ...result, ddlOperationPerformed: 'SKIP' };
    throw new BigQueryError('notFound', `Not found: Routine ${routineName(ref)}`);
  }
  if (!session.request.dryRun) catalog.deleteRoutine(ref);
  return { ...result, ddlOperationPerformed: 'DROP' };
}

function dropModel(statement: Drop, session: Session): ExecuteResult {
  refuseInTransaction(session);
  const result = dropResult(statement);
  const { projectId, datasetId, tableId } = tableRef(statement.name, session);
  const ref = { projectId, datasetId, modelId: tableId };
  result.ddlTargetModel = ref;
  const { catalog } = session.services;
  if (!catalog.getModel(ref)) {
    if (statement.ifExists) return { ...result, ddlOperationPerformed: 'SKIP' };
    throw new BigQueryError('notFound', `Not found: Model ${modelName(ref)}`);
  }
  if (!session.request.dryRun) catalog.deleteModel(ref);
  return { ...result, ddlOperationPerformed: 'DROP' };
}

function dropResult(statement: Drop): ExecuteResult {
  return { statementType: `DROP_${statement.objectType.replaceAll(' ', '_')}`, totalBytesProcessed: 0 };
}
