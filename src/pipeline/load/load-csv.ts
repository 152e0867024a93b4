import { createHash } from 'node:crypto';
import type { Config } from '../../config/config.js';
import type { GoogleClients } from '../../gcp/clients.js';
import { errorCode, GRPC, translateGoogleError } from '../../gcp/google-errors.js';
import { openSpannerData, type SpannerData } from '../../gcp/spanner/data.js';
import type { LiveTable } from '../../gcp/spanner/live-table.js';
import { type ObjectVersion, type StoragePort, storagePort } from '../../gcp/storage/port.js';
import { identifierOf } from '../../schema/parse-table-schema.js';
import type { Problem } from '../../schema/row-validator.js';
import { commitTimestampField, quoted } from '../../schema/spanner-ddl.js';
import type { CsvOptions } from './csv/csv-reader.js';
import { liveTableOf, referencesOf } from './live-tables.js';
import {
  changedError,
  emptiedError,
  exceeds,
  referencedError,
  TooManyRefused,
  tooManyError,
} from './load-errors.js';
import {
  type CheckedTable,
  type LoadResult,
  summary,
  type TableLoadResult,
  tableResult,
} from './load-result.js';
import { LoadManifest, ManifestLost, manifestLostError } from './manifest.js';
import type { MaxRejects } from './max-rejects.js';
import { RejectFile } from './rejects.js';
import { retried } from './retry.js';
import type { RowOptions } from './row-checker.js';
import type { WriteMode } from './row-writer.js';
import { type LoadInput, type ScanOptions, scanTable, type TableInput } from './scan.js';
import type { Source } from './source.js';
import { TableWriter } from './table-writer.js';
import { type Validation, validateTable } from './validate.js';

export interface LoadOptions {
  csv: CsvOptions;
  rows: RowOptions;
  mode: WriteMode;
  maxRejects: MaxRejects | undefined;
  /** Paths of the reject file of each source; the first that can be written is taken. */
  rejects: ReadonlyMap<Source, readonly string[]>;
  lowPriority: boolean;
  tag: string | undefined;
  now(): Date;
  signal: AbortSignal;
  onProgress?(progress: LoadProgress): void;
  /** Another load of the same file is under way, and this one waits for it. */
  onWait?(): void;
}

export interface LoadProgress {
  phase: 'check' | 'stage' | 'write';
  table: string;
  rows: number;
  rejected: number;
  /** All rows, once they are counted. */
  total?: number;
  commitMs?: number;
  concurrency?: number;
}

interface TableJob extends CheckedTable {
  /** Position among the tables of the load. */
  index: number;
  live: LiveTable;
  staged: ObjectVersion[];
}

/** Validates only: nothing is written but the reject files, and no service is asked. */
export async function checkCsv(input: LoadInput, options: LoadOptions): Promise<LoadResult> {
  const startedMs = performance.now();
  const results: TableLoadResult[] = [];
  for (const table of input) {
    const validation = await validate(table, options);
    const job = { table, validation, rejects: rejectFiles(table, options, validation) };
    await writeRejects(job, options);
    await refuseChanged(table.sources);
    results.push(tableResult(job));
  }
  const result = summary(results, 'check', startedMs, (table) => table.rowsRead);
  if (exceeds(result, options.maxRejects)) throw tooManyError(result);
  return result;
}

/**
 * Loads CSV files into Spanner: everything is checked first, then staged in Cloud Storage, then written in batches.
 * Rejected rows go to a file beside the source. The same call after an interruption goes on where it stopped.
 */
export async function loadCsv(
  clients: GoogleClients,
  config: Config,
  input: LoadInput,
  options: LoadOptions,
): Promise<LoadResult> {
  const startedMs = performance.now();
  const data = await openSpannerData(clients, config);
  const storage = await storagePort(clients, config);
  const lives = await Promise.all(input.map(({ schema }) => liveTableOf(data, schema)));
  const jobs: TableJob[] = [];
  for (const [index, table] of input.entries()) {
    const validation = await validate(table, options);
    const rejects = rejectFiles(table, options, validation);
    jobs.push({ table, index, live: lives[index]!, validation, rejects, staged: [] });
  }
  const load = new Load({ config, data, storage, jobs, options, startedMs });
  await load.refuseTooMany();
  await load.stage();
  return await load.write();
}

interface LoadParts {
  config: Config;
  data: SpannerData;
  storage: StoragePort;
  jobs: readonly TableJob[];
  options: LoadOptions;
  startedMs: number;
}

/** A load whose rows were checked. */
class Load {
  readonly #parts: LoadParts;
  readonly #results: TableLoadResult[] = [];
  readonly #rowsRead: number;
  /** Rows that are known to be bad, those that Spanner refused included. */
  #rowsRejected: number;

  constructor(parts: LoadParts) {
    this.#parts = parts;
    const checked = this.#checked();
    this.#rowsRead = checked.rowsRead;
    this.#rowsRejected = checked.rowsRejected;
  }

