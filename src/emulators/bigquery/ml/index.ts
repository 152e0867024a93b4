import { cancelled, invalidQuery, SqlError } from '../../googlesql/errors.js';
import type { CreateModel } from '../../googlesql/syntax/ast.js';
import type { ExecuteResult } from '../statements/execution.js';
import { bytesProcessed } from '../statements/queries.js';
import type { MlServices } from '../statements/services.js';
import type { Session } from '../statements/session.js';
import { createModel } from './create-model.js';
import { mlTableFunctions } from './table-functions/index.js';
import { expandMlFunction } from './transform/in-query.js';

/** BigQuery ML for the engine: CREATE MODEL, and the functions of the ML family. */
export const mlServices: MlServices = {
  createModel: runCreateModel,
  tableFunctions: mlTableFunctions,
  expandCall: expandMlFunction,
};

async function runCreateModel(statement: CreateModel, session: Session): Promise<ExecuteResult> {
  if (session.inTransaction) {
    throw invalidQuery('CREATE MODEL is not supported inside a transaction');
  }
  const { signal, dryRun } = session.request;
  const connection = await session.connection();
  const interrupt = (): void => connection.interrupt();
  signal?.addEventListener('abort', interrupt, { once: true });
  try {
    const { ref, operation, query, mlStatistics } = await createModel(statement, {
      context: session.context(),
      connection,
      signal,
      dryRun,
    });
    return {
      statementType: 'CREATE_MODEL',
      ddlOperationPerformed: operation,
      ddlTargetModel: ref,
      mlStatistics,
      totalBytesProcessed: query === undefined ? 0 : await bytesProcessed(query, session),
      referencedTables: query?.referencedTables,
      referencedRoutines: query?.referencedRoutines,
    };
  } catch (error) {
    if (signal?.aborted && !(error instanceof SqlError)) {
      if (signal.reason instanceof SqlError) throw signal.reason;
      throw cancelled(error);
    }
    throw error;
  } finally {
    signal?.removeEventListener('abort', interrupt);
  }
}
