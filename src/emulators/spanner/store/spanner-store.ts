import { type Journal, type JournalOptions, openJournal } from '../../journal/journal.js';
import type { Message } from '../../serving/method.js';
import { ServiceError } from '../../serving/service-error.js';
import { instanceOf, notFound } from '../names.js';
import {
  COMMIT,
  checkpoint,
  FORMAT_VERSION,
  Replay,
  type Restored,
  SCHEMA,
  STATE,
  type StateChange,
  type StoredSession,
  schemaPayload,
  statePayload,
} from '../persistence.js';
import { type PlannedStatement, planStatements } from '../schema/ddl.js';
import { Database, type DatabaseSettings, encodeWrites } from './database.js';
import type { OpenEngine } from './engine.js';
import { indexChanges } from './finish-writes.js';
import { deleteExpiredRows } from './row-deletion.js';
import { prepareSchemaChange } from './schema-change.js';

/** The service is slower: it deletes within three days. */
const ROW_DELETION_INTERVAL_MS = 60_000;

export interface SpannerStoreOptions {
  /** Holds the journal. */
  dataDir: string;
  durability: JournalOptions['durability'];
  /** Milliseconds since the epoch. */
  now(): number;
  openEngine: OpenEngine;
  minCheckpointBytes?: number | undefined;
  /** How often rows are deleted whose time has come, in milliseconds. Default: a minute. */
  rowDeletionIntervalMs?: number | undefined;
  log?: ((line: string) => void) | undefined;
}

/** Everything the emulator holds, with the journal that it is in before it is acknowledged. */
export class SpannerStore implements Restored {
  /** Instances, operations, policies…: whatever is stored as it was given, by name. */
  readonly resources = new Map<string, Message>();
  readonly databases = new Map<string, Database>();
  readonly sessions = new Map<string, StoredSession>();
  #journal!: Pick<Journal, 'append' | 'close'>;
  #lastNumber = 0;
  readonly #deletions: NodeJS.Timeout;
  #deleting: Promise<void> | undefined;

  private constructor(private readonly options: SpannerStoreOptions) {
    const { rowDeletionIntervalMs = ROW_DELETION_INTERVAL_MS } = options;
    this.#deletions = setInterval(() => this.#deleteExpiredRows(), rowDeletionIntervalMs).unref();
  }

