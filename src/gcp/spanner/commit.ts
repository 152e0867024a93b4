import type { protos, v1 } from '@google-cloud/spanner';
import { fieldHeader, type WireRows } from './rows.js';

/** Field numbers of google/spanner/v1/spanner.proto and mutation.proto. */
const MUTATIONS_FIELD = 4;
const INSERT_FIELD = 1;
const INSERT_OR_UPDATE_FIELD = 3;

const COMMIT_TIMEOUT_MS = 60_000;

/** The rows of one commit, all of one table. */
export interface CommitWrite {
  table: string;
  columns: readonly string[];
  rows: WireRows;
  /** Which of the rows, in the order in which they are sent. */
  indexes: readonly number[];
  /** Refuse keys that exist, instead of replacing their rows. */
  insertOnly: boolean;
}

export interface CommitOptions {
  lowPriority?: boolean;
  /** At most 50 ASCII characters; shows in the statistics tables, so it must name no patient. */
  tag?: string;
  signal?: AbortSignal;
}

/**
 * Sends commits whose rows are encoded already, over the channel of the generated client. Its own method would want
 * an object for every value, which costs more than all the rest of a load.
 */
export function rowCommitter(
  { google }: typeof protos,
  client: v1.SpannerClient,
  options: object,
  headers: Readonly<Record<string, string>>,
): (session: string, write: CommitWrite, options?: CommitOptions) => Promise<void> {
  const { Metadata } = (options as GrpcOptions).grpc;
  return async (session, write, commitOptions = {}) => {
    const stub = (await client.initialize()) as unknown as RawStub;
    const metadata = new Metadata();
    for (const [key, value] of Object.entries(headers)) metadata.set(key, value);
    metadata.set('x-goog-request-params', `session=${encodeURIComponent(session)}`);
    const bytes = commitRequest(google, session, write, commitOptions);
    await send(stub, { session, bytes }, metadata, commitOptions.signal);
  };
}

/** What this module uses of the gRPC client below the generated one. */
interface RawStub {
  makeUnaryRequest(
    path: string,
    serialize: (request: RawRequest) => Buffer,
    deserialize: (bytes: Buffer) => void,
    request: RawRequest,
    metadata: RawMetadata,
    options: { deadline: number },
    callback: (error: Error | null) => void,
  ): { cancel(): void };
}

interface RawMetadata {
  set(key: string, value: string): void;
}

interface GrpcOptions {
  grpc: { Metadata: new () => RawMetadata };
}

/** The channel pool of the client looks for the session. */
interface RawRequest {
  session: string;
  bytes: Buffer;
}

function send(
  stub: RawStub,
  request: RawRequest,
  metadata: RawMetadata,
  signal: AbortSignal | undefined,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const call = stub.makeUnaryRequest(
      '/google.spanner.v1.Spanner/Commit',
      ({ bytes }) => bytes,
      () => {},
      request,
      metadata,
      { deadline: Date.now() + COMMIT_TIMEOUT_MS },
      (error) => {
        signal?.removeEventListener('abort', onAbort);
        if (error === null) resolve();
        else reject(error);
      },
    );
    const onAbort = () => call.cancel();
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/** A CommitRequest; messages of one type may be written piece after piece. */
function commitRequest(
  google: typeof protos.google,
  session: string,
  { table, columns, rows, indexes, insertOnly }: CommitWrite,
  { lowPriority, tag }: CommitOptions,
): Buffer {
  const { CommitRequest, Mutation } = google.spanner.v1;
  const request: protos.google.spanner.v1.ICommitRequest = {
    session,
    singleUseTransaction: { readWrite: {} },
  };
  if (lowPriority || tag !== undefined) {
    request.requestOptions = {
      ...(lowPriority && { priority: 'PRIORITY_LOW' as const }),
      ...(tag !== undefined && { transactionTag: tag }),
    };
  }
  const head = CommitRequest.encode(request).finish();
  const target = Mutation.Write.encode({ table, columns: [...columns] }).finish();
  let rowBytes = 0;
  for (const index of indexes) rowBytes += rows.rowBytes(index);
  const writeHeader = fieldHeader(
    insertOnly ? INSERT_FIELD : INSERT_OR_UPDATE_FIELD,
    target.length + rowBytes,
  );
  const mutationHeader = fieldHeader(MUTATIONS_FIELD, writeHeader.length + target.length + rowBytes);
  const before = Buffer.concat([head, mutationHeader, writeHeader, target]);
  const bytes = Buffer.allocUnsafe(before.length + rowBytes);
  before.copy(bytes);
  rows.copy(indexes, bytes, before.length);
  return bytes;
}
