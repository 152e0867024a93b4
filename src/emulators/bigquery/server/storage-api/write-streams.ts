import { randomUUID } from 'node:crypto';
import type { DuckDBValue } from '@duckdb/node-api';
import { RESULTS_DATABASE } from '../../../googlesql/duck/database.js';
import { ServiceError } from '../../../serving/service-error.js';
import { Decoded, encode, type Message } from '../../../wire/message.js';
import { despiteOthers } from '../../catalog/despite-others.js';
import type { TableEntry, TableField, TableRef } from '../../catalog/entries.js';
import { tableName } from '../../catalog/names.js';
import { storageType } from '../../catalog/stored-table.js';
import { appendRows } from '../load/appender.js';
import type { ServerContext } from '../server-context.js';
import { nameOf, tableOf } from './names.js';
import { timestamp } from './read-sessions.js';
import { tableSchema } from './table-schema.js';

export const COMMITTED = 1;
export const PENDING = 2;
export const BUFFERED = 3;
export type StreamType = typeof COMMITTED | typeof PENDING | typeof BUFFERED;

/** `StorageError.StorageErrorCode` */
export const STORAGE_ERRORS = {
  STREAM_ALREADY_COMMITTED: 2,
  STREAM_NOT_FOUND: 3,
  INVALID_STREAM_TYPE: 4,
  INVALID_STREAM_STATE: 5,
  STREAM_FINALIZED: 6,
  OFFSET_ALREADY_EXISTS: 8,
  OFFSET_OUT_OF_RANGE: 9,
} as const;
export type StorageErrorName = keyof typeof STORAGE_ERRORS;

/** What `google.rpc.Status` tells of an append that was refused; the stream goes on. */
export class AppendError extends Error {
  constructor(
    readonly code: number,
    readonly storageError: StorageErrorName | undefined,
    readonly entity: string,
    message: string,
  ) {
    super(message);
  }
}

const MAX_STREAMS = 10_000;
const ALREADY_EXISTS = 6;
const OUT_OF_RANGE = 11;
const INVALID_ARGUMENT = 3;

export interface WriteStream {
  name: string;
  ref: TableRef;
  /** Absent: the default stream, which has neither offsets nor an end. */
  type?: StreamType;
  createTime: number;
  commitTime?: number;
  isFinalized: boolean;
  rows: number;
  /** Of a buffered stream: rows that are in the table. */
  flushed: number;
  /** Name of the scratch table of rows that are not in the table yet. */
  scratch?: string;
  /** The columns of the scratch table. */
  fields: TableField[];
  /** Appends and flushes of a stream go one after the other. */
  tail: Promise<unknown>;
}

/** The streams of the Storage Write API. They end with the process; rows that are committed are in their tables. */
export class WriteStreams {
  readonly #context: ServerContext;
  readonly #streams = new Map<string, WriteStream>();

  constructor(context: ServerContext) {
    this.#context = context;
  }

  create(bytes: Buffer): Buffer {
    const request = new Decoded(bytes);
    const { ref } = tableOf(request.text(1), 'parent');
    this.writableTable(ref);
    const type = Number(request.message(2).integer(2));
    if (type !== COMMITTED && type !== PENDING && type !== BUFFERED)
      throw new ServiceError('INVALID_ARGUMENT', 'write_stream.type must be COMMITTED, PENDING or BUFFERED');
    if (this.#streams.size >= MAX_STREAMS)
      throw new ServiceError('RESOURCE_EXHAUSTED', `There are ${MAX_STREAMS} write streams already`);
    const stream: WriteStream = { ...newStream(`${nameOf(ref)}/streams/${randomUUID()}`, ref), type };
    this.#streams.set(stream.name, stream);
    return this.#render(stream, true);
  }

  get(bytes: Buffer): Buffer {
    const request = new Decoded(bytes);
    return this.#render(this.find(request.text(1)), Number(request.integer(3)) === 2);
  }

  /** The table that rows go to. */
  writableTable(ref: TableRef): TableEntry {
    const table = this.#context.catalog.requireTable(ref);
    if (table.type !== 'TABLE')
      throw new ServiceError('INVALID_ARGUMENT', `Cannot write to ${tableName(ref)} of type ${table.type}`);
    return table;
  }

  /** @throws ServiceError for a stream that there is not */
  find(name: string): WriteStream {
    const { ref, rest } = tableOf(name, 'write_stream');
    if (rest === '_default' || rest === 'streams/_default')
      return newStream(`${nameOf(ref)}/streams/_default`, ref);
    const stream = this.#streams.get(name);
    if (stream === undefined)
      throw new ServiceError('NOT_FOUND', `Requested entity was not found: write stream ${name}`);
    return stream;
  }

  #render(stream: WriteStream, isFull: boolean): Buffer {
    const table = this.writableTable(stream.ref);
    return encode({
      1: stream.name,
      2: stream.type ?? COMMITTED,
      3: timestamp(stream.createTime),
      4: stream.commitTime === undefined ? undefined : timestamp(stream.commitTime),
      5: isFull ? tableSchema(table.fields) : undefined,
      7: 1,
      8: this.#context.catalog.requireDataset(stream.ref).location.toLowerCase(),
    });
  }

