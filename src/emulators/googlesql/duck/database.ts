import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import type {
  DuckDBConnection,
  DuckDBDataChunk,
  DuckDBMaterializedResult,
  DuckDBValue,
} from '@duckdb/node-api';
import { DuckDBInstance } from '@duckdb/node-api';
import { quoteString } from './quote.js';

/** Attached in-memory database that holds query results; never written to disk, so paging is cheap. */
export const RESULTS_DATABASE = 'results';

export interface DatabaseOptions {
  /** Folder for the database file; without it everything stays in memory. */
  dataDir?: string;
  threads?: number;
  /** DuckDB's own limit for its buffers, in bytes; beyond it DuckDB spills to the data folder. */
  memoryLimitBytes?: number;
  /** Runs once on the first connection, before the configuration is locked: user-defined functions go here. */
  prepare?: (connection: DuckDBConnection, interrupted: ReadonlySet<number>) => Promise<void> | void;
}

/** More threads than processors gain nothing, and each has buffers of its own. */
const DEFAULT_THREADS = Math.min(4, availableParallelism());
const GIBIBYTE = 1024 ** 3;
/** Half of the machine, or of what the container may have; more would leave too little below the ceiling of the process. */
const DEFAULT_MEMORY_LIMIT_BYTES = Math.min(machineBytes() / 2, 3 * GIBIBYTE);
/**
 * Of the files and of the memory of new databases. A table that is written to takes a block for each column, which in
 * one of 5,000 columns is more than a gigabyte at DuckDB's own 256 KiB; and smaller blocks are written in less time.
 */
const BLOCK_BYTES = 64 * 1024;
const MAX_IDLE_CONNECTIONS = 8;
/** What DuckDB says when it, and not the statement, has failed, and of each statement after that. */
const INVALIDATED = /^(?:FATAL|INTERNAL) Error|database has been invalidated/;

function machineBytes(): number {
  const allowed = process.constrainedMemory() || Number.POSITIVE_INFINITY;
  return Math.min(totalmem(), allowed);
}

/**
 * The one DuckDB instance of the emulator.
 *
 * DuckDB runs one statement at a time per connection, so each request borrows a connection of its own. SQL can
 * read and write files only below `stagingDir`, which load and extract jobs use; the rest of the file system, the
 * network and the configuration are closed to it.
 */
export class Database {
  readonly stagingDir: string;
  readonly #options: DatabaseOptions;
  #instance: DuckDBInstance;
  /** DuckDB takes no statement after some failures of its own until the database is opened anew. */
  #isInvalid = false;
  #reopening: Promise<void> | undefined;
  readonly #ownsFolder: string | undefined;
  readonly #idle: DuckDBConnection[] = [];
  readonly #open = new Set<DuckDBConnection>();
  /** Ids of the connections whose statement was interrupted and has not ended. */
  readonly #interrupted = new Set<number>();
  #closed = false;

  private constructor(
    options: DatabaseOptions,
    instance: DuckDBInstance,
    stagingDir: string,
    ownsFolder: string | undefined,
  ) {
    this.#options = options;
    this.#instance = instance;
    this.stagingDir = stagingDir;
    this.#ownsFolder = ownsFolder;
  }

  static async open(options: DatabaseOptions = {}): Promise<Database> {
    const ownsFolder =
      options.dataDir === undefined ? mkdtempSync(join(tmpdir(), 'bigquery-emulator-')) : undefined;
    const folder = options.dataDir ?? ownsFolder!;
    const stagingDir = join(folder, 'staging');
    // What a killed process left behind belongs to jobs that no longer run.
    rmSync(stagingDir, { recursive: true, force: true });
    mkdirSync(stagingDir, { recursive: true });
    const database = new Database(options, await createInstance(options, folder), stagingDir, ownsFolder);
    await database.#prepare();
    return database;
  }

