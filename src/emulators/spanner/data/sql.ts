import type { Call, Outgoing } from '../../serving/method.js';
import { CODES, ServiceError } from '../../serving/service-error.js';
import { encode, type Message } from '../../wire/message.js';
import type { SqlParameter, SqlResult } from '../sql/sql-request.js';
import type { Database } from '../store/database.js';
import { PartView } from '../store/part-view.js';
import type { SnapshotView } from '../store/snapshot-view.js';
import { SchemaInfo } from '../store/table-info.js';
import type { ReadView } from '../store/view.js';
import type { ReadWriteTransaction, Transaction } from '../transactions/transaction.js';
import { parseValue } from '../values/parse.js';
import type { Row } from '../values/value.js';
import { type DataContext, invalid } from './data-context.js';
import { checkPartitioned, cut, tooLarge } from './read.js';
import {
  type ExecuteMessage,
  missing,
  type QueryMode,
  readBatchDml,
  readExecute,
  readPartitionQuery,
  type StatementMessage,
} from './requests.js';
import { streamResult } from './result-stream.js';
import {
  type Metadata,
  ResultSetWriter,
  type Stats,
  type TransactionAnswer,
  transactionMessage,
} from './results.js';
import { isDml } from './statement-kind.js';
import {
  decodePartitionToken,
  decodeResumeToken,
  encodeToken,
  fingerprint,
  invalidResumeToken,
  type PartitionToken,
} from './tokens.js';
import { answerOf, precommitTokenOf, selectView } from './views.js';

const MAX_RESULT_BYTES = 10 * 1024 * 1024;
/** Partitioned DML is tried so often against what others write. */
const MAX_ATTEMPTS = 50;
const ALL_KEYS = { start: '', end: undefined };

/** A statement under way, whatever carries its rows. */
interface Running {
  result: SqlResult;
  transaction: Transaction | undefined;
  answer: TransactionAnswer | undefined;
  startedAtMs: number;
  /** The time of rows that another run gives in the same order; absent of all else. */
  snapshotMicros?: number | undefined;
}

export async function executeSql(context: DataContext, bytes: Buffer, call: Call): Promise<Buffer> {
  const message = readExecute(bytes);
  const running = await run(context, message, call.signal);
  const writer = new ResultSetWriter(metadataOf(running));
  let rows = 0;
  for await (const batch of running.result.rows) {
    for (const row of batch) writer.add(row);
    rows += batch.length;
    if (writer.length > MAX_RESULT_BYTES) throw tooLarge();
  }
  return writer.finish(statsOf(message, running, rows), precommitTokenOf(running.transaction));
}

export async function executeStreamingSql(
  context: DataContext,
  bytes: Buffer,
  call: Call & Outgoing<Buffer>,
): Promise<void> {
  const message = readExecute(bytes);
  const running = await run(context, message, call.signal);
  const { snapshotMicros: timestampMicros } = running;
  const resume = decodeResumeToken(message.resumeToken);
  if (resume !== undefined && resume.timestampMicros !== timestampMicros) throw invalidResumeToken();
  await streamResult(call, running.result.rows, {
    metadata: metadataOf(running),
    // DuckDB may give the rows in another order when it runs the query again.
    resumeToken: timestampMicros === undefined ? undefined : (rows) => encodeToken({ timestampMicros, rows }),
    skip: resume?.rows ?? 0,
    precommitToken: precommitTokenOf(running.transaction),
    stats: (rows) => statsOf(message, running, rows),
  });
}

async function run(context: DataContext, message: ExecuteMessage, signal: AbortSignal): Promise<Running> {
  const startedAtMs = performance.now();
  const { session, database } = context.session(message.session);
  const { transaction: selector } = message;
  const begun = await context.transactions.select(session, database, selector, signal);
  const answer = begun !== undefined && selector?.kind === 'begin' ? answerOf(begun) : undefined;
  if (begun?.kind === 'partitioned-dml') {
    if (!isDml(message.sql)) throw notDml();
    const result = await partitionedDml(database, message, signal);
    return { result, transaction: begun, answer, startedAtMs };
  }
  if (begun?.kind === 'read-write') {
    const result = await runInReadWrite(begun, message, signal);
    return { result, transaction: begun, answer, startedAtMs };
  }
  const resume = decodeResumeToken(message.resumeToken);
  const selected =
    begun === undefined
      ? await selectView(context, { session, database }, selector, resume, signal)
      : { view: begun.view, answer };
  await database.whenDurable();
  const token = decodePartitionToken(message.partitionToken, begun?.head.id, () => fingerprintOf(message));
  const view =
    token === undefined ? selected.view : await partOf(database, selected.view, message.sql, token);
  const result = await execute(database, message, view, signal);
  return {
    result,
    transaction: begun,
    answer: selected.answer,
    startedAtMs,
    snapshotMicros: result.isRepeatable ? view.timestampMicros : undefined,
  };
}

