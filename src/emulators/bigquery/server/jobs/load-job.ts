import { randomUUID } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { RESULTS_DATABASE } from '../../../googlesql/duck/database.js';
import { notImplemented, SqlError } from '../../../googlesql/errors.js';
import type { JsonObject, TableField } from '../../catalog/entries.js';
import { BadRecords } from '../load/bad-records.js';
import { fastCsvSelect } from '../load/csv-fast.js';
import { regularRows } from '../load/csv-shape.js';
import { type FileRows, fileRows, type Reading, textSchema } from '../load/file-rows.js';
import { type FileOptions, type LoadOptions, readExternalOptions } from '../load/load-options.js';
import { fetchSources, normalizeText, removeSources, type SourceFile } from '../load/source-files.js';
import { destinationTable } from '../resources/destination.js';
import type { ServerContext } from '../server-context.js';
import type { Job, NewJob } from './job.js';
import { withTimeout } from './query-job.js';
import { checkDestination, writeRows } from './table-writer.js';

/** Starts a load job. `upload` is the file that came with the request; the job removes it. */
export function startLoadJob(
  context: ServerContext,
  job: Omit<NewJob, 'type'>,
  options: LoadOptions,
  upload: SourceFile | undefined,
  timeoutMs?: number,
): Job {
  return context.jobs.start({ ...job, type: 'LOAD' }, (started) =>
    withTimeout(started, timeoutMs, () => runLoad(context, started, options, upload)),
  );
}

async function runLoad(
  context: ServerContext,
  job: Job,
  options: LoadOptions,
  upload: SourceFile | undefined,
): Promise<void> {
  const { bad, ...load } = await loadFiles(context, options, upload, job.abort.signal);
  job.warnings.push(...bad.reported);
  job.statistics = {
    load: {
      inputFiles: String(load.files),
      inputFileBytes: String(load.bytes),
      outputRows: String(load.rows),
      outputBytes: String(await context.statistics.bytes(destinationTable(options.destination))),
      badRecords: String(bad.count),
    },
  };
}

export interface Loaded {
  files: number;
  bytes: number;
  rows: number;
  bad: BadRecords;
}

/** Puts what files hold into a table, as a whole or not at all. */
export async function loadFiles(
  context: ServerContext,
  options: LoadOptions,
  upload: SourceFile | undefined,
  signal: AbortSignal,
): Promise<Loaded> {
  checkFormat(options);
  try {
    await checkDestination(context, options.destination);
    return await withFiles(context, options, upload, signal, async (files, bytes) => {
      const bad = badRecords(options);
      const rows = await writeFiles({ context, options, bad, signal }, files);
      await context.catalog.flush();
      return { files: files.length, bytes, rows, bad };
    });
  } finally {
    if (upload !== undefined) await removeSources([upload]);
  }
}

/** The rows of an external table's files, for as long as they are not disposed of. */
export function openExternal(
  context: ServerContext,
  external: JsonObject,
  existing: TableField[] | undefined,
  signal: AbortSignal = new AbortController().signal,
): Promise<FileRows> {
  const options = readExternalOptions(external);
  checkFormat(options);
  // DuckDB reads Parquet files only when it is asked for the rows.
  return withFiles(context, options, undefined, signal, async (files) => {
    const rows = await fileRows(files, { context, options, existing, bad: badRecords(options), signal });
    return options.format === 'PARQUET' ? kept(context, rows) : rows;
  });
}

async function kept({ database }: ServerContext, { fields, select }: FileRows): Promise<FileRows> {
  const name = `${RESULTS_DATABASE}.main.files_${randomUUID().replaceAll('-', '')}`;
  await database.run(
    `CREATE TABLE ${name} AS SELECT * FROM (${select}) AS q(${fields.map((_, index) => `c${index}`).join(', ')})`,
  );
  return {
    fields,
    select: `SELECT * FROM ${name}`,
    dispose: async () => {
      await database.run(`DROP TABLE IF EXISTS ${name}`);
    },
  };
}

