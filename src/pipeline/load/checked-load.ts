import type { Config } from '../../config/config.js';
import { errorCode, GRPC, translateGoogleError } from '../../gcp/google-errors.js';
import type { SpannerData } from '../../gcp/spanner/data.js';
import type { LiveTable } from '../../gcp/spanner/live-table.js';
import type { ObjectVersion, StoragePort } from '../../gcp/storage/port.js';
import { commitTimestampField, quoted } from '../../schema/spanner-ddl.js';
import { referencesOf } from './live-tables.js';
import {
  changedError,
  emptiedError,
  exceeds,
  referencedError,
  TooManyRefused,
  tooManyError,
} from './load-errors.js';
import type { LoadOptions } from './load-options.js';
import {
  type CheckedTable,
  type LoadResult,
  summary,
  type TableLoadResult,
  tableResult,
} from './load-result.js';
import { LoadManifest, ManifestLost, manifestLostError } from './manifest.js';
import { retried } from './retry.js';
import { databaseKey, manifestKey, refuseChanged, stage } from './staging.js';
import { TableWriter } from './table-writer.js';
import { writeRejects } from './write-rejects.js';

export interface TableJob extends CheckedTable {
  /** Position among the tables of the load. */
  index: number;
  live: LiveTable;
  staged: ObjectVersion[];
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
export class CheckedLoad {
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

function progressOf({ table, validation }: CheckedTable): { table: string; total: number } {
  return { table: table.schema.spannerTable, total: validation.rowsRead };
}
