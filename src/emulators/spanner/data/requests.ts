import { WireReader } from '../../../core/wire-reader.js';
import type { BqType } from '../../googlesql/syntax/types.js';
import { ServiceError } from '../../serving/service-error.js';
import { parseType } from '../values/parse-type.js';
import { type Plain, readPlain, readPlainList } from '../values/plain.js';

/** The requests of the data API, read by hand: they are what a pipeline sends by the million. */

/** Seconds and nanoseconds of a `Timestamp` or `Duration`, as microseconds. */
export type Micros = number;

export interface ReadOnlyOptions {
  isStrong?: boolean;
  minReadTimestamp?: Micros;
  maxStaleness?: Micros;
  readTimestamp?: Micros;
  exactStaleness?: Micros;
  returnReadTimestamp: boolean;
}

export type TransactionOptions =
  | { mode: 'read-write'; isRepeatableRead: boolean; previousTransaction: string }
  | { mode: 'read-only'; readOnly: ReadOnlyOptions }
  | { mode: 'partitioned-dml' }
  | { mode: undefined };

export type TransactionSelector =
  | { kind: 'single-use' | 'begin'; options: TransactionOptions }
  | { kind: 'id'; id: string };

export interface PlainKeyRange {
  start?: { key: Plain[]; inclusive: boolean };
  end?: { key: Plain[]; inclusive: boolean };
}

export interface PlainKeySet {
  keys: Plain[][];
  ranges: PlainKeyRange[];
  all: boolean;
}

export type PlainMutation =
  | {
      kind: 'insert' | 'update' | 'insert-or-update' | 'replace';
      table: string;
      columns: string[];
      /** Where each `ListValue` of the request is, its field before it. */
      rows: number[];
    }
  | { kind: 'delete'; table: string; keys: PlainKeySet | undefined };

export interface CommitMessage {
  session: string;
  transaction: { id: string } | { singleUse: TransactionOptions } | undefined;
  mutations: PlainMutation[];
  returnsStats: boolean;
  maxCommitDelay: Micros;
  precommitToken: Buffer | undefined;
}

export interface ReadMessage {
  session: string;
  transaction: TransactionSelector | undefined;
  table: string;
  index: string;
  columns: string[];
  keys: PlainKeySet | undefined;
  limit: number;
  resumeToken: Buffer;
  partitionToken: Buffer;
  /** Of PartitionRead: at most so many. */
  maxPartitions: number;
}

export interface StatementMessage {
  sql: string;
  params: Map<string, Plain>;
  types: Map<string, BqType>;
}

export const QUERY_MODES = ['NORMAL', 'PLAN', 'PROFILE', 'WITH_STATS', 'WITH_PLAN_AND_STATS'] as const;
export type QueryMode = (typeof QUERY_MODES)[number];

export interface ExecuteMessage extends StatementMessage {
  session: string;
  transaction: TransactionSelector | undefined;
  resumeToken: Buffer;
  mode: QueryMode;
  partitionToken: Buffer;
  seqno: number;
}

export interface BatchDmlMessage {
  session: string;
  transaction: TransactionSelector | undefined;
  statements: StatementMessage[];
  seqno: number;
}

type Fields = Record<number, (reader: WireReader) => void>;

/** Gives each field of the current message to its reader; others are passed over. */
function readFields(reader: WireReader, fields: Fields): void {
  while (reader.next()) {
    const read = fields[reader.field];
    if (read === undefined) reader.skip();
    else read(reader);
  }
}

function readMessage(reader: WireReader, fields: Fields): void {
  const outer = reader.enter();
  readFields(reader, fields);
  reader.leave(outer);
}

function readSecondsAndNanos(reader: WireReader): Micros {
  let seconds = 0;
  let nanos = 0;
  readMessage(reader, {
    1: (field) => {
      seconds = field.integer();
    },
    2: (field) => {
      nanos = field.int32();
    },
  });
  return seconds * 1e6 + Math.floor(nanos / 1000);
}

function readTransactionId(reader: WireReader): string {
  return reader.latin1();
}

