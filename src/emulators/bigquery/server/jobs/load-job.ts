import { randomUUID } from 'node:crypto';
import { stat } from 'node:fs/promises';
import type { DuckDBValue } from '@duckdb/node-api';
import { RESULTS_DATABASE } from '../../../googlesql/duck/database.js';
import { notImplemented, SqlError } from '../../../googlesql/errors.js';
import type { JsonObject, TableField } from '../../catalog/entries.js';
import { storageType } from '../../catalog/stored-table.js';
import { BigQueryError } from '../../errors.js';
import { appendRows } from '../load/appender.js';
import { detectCsv, detectJson } from '../load/autodetect.js';
import { avroFields, convertAvro } from '../load/avro.js';
import { BadRecords } from '../load/bad-records.js';
import { fastCsvSelect } from '../load/csv-fast.js';
import { convertCsv } from '../load/csv-rows.js';
import { regularRows } from '../load/csv-shape.js';
import { convertJson } from '../load/json-rows.js';
import type { LoadOptions } from '../load/load-options.js';
import { parquetSource } from '../load/parquet.js';
import { fetchSources, normalizeText, removeSources, type SourceFile } from '../load/source-files.js';
import { destinationTable } from '../resources/destination.js';
import type { ServerContext } from '../server-context.js';
import type { Job, NewJob } from './job.js';
import { withTimeout } from './query-job.js';
import { checkDestination, writeRows } from './table-writer.js';

/** Rows that are converted before they are handed to DuckDB. */
const BATCH_ROWS = 2048;

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
  let files: SourceFile[] = upload === undefined ? [] : [upload];
  try {
    if (!['CSV', 'NEWLINE_DELIMITED_JSON', 'PARQUET', 'AVRO'].includes(options.format)) {
      throw notImplemented(`Loading ${options.format} files`, 'sourceFormat');
    }
    await checkDestination(context, options.destination);
    if (upload === undefined) {
      files = await fetchSources(options.uris, {
        stagingDir: context.database.stagingDir,
        storageEndpoint: context.storageEndpoint,
        signal: job.abort.signal,
      });
    }
    const inputBytes = await totalSize(files);
    if (isText(options)) for (const file of files) await normalizeText(file, options.encoding);
    const bad = new BadRecords(options.maxBadRecords, options.format === 'CSV' ? 'CSV' : 'JSON');
    const rows = await loadFiles(context, job, files, options, bad);
    await context.catalog.flush();
    job.warnings.push(...bad.reported);
    job.statistics = {
      load: {
        inputFiles: String(files.length),
        inputFileBytes: String(inputBytes),
        outputRows: String(rows),
        outputBytes: String(await context.statistics.bytes(destinationTable(options.destination))),
        badRecords: String(bad.count),
      },
    };
  } finally {
    await removeSources(files);
  }
}

function isText({ format }: LoadOptions): boolean {
  return format === 'CSV' || format === 'NEWLINE_DELIMITED_JSON';
}

async function totalSize(files: readonly SourceFile[]): Promise<number> {
  const sizes = await Promise.all(files.map(async ({ path }) => (await stat(path)).size));
  return sizes.reduce((total, size) => total + size, 0);
}

async function loadFiles(
  context: ServerContext,
  job: Job,
  files: SourceFile[],
  options: LoadOptions,
  bad: BadRecords,
): Promise<number> {
  const { destination } = options;
  const existing = context.catalog.getTable(destinationTable(destination));
  // Replacing a table keeps its columns unless the job brings others.
  const declared = options.schema?.length ? options.schema : undefined;
  if (options.format === 'PARQUET') {
    const source = await parquetSource(context.database, files, declared ?? existing?.fields);
    return writeRows(context, destination, source.fields, source.select, { signal: job.abort.signal });
  }
  if (options.format === 'AVRO') {
    const fields = declared ?? existing?.fields ?? (await avroFields(files[0]!, options.avroLogicalTypes));
    return writeConverted(context, job, options, fields, convertAvro(files, fields, options, bad));
  }
  const { fields, csv } = await textSchema(files, options, declared, existing?.fields);
  const effective: LoadOptions = { ...options, csv };
  if (options.format === 'CSV') {
    const rows = await tryFast(context, job, files, effective, fields);
    if (rows !== undefined) return rows;
  }
  const converted =
    options.format === 'CSV'
      ? convertCsv(files, fields, effective, bad)
      : convertJson(files, fields, effective, bad);
  return writeConverted(context, job, effective, fields, converted);
}

async function textSchema(
  files: SourceFile[],
  options: LoadOptions,
  declared: TableField[] | undefined,
  existing: TableField[] | undefined,
): Promise<{ fields: TableField[]; csv: LoadOptions['csv'] }> {
  const { csv } = options;
  if (declared !== undefined) return { fields: declared, csv };
  if (existing !== undefined && existing.length > 0 && !options.autodetect) return { fields: existing, csv };
  if (!options.autodetect) {
    throw new BigQueryError('invalid', 'No schema specified on job or table.');
  }
  const file = files[0]!;
  if (options.format !== 'CSV') return { fields: await detectJson(file), csv };
  const detected = await detectCsv(file, csv, { delimiter: csv.delimiter !== ',' });
  if (existing === undefined) return detected;
  // Into a table that exists, found columns go by name; types are the table's.
  const byName = new Map(existing.map((field) => [field.name.toLowerCase(), field]));
  const known = detected.fields.every((field) => byName.has(field.name.toLowerCase()));
  if (known) {
    return {
      csv: detected.csv,
      fields: detected.fields.map((field) => byName.get(field.name.toLowerCase())!),
    };
  }
  return detected.fields.length === existing.length && !options.destination.allowFieldAddition
    ? { csv: detected.csv, fields: existing }
    : detected;
}

/** The files are not so plain that DuckDB's reader is sure to take them as BigQuery does. */
class IrregularCsv extends Error {}

/** Tries DuckDB's own reader; undefined when the files need the careful one, and then nothing is written. */
async function tryFast(
  context: ServerContext,
  { abort: { signal } }: Job,
  files: readonly SourceFile[],
  { destination, csv }: LoadOptions,
  fields: TableField[],
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

/** Collects converted rows in a scratch table, so that a bad file changes nothing, and writes them at once. */
async function writeConverted(
  context: ServerContext,
  job: Job,
  options: LoadOptions,
  fields: TableField[],
  rows: AsyncGenerator<DuckDBValue[]>,
): Promise<number> {
  const table = `load_${randomUUID().replaceAll('-', '')}`;
  const name = `${RESULTS_DATABASE}.main.${table}`;
  const columns = fields.map((field, index) => `c${index} ${storageType(field)}`);
  await context.database.run(`CREATE TABLE ${name} (${columns.join(', ')})`);
  try {
    let batch: DuckDBValue[][] = [];
    for await (const row of rows) {
      batch.push(row);
      if (batch.length < BATCH_ROWS) continue;
      job.abort.signal.throwIfAborted();
      await appendRows(context.database, { table, schema: 'main', database: RESULTS_DATABASE }, batch);
      batch = [];
    }
    await appendRows(context.database, { table, schema: 'main', database: RESULTS_DATABASE }, batch);
    return await writeRows(context, options.destination, fields, `SELECT * FROM ${name}`, {
      signal: job.abort.signal,
    });
  } finally {
    await context.database.run(`DROP TABLE ${name}`);
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