/** What a query sees that is executed with the token of one of its parts. */
async function partOf(
  database: Database,
  view: SnapshotView,
  sql: string,
  token: PartitionToken,
): Promise<SnapshotView> {
  const table = await database.engine.rootTable(sql, view.schema);
  if (table === undefined || token.start === undefined) return view;
  return new PartView(view, table, { start: token.start, end: token.end });
}

function notDml(): ServiceError {
  return invalid('PartitionedDml Transactions may only be used to execute DML statements');
}

/** Queries and changes of one transaction run one after another; a change that is sent again is not done again. */
function runInReadWrite(
  transaction: ReadWriteTransaction,
  message: ExecuteMessage,
  signal: AbortSignal,
): Promise<SqlResult> {
  const { database } = transaction.head;
  return transaction.serially(async () => {
    transaction.checkActive();
    await database.whenDurable();
    const view = await transaction.view();
    if (!isDml(message.sql) || message.mode === 'PLAN') return execute(database, message, view, signal);
    const same = fingerprint(message.sql, message.params, message.types);
    return transaction.once(message.seqno, same, async () => {
      const result = await execute(database, message, view, signal);
      return { ...result, rows: repeated(await collect(result.rows)) };
    });
  });
}

async function collect(rows: AsyncIterable<readonly Row[]>): Promise<readonly Row[][]> {
  const batches: Row[][] = [];
  for await (const batch of rows) batches.push([...batch]);
  return batches;
}

function repeated(batches: readonly Row[][]): AsyncIterable<readonly Row[]> {
  return {
    async *[Symbol.asyncIterator]() {
      yield* batches;
    },
  };
}

/** Runs a statement in a transaction of its own, again when others were in the way. */
async function partitionedDml(
  database: Database,
  message: ExecuteMessage,
  signal: AbortSignal,
): Promise<SqlResult> {
  for (let attempt = 1; ; attempt++) {
    const view = database.writeView(database.timestamps.read(), 'dml');
    const result = await execute(database, message, view, signal, true);
    if (message.mode === 'PLAN') return result;
    try {
      await database.commit({ view, mutations: [], transaction: '' });
      return result;
    } catch (error) {
      const isConflict = error instanceof ServiceError && error.code === 'ABORTED';
      if (!isConflict || attempt === MAX_ATTEMPTS) throw error;
    }
  }
}

function execute(
  database: Database,
  message: StatementMessage & { mode?: QueryMode },
  view: ReadView,
  signal: AbortSignal,
  partitioned = false,
): Promise<SqlResult> {
  return database.engine.execute({
    sql: message.sql,
    parameters: parametersOf(message),
    mode: message.mode === 'PLAN' ? 'PLAN' : 'NORMAL',
    view,
    partitioned,
    signal,
  });
}

function parametersOf({ params, types }: StatementMessage): SqlParameter[] {
  return [...params].map(([name, plain]) => ({
    name,
    type: types.get(name),
    as: (type) => parseValue(type, plain),
  }));
}

function metadataOf({ result, answer }: Running): Metadata {
  return {
    fields: result.columns.map(({ name, type }) => ({ name, type })),
    transaction: answer,
    undeclaredParameters: result.undeclaredParameters,
  };
}

function statsOf({ mode, sql }: ExecuteMessage, running: Running, rows: number): Stats | undefined {
  const { rowCount } = running.result;
  const isPartitioned = running.transaction?.kind === 'partitioned-dml';
  const hasStats = mode === 'PROFILE' || mode === 'WITH_STATS' || mode === 'WITH_PLAN_AND_STATS';
  const hasPlan = mode === 'PLAN' || mode === 'PROFILE' || mode === 'WITH_PLAN_AND_STATS';
  if (rowCount === undefined && !hasStats && !hasPlan) return undefined;
  return {
    ...(rowCount !== undefined &&
      (isPartitioned ? { rowCountLowerBound: rowCount } : { rowCountExact: rowCount })),
    hasPlan,
    ...(hasStats && {
      queryStats: {
        elapsed_time: `${(performance.now() - running.startedAtMs).toFixed(2)} msecs`,
        query_text: sql,
        rows_returned: String(rows),
      },
    }),
  };
}

