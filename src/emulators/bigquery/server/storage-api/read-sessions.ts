import { randomUUID } from 'node:crypto';
import type { DuckDBDataChunk } from '@duckdb/node-api';
import { rowRange } from '../../../googlesql/duck/row-range.js';
import { parseExpression } from '../../../googlesql/syntax/parser.js';
import { ServiceError } from '../../../serving/service-error.js';
import { Decoded, encode, type Message } from '../../../wire/message.js';
import type { TableEntry, TableField } from '../../catalog/entries.js';
import { tableName } from '../../catalog/names.js';
import type { Caller } from '../../catalog/row-access.js';
import { hasStorage } from '../../catalog/stored-table.js';
import type { ServerContext } from '../server-context.js';
import { ArrowBatch } from './arrow-columns.js';
import { arrowRecordBatch, arrowSchema } from './arrow-schema.js';
import { type AvroRows, avroRows } from './avro-rows.js';
import { tableOf } from './names.js';
import { selectedFields } from './selection.js';

/** Numbers of the fields of `google.cloud.bigquery.storage.v1`. */
const AVRO = 1;
const ARROW = 2;

/** Of a session, as the service has it. */
const LIFETIME_MS = 6 * 3_600_000;
const MAX_SESSIONS = 100;
const MAX_STREAMS = 1000;
/** Rows of one answer; it stays well below the limit of a message. */
const BATCH_ROWS = 16_384;
const BATCH_BYTES = 1024 * 1024;

interface ReadStream {
  session: ReadSession;
  /** Row ids of the session's table. */
  start: number;
  end: number;
}

interface ReadSession {
  name: string;
  format: typeof AVRO | typeof ARROW;
  fields: TableField[];
  /** Quoted name of the table that holds the rows as they were. */
  table: string;
  expires: number;
}

/**
 * Read sessions of the Storage Read API. A session copies the rows that it is asked for into a table of results, which
 * its streams share by ranges of rows: so all of them see the table at one moment, whatever is written meanwhile.
 */
export class ReadSessions {
  readonly #context: ServerContext;
  readonly #sessions = new Map<string, ReadSession>();
  readonly #streams = new Map<string, ReadStream>();

  constructor(context: ServerContext) {
    this.#context = context;
  }

  async create(bytes: Buffer, caller: Caller): Promise<Buffer> {
    const request = new Decoded(bytes);
    const wanted = request.message(2);
    const { ref } = tableOf(wanted.text(6), 'read_session.table');
    const table = this.#context.catalog.requireTable(ref);
    if (!hasStorage(table)) {
      throw new ServiceError(
        'INVALID_ARGUMENT',
        `request failed: ${tableName(ref)} has type ${table.type}, which cannot be read`,
      );
    }
    checkSnapshot(wanted.message(7), table);
    const format = Number(wanted.integer(3));
    if (format !== AVRO && format !== ARROW)
      throw new ServiceError(
        'INVALID_ARGUMENT',
        'request failed: read_session.data_format must be AVRO or ARROW',
      );
    const options = wanted.message(8);
    refuseOptions(options);
    const { fields, columns } = selectedFields(table.fields, options.texts(1));
    const rows = await this.#copy(table, columns, options.text(2), caller);
    const name = `projects/${request.text(1).replace(/^projects\//, '') || ref.projectId}/locations/us/sessions/${randomUUID()}`;
    const session: ReadSession = {
      name,
      format,
      fields,
      table: rows.table,
      expires: Date.now() + LIFETIME_MS,
    };
    await this.#makeRoom();
    this.#sessions.set(name, session);
    const streams = this.#divide(session, rows.count, Number(request.integer(3)), Number(request.integer(4)));
    return encode({
      1: name,
      2: timestamp(session.expires),
      3: format,
      ...schemaOf(session, format === AVRO ? 4 : 5),
      6: wanted.text(6),
      8: wanted.bytes(8),
      10: streams.map((stream) => ({ 1: stream })),
      14: rows.count,
    });
  }