export function readTransactionOptions(reader: WireReader): TransactionOptions {
  let options = { mode: undefined } as TransactionOptions;
  let isRepeatableRead = false;
  readMessage(reader, {
    1: (field) => {
      let previousTransaction = '';
      readMessage(field, {
        2: (inner) => {
          previousTransaction = readTransactionId(inner);
        },
      });
      options = { mode: 'read-write', isRepeatableRead: false, previousTransaction };
    },
    2: (field) => {
      options = { mode: 'read-only', readOnly: readReadOnly(field) };
    },
    3: (field) => {
      field.skip();
      options = { mode: 'partitioned-dml' };
    },
    6: (field) => {
      isRepeatableRead = field.int32() === 2;
    },
  });
  return options.mode === 'read-write' ? { ...options, isRepeatableRead } : options;
}

function readReadOnly(reader: WireReader): ReadOnlyOptions {
  const options: ReadOnlyOptions = { returnReadTimestamp: false };
  readMessage(reader, {
    1: (field) => {
      options.isStrong = field.boolean();
    },
    2: (field) => {
      options.minReadTimestamp = readSecondsAndNanos(field);
    },
    3: (field) => {
      options.maxStaleness = readSecondsAndNanos(field);
    },
    4: (field) => {
      options.readTimestamp = readSecondsAndNanos(field);
    },
    5: (field) => {
      options.exactStaleness = readSecondsAndNanos(field);
    },
    6: (field) => {
      options.returnReadTimestamp = field.boolean();
    },
  });
  return options;
}

function readSelector(reader: WireReader): TransactionSelector | undefined {
  let selector: TransactionSelector | undefined;
  readMessage(reader, {
    1: (field) => {
      selector = { kind: 'single-use', options: readTransactionOptions(field) };
    },
    2: (field) => {
      selector = { kind: 'id', id: readTransactionId(field) };
    },
    3: (field) => {
      selector = { kind: 'begin', options: readTransactionOptions(field) };
    },
  });
  return selector;
}

function readKeySet(reader: WireReader): PlainKeySet {
  const keys: PlainKeySet = { keys: [], ranges: [], all: false };
  readMessage(reader, {
    1: (field) => keys.keys.push(readPlainList(field)),
    2: (field) => keys.ranges.push(readKeyRange(field)),
    3: (field) => {
      keys.all = field.boolean();
    },
  });
  return keys;
}

function readKeyRange(reader: WireReader): PlainKeyRange {
  const range: PlainKeyRange = {};
  const start = (inclusive: boolean) => (field: WireReader) => {
    range.start = { key: readPlainList(field), inclusive };
  };
  const end = (inclusive: boolean) => (field: WireReader) => {
    range.end = { key: readPlainList(field), inclusive };
  };
  readMessage(reader, { 1: start(true), 2: start(false), 3: end(true), 4: end(false) });
  if (range.start === undefined) throw rangeWithout('start');
  if (range.end === undefined) throw rangeWithout('end');
  return range;
}

function rangeWithout(end: 'start' | 'end'): ServiceError {
  return new ServiceError('INVALID_ARGUMENT', `Key range must contain either ${end}_closed or ${end}_open.`);
}

const WRITE_KINDS = ['insert', 'update', 'insert-or-update', 'replace'] as const;

/** Reads the mutation of the current field. */
export function readMutation(reader: WireReader): PlainMutation {
  let mutation: PlainMutation | undefined;
  const outer = reader.enter();
  while (reader.next()) {
    const kind = WRITE_KINDS[reader.field - 1];
    if (kind !== undefined) mutation = readWrite(reader, kind);
    else if (reader.field === 5) mutation = readDelete(reader);
    else if (reader.field === 6 || reader.field === 7)
      throw new ServiceError('UNIMPLEMENTED', 'Queues are not supported by the emulator.');
    else reader.skip();
  }
  reader.leave(outer);
  if (mutation === undefined) throw missing('Mutation.operation');
  return mutation;
}

