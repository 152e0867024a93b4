import { createHash } from 'node:crypto';
import type { Config } from '../../config/config.js';
import type { GoogleClients } from '../../gcp/clients.js';
import { errorCode, GRPC, translateGoogleError } from '../../gcp/google-errors.js';
import { openSpannerData, type SpannerData } from '../../gcp/spanner-data.js';
import type { LiveTable } from '../../gcp/spanner-live-table.js';
import { type ObjectVersion, type StoragePort, storagePort } from '../../gcp/storage.js';
import { identifierOf } from '../../schema/parse-table-schema.js';
import type { Problem } from '../../schema/row-validator.js';
import { commitTimestampField, quoted } from '../../schema/spanner-ddl.js';
import {
  changedError,
  emptiedError,
  exceeds,
  referencedError,
  TooManyRefused,
  tooManyError,
} from './load-errors.js';
import type { LoadInput, LoadOptions, LoadProgress } from './load-options.js';
import { liveTableOf, referencesOf } from './load-tables.js';
import { LoadManifest, ManifestLost, manifestLostError } from './manifest.js';
import { RejectFile } from './rejects.js';
import { retried } from './retry.js';
import { type ScanOptions, scanTable, type TableInput } from './scan.js';
import type { Source } from './source.js';
import { type ReasonCount, type Validation, validateTable } from './validate.js';
import { writeTable } from './write-table.js';

export interface TableLoadResult {
  table: string;
  rowsRead: number;
  /** Rows that passed every check before the first was written. */
  rowsValid: number;
  rowsLoaded: number;
  rowsRejected: number;
  /** Rows that an earlier, interrupted run of the same load had written. */
  rowsResumed: number;
  rejectsFile: string | null;
  rejectsFiles: string[];
  stagedObject: string | null;
  stagedObjects: string[];
  reasons: ReasonCount[];
}

export interface LoadResult extends TableLoadResult {
  mode: string;
  seconds: number;
  rowsPerSecond: number;
  /** Only when several tables were loaded; the figures above are their sums. */
  tables?: TableLoadResult[];
}

const SHOWN_REASONS = 10;

