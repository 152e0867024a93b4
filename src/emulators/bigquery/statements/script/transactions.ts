import { invalidQuery } from '../../../googlesql/errors.js';
import type { Position } from '../../../googlesql/syntax/ast.js';
import type { TableEntry } from '../../catalog/entries.js';
import type { ExecuteResult } from '../execution.js';
import type { Session } from '../session.js';

const temporaryTablesBefore = new WeakMap<Session, Map<string, TableEntry>>();

export async function beginTransaction(session: Session, pos: Position): Promise<ExecuteResult> {
  if (session.inTransaction) throw invalidQuery('A transaction is already in progress', pos);
  await session.run('BEGIN TRANSACTION');
  session.inTransaction = true;
  session.versionAtBegin = session.services.catalog.version;
  temporaryTablesBefore.set(session, new Map(session.temporaryTables));
  return { statementType: 'BEGIN_TRANSACTION', totalBytesProcessed: 0 };
}

export async function commitTransaction(session: Session, pos: Position): Promise<ExecuteResult> {
  if (!session.inTransaction) throw invalidQuery('There is no transaction in progress', pos);
  try {
    await session.run('COMMIT');
  } finally {
    end(session);
  }
  return { statementType: 'COMMIT_TRANSACTION', totalBytesProcessed: 0 };
}

export async function rollbackTransaction(session: Session, pos: Position): Promise<ExecuteResult> {
  if (!session.inTransaction) throw invalidQuery('There is no transaction in progress', pos);
  await undo(session);
  return { statementType: 'ROLLBACK_TRANSACTION', totalBytesProcessed: 0 };
}

/** Takes back what an open transaction did, as when its script ends without COMMIT. */
export async function undo(session: Session): Promise<void> {
  if (!session.inTransaction) return;
  const connection = await session.connection();
  // A cancelled job rolls back too, so this does not look at its signal.
  await connection.run('ROLLBACK');
  const before = temporaryTablesBefore.get(session);
  session.temporaryTables.clear();
  for (const [name, table] of before ?? []) session.temporaryTables.set(name, table);
  end(session);
}

function end(session: Session): void {
  session.inTransaction = false;
  temporaryTablesBefore.delete(session);
  for (const ref of session.touched.values()) session.markChanged(ref);
  session.touched.clear();
}
