import { WireReader } from '../../core/wire-reader.js';
import type { JournalRecord } from '../journal/journal.js';
import type { Message } from '../serving/method.js';
import { planDdl } from './schema/ddl.js';
import { type CommitHead, CommitWriter, readHead, readWrites } from './store/commit-record.js';
import type { Database, DatabaseSettings } from './store/database.js';
import type { SchemaStatement } from './store/schema-history.js';
import type { ReservedCounter } from './store/sequences.js';
import type { VersionTree } from './store/version-tree.js';

/** Of the payloads below. */
export const FORMAT_VERSION = 1;

/** Kinds of journal records. */
/** A {@link StateChange} as JSON. */
export const STATE = 1;
/** The head and the writes of a commit. */
export const COMMIT = 2;
/** The length of a {@link SchemaRecord}, that as JSON, and a commit of the rows that the statement changed. */
export const SCHEMA = 3;
/** Rows of a checkpoint: a head, and writes with a timestamp each. */
const RESTORE = 4;

/** A record of a checkpoint ends with the row that makes it this large. */
const RESTORE_BYTES = 64 * 1024;

/** A session as it is kept. */
export interface StoredSession {
  /** `projects/p/instances/i/databases/d/sessions/s` */
  name: string;
  createdAtMs: number;
  isMultiplexed: boolean;
  labels?: Readonly<Record<string, string>> | undefined;
  creatorRole?: string | undefined;
}

export type StateChange =
  | { type: 'put-resource'; name: string; resource: Message }
  | { type: 'delete-resource'; name: string }
  | {
      type: 'create-database';
      settings: DatabaseSettings;
      statements: readonly SchemaStatement[];
      counters: readonly ReservedCounter[];
      /** Of the newest commit or read, in microseconds. */
      lastTimestamp: number;
    }
  | { type: 'drop-database'; name: string }
  | { type: 'reserve-counter'; database: number; counter: ReservedCounter }
  | { type: 'put-session'; session: StoredSession }
  | { type: 'delete-session'; name: string };

export interface SchemaRecord {
  /** Number of the database. */
  database: number;
  statement: SchemaStatement;
  /** How many statements were there before it. */
  position: number;
}

/** What the journal brings back. */
export interface Restored {
  readonly resources: Map<string, Message>;
  readonly databases: Map<string, Database>;
  readonly sessions: Map<string, StoredSession>;
  makeDatabase(settings: DatabaseSettings): Database;
}

export function statePayload(change: StateChange): Buffer {
  return Buffer.from(JSON.stringify(change));
}

export function schemaPayload(record: SchemaRecord, commit: Buffer): Buffer[] {
  const json = Buffer.from(JSON.stringify(record));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(json.length);
  return [length, json, commit];
}

/** Brings records back into a state, in which {@link Replay.finish} then completes what follows from others. */
export class Replay {
  readonly #byNumber = new Map<number, Database>();

  constructor(private readonly state: Restored) {}

  record(kind: number, payload: Buffer): void {
    if (kind === STATE) this.#change(parse<StateChange>(payload));
    else if (kind === COMMIT) this.#writes(payload, false);
    else if (kind === RESTORE) this.#writes(payload, true);
    else if (kind === SCHEMA) {
      const end = 4 + payload.readUInt32LE();
      const { database, position, statement } = parse<SchemaRecord>(payload.subarray(4, end));
      const found = this.#byNumber.get(database);
      if (found !== undefined && found.statements.length === position) addStatement(found, statement);
      this.#writes(payload.subarray(end), false);
    } else throw new Error(`The journal has a record of the unknown kind ${kind}.`);
  }

  finish(): void {
    for (const database of this.state.databases.values()) database.rebuildIndexes();
  }

  #change(change: StateChange): void {
    const { resources, sessions, databases } = this.state;
    switch (change.type) {
      case 'put-resource':
        resources.set(change.name, change.resource);
        return;
      case 'delete-resource':
        resources.delete(change.name);
        return;
      case 'put-session':
        sessions.set(change.session.name, change.session);
        return;
      case 'delete-session':
        sessions.delete(change.name);
        return;
      case 'reserve-counter':
        this.#byNumber.get(change.database)?.sequences.restore(change.counter);
        return;
      case 'drop-database':
        void databases.get(change.name)?.close();
        databases.delete(change.name);
        return;
      case 'create-database': {
        const database = this.state.makeDatabase(change.settings);
        for (const statement of change.statements) addStatement(database, statement);
        for (const counter of change.counters) database.sequences.restore(counter);
        database.timestamps.pass(change.lastTimestamp);
        databases.set(database.name, database);
        this.#byNumber.set(database.number, database);
      }
    }
  }

  #writes(payload: Buffer, isTimed: boolean): void {
    const reader = new WireReader(payload);
    const head = readHead(reader);
    const database = this.#byNumber.get(head.database);
    if (database === undefined) return;
    database.timestamps.pass(head.timestamp);
    if (head.transaction !== '') database.outcomes.set(head.transaction, head.timestamp);
    for (const write of readWrites(reader, head.timestamp, isTimed)) database.restore(write);
  }
}

function addStatement(database: Database, { timestampMicros, ...kept }: SchemaStatement): void {
  const plan = planDdl(database.schema, kept.statement, kept.query);
  database.setSchema({ ...kept, plan }, timestampMicros);
}

/** Bytes come back as such. */
function parse<T>(payload: Buffer): T {
  return JSON.parse(payload.toString('utf8'), (_key, value) =>
    value?.type === 'Buffer' && Array.isArray(value.data) ? Buffer.from(value.data) : value,
  ) as T;
}

/**
 * The state as records. All but rows is as it is when the first is asked for; of rows there may be later versions,
 * and to replay a version that is there already changes nothing.
 */
export function* checkpoint({ resources, databases, sessions }: Restored): Generator<JournalRecord> {
  const changes: StateChange[] = [];
  for (const [name, resource] of resources) changes.push({ type: 'put-resource', name, resource });
  const trees: { database: Database; table: number; tree: VersionTree }[] = [];
  for (const database of databases.values()) {
    const { name, number, createdAtMs, statements, sequences, timestamps, tableIds } = database;
    changes.push({
      type: 'create-database',
      settings: { name, number, createdAtMs },
      statements,
      counters: sequences.reserved,
      lastTimestamp: timestamps.last,
    });
    for (const id of tableIds) {
      const tree = database.treeOf(`t${id}`);
      if (tree !== undefined) trees.push({ database, table: id, tree });
    }
  }
  for (const session of sessions.values()) changes.push({ type: 'put-session', session });
  const payloads = changes.map(statePayload);
  for (const payload of payloads) yield [STATE, payload];
  for (const { database, table, tree } of trees) yield* rowRecords(database, table, tree);
}

function* rowRecords(database: Database, table: number, tree: VersionTree): Generator<JournalRecord> {
  const head: CommitHead = { database: database.number, timestamp: 0, transaction: '' };
  let writer = new CommitWriter(head);
  let isEmpty = true;
  for (const version of tree.versions(database.horizon)) {
    writer.addTimed({ table, ...version });
    isEmpty = false;
    if (writer.length < RESTORE_BYTES) continue;
    yield [RESTORE, writer.done()];
    writer = new CommitWriter(head);
    isEmpty = true;
  }
  if (!isEmpty) yield [RESTORE, writer.done()];
}
