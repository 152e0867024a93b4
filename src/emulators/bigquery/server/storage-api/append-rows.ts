import type { DuckDBValue } from '@duckdb/node-api';
import type { Call, Outgoing } from '../../../serving/method.js';
import { CODES, ServiceError } from '../../../serving/service-error.js';
import { Decoded, encode, type Message } from '../../../wire/message.js';
import type { JsonObject, TableEntry } from '../../catalog/entries.js';
import { fillDefaults, withoutDefaults } from '../load/defaults.js';
import { ValueError } from '../load/values.js';
import type { ServerContext } from '../server-context.js';
import { type RowDecoder, rowDecoder } from './row-decoder.js';
import { toServiceError } from './service-errors.js';
import { tableSchema } from './table-schema.js';
import { AppendError, STORAGE_ERRORS, type WriteStream, type WriteStreams } from './write-streams.js';

/** `AppendRowsRequest.MissingValueInterpretation` */
const DEFAULT_VALUE = 2;
/** `RowError.RowErrorCode` */
const FIELDS_ERROR = 1;

/** What a connection says once: later requests may leave it out. */
interface Writer {
  stream: WriteStream;
  descriptor: Decoded;
  /** Of the table when its rows were last decoded. */
  table: TableEntry;
  decode: RowDecoder;
  usesDefaults: boolean;
}

interface Rows {
  values: DuckDBValue[][];
  errors: Message[];
}

/** Answers each request of a connection in its turn. */
export async function appendAll(
  context: ServerContext,
  streams: WriteStreams,
  requests: AsyncIterable<Buffer>,
  call: Call & Outgoing<Buffer>,
): Promise<void> {
  let writer: Writer | undefined;
  for await (const bytes of requests) {
    const request = new Decoded(bytes);
    try {
      writer = nextWriter(streams, request, writer);
    } catch (error) {
      throw toServiceError(error);
    }
    const answer = await append(context, streams, writer, request);
    if (!call.send(encode({ ...answer, 5: writer.stream.name }))) await call.drained();
  }
}

function nextWriter(streams: WriteStreams, request: Decoded, before: Writer | undefined): Writer {
  const name = request.text(1);
  const stream = name === '' || name === before?.stream.name ? before?.stream : streams.find(name);
  if (stream === undefined)
    throw new ServiceError('INVALID_ARGUMENT', 'The first request must name a write_stream');
  if (request.has(5))
    throw new ServiceError('UNIMPLEMENTED', 'arrow_rows is not supported by the BigQuery emulator');
  if (request.has(7))
    throw new ServiceError(
      'UNIMPLEMENTED',
      'missing_value_interpretations is not supported by the BigQuery emulator',
    );
  const schema = request.message(4).message(1);
  const descriptor = schema.has(1)
    ? schema.message(1)
    : stream === before?.stream
      ? before.descriptor
      : undefined;
  if (descriptor === undefined)
    throw new ServiceError('INVALID_ARGUMENT', 'The first request must have proto_rows.writer_schema');
  const table = streams.writableTable(stream.ref);
  const usesDefaults = request.has(8)
    ? Number(request.integer(8)) === DEFAULT_VALUE
    : (before?.usesDefaults ?? false);
  const isSame =
    before?.descriptor === descriptor &&
    before.table.fields === table.fields &&
    before.usesDefaults === usesDefaults;
  const decode = isSame
    ? before.decode
    : rowDecoder(descriptor, usesDefaults ? withoutDefaults(table.fields) : table.fields);
  return {
    stream,
    descriptor,
    table: before?.stream === stream ? before.table : table,
    decode,
    usesDefaults,
  };
}

async function append(
  context: ServerContext,
  streams: WriteStreams,
  writer: Writer,
  request: Decoded,
): Promise<Message> {
  const current = streams.writableTable(writer.stream.ref);
  const updated = current.fields === writer.table.fields ? {} : { 3: tableSchema(current.fields) };
  writer.table = current;
  try {
    const { values, errors } = await decodeRows(context, writer, request.message(4).message(2).buffers(1));
    if (errors.length > 0) {
      const message = `Errors found while processing rows. Please refer to the row_errors field for details. The list may not be complete because of the size limitations.`;
      return { 2: { 1: CODES.INVALID_ARGUMENT, 2: message }, 4: errors };
    }
    const given = request.has(2) ? Number(request.message(2).integer(1)) : undefined;
    const offset = await streams.append(writer.stream, current, values, given);
    return { 1: offset === undefined ? {} : { 1: { 1: offset } }, ...updated };
  } catch (error) {
    return { 2: statusOf(error) };
  }
}

async function decodeRows(
  context: ServerContext,
  { table, decode, usesDefaults }: Writer,
  rows: readonly Buffer[],
): Promise<Rows> {
  const values: DuckDBValue[][] = [];
  const sources: JsonObject[] = [];
  const errors: Message[] = [];
  for (const [index, bytes] of rows.entries()) {
    try {
      const row = decode(bytes);
      values.push(row.values);
      if (usesDefaults) sources.push(Object.fromEntries([...row.present].map((name) => [name, true])));
    } catch (error) {
      if (!(error instanceof ValueError)) throw error;
      errors.push({ 1: index, 2: FIELDS_ERROR, 3: error.message });
    }
  }
  if (usesDefaults && errors.length === 0) await fillDefaults(context, table, values, sources);
  return { values, errors };
}

/** `google.rpc.Status` */
function statusOf(error: unknown): Message {
  if (!(error instanceof AppendError)) {
    const { code, message } = toServiceError(error);
    return { 1: CODES[code], 2: message };
  }
  const { storageError, entity, message, code } = error;
  const detail = storageError && {
    1: 'type.googleapis.com/google.cloud.bigquery.storage.v1.StorageError',
    2: encode({ 1: STORAGE_ERRORS[storageError], 2: entity, 3: message }),
  };
  return { 1: code, 2: message, 3: detail };
}