function checkFormat({ format }: FileOptions): void {
  if (!['CSV', 'NEWLINE_DELIMITED_JSON', 'PARQUET', 'AVRO'].includes(format)) {
    throw notImplemented(`Loading ${format} files`, 'sourceFormat');
  }
}

function badRecords({ maxBadRecords, format }: FileOptions): BadRecords {
  return new BadRecords(maxBadRecords, format === 'CSV' ? 'CSV' : 'JSON');
}

/** Calls `work` with the files, as local copies in plain text, and their size. */
async function withFiles<Result>(
  context: ServerContext,
  options: FileOptions,
  upload: SourceFile | undefined,
  signal: AbortSignal,
  work: (files: SourceFile[], bytes: number) => Promise<Result>,
): Promise<Result> {
  const { stagingDir } = context.database;
  const files =
    upload === undefined
      ? await fetchSources(options.uris, { stagingDir, storageEndpoint: context.storageEndpoint, signal })
      : [upload];
  try {
    const bytes = await totalSize(files);
    if (isText(options)) for (const file of files) await normalizeText(file, options.encoding);
    return await work(files, bytes);
  } finally {
    await removeSources(files);
  }
}

function isText({ format }: FileOptions): boolean {
  return format === 'CSV' || format === 'NEWLINE_DELIMITED_JSON';
}

async function totalSize(files: readonly SourceFile[]): Promise<number> {
  const sizes = await Promise.all(files.map(async ({ path }) => (await stat(path)).size));
  return sizes.reduce((total, size) => total + size, 0);
}

async function writeFiles(
  { context, options, bad, signal }: Reading & { options: LoadOptions },
  files: SourceFile[],
): Promise<number> {
  const { destination } = options;
  const existing = context.catalog.getTable(destinationTable(destination))?.fields;
  const mayAdd = destination.allowFieldAddition;
  const reading: Reading = { context, options, existing, mayAdd, bad, signal };
  if (options.format === 'CSV' && options.hive === undefined) {
    const rows = await tryFast(context, signal, files, options, await textSchema(files, reading));
    if (rows !== undefined) return rows;
  }
  const { fields, select, dispose } = await fileRows(files, reading);
  try {
    return await writeRows(context, destination, fields, select, { signal });
  } finally {
    await dispose();
  }
}

/** The files are not so plain that DuckDB's reader is sure to take them as BigQuery does. */
class IrregularCsv extends Error {}

/** Tries DuckDB's own reader; undefined when the files need the careful one, and then nothing is written. */
async function tryFast(
  context: ServerContext,
  signal: AbortSignal,
  files: readonly SourceFile[],
  { destination }: LoadOptions,
  { fields, csv }: { fields: TableField[]; csv: LoadOptions['csv'] },
): Promise<number | undefined> {
  const select = fastCsvSelect(files, fields, csv);
  if (select === undefined) return undefined;
  const stop = new AbortController();
  // The files are looked through while DuckDB reads them.
  const regular = Promise.all(
    files.map(({ path }) => regularRows(path, fields.length, csv, AbortSignal.any([signal, stop.signal]))),
  );
  regular.catch(() => undefined);
  try {
    return await writeRows(context, destination, fields, select, {
      signal,
      confirm: async (added) => {
        const counts = await regular;
        const total = counts.reduce<number>((sum, count) => sum + (count ?? Number.NaN), 0);
        if (total !== added) throw new IrregularCsv();
      },
    });
  } catch (error) {
    if (error instanceof SqlError || signal.aborted) throw error;
    return undefined;
  } finally {
    stop.abort();
  }
}

/** Completes the echoed configuration of a load job. */
export function completeLoadConfiguration(
  load: JsonObject,
  options: LoadOptions,
  upload: SourceFile | undefined,
): void {
  load['writeDisposition'] ??= options.destination.write;
  load['sourceFormat'] ??= options.format;
  if (upload !== undefined) load['sourceUris'] = [upload.uri];
  if (options.schema !== undefined) load['schema'] = { fields: options.schema as unknown as JsonObject[] };
}