  /** Adds rows behind those of the stream. @returns the offset of the first; none in the default stream. */
  append(
    stream: WriteStream,
    table: TableEntry,
    rows: DuckDBValue[][],
    offset: number | undefined,
  ): Promise<number | undefined> {
    return inTurn(stream, async () => {
      checkOffset(stream, offset);
      const start = stream.rows;
      if (stream.type === undefined || stream.type === COMMITTED) await this.#commit(table.ref, rows);
      else await this.#keep(stream, table, rows);
      stream.rows += rows.length;
      return stream.type === undefined ? undefined : start;
    });
  }

  #commit(ref: TableRef, rows: DuckDBValue[][]): Promise<void> {
    const { catalog, appender } = this.#context;
    return despiteOthers(catalog, () => appender.append(this.writableTable(ref), rows));
  }

  async #keep(stream: WriteStream, table: TableEntry, rows: DuckDBValue[][]): Promise<void> {
    const { database } = this.#context;
    if (stream.scratch === undefined) {
      const scratch = `stream_${randomUUID().replaceAll('-', '')}`;
      const columns = table.fields.map((field, index) => `c${index} ${storageType(field)}`);
      await database.run(`CREATE TABLE ${RESULTS_DATABASE}.main.${scratch} (${columns.join(', ')})`);
      stream.scratch = scratch;
      stream.fields = table.fields;
    }
    const added = table.fields.slice(stream.fields.length);
    for (const [index, field] of added.entries()) {
      const column = `c${stream.fields.length + index}`;
      await database.run(
        `ALTER TABLE ${RESULTS_DATABASE}.main.${stream.scratch} ADD COLUMN ${column} ${storageType(field)}`,
      );
    }
    stream.fields = table.fields;
    await appendRows(database, { table: stream.scratch, schema: 'main', database: RESULTS_DATABASE }, rows);
  }

  async finalize(bytes: Buffer): Promise<Buffer> {
    const stream = this.find(new Decoded(bytes).text(1));
    if (stream.type === undefined)
      throw new ServiceError('INVALID_ARGUMENT', 'The default stream cannot be finalized');
    await inTurn(stream, async () => {
      stream.isFinalized = true;
    });
    return encode({ 1: stream.rows });
  }

  /** Makes the rows of a buffered stream visible, up to and with the one at the offset. */
  async flush(bytes: Buffer): Promise<Buffer> {
    const request = new Decoded(bytes);
    const stream = this.find(request.text(1));
    if (stream.type !== BUFFERED)
      throw new ServiceError('INVALID_ARGUMENT', 'Only streams of type BUFFERED can be flushed');
    const end = Number(request.message(2).integer(1)) + 1;
    return inTurn(stream, async () => {
      if (end > stream.rows)
        throw new ServiceError(
          'OUT_OF_RANGE',
          `The offset ${end - 1} is beyond the ${stream.rows} rows of the stream`,
        );
      if (end > stream.flushed) {
        await this.#write(stream.ref, [stream], ` WHERE rowid >= ${stream.flushed} AND rowid < ${end}`);
        stream.flushed = end;
      }
      return encode({ 1: end - 1 });
    });
  }

  /** Puts the rows of pending streams into their table, all of them or none. */
  async commitAll(bytes: Buffer): Promise<Buffer> {
    const request = new Decoded(bytes);
    const { ref } = tableOf(request.text(1), 'parent');
    const names = request.texts(2);
    const errors: Message[] = [];
    const streams: WriteStream[] = [];
    for (const name of new Set(names)) {
      const stream = this.#streams.get(name);
      const error = stream === undefined ? 'STREAM_NOT_FOUND' : whyNotCommitted(stream, ref);
      if (stream !== undefined && error === undefined) streams.push(stream);
      else errors.push({ 1: STORAGE_ERRORS[error!], 2: name, 3: `The stream cannot be committed: ${error}` });
    }
    if (errors.length > 0) return encode({ 2: errors });
    await Promise.all(streams.map(({ tail }) => tail));
    await this.#write(ref, streams, '');
    const now = Date.now();
    for (const stream of streams) stream.commitTime = now;
    await this.#drop(streams);
    return encode({ 1: timestamp(now) });
  }

  async #write(ref: TableRef, streams: readonly WriteStream[], where: string): Promise<void> {
    const filled = streams.filter(({ scratch }) => scratch !== undefined);
    if (filled.length === 0) return;
    const names = this.writableTable(ref).fields.map(({ name }) => name);
    // A stream has no values for columns that came after its last append.
    const selects = filled.map(({ scratch, fields }) => {
      const values = names.map((name) => {
        const index = fields.findIndex((field) => field.name === name);
        return index < 0 ? 'NULL' : `c${index}`;
      });
      return `SELECT ${values.join(', ')} FROM ${RESULTS_DATABASE}.main.${scratch}${where}`;
    });
    await this.#context.tables.write(ref, { select: selects.join(' UNION ALL '), columns: names });
  }

  async #drop(streams: readonly WriteStream[]): Promise<void> {
    for (const stream of streams) {
      if (stream.scratch !== undefined)
        await this.#context.database.run(`DROP TABLE IF EXISTS ${RESULTS_DATABASE}.main.${stream.scratch}`);
      stream.scratch = undefined;
    }
  }
}