  async #copy(
    table: TableEntry,
    columns: readonly string[],
    restriction: string,
    caller: Caller,
  ): Promise<{ table: string; count: number }> {
    const { projectId, datasetId, tableId } = table.ref;
    // Nothing but an expression: the text becomes a part of a statement.
    if (restriction !== '') parseExpression(restriction);
    const where = restriction === '' ? '' : ` WHERE (${restriction}\n)`;
    const list = columns.length === 0 ? '*' : columns.join(', ');
    const { engine } = this.#context;
    const result = await engine.execute({
      sql: `SELECT ${list} FROM \`${projectId}.${datasetId}.${tableId}\`${where}`,
      project: projectId,
      jobId: `read_${randomUUID()}`,
      caller,
    });
    return { table: result.resultTable!, count: result.totalRows ?? 0 };
  }

  /** As many streams as are wanted, or as there are batches of rows. */
  #divide(session: ReadSession, rows: number, most: number, preferred: number): string[] {
    if (rows === 0) return [];
    const bound = Math.min(most > 0 ? most : Math.max(preferred, 1), MAX_STREAMS);
    const count = Math.max(1, Math.min(bound, Math.ceil(rows / BATCH_ROWS)));
    return Array.from({ length: count }, (_, index) =>
      this.#addStream({
        session,
        start: Math.floor((rows * index) / count),
        end: Math.floor((rows * (index + 1)) / count),
      }),
    );
  }

  #addStream(stream: ReadStream): string {
    const name = `${stream.session.name}/streams/${randomUUID()}`;
    this.#streams.set(name, stream);
    return name;
  }

  #stream(name: string): ReadStream {
    const stream = this.#streams.get(name);
    if (stream === undefined) throw new ServiceError('NOT_FOUND', `Not found: stream ${name}`);
    if (stream.session.expires > Date.now()) return stream;
    throw new ServiceError('FAILED_PRECONDITION', `The session of ${name} has expired`);
  }

  /** Answers with batches of rows, from an offset in the stream. */
  async *read(bytes: Buffer, signal: AbortSignal): AsyncGenerator<Buffer> {
    const request = new Decoded(bytes);
    const { session, start, end } = this.#stream(request.text(1));
    const from = start + Number(request.integer(2));
    if (from > end)
      throw new ServiceError('OUT_OF_RANGE', `The offset is beyond the ${end - start} rows of the stream`);
    const sql = `SELECT * FROM ${session.table}${rowRange(session.fields, from, end)}`;
    // The first answer has the schema once more, for who did not make the session.
    let head: Message = schemaOf(session, session.format === AVRO ? 7 : 8);
    let batch = newBatch(session);
    for await (const chunk of this.#context.database.chunks(sql)) {
      signal.throwIfAborted();
      batch.add(chunk);
      if (batch.rowCount < BATCH_ROWS && batch.size < BATCH_BYTES) continue;
      yield encode({ ...batch.message(), 6: batch.rowCount, ...head });
      head = {};
      batch = newBatch(session);
    }
    if (batch.rowCount > 0) yield encode({ ...batch.message(), 6: batch.rowCount, ...head });
  }

  /** Parts a stream in two; both answers are empty where a part would have no rows. */
  split(bytes: Buffer): Buffer {
    const request = new Decoded(bytes);
    const { session, start, end } = this.#stream(request.text(1));
    const written = request.bytes(2);
    const fraction = written.length === 8 ? written.readDoubleLE(0) : 0.5;
    if (!(fraction > 0 && fraction < 1))
      throw new ServiceError('INVALID_ARGUMENT', 'The fraction must be between 0 and 1');
    const at = start + Math.floor((end - start) * fraction);
    if (at === start || at === end) return Buffer.alloc(0);
    const [primary, remainder] = [
      [start, at],
      [at, end],
    ].map(([first, last]) => this.#addStream({ session, start: first!, end: last! }));
    return encode({ 1: { 1: primary }, 2: { 1: remainder } });
  }

  /** Drops sessions whose time is over, and the oldest where there are too many. */
  async #makeRoom(): Promise<void> {
    const sessions = [...this.#sessions.values()];
    const spare = Math.max(0, sessions.length + 1 - MAX_SESSIONS);
    for (const [index, session] of sessions.entries()) {
      if (index >= spare && session.expires > Date.now()) continue;
      this.#sessions.delete(session.name);
      for (const [name, stream] of this.#streams) if (stream.session === session) this.#streams.delete(name);
      await this.#context.database.run(`DROP TABLE IF EXISTS ${session.table}`);
    }
  }
}

interface Batch {
  rowCount: number;
  /** Bytes so far, where they are known before the end. */
  size: number;
  add(chunk: DuckDBDataChunk): void;
  /** The members of ReadRowsResponse that hold the rows. */
  message(): Message;
}

function newBatch({ format, fields }: ReadSession): Batch {
  if (format === AVRO) {
    const rows: AvroRows = avroRows(fields);
    return Object.assign(rows, { message: () => ({ 3: { 1: rows.bytes(), 2: rows.rowCount } }) });
  }
  const batch = new ArrowBatch(fields);
  return Object.assign(batch, {
    size: 0,
    message: () => ({ 4: { 1: arrowRecordBatch(batch.body()), 2: batch.rowCount } }),
  });
}

function schemaOf({ format, fields }: ReadSession, field: number): Message {
  const schema = format === AVRO ? avroRows(fields).schema : arrowSchema(fields);
  return { [field]: { 1: schema } };
}

export function timestamp(timeMs: number): Message {
  return { 1: Math.floor(timeMs / 1000), 2: (timeMs % 1000) * 1_000_000 };
}

/** A moment is one that can be read when the table has not changed since. */
function checkSnapshot(modifiers: Decoded, table: TableEntry): void {
  if (!modifiers.has(1)) return;
  const time = modifiers.message(1);
  const timeMs = Number(time.integer(1)) * 1000 + Number(time.integer(2)) / 1_000_000;
  if (timeMs >= table.lastModifiedTime) return;
  throw new ServiceError(
    'UNIMPLEMENTED',
    `Reading ${tableName(table.ref)} as it was before its last change is not supported by the BigQuery emulator`,
  );
}

/** How buffers are to be compressed is a wish: each batch tells how it is, and ours are not. */
function refuseOptions(options: Decoded): void {
  const refused = [
    [options.has(5), 'sample_percentage'],
    [options.integer(6) !== 0n, 'response_compression_codec'],
    [options.message(4).integer(1) !== 0n, 'enable_display_name_attribute'],
  ] as const;
  const found = refused.find(([isGiven]) => isGiven);
  if (found) throw new ServiceError('UNIMPLEMENTED', `${found[1]} is not supported by the BigQuery emulator`);
}
