import type { StoredSession } from '../persistence.js';
import type { Database } from '../store/database.js';
import type { SnapshotView } from '../store/snapshot-view.js';
import type { ReadWriteTransaction, Transaction } from '../transactions/transaction.js';
import { type DataContext, invalid } from './data-context.js';
import type { ReadOnlyOptions, TransactionSelector } from './requests.js';
import type { TransactionAnswer } from './results.js';
import type { ResumeToken } from './tokens.js';

const STRONG: ReadOnlyOptions = { isStrong: true, returnReadTimestamp: false };

/** What a request reads on. */
export interface Selected {
  /** Undefined for one that is used once. */
  transaction: Transaction | undefined;
  view: SnapshotView;
  /** What the metadata of the answer say of it. */
  answer: TransactionAnswer | undefined;
}

/** The view of a request that reads. @throws ServiceError */
export async function selectView(
  context: DataContext,
  { session, database }: { session: StoredSession; database: Database },
  selector: TransactionSelector | undefined,
  resume: ResumeToken | undefined,
  signal: AbortSignal,
): Promise<Selected> {
  const transaction = await context.transactions.select(session, database, selector, signal);
  if (transaction !== undefined) {
    const view = await viewOf(transaction);
    return { transaction, view, answer: selector?.kind === 'begin' ? answerOf(transaction) : undefined };
  }
  const options =
    selector?.kind === 'single-use' ? selector.options : { mode: 'read-only' as const, readOnly: STRONG };
  if (options.mode !== 'read-only') {
    throw invalid('Transaction mode for read only single use transaction should be read_only.');
  }
  const view =
    resume === undefined
      ? await context.transactions.snapshot(database, options.readOnly, true, signal)
      : database.viewAt(resume.timestampMicros);
  await database.whenDurable();
  const { returnReadTimestamp } = options.readOnly;
  return {
    transaction,
    view,
    answer: returnReadTimestamp ? { readTimestampMicros: view.timestampMicros } : undefined,
  };
}

async function viewOf(transaction: Transaction): Promise<SnapshotView> {
  await transaction.head.database.whenDurable();
  if (transaction.kind === 'partitioned-dml') {
    throw invalid('PartitionedDml Transactions may only be used to execute DML statements');
  }
  if (transaction.kind === 'read-only') return transaction.view;
  transaction.checkActive();
  return transaction.view();
}

export function answerOf(transaction: Transaction): TransactionAnswer {
  const { id } = transaction.head;
  if (transaction.kind !== 'read-only' || !transaction.returnsTimestamp) return { id };
  return { id, readTimestampMicros: transaction.view.timestampMicros };
}

/** The token that goes with every answer of a read-write transaction in a multiplexed session. */
export function precommitTokenOf(transaction: Transaction | undefined) {
  return transaction?.kind === 'read-write'
    ? (transaction as ReadWriteTransaction).nextPrecommitToken()
    : undefined;
}
