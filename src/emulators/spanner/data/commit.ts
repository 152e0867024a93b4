import type { Call, Outgoing } from '../../serving/method.js';
import { CODES, ServiceError } from '../../serving/service-error.js';
import { encode, type Message } from '../../wire/message.js';
import type { CommitResult, Database } from '../store/database.js';
import type { Mutation } from '../store/view.js';
import type { ReadWriteTransaction } from '../transactions/transaction.js';
import { type DataContext, invalid, precondition } from './data-context.js';
import { parseMutations, writtenTrees } from './mutations.js';
import {
  type CommitMessage,
  missing,
  type PlainMutation,
  readBatchWrite,
  readBegin,
  readCommit,
  type TransactionOptions,
} from './requests.js';
import { timestampMessage, transactionMessage } from './results.js';

const NOT_TO_COMMIT = 'Cannot commit or rollback a read-only or partitioned-dml transaction.';

export async function beginTransaction(context: DataContext, bytes: Buffer, call: Call): Promise<Buffer> {
  const message = readBegin(bytes);
  const { session, database } = context.session(message.session);
  if (message.mutationKey !== undefined) checkMutationKey(database, message.mutationKey, bytes);
  const transaction = await context.transactions.begin(session, database, message.options, call.signal);
  const { id } = transaction.head;
  if (transaction.kind === 'read-only') {
    const { view, returnsTimestamp } = transaction;
    return encode(
      transactionMessage({ id, ...(returnsTimestamp && { readTimestampMicros: view.timestampMicros }) }),
    );
  }
  const precommitToken =
    transaction.kind === 'read-write' && message.mutationKey !== undefined
      ? transaction.nextPrecommitToken()
      : undefined;
  return encode(transactionMessage({ id, precommitToken }));
}

/** A value that is none of its column is the fault of the request here, and of the row in a commit. */
function checkMutationKey(database: Database, key: PlainMutation, bytes: Buffer): void {
  try {
    parseMutations(database.schema, [key], bytes);
  } catch (error) {
    if (!(error instanceof ServiceError) || error.code !== 'FAILED_PRECONDITION') throw error;
    throw invalid(error.message);
  }
}

export async function commit(context: DataContext, bytes: Buffer): Promise<Buffer> {
  const message = readCommit(bytes);
  const { session, database } = context.session(message.session);
  if (message.transaction === undefined) throw missing('CommitRequest.transaction');
  if ('singleUse' in message.transaction) {
    checkSingleUse(message.transaction.singleUse);
    const mutations = parseMutations(database.schema, message.mutations, bytes);
    await database.fairness.pass(writtenTrees(database.schema, mutations));
    return commitResponse(message, await database.commit({ mutations, transaction: '' }));
  }
  const { id } = message.transaction;
  const known = database.outcomes.get(id);
  if (known !== undefined) return commitResponse(message, { timestampMicros: known, mutationCount: 0 });
  const transaction = context.transactions.get(session, database, id);
  if (transaction.kind !== 'read-write') throw precondition(NOT_TO_COMMIT);
  if (needsToken(transaction, message)) return encode({ 4: transaction.nextPrecommitToken() });
  return commitResponse(message, await commitTransaction(database, transaction, message, bytes));
}

function checkSingleUse({ mode }: TransactionOptions): void {
  if (mode === undefined) throw missing('TransactionOptions.mode');
  if (mode === 'read-only') throw precondition(NOT_TO_COMMIT);
  if (mode === 'partitioned-dml')
    throw invalid('DML statements may not be performed in single-use transactions, to avoid replay.');
}

/** The client sends the commit once more with the token that it is given. */
function needsToken(transaction: ReadWriteTransaction, { precommitToken }: CommitMessage): boolean {
  if (!transaction.isMultiplexed || transaction.state.name !== 'active') return false;
  return precommitToken === undefined || !transaction.isNewestToken(precommitToken);
}

function commitTransaction(
  database: Database,
  transaction: ReadWriteTransaction,
  message: CommitMessage,
  bytes: Buffer,
): Promise<CommitResult> {
  const { state } = transaction;
  if (state.name === 'committing') return state.commit;
  transaction.checkActive();
  const work = transaction.serially(async () => {
    const mutations = parseMutations(database.schema, message.mutations, bytes);
    const view = await transaction.openedView();
    if (transaction.aborts === 0) {
      const written = [...(view?.writes.keys() ?? [])].map(({ treeId }) => treeId);
      await database.fairness.pass([...written, ...writtenTrees(database.schema, mutations)]);
    }
    return database.commit({ mutations, view, transaction: transaction.head.id });
  });
  transaction.state = { name: 'committing', commit: work };
  return work.then(
    (result) => {
      transaction.end({ name: 'committed' });
      return result;
    },
    async (error) => {
      if (error instanceof ServiceError && error.code !== 'ABORTED') transaction.fail(error);
      else await transaction.abort();
      throw error;
    },
  );
}

function commitResponse(
  { returnsStats }: CommitMessage,
  { timestampMicros, mutationCount }: CommitResult,
): Buffer {
  return encode({
    1: timestampMessage(timestampMicros),
    ...(returnsStats && { 2: { 1: mutationCount } }),
  });
}

export async function rollback(context: DataContext, sessionName: string, id: string): Promise<void> {
  const { session, database } = context.session(sessionName);
  const transaction = context.transactions.get(session, database, id);
  if (transaction.kind !== 'read-write') throw precondition(NOT_TO_COMMIT);
  const { name } = transaction.state;
  if (name === 'committed' || name === 'committing') {
    throw precondition('Cannot rollback a transaction after it has been committed.');
  }
  transaction.end({ name: 'rolled-back' });
}

/** Groups of mutations, each in a commit of its own. */
export async function batchWrite(
  context: DataContext,
  bytes: Buffer,
  call: Call & Outgoing<Buffer>,
): Promise<void> {
  const message = readBatchWrite(bytes);
  const { database } = context.session(message.session);
  for (const [index, group] of message.groups.entries()) {
    const answer = await writeGroup(database, () => parseMutations(database.schema, group, bytes));
    call.send(encode({ 1: index, ...answer }));
    call.signal.throwIfAborted();
  }
}

async function writeGroup(database: Database, parse: () => readonly Mutation[]): Promise<Message> {
  try {
    const mutations = parse();
    await database.fairness.pass(writtenTrees(database.schema, mutations));
    const { timestampMicros } = await database.commit({ mutations, transaction: '' });
    return { 2: {}, 3: timestampMessage(timestampMicros) };
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    return { 2: { 1: CODES[error.code], 2: error.message } };
  }
}