  static async open(options: SpannerStoreOptions): Promise<SpannerStore> {
    const { dataDir, durability, minCheckpointBytes, log } = options;
    const store = new SpannerStore(options);
    const replay = new Replay(store);
    store.#journal = await openJournal({
      folder: dataDir,
      name: 'spanner',
      formatVersion: FORMAT_VERSION,
      durability,
      replay: (kind, payload) => replay.record(kind, payload),
      checkpoint: () => checkpoint(store),
      ...(minCheckpointBytes !== undefined && { minCheckpointBytes }),
      ...(log !== undefined && { log }),
    });
    replay.finish();
    return store;
  }

  async close(): Promise<void> {
    clearInterval(this.#deletions);
    await this.#deleting;
    await Promise.all([...this.databases.values()].map((database) => database.close()));
    await this.#journal.close();
  }

  /** One round after the other: a long one is not overtaken. */
  #deleteExpiredRows(): void {
    this.#deleting ??= Promise.all([...this.databases.values()].map(deleteExpiredRows))
      .then(
        () => {},
        (error) => this.options.log?.(`Rows whose time has come could not be deleted: ${String(error)}`),
      )
      .finally(() => {
        this.#deleting = undefined;
      });
  }

  now(): number {
    return this.options.now();
  }

  putResource(name: string, resource: Message): Promise<void> {
    this.resources.set(name, resource);
    return this.#keep({ type: 'put-resource', name, resource });
  }

  deleteResource(name: string): Promise<void> {
    this.resources.delete(name);
    return this.#keep({ type: 'delete-resource', name });
  }

  putSession(session: StoredSession): Promise<void> {
    this.sessions.set(session.name, session);
    return this.#keep({ type: 'put-session', session });
  }

  deleteSession(name: string): Promise<void> {
    this.sessions.delete(name);
    return this.#keep({ type: 'delete-session', name });
  }

  /** @throws ServiceError NOT_FOUND with its ResourceInfo. */
  database(name: string): Database {
    const database = this.databases.get(name);
    if (database !== undefined) return database;
    const instance = instanceOf(name);
    throw this.resources.has(instance) ? notFound('Database', name) : notFound('Instance', instance);
  }

  /** @throws ServiceError ALREADY_EXISTS, and whatever is wrong with a statement; then there is no database. */
  async createDatabase(name: string, statements: readonly string[]): Promise<Database> {
    const settings = { name, number: ++this.#lastNumber, createdAtMs: this.now() };
    const database = this.makeDatabase(settings);
    try {
      const planned = await planStatements(database.schema, statements, database.engine);
      // Another one may have been made while statements were looked at.
      if (this.databases.has(name)) {
        throw new ServiceError('ALREADY_EXISTS', `Database already exists: ${name}`);
      }
      this.databases.set(name, database);
      const created = this.#keep({
        type: 'create-database',
        settings,
        statements: [],
        counters: [],
        lastTimestamp: 0,
      });
      await database.exclusively(async () => {
        for (const statement of planned) await this.#changeSchema(database, statement);
      });
      await created;
      return database;
    } catch (error) {
      if (this.databases.get(name) === database) await this.dropDatabase(name);
      else await database.close();
      throw error;
    }
  }

  /** Its sessions go with it. */
  async dropDatabase(name: string): Promise<void> {
    const database = this.database(name);
    this.databases.delete(name);
    for (const session of [...this.sessions.keys()]) {
      if (session.startsWith(`${name}/sessions/`)) this.sessions.delete(session);
    }
    await this.#keep({ type: 'drop-database', name });
    await database.close();
  }

  /**
   * Plans all statements, then carries them out one by one.
   * @param onCommitted told after each, with the time of its commit in microseconds.
   * @returns why rows refuse one of them, in which case those before it stay.
   * @throws ServiceError for the first that is wrong whatever the rows are; then nothing is done.
   */
  updateSchema(
    name: string,
    statements: readonly string[],
    onCommitted: (index: number, timestampMicros: number) => void = () => {},
  ): Promise<ServiceError | undefined> {
    const database = this.database(name);
    return database.exclusively(async () => {
      const planned = await planStatements(database.schema, statements, database.engine);
      for (const [index, statement] of planned.entries()) {
        try {
          onCommitted(index, await this.#changeSchema(database, statement));
        } catch (error) {
          if (error instanceof ServiceError) return error;
          throw error;
        }
      }
      return undefined;
    });
  }

  /** @returns when it was committed, in microseconds. */
  async #changeSchema(database: Database, planned: PlannedStatement): Promise<number> {
    const timestamp = database.timestamps.commit();
    const writes = await prepareSchemaChange(database, planned, timestamp);
    const position = database.statements.length;
    const statement = database.setSchema(planned, timestamp);
    for (const write of writes) database.apply(write, indexChanges(write), timestamp);
    const commit = encodeWrites(writes, { database: database.number, timestamp, transaction: '' });
    await this.#journal.append(
      SCHEMA,
      schemaPayload({ database: database.number, statement, position }, commit),
    );
    return timestamp;
  }

  makeDatabase(settings: DatabaseSettings): Database {
    this.#lastNumber = Math.max(this.#lastNumber, settings.number);
    return new Database(settings, {
      now: () => this.now(),
      openEngine: this.options.openEngine,
      keepCommit: (payload) => this.#journal.append(COMMIT, payload),
      keepCounter: (database, counter) => {
        // What holds a value of it is kept after it, and hears when the journal fails.
        this.#keep({ type: 'reserve-counter', database, counter }).catch(() => {});
      },
    });
  }

  #keep(change: StateChange): Promise<void> {
    return this.#journal.append(STATE, statePayload(change));
  }
}