function newStream(name: string, ref: TableRef): WriteStream {
  const createTime = Date.now();
  return {
    name,
    ref,
    createTime,
    isFinalized: false,
    rows: 0,
    flushed: 0,
    fields: [],
    tail: Promise.resolve(),
  };
}

function inTurn<Result>(stream: WriteStream, work: () => Promise<Result>): Promise<Result> {
  const result = stream.tail.then(work);
  stream.tail = result.catch(() => undefined);
  return result;
}

function checkOffset(stream: WriteStream, offset: number | undefined): void {
  const refuse = (code: number, name: StorageErrorName, message: string) => {
    throw new AppendError(code, name, stream.name, message);
  };
  if (stream.isFinalized)
    refuse(INVALID_ARGUMENT, 'STREAM_FINALIZED', `The stream is finalized: ${stream.name}`);
  if (offset === undefined) return;
  if (stream.type === undefined)
    throw new AppendError(INVALID_ARGUMENT, undefined, stream.name, 'The default stream takes no offsets');
  if (offset < stream.rows) {
    refuse(
      ALREADY_EXISTS,
      'OFFSET_ALREADY_EXISTS',
      `The offset is within stream, expected offset ${stream.rows}, received ${offset}`,
    );
  }
  if (offset > stream.rows) {
    refuse(
      OUT_OF_RANGE,
      'OFFSET_OUT_OF_RANGE',
      `The offset is beyond stream, expected offset ${stream.rows}, received ${offset}`,
    );
  }
}

function whyNotCommitted(stream: WriteStream, ref: TableRef): StorageErrorName | undefined {
  if (stream.type !== PENDING || nameOf(stream.ref) !== nameOf(ref)) return 'INVALID_STREAM_TYPE';
  if (stream.commitTime !== undefined) return 'STREAM_ALREADY_COMMITTED';
  return stream.isFinalized ? undefined : 'INVALID_STREAM_STATE';
}