/** A table whose rows were checked. */
interface CheckedTable {
  table: TableInput;
  validation: Validation;
  /** One for each source. */
  rejects: RejectFile[];
  staged?: ObjectVersion[];
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
    results.push(tableResult(job, { rowsLoaded: 0 }));
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
  const validations: Validation[] = [];
  for (const table of input) validations.push(await validate(table, options));
  const jobs = input.map((table, index): TableJob => {
    const validation = validations[index]!;
    return {
      table,
      index,
      live: lives[index]!,
      validation,
      rejects: rejectFiles(table, options, validation),
      staged: [],
    };
  });
  await refuseTooMany();
  for (const job of jobs) {
    if (job.validation.rowsRejected > 0) await Promise.all(job.rejects.map((file) => file.locate()));
    for (const source of job.table.sources) {
      report({ ...progressOf(job), phase: 'stage', rows: 0, rejected: job.validation.rowsRejected });
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
  const manifest = await LoadManifest.claim(storage, manifestKey(config, data, jobs, options), {
    ...options,
    tables: lives.map(({ name }) => databaseKey(config, data, name)),
  });
  const results: TableLoadResult[] = [];
  const rowsRead = validations.reduce((total, validation) => total + validation.rowsRead, 0);
  let rowsRejected = validations.reduce((total, validation) => total + validation.rowsRejected, 0);
  if (manifest.results !== undefined) {
    // The other load wrote the same rows.
    for (const job of jobs) {
      const refused = manifest.refusedOf(job.index);
      await writeRejects(job, options, refused);
      results.push(tableResult(job, manifest.results[job.index]!));
    }
    return summary(results, options.mode, startedMs, (table) => table.rowsLoaded);
  }
  try {
    if (options.mode === 'truncate' && !manifest.truncated) await truncate(manifest);
    for (const job of jobs) results.push(await loadTable(job, manifest));
    await manifest.finish(results.map(({ rowsLoaded, rowsRejected }) => ({ rowsLoaded, rowsRejected })));
  } catch (error) {
    await manifest.release().catch(() => {});
    if (error instanceof ManifestLost) throw manifestLostError(error);
    options.signal.throwIfAborted();
    if (!(error instanceof TooManyRefused)) throw error;
    throw tooManyError({ ...checked(), rowsRejected }, `the load stopped after ${error.rowsWritten} rows`);
  }
  return summary(results, options.mode, startedMs, (table) => table.rowsLoaded);

  /** Spanner alone knows which rows refer to nothing or repeat a value that is there. */
  function countRefused(rows: number, rowsWritten: number): void {
    rowsRejected += rows;
    if (!exceeds({ rowsRead, rowsRejected }, options.maxRejects)) return;
    throw new TooManyRefused(results.reduce((total, table) => total + table.rowsLoaded, rowsWritten));
  }

  /** Before the first write: too many rejects, or none left to put in the place of the rows that are there. */
  async function refuseTooMany(): Promise<void> {
    const isEmptied = ({ validation }: TableJob) =>
      options.mode === 'truncate' &&
      validation.rowsRead > 0 &&
      validation.rowsRead === validation.rowsRejected;
    const emptied = jobs.find(isEmptied);
    if (emptied === undefined && !exceeds(checked(), options.maxRejects)) return;
    for (const job of jobs) await writeRejects(job, options);
    throw emptied ? emptiedError(tableResult(emptied, { rowsLoaded: 0 })) : tooManyError(checked());
  }

  function checked(): LoadResult {
    const tables = jobs.map((job) => tableResult(job, { rowsLoaded: 0 }));
    return summary(tables, options.mode, startedMs, () => 0);
  }

  /** Children first: Spanner deletes no row that another refers to. */
  async function truncate(manifest: LoadManifest): Promise<void> {
    for (const { live } of [...jobs].reverse()) {
      await manifest.assertOwned();
      try {
        const sql = `DELETE FROM ${quoted(live.name)} WHERE TRUE`;
        await retried(() => data.partitionedUpdate(sql), { local: data.local, signal: options.signal });
      } catch (error) {
        if (errorCode(error) === GRPC.failedPrecondition && /foreign key/i.test((error as Error).message)) {
          throw referencedError(live.name, error);
        }
        throw translateGoogleError(error, `empty the table ${live.name}`, clients.local);
      }
    }
    await manifest.setTruncated();
  }

  async function loadTable(job: TableJob, manifest: LoadManifest): Promise<TableLoadResult> {
    const { table, live, validation, rejects } = job;
    const { schema } = table;
    try {
      const written = await writeTable(table, live, data, manifest, {
        csv: options.csv,
        rows: options.rows,
        signal: options.signal,
        mode: options.mode,
        lowPriority: options.lowPriority,
        tag: options.tag,
        table: job.index,
        references: await referencesOf(data, schema, input),
        commitTimestamp: live.columns.some((column) => column.commitTimestamp)
          ? commitTimestampField(schema)?.name
          : undefined,
        duplicates: validation.duplicates,
        rejects,
        reasons: validation.reasons,
        onRefused: countRefused,
        onProgress: (progress) => report({ ...progressOf(job), phase: 'write', ...progress }),
      });
      await refuseChanged(table.sources);
      if (written.rowsRead !== validation.rowsRead) throw changedError(table.sources);
      return tableResult(job, { ...written, rowsLoaded: written.rowsLoaded + written.rowsResumed });
    } catch (error) {
      if (error instanceof ManifestLost || error instanceof TooManyRefused) throw error;
      options.signal.throwIfAborted();
      throw translateGoogleError(error, `write to the table ${live.name}`, clients.local);
    }
  }

  function report(progress: LoadProgress): void {
    options.onProgress?.(progress);
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

function tableResult(
  { table, validation, rejects, staged = [] }: CheckedTable,
  written: { rowsLoaded: number; rowsResumed?: number; rowsRejected?: number },
): TableLoadResult {
  const paths = [...new Set(rejects.flatMap(({ path }) => (path === undefined ? [] : [path])))];
  const objects = staged.map(({ bucket, name }) => `gs://${bucket}/${name}`);
  return {
    table: table.schema.spannerTable,
    rowsRead: validation.rowsRead,
    rowsValid: validation.rowsRead - validation.rowsRejected,
    rowsLoaded: written.rowsLoaded,
    rowsRejected: written.rowsRejected ?? validation.rowsRejected,
    rowsResumed: written.rowsResumed ?? 0,
    rejectsFile: paths[0] ?? null,
    rejectsFiles: paths,
    stagedObject: objects[0] ?? null,
    stagedObjects: objects,
    reasons: validation.reasons.top(SHOWN_REASONS),
  };
}

function progressOf({ table, validation }: CheckedTable): { table: string; total: number } {
  return { table: table.schema.spannerTable, total: validation.rowsRead };
}

function summary(
  tables: readonly TableLoadResult[],
  mode: string,
  startedMs: number,
  rated: (table: TableLoadResult) => number,
): LoadResult {
  const seconds = (performance.now() - startedMs) / 1000;
  const sum = (pick: (table: TableLoadResult) => number) =>
    tables.reduce((total, table) => total + pick(table), 0);
  const [first] = tables as [TableLoadResult];
  return {
    table: tables.map(({ table }) => table).join(', '),
    rowsRead: sum((table) => table.rowsRead),
    rowsValid: sum((table) => table.rowsValid),
    rowsLoaded: sum((table) => table.rowsLoaded),
    rowsRejected: sum((table) => table.rowsRejected),
    rowsResumed: sum((table) => table.rowsResumed),
    rejectsFile: tables.find(({ rejectsFile }) => rejectsFile !== null)?.rejectsFile ?? null,
    rejectsFiles: tables.flatMap(({ rejectsFiles }) => rejectsFiles),
    stagedObject: first.stagedObject,
    stagedObjects: tables.flatMap(({ stagedObjects }) => stagedObjects),
    reasons: tables
      .flatMap(({ reasons }) => reasons)
      .sort((a, b) => b.count - a.count)
      .slice(0, SHOWN_REASONS),
    mode,
    seconds,
    rowsPerSecond: Math.round(sum(rated) / Math.max(seconds, 0.001)),
    ...(tables.length > 1 && { tables: [...tables] }),
  };
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