function readWrite(reader: WireReader, kind: (typeof WRITE_KINDS)[number]): PlainMutation {
  const write = { kind, table: '', columns: [] as string[], rows: [] as number[] };
  const outer = reader.enter();
  while (reader.next()) {
    if (reader.isBytes(3)) {
      write.rows.push(reader.at);
      reader.skip();
    } else if (reader.isBytes(1)) write.table = reader.text();
    else if (reader.isBytes(2)) write.columns.push(reader.text());
    else reader.skip();
  }
  reader.leave(outer);
  if (write.rows.length === 0) throw missing('Write.values');
  return write;
}

function readDelete(reader: WireReader): PlainMutation {
  let table = '';
  let keys: PlainKeySet | undefined;
  readMessage(reader, {
    1: (field) => {
      table = field.text();
    },
    2: (field) => {
      keys = readKeySet(field);
    },
  });
  return { kind: 'delete', table, keys };
}

export function missing(field: string): ServiceError {
  return new ServiceError('INVALID_ARGUMENT', `No value provided for required field: ${field}`);
}

export function readCommit(bytes: Buffer): CommitMessage {
  const message: CommitMessage = {
    session: '',
    transaction: undefined,
    mutations: [],
    returnsStats: false,
    maxCommitDelay: 0,
    precommitToken: undefined,
  };
  readFields(new WireReader(bytes), {
    1: (field) => {
      message.session = field.text();
    },
    2: (field) => {
      message.transaction = { id: readTransactionId(field) };
    },
    3: (field) => {
      message.transaction = { singleUse: readTransactionOptions(field) };
    },
    4: (field) => message.mutations.push(readMutation(field)),
    5: (field) => {
      message.returnsStats = field.boolean();
    },
    8: (field) => {
      message.maxCommitDelay = readSecondsAndNanos(field);
    },
    9: (field) => {
      message.precommitToken = readPrecommitToken(field);
    },
  });
  return message;
}

function readPrecommitToken(reader: WireReader): Buffer {
  let token: Buffer = Buffer.alloc(0);
  readMessage(reader, {
    1: (field) => {
      token = field.slice();
    },
  });
  return token;
}

export interface BeginMessage {
  session: string;
  options: TransactionOptions;
  /** Any one of the mutations that are to come, of a transaction that neither reads nor runs DML. */
  mutationKey: PlainMutation | undefined;
}

export function readBegin(bytes: Buffer): BeginMessage {
  const message: BeginMessage = { session: '', options: { mode: undefined }, mutationKey: undefined };
  readFields(new WireReader(bytes), {
    1: (field) => {
      message.session = field.text();
    },
    2: (field) => {
      message.options = readTransactionOptions(field);
    },
    4: (field) => {
      message.mutationKey = readMutation(field);
    },
  });
  return message;
}

export interface BatchWriteMessage {
  session: string;
  groups: PlainMutation[][];
}

export function readBatchWrite(bytes: Buffer): BatchWriteMessage {
  const message: BatchWriteMessage = { session: '', groups: [] };
  readFields(new WireReader(bytes), {
    1: (field) => {
      message.session = field.text();
    },
    4: (field) => {
      const mutations: PlainMutation[] = [];
      readMessage(field, { 1: (inner) => mutations.push(readMutation(inner)) });
      message.groups.push(mutations);
    },
  });
  return message;
}

/** A `ReadRequest`, or a `PartitionReadRequest`, which has the same fields with one more. */
export function readRead(bytes: Buffer, isPartitioning = false): ReadMessage {
  const message: ReadMessage = {
    session: '',
    transaction: undefined,
    table: '',
    index: '',
    columns: [],
    keys: undefined,
    limit: 0,
    resumeToken: Buffer.alloc(0),
    partitionToken: Buffer.alloc(0),
    maxPartitions: 0,
  };
  readFields(new WireReader(bytes), {
    1: (field) => {
      message.session = field.text();
    },
    2: (field) => {
      message.transaction = readSelector(field);
    },
    3: (field) => {
      message.table = field.text();
    },
    4: (field) => {
      message.index = field.text();
    },
    5: (field) => message.columns.push(field.text()),
    6: (field) => {
      message.keys = readKeySet(field);
    },
    8: (field) => {
      message.limit = field.integer();
    },
    9: (field) => {
      if (isPartitioning) message.maxPartitions = readMaxPartitions(field);
      else message.resumeToken = field.slice();
    },
    10: (field) => {
      message.partitionToken = field.slice();
    },
  });
  return message;
}