  /** Before the first write: too many rejects, or none left to put in the place of the rows that are there. */
  async refuseTooMany(): Promise<void> {
    const { jobs, options } = this.#parts;
    const isEmptied = ({ validation }: TableJob) =>
      options.mode === 'truncate' &&
      validation.rowsRead > 0 &&
      validation.rowsRead === validation.rowsRejected;
    const emptied = jobs.find(isEmptied);
    if (emptied === undefined && !exceeds(this.#checked(), options.maxRejects)) return;
    for (const job of jobs) await writeRejects(job, options);
    throw emptied ? emptiedError(tableResult(emptied)) : tooManyError(this.#checked());
  }

  /** Puts the sources into Cloud Storage as they are. */
  async stage(): Promise<void> {
    const { jobs, storage, options } = this.#parts;
    for (const job of jobs) {
      const rejected = job.validation.rowsRejected;
      if (rejected > 0) await Promise.all(job.rejects.map((file) => file.locate()));
      for (const source of job.table.sources) {
        options.onProgress?.({ ...progressOf(job), phase: 'stage', rows: 0, rejected });
        try {
          job.staged.push(await stage(storage, source));
        } catch (error) {
          // A file that went away or grew meanwhile is the reason for whatever the upload says.
          await refuseChanged([source]);
          throw error;
        }
      }
    }
    for (const { table } of jobs) await refuseChanged(table.sources);
  }

  /** Writes the good rows, unless another load has just written the same. */
  async write(): Promise<LoadResult> {
    const { config, data, storage, jobs, options } = this.#parts;
    const manifest = await LoadManifest.claim(storage, manifestKey(config, data, jobs, options), {
      ...options,
      tables: jobs.map(({ live }) => databaseKey(config, data, live.name)),
    });
    if (manifest.results !== undefined) return await this.#adopt(manifest, manifest.results);
    try {
      if (options.mode === 'truncate' && !manifest.truncated) await this.#truncate(manifest);
      for (const job of jobs) this.#results.push(await this.#writeTable(job, manifest));
      await manifest.finish(
        this.#results.map(({ rowsLoaded, rowsRejected }) => ({ rowsLoaded, rowsRejected })),
      );
    } catch (error) {
      // Its lease ends by itself; what went wrong is told, not this.
      await manifest.release().catch(() => {});
      if (error instanceof ManifestLost) throw manifestLostError(error);
      options.signal.throwIfAborted();
      if (!(error instanceof TooManyRefused)) throw error;
      const found = { ...this.#checked(), rowsRejected: this.#rowsRejected };
      throw tooManyError(found, `the load stopped after ${error.rowsWritten} rows`);
    }
    return this.#summary();
  }

  /** The other load wrote the same rows. */
  async #adopt(
    manifest: LoadManifest,
    written: readonly { rowsLoaded: number; rowsRejected: number }[],
  ): Promise<LoadResult> {
    const { jobs, options } = this.#parts;
    for (const job of jobs) {
      await writeRejects(job, options, manifest.refusedOf(job.index));
      this.#results.push(tableResult(job, written[job.index]!));
    }
    return this.#summary();
  }

  /** Children first: Spanner deletes no row that another refers to. */
  async #truncate(manifest: LoadManifest): Promise<void> {
    const { data, jobs, options } = this.#parts;
    for (const { live } of [...jobs].reverse()) {
      await manifest.assertOwned();
      try {
        const sql = `DELETE FROM ${quoted(live.name)} WHERE TRUE`;
        await retried(() => data.partitionedUpdate(sql), { local: data.local, signal: options.signal });
      } catch (error) {
        if (errorCode(error) === GRPC.failedPrecondition && /foreign key/i.test((error as Error).message)) {
          throw referencedError(live.name, error);
        }
        throw translateGoogleError(error, `empty the table ${live.name}`, data.local);
      }
    }
    await manifest.setTruncated();
  }

  async #writeTable(job: TableJob, manifest: LoadManifest): Promise<TableLoadResult> {
    const { data, jobs, options } = this.#parts;
    const { table, live, validation, rejects } = job;
    const { schema } = table;
    try {
      const writer = new TableWriter(table, live, data, manifest, {
        csv: options.csv,
        rows: options.rows,
        signal: options.signal,
        mode: options.mode,
        lowPriority: options.lowPriority,
        tag: options.tag,
        table: job.index,
        references: await referencesOf(
          data,
          schema,
          jobs.map((each) => each.table),
        ),
        commitTimestamp: live.columns.some((column) => column.commitTimestamp)
          ? commitTimestampField(schema)?.name
          : undefined,
        duplicates: validation.duplicates,
        rejects,
        reasons: validation.reasons,
        onRefused: (rows, rowsWritten) => this.#countRefused(rows, rowsWritten),
        onProgress: (progress) => options.onProgress?.({ ...progressOf(job), phase: 'write', ...progress }),
      });
      const written = await writer.write();
      await refuseChanged(table.sources);
      if (written.rowsRead !== validation.rowsRead) throw changedError(table.sources);
      return tableResult(job, { ...written, rowsLoaded: written.rowsLoaded + written.rowsResumed });
    } catch (error) {
      if (error instanceof ManifestLost || error instanceof TooManyRefused) throw error;
      options.signal.throwIfAborted();
      throw translateGoogleError(error, `write to the table ${live.name}`, data.local);
    }
  }

  /** Spanner alone knows which rows refer to nothing or repeat a value that is there. */
  #countRefused(rows: number, rowsWritten: number): void {
    this.#rowsRejected += rows;
    const counts = { rowsRead: this.#rowsRead, rowsRejected: this.#rowsRejected };
    if (!exceeds(counts, this.#parts.options.maxRejects)) return;
    throw new TooManyRefused(this.#results.reduce((total, table) => total + table.rowsLoaded, rowsWritten));
  }

  /** What the checks found. */
  #checked(): LoadResult {
    const { jobs, options, startedMs } = this.#parts;
    const tables = jobs.map((job) => tableResult(job));
    return summary(tables, options.mode, startedMs, () => 0);
  }

  #summary(): LoadResult {
    const { options, startedMs } = this.#parts;
    return summary(this.#results, options.mode, startedMs, (table) => table.rowsLoaded);
  }
}

function scanOptions(options: LoadOptions): ScanOptions {
  return { csv: options.csv, rows: options.rows, signal: options.signal };
}

function validate(table: TableInput, options: LoadOptions): Promise<Validation> {
  return validateTable(table, scanOptions(options), ({ rows, rejected }) =>
    options.onProgress?.({ phase: 'check', table: table.schema.spannerTable, rows, rejected }),
  );
}

function rejectFiles(table: TableInput, options: LoadOptions, validation: Validation): RejectFile[] {
  return table.sources.map(
    (source) => new RejectFile(options.rejects.get(source)!, validation.hasBrokenRecords),
  );
}

/**
 * A second reading that writes the reject files, which no table is needed for.
 * @param refused rows that were found to be bad after the checks, by number.
 */
async function writeRejects(
  { table, validation, rejects }: CheckedTable,
  options: LoadOptions,
  refused: ReadonlyMap<number, Problem> = new Map(),
): Promise<void> {
  if (validation.rowsRejected === 0 && refused.size === 0) return;
  let current = -1;
  await scanTable(table, scanOptions(options), {
    open(_source, file) {
      current++;
      rejects[current]!.open(file);
    },
    good(row) {
      const late = refused.get(row.number);
      const problems = validation.duplicates.get(row.number) ?? (late && [late]);
      if (problems !== undefined) rejects[current]!.add(row, problems);
    },
    bad: (row, problems) => rejects[current]!.add(row, problems),
    pause: () => rejects[current]!.flush(),
    close: () => rejects[current]!.close(),
  });
}

function progressOf({ table, validation }: CheckedTable): { table: string; total: number } {
  return { table: table.schema.spannerTable, total: validation.rowsRead };
}

/** The raw file as an object whose name says its content, so that the same file is staged once. */
async function stage(storage: StoragePort, source: Source): Promise<ObjectVersion> {
  if (source.object !== undefined) return source.object;
  const sum = storage.checksum();
  for await (const chunk of source.bytes()) sum.update(chunk as Buffer);
  const crc32c = sum.digest();
  const hex = Buffer.from(crc32c, 'base64').toString('hex');
  const name = `staging/${hex}-${source.size}-${identifierOf(source.stem)}.csv`;
  const there = await storage.stat(name);
  if (there !== undefined && there.crc32c === crc32c) return there;
  return storage.upload(name, source.bytes(), {
    contentType: 'application/octet-stream',
    crc32c,
    size: source.size,
  });
}

/** Names one load: these bytes, into these tables of this very database, read in this way. */
function manifestKey(
  config: Config,
  data: SpannerData,
  jobs: readonly TableJob[],
  { csv, rows, mode }: LoadOptions,
): string {
  return databaseKey(config, data, [
    jobs.map(({ table, staged }) => [
      table.schema,
      staged.map(({ bucket, name, generation, crc32c, size }) => [bucket, name, generation, crc32c, size]),
    ]),
    csv,
    rows,
    mode,
  ]);
}

/** Names something of this very database, not of one that had its name before. */
function databaseKey({ project, spanner }: Config, { createdAt }: SpannerData, what: unknown): string {
  const identity = [project, spanner.instance, spanner.database, createdAt, what];
  return createHash('sha256').update(JSON.stringify(identity)).digest('hex').slice(0, 32);
}

async function refuseChanged(sources: readonly Source[]): Promise<void> {
  for (const source of sources) if (await source.changed()) throw changedError(sources);
}