/** Statements one after another, up to the first that fails. */
export async function executeBatchDml(context: DataContext, bytes: Buffer, call: Call): Promise<Buffer> {
  const message = readBatchDml(bytes);
  const { session, database } = context.session(message.session);
  if (message.statements.length === 0) throw invalid('Request must contain at least one DML statement');
  const { transaction: selector } = message;
  if (selector === undefined || selector.kind === 'single-use') {
    throw invalid('Transaction mode for read only single use transaction should be read_only.');
  }
  const transaction = await context.transactions.select(session, database, selector, call.signal);
  if (transaction?.kind !== 'read-write') {
    const type = transaction?.kind === 'read-only' ? 'ReadOnly' : 'PartitionedDml';
    throw invalid(
      `DML statements can only be performed in a read-write or partitioned-dml transaction. Current transaction type is ${type}.`,
    );
  }
  const answer = selector.kind === 'begin' ? answerOf(transaction) : undefined;
  const outcome = await transaction.serially(async () => {
    transaction.checkActive();
    return transaction.once(message.seqno, fingerprint(message.statements), () =>
      runBatch(transaction, message.statements, answer, call.signal),
    );
  });
  return encode({ ...outcome, 3: transaction.nextPrecommitToken() });
}

async function runBatch(
  transaction: ReadWriteTransaction,
  statements: readonly StatementMessage[],
  answer: TransactionAnswer | undefined,
  signal: AbortSignal,
): Promise<Message> {
  const { database } = transaction.head;
  const view = await transaction.view();
  const results: Buffer[] = [];
  for (const statement of statements) {
    try {
      if (!isDml(statement.sql)) throw invalid('ExecuteBatchDml only supports DML statements.');
      const result = await execute(database, statement, view, signal);
      const fields = result.columns.map(({ name, type }) => ({ name, type }));
      const writer = new ResultSetWriter({ fields, transaction: results.length === 0 ? answer : undefined });
      for await (const batch of result.rows) for (const row of batch) writer.add(row);
      results.push(writer.finish({ rowCountExact: result.rowCount ?? 0n }, undefined));
    } catch (error) {
      if (!(error instanceof ServiceError) || error.code === 'ABORTED') throw error;
      return { 1: results, 2: { 1: CODES[error.code], 2: error.message } };
    }
  }
  return { 1: results, 2: {} };
}

/** A query of one table is cut by its keys; any other is one part. */
export async function partitionQuery(context: DataContext, bytes: Buffer, call: Call): Promise<Buffer> {
  const message = readPartitionQuery(bytes);
  checkPartitioned(message.transaction);
  if (message.sql === '') throw missing('PartitionQueryRequest.sql');
  if (isDml(message.sql)) throw invalid('Partitioned queries may not change rows.');
  const found = context.session(message.session);
  const { transaction, view, answer } = await selectView(
    context,
    found,
    message.transaction,
    undefined,
    call.signal,
  );
  if (transaction?.kind !== 'read-only') {
    throw invalid('Partitioned reads can only be performed in a read-only transaction.');
  }
  await execute(found.database, { ...message, mode: 'PLAN' }, view, call.signal);
  const token = { transaction: transaction.head.id, fingerprint: fingerprintOf(message) };
  const table = await found.database.engine.rootTable(message.sql, view.schema);
  const tree = table && SchemaInfo.of(view.schema).of(table).treeId;
  const parts = tree === undefined ? [{}] : cut(ALL_KEYS, view.keysIn(tree, ALL_KEYS), message.maxPartitions);
  return encode({
    1: parts.map((part) => ({ 1: encodeToken({ ...token, ...part }) })),
    ...(answer !== undefined && { 2: transactionMessage(answer) }),
  });
}

function fingerprintOf({ sql, params, types }: StatementMessage): string {
  return fingerprint(sql, params, types);
}
