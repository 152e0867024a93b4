import type { Call, Outgoing } from '../../serving/method.js';
import { ServiceError } from '../../serving/service-error.js';
import { encode } from '../../wire/message.js';
import { findColumn } from '../schema/model.js';
import { columnMissing } from '../store/constraint-errors.js';
import type { DecodedRow, EncodedRange, SnapshotView } from '../store/snapshot-view.js';
import { type IndexInfo, SchemaInfo, type TableInfo } from '../store/table-info.js';
import { isReadWrite } from '../store/view.js';
import type { Row } from '../values/value.js';
import { type DataContext, invalid, precondition } from './data-context.js';
import { spansOf } from './key-spans.js';
import { parseKeySet } from './mutations.js';
import { missing, type ReadMessage, readRead } from './requests.js';
import { streamResult } from './result-stream.js';
import { type Metadata, ResultSetWriter, transactionMessage } from './results.js';
import { decodePartitionToken, decodeResumeToken, encodeToken, fingerprint } from './tokens.js';
import { precommitTokenOf, type Selected, selectView } from './views.js';

/** https://cloud.google.com/spanner/docs/reference/rest: of an answer that is not streamed. */
const MAX_RESULT_BYTES = 10 * 1024 * 1024;
const BATCH_ROWS = 256;
const DEFAULT_PARTITIONS = 8;
const MAX_PARTITIONS = 200;
/** Smaller tables are read in one part. */
const PARTITION_ROWS = 1000;

/** What a read request asks for. */
interface ReadPlan {
  info: TableInfo;
  index: IndexInfo | undefined;
  places: number[];
  spans: EncodedRange[];
  limit: number;
}

export async function read(context: DataContext, bytes: Buffer, call: Call): Promise<Buffer> {
  const message = readRead(bytes);
  const { plan, selected } = await prepare(context, message, call.signal);
  const writer = new ResultSetWriter(metadataOf(plan, selected));
  for (const batch of rowsOf(selected.view, plan)) {
    for (const row of batch) writer.add(row);
    if (writer.length > MAX_RESULT_BYTES) throw tooLarge();
  }
  return writer.finish(undefined, precommitTokenOf(selected.transaction));
}

export function tooLarge(): ServiceError {
  return precondition('The result is larger than 10 MiB: read it as a stream.');
}

export async function streamingRead(
  context: DataContext,
  bytes: Buffer,
  call: Call & Outgoing<Buffer>,
): Promise<void> {
  const message = readRead(bytes);
  const { plan, selected } = await prepare(context, message, call.signal);
  const { timestampMicros } = selected.view;
  await streamResult(call, rowsOf(selected.view, plan), {
    metadata: metadataOf(plan, selected),
    resumeToken: (rows) => encodeToken({ timestampMicros, rows }),
    skip: decodeResumeToken(message.resumeToken)?.rows ?? 0,
    precommitToken: precommitTokenOf(selected.transaction),
    stats: () => undefined,
  });
}

/** Cuts a read into parts of about as many rows. */
export async function partitionRead(context: DataContext, bytes: Buffer, call: Call): Promise<Buffer> {
  const message = readRead(bytes, true);
  checkPartitioned(message.transaction);
  const { plan, selected } = await prepare(context, message, call.signal);
  const { transaction, view } = selected;
  if (transaction?.kind !== 'read-only') {
    throw invalid('Partitioned reads can only be performed in a read-only transaction.');
  }
  const tree = (plan.index ?? plan.info).treeId;
  const parts = plan.spans.flatMap((span) => cut(span, view.keysIn(tree, span), message.maxPartitions));
  const token = { transaction: transaction.head.id, fingerprint: fingerprintOf(message) };
  return encode({
    1: parts.map(({ start, end }) => ({ 1: encodeToken({ ...token, start, end }) })),
    ...(selected.answer !== undefined && { 2: transactionMessage(selected.answer) }),
  });
}

export function checkPartitioned(selector: ReadMessage['transaction']): void {
  if (selector === undefined || selector.kind === 'single-use') {
    throw invalid(
      'Partition reads may not be performed in single-use transactions, since the response needs to be reused.',
    );
  }
  if (selector.kind === 'begin' && selector.options.mode !== 'read-only') {
    throw invalid('Partitioned reads can only be performed in a read-only transaction.');
  }
}

/**
 * Cuts a range into parts of about as many keys.
 * @param maxPartitions 0 for as many as are useful
 */
