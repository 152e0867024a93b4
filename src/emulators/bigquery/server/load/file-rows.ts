import { randomUUID } from 'node:crypto';
import type { DuckDBValue } from '@duckdb/node-api';
import { RESULTS_DATABASE } from '../../../googlesql/duck/database.js';
import type { TableField } from '../../catalog/entries.js';
import { storageType } from '../../catalog/stored-table.js';
import { BigQueryError } from '../../errors.js';
import type { ServerContext } from '../server-context.js';
import { appendRows } from './appender.js';
import { detectCsv, detectJson } from './autodetect.js';
import { avroFields, convertAvro } from './avro.js';
import type { BadRecords } from './bad-records.js';
import { convertCsv } from './csv-rows.js';
import { withPartitionColumns } from './hive-partitions.js';
import { convertJson } from './json-rows.js';
import type { FileOptions } from './load-options.js';
import { parquetSource } from './parquet.js';
import type { SourceFile } from './source-files.js';

/** Rows that are converted before they are handed to DuckDB. */
const BATCH_ROWS = 2048;

/** The rows of files as a query of DuckDB, one column per field. */
export interface FileRows {
  fields: TableField[];
  select: string;
  /** Drops what the query reads. */
  dispose(): Promise<void>;
}

export interface Reading {
  context: ServerContext;
  options: FileOptions;
  /** Columns of the table that the rows are for, where no schema is declared. */
  existing?: TableField[] | undefined;
  /** New columns may be found in the files. */
  mayAdd?: boolean;
  bad: BadRecords;
  signal: AbortSignal;
}

/** Reads files with care: what is no record of the declared columns counts as a bad one. */
export function fileRows(files: SourceFile[], reading: Reading): Promise<FileRows> {
  const { hive } = reading.options;
  if (hive === undefined) return plainRows(files, reading);
  return withPartitionColumns(files, hive, reading, plainRows);
}

async function plainRows(files: SourceFile[], reading: Reading): Promise<FileRows> {
  const { context, options, existing, bad } = reading;
  const declared = declaredFields(options);
  if (options.format === 'PARQUET') {
    const source = await parquetSource(context.database, files, declared ?? existing);
    return { ...source, dispose: async () => {} };
  }
  if (options.format === 'AVRO') {
    const fields = declared ?? existing ?? (await avroFields(files[0]!, options.avroLogicalTypes));
    return converted(fields, convertAvro(files, fields, options, bad), reading);
  }
  const { fields, csv } = await textSchema(files, reading);
  const effective: FileOptions = { ...options, csv };
  const rows =
    options.format === 'CSV'
      ? convertCsv(files, fields, effective, bad)
      : convertJson(files, fields, effective, bad);
  return converted(fields, rows, reading);
}

/** The columns that the job brings; replacing a table keeps those it has otherwise. */
export function declaredFields({ schema }: FileOptions): TableField[] | undefined {
  return schema?.length ? schema : undefined;
}

export async function textSchema(
  files: SourceFile[],
  { options, existing, mayAdd = false }: Pick<Reading, 'options' | 'existing' | 'mayAdd'>,
): Promise<{ fields: TableField[]; csv: FileOptions['csv'] }> {
  const { csv } = options;
  const declared = declaredFields(options);
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
  return detected.fields.length === existing.length && !mayAdd
    ? { csv: detected.csv, fields: existing }
    : detected;
}

/** Collects converted rows in a scratch table, so that a bad file changes nothing. */
async function converted(
  fields: TableField[],
  rows: AsyncGenerator<DuckDBValue[]>,
  { context: { database }, signal }: Reading,
): Promise<FileRows> {
  const table = `load_${randomUUID().replaceAll('-', '')}`;
  const name = `${RESULTS_DATABASE}.main.${table}`;
  const columns = fields.map((field, index) => `c${index} ${storageType(field)}`);
  await database.run(`CREATE TABLE ${name} (${columns.join(', ')})`);
  const dispose = async () => {
    await database.run(`DROP TABLE IF EXISTS ${name}`);
  };
  const append = (batch: DuckDBValue[][]) =>
    appendRows(database, { table, schema: 'main', database: RESULTS_DATABASE }, batch);
  try {
    let batch: DuckDBValue[][] = [];
    for await (const row of rows) {
      batch.push(row);
      if (batch.length < BATCH_ROWS) continue;
      signal.throwIfAborted();
      await append(batch);
      batch = [];
    }
    await append(batch);
    return { fields, select: `SELECT * FROM ${name}`, dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}