  /** Attaches what belongs to the file, adds the functions of ours and locks the configuration. */
  async #prepare(): Promise<void> {
    const connection = await this.#instance.connect();
    this.#open.add(connection);
    await connection.run(`ATTACH ':memory:' AS ${RESULTS_DATABASE}`);
    await connection.run("SET GLOBAL TimeZone = 'UTC'");
    // Half a load's time on text columns. As an option of `create` it leaves the dictionary methods on.
    await connection.run("SET GLOBAL disabled_compression_methods = 'fsst,dictionary,dict_fsst'");
    await this.#options.prepare?.(connection, this.#interrupted);
    await connection.run(`SET GLOBAL allowed_directories = [${quoteString(`${this.stagingDir}/`)}]`);
    await connection.run('SET GLOBAL enable_external_access = false');
    await connection.run('SET GLOBAL lock_configuration = true');
    this.#idle.push(connection);
  }

  /** A connection of the caller's own, for sessions and scripts; give it back with `release`. */
  async acquire(): Promise<DuckDBConnection> {
    if (this.#closed) throw new Error('the database is closed');
    if (this.#isInvalid) {
      this.#reopening ??= this.#reopen().finally(() => {
        this.#reopening = undefined;
      });
      await this.#reopening;
    }
    const idle = this.#idle.pop();
    if (idle !== undefined) return idle;
    const connection = await this.#instance.connect();
    this.#open.add(connection);
    return connection;
  }

  /** What was committed to the file is there again; results and temporary tables are gone. */
  async #reopen(): Promise<void> {
    this.#closeAll();
    this.#instance = await createInstance(this.#options, dirname(this.stagingDir));
    await this.#prepare();
    this.#isInvalid = false;
  }

  #closeAll(): void {
    this.#idle.length = 0;
    for (const connection of this.#open) {
      connection.interrupt();
      connection.closeSync();
    }
    this.#open.clear();
    this.#interrupted.clear();
    this.#instance.closeSync();
  }

  /** Remembers a failure after which DuckDB takes no statement; what lies in memory would be lost with the database. */
  #noteFailure(error: unknown): void {
    if (this.#options.dataDir === undefined || !(error instanceof Error)) return;
    this.#isInvalid ||= INVALIDATED.test(error.message);
  }

  /** Returns a connection to the pool. `discard` closes it instead, with its transaction and temporary tables. */
  release(connection: DuckDBConnection, discard = false): void {
    // Closed with the database that was invalid.
    if (!this.#open.has(connection)) return;
    if (this.#closed || discard || this.#idle.length >= MAX_IDLE_CONNECTIONS) {
      this.#open.delete(connection);
      connection.closeSync();
      return;
    }
    this.#idle.push(connection);
  }

  /** Runs `work` on a connection whose statement is interrupted, and then fails, when `signal` aborts. */
  async interruptible<T>(
    connection: DuckDBConnection,
    signal: AbortSignal | undefined,
    work: () => Promise<T>,
  ): Promise<T> {
    const { connectionId } = connection.clientContext;
    const interrupt = () => {
      this.#interrupted.add(connectionId);
      connection.interrupt();
    };
    signal?.addEventListener('abort', interrupt, { once: true });
    try {
      return await work();
    } catch (error) {
      this.#noteFailure(error);
      throw error;
    } finally {
      signal?.removeEventListener('abort', interrupt);
      this.#interrupted.delete(connectionId);
    }
  }

  /** Runs `work` on a connection of its own; when it fails the connection, and what it left open, is closed. */
  async withConnection<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    const connection = await this.acquire();
    let failed = true;
    try {
      const value = await work(connection);
      failed = false;
      return value;
    } catch (error) {
      this.#noteFailure(error);
      throw error;
    } finally {
      this.release(connection, failed);
    }
  }

  /**
   * The chunks of a result as they come; each is to be read before the next is asked for.
   *
   * In a transaction, because the chunks of a stream that a LIMIT ends lie in memory which DuckDB gives up with the
   * transaction: one that ended by itself would let a writer fill it before it is read.
   */
  async *chunks(sql: string): AsyncGenerator<DuckDBDataChunk> {
    const connection = await this.acquire();
    let drained = false;
    try {
      await connection.run('BEGIN TRANSACTION');
      const result = await connection.stream(sql);
      for (;;) {
        const chunk = await result.fetchChunk();
        if (chunk === null || chunk.rowCount === 0) break;
        yield chunk;
      }
      await connection.run('COMMIT');
      drained = true;
    } finally {
      // A stream left half read keeps its transaction open, so that connection is not used again.
      this.release(connection, !drained);
    }
  }

  run(sql: string): Promise<DuckDBMaterializedResult> {
    return this.withConnection((connection) => connection.run(sql));
  }

  /** All rows of a small result. */
  async rows(sql: string): Promise<DuckDBValue[][]> {
    return this.withConnection(async (connection) => (await connection.runAndReadAll(sql)).getRows());
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#closeAll();
    if (this.#ownsFolder !== undefined) rmSync(this.#ownsFolder, { recursive: true, force: true });
  }
}

function createInstance(options: DatabaseOptions, folder: string): Promise<DuckDBInstance> {
  const path = options.dataDir === undefined ? ':memory:' : join(options.dataDir, 'bigquery.duckdb');
  return DuckDBInstance.create(path, {
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    threads: String(options.threads ?? DEFAULT_THREADS),
    memory_limit: `${Math.floor((options.memoryLimitBytes ?? DEFAULT_MEMORY_LIMIT_BYTES) / 1024)}KiB`,
    temp_directory: join(folder, 'spill'),
    default_block_size: String(BLOCK_BYTES),
  });
}
