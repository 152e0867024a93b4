import { isConflict, isStale } from '../../googlesql/duck/conflict.js';
import { abortedTransaction } from '../../googlesql/duck/errors.js';
import { notImplemented } from '../../googlesql/errors.js';
import type {
  DataStatement,
  DdlStatement,
  DmlStatement,
  QueryStatement,
} from '../../googlesql/syntax/ast.js';
import { despiteOthers } from '../catalog/despite-others.js';
import { runAlter } from './ddl/alter.js';
import { runCreateExternalTable } from './ddl/create-external-table.js';
import { runCreateFunction, runCreateProcedure, runCreateTableFunction } from './ddl/create-routine.js';
import { runCreateSnapshot, runCreateTable } from './ddl/create-table.js';
import { runCreateMaterializedView, runCreateView } from './ddl/create-view.js';
import { runDrop } from './ddl/drop.js';
import { runCreateRowAccessPolicy, runDropRowAccessPolicy } from './ddl/row-access-policies.js';
import { runCreateSchema } from './ddl/schemas.js';
import { runInsert } from './dml/insert.js';
import { runMerge } from './dml/merge.js';
import { runDelete, runTruncate, runUpdate } from './dml/modify.js';
import type { ExecuteResult } from './execution.js';
import { runExportData } from './export-data.js';
import { runLoadData } from './load-data.js';
import { runQuery } from './queries.js';
import type { Session } from './session.js';

/** Statements that are jobs of their own, as against the control flow of scripts. */
export type JobStatement = QueryStatement | DmlStatement | DdlStatement | DataStatement;

/** Runs one statement; `source` is the text its positions point into. */
export async function runStatement(
  statement: JobStatement,
  session: Session,
  source: string,
): Promise<ExecuteResult> {
  const { catalog } = session.services;
  if (!session.inTransaction) return despiteOthers(catalog, () => runOnce(statement, session, source));
  try {
    return await runOnce(statement, session, source);
  } catch (error) {
    // The transaction sees the tables as they were when it began, and what it did would have to be done again.
    const isTheirs = isConflict(error) || (isStale(error) && catalog.version !== session.versionAtBegin);
    throw isTheirs ? abortedTransaction(error) : error;
  }
}

async function runOnce(statement: JobStatement, session: Session, source: string): Promise<ExecuteResult> {
  switch (statement.kind) {
    case 'QueryStatement':
      return runQuery(statement, session);
    case 'Insert':
      return runInsert(statement, session);
    case 'Update':
      return runUpdate(statement, session);
    case 'Delete':
      return runDelete(statement, session);
    case 'Merge':
      return runMerge(statement, session);
    case 'TruncateTable':
      return runTruncate(statement, session);
    case 'CreateSchema':
      return runCreateSchema(statement, session);
    case 'CreateTable':
      return runCreateTable(statement, session);
    case 'CreateSnapshotTable':
      return runCreateSnapshot(statement, session);
    case 'CreateView':
      return runCreateView(statement, session, source);
    case 'CreateMaterializedView':
      return runCreateMaterializedView(statement, session, source);
    case 'CreateFunction':
      return runCreateFunction(statement, session);
    case 'CreateTableFunction':
      return runCreateTableFunction(statement, session, source);
    case 'CreateProcedure':
      return runCreateProcedure(statement, session);
    case 'CreateRowAccessPolicy':
      return runCreateRowAccessPolicy(statement, session);
    case 'DropRowAccessPolicy':
      return runDropRowAccessPolicy(statement, session);
    case 'CreateModel':
      return session.services.ml.createModel(statement, session);
    case 'Alter':
      return runAlter(statement, session);
    case 'Drop':
      return runDrop(statement, session);
    case 'CreateExternalTable':
      return runCreateExternalTable(statement, session);
    case 'ExportData':
      return runExportData(statement, session);
    case 'ExportModel':
      throw notImplemented('EXPORT MODEL');
    case 'LoadData':
      return runLoadData(statement, session);
    case 'UnsupportedStatement':
      throw notImplemented(statement.feature);
  }
}