export function cut(
  { start, end }: EncodedRange,
  keys: readonly string[],
  maxPartitions: number,
): EncodedRange[] {
  const wanted = Math.min(maxPartitions || DEFAULT_PARTITIONS, MAX_PARTITIONS);
  const count = Math.max(1, Math.min(wanted, Math.ceil(keys.length / PARTITION_ROWS)));
  const borders = Array.from(
    { length: count - 1 },
    (_, i) => keys[Math.floor(((i + 1) * keys.length) / count)]!,
  );
  return [start, ...borders].map((from, index) => ({ start: from, end: borders[index] ?? end }));
}

function fingerprintOf({ table, index, columns, keys }: ReadMessage): string {
  return fingerprint(table, index, columns, keys);
}

async function prepare(
  context: DataContext,
  message: ReadMessage,
  signal: AbortSignal,
): Promise<{ plan: ReadPlan; selected: Selected }> {
  const found = context.session(message.session);
  if (message.table === '') throw missing('ReadRequest.table');
  if (message.keys === undefined) throw missing('ReadRequest.key_set');
  if (message.limit < 0) throw invalid('Limit must be non-negative.');
  const resume = decodeResumeToken(message.resumeToken);
  const selected = await selectView(context, found, message.transaction, resume, signal);
  const plan = planRead(selected.view, message, message.keys);
  checkPending(selected.view, plan);
  const token = decodePartitionToken(message.partitionToken, selected.transaction?.head.id, () =>
    fingerprintOf(message),
  );
  if (token?.start === undefined) return { plan, selected };
  return { plan: { ...plan, spans: [{ start: token.start, end: token.end }] }, selected };
}

function planRead(
  view: SnapshotView,
  message: ReadMessage,
  keys: NonNullable<ReadMessage['keys']>,
): ReadPlan {
  const info = SchemaInfo.of(view.schema).table(message.table);
  const index = message.index === '' ? undefined : indexOf(view, info, message.index);
  const places = message.columns.map((name) => {
    const place = info.place(name);
    if (place === undefined) throw columnMissing(info.name, name);
    if (index !== undefined && !index.has(name)) {
      throw new ServiceError(
        'NOT_FOUND',
        `Index '${index.name}' which indexes '${info.name}' does not have a column named ${name}. Reads with an index can only query columns present in the index (see https://cloud.google.com/spanner/docs/secondary-indexes#read-with-index).`,
      );
    }
    return place;
  });
  const parts = index?.partTypes ?? info.keyParts;
  const set = parseKeySet(index?.name ?? info.name, parts, keys);
  return { info, index, places, spans: spansOf(parts, set, index !== undefined), limit: message.limit };
}

function indexOf({ schema }: SnapshotView, info: TableInfo, name: string): IndexInfo {
  const declared = schema.indexes.get(name.toLowerCase());
  if (declared === undefined) {
    throw new ServiceError('NOT_FOUND', `No index '${name}' was found for table '${info.name}'.`);
  }
  const index = info.indexes.find(({ treeId }) => treeId === `i${declared.id}`);
  if (index === undefined) {
    throw precondition(
      `Index '${declared.name}' indexes '${declared.table}' which does not match the given base table '${info.name}'.`,
    );
  }
  return index;
}

function checkPending(view: SnapshotView, { info, places }: ReadPlan): void {
  if (!isReadWrite(view)) return;
  for (const place of places) {
    const column = findColumn(info.table, info.table.columns[place]!.name)!;
    if (!view.hasPendingTimestamp(info.table, column)) continue;
    throw invalid(
      `Column ${column.name} cannot be accessed because it, or its associated index, has a pending CommitTimestamp`,
    );
  }
}

function metadataOf({ info, places }: ReadPlan, { answer }: Selected): Metadata {
  const fields = places.map((place) => {
    const { name, type } = info.table.columns[place]!;
    return { name, type };
  });
  return { fields, transaction: answer };
}

function* rowsOf(view: SnapshotView, { info, index, places, spans, limit }: ReadPlan): Generator<Row[]> {
  let batch: Row[] = [];
  let rest = limit === 0 ? Number.POSITIVE_INFINITY : limit;
  for (const span of spans) {
    const rows: Iterable<DecodedRow> =
      index === undefined ? view.rowsIn(info, span) : view.indexedRowsIn(index, span);
    for (const { row } of rows) {
      batch.push(places.map((place) => row[place]!));
      if (batch.length >= BATCH_ROWS) {
        yield batch;
        batch = [];
      }
      if (--rest === 0) {
        yield batch;
        return;
      }
    }
  }
  yield batch;
}