function readMaxPartitions(reader: WireReader): number {
  let maxPartitions = 0;
  readMessage(reader, {
    2: (field) => {
      maxPartitions = field.integer();
    },
  });
  return maxPartitions;
}

/** An `ExecuteSqlRequest`. */
export function readExecute(bytes: Buffer): ExecuteMessage {
  const message: ExecuteMessage = {
    session: '',
    transaction: undefined,
    sql: '',
    params: new Map(),
    types: new Map(),
    resumeToken: Buffer.alloc(0),
    mode: 'NORMAL',
    partitionToken: Buffer.alloc(0),
    seqno: 0,
  };
  readFields(new WireReader(bytes), {
    1: (field) => {
      message.session = field.text();
    },
    2: (field) => {
      message.transaction = readSelector(field);
    },
    ...statementFields(message, 3, 4, 5),
    6: (field) => {
      message.resumeToken = field.slice();
    },
    7: (field) => {
      message.mode = QUERY_MODES[field.int32()] ?? 'NORMAL';
    },
    8: (field) => {
      message.partitionToken = field.slice();
    },
    9: (field) => {
      message.seqno = field.integer();
    },
  });
  return message;
}

/** A `PartitionQueryRequest`, whose fields those of an `ExecuteSqlRequest` are, as far as they go. */
export function readPartitionQuery(bytes: Buffer): ExecuteMessage & { maxPartitions: number } {
  const message = { ...readExecute(Buffer.alloc(0)), maxPartitions: 0 };
  readFields(new WireReader(bytes), {
    1: (field) => {
      message.session = field.text();
    },
    2: (field) => {
      message.transaction = readSelector(field);
    },
    ...statementFields(message, 3, 4, 5),
    6: (field) => {
      message.maxPartitions = readMaxPartitions(field);
    },
  });
  return message;
}

export function readBatchDml(bytes: Buffer): BatchDmlMessage {
  const message: BatchDmlMessage = { session: '', transaction: undefined, statements: [], seqno: 0 };
  readFields(new WireReader(bytes), {
    1: (field) => {
      message.session = field.text();
    },
    2: (field) => {
      message.transaction = readSelector(field);
    },
    3: (field) => {
      const statement: StatementMessage = { sql: '', params: new Map(), types: new Map() };
      readMessage(field, statementFields(statement, 1, 2, 3));
      message.statements.push(statement);
    },
    4: (field) => {
      message.seqno = field.integer();
    },
  });
  return message;
}

function statementFields(statement: StatementMessage, sql: number, params: number, types: number): Fields {
  return {
    [sql]: (reader) => {
      statement.sql = reader.text();
    },
    [params]: (reader) =>
      readMessage(reader, {
        1: (field) => readEntry(field, (value) => readPlain(value), statement.params),
      }),
    [types]: (reader) => readEntry(reader, readType, statement.types),
  };
}

/** An entry of a map. */
function readEntry<T>(reader: WireReader, readValue: (reader: WireReader) => T, map: Map<string, T>): void {
  let key = '';
  let value: T | undefined;
  readMessage(reader, {
    1: (field) => {
      key = field.text();
    },
    2: (field) => {
      value = readValue(field);
    },
  });
  if (value !== undefined) map.set(key, value);
}

function readType(reader: WireReader): BqType {
  return parseType(reader.slice());
}

/** The values of a row of a mutation, whose `ListValue` begins there. */
export function readRow(bytes: Buffer, at: number, wanted: number): Plain[] {
  const reader = new WireReader(bytes, at);
  const row = readPlainList(reader);
  if (row.length === wanted) return row;
  throw new ServiceError(
    'INVALID_ARGUMENT',
    `Mutation column and value size mismatch: Found: ${wanted} columns and ${row.length} values`,
  );
}
