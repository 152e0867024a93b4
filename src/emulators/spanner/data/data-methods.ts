import type { Call, Method, Methods, Outgoing } from '../../serving/method.js';
import { reading } from '../../serving/reading.js';
import type { SpannerStore } from '../store/spanner-store.js';
import { batchWrite, beginTransaction, commit, rollback } from './commit.js';
import { DataContext } from './data-context.js';
import { partitionRead, read, streamingRead } from './read.js';
import { sessionMethods } from './sessions.js';
import { executeBatchDml, executeSql, executeStreamingSql, partitionQuery } from './sql.js';

/** The data API. What is sent often is coded by hand. */
export function dataMethods(store: SpannerStore): Methods {
  const context = new DataContext(store);
  const unary = (
    type: string,
    handle: (context: DataContext, request: Buffer, call: Call) => Promise<Buffer>,
  ): Method => ({
    kind: 'unary-raw',
    handle: (request, call) => reading(`google.spanner.v1.${type}`, () => handle(context, request, call)),
  });
  const stream = (
    type: string,
    handle: (context: DataContext, request: Buffer, call: Call & Outgoing<Buffer>) => Promise<void>,
  ): Method => ({
    kind: 'server-stream-raw',
    handle: (request, call) => reading(`google.spanner.v1.${type}`, () => handle(context, request, call)),
  });
  return {
    'google.spanner.v1.Spanner': {
      ...sessionMethods(context),
      BeginTransaction: unary('BeginTransactionRequest', beginTransaction),
      Commit: unary('CommitRequest', commit),
      Rollback: {
        kind: 'unary',
        handle: async ({ session, transactionId }) => {
          const id = Buffer.isBuffer(transactionId) ? transactionId.toString('latin1') : '';
          await rollback(context, String(session ?? ''), id);
          return {};
        },
      },
      BatchWrite: stream('BatchWriteRequest', batchWrite),
      Read: unary('ReadRequest', read),
      StreamingRead: stream('ReadRequest', streamingRead),
      PartitionRead: unary('PartitionReadRequest', partitionRead),
      ExecuteSql: unary('ExecuteSqlRequest', executeSql),
      ExecuteStreamingSql: stream('ExecuteSqlRequest', executeStreamingSql),
      ExecuteBatchDml: unary('ExecuteBatchDmlRequest', executeBatchDml),
      PartitionQuery: unary('PartitionQueryRequest', partitionQuery),
    },
  };
}
