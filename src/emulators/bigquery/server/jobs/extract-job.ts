import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { quoteIdentifier, quoteString } from '../../../googlesql/duck/quote.js';
import { BigQueryError, notImplemented } from '../../../googlesql/errors.js';
import { duckFieldName } from '../../../googlesql/syntax/types.js';
import type { JsonObject, TableEntry, TableField, TableRef } from '../../catalog/entries.js';
import { tableName } from '../../catalog/names.js';
import { hasStorage } from '../../catalog/stored-table.js';
import {
  type BodyShape,
  booleanField,
  checkBody,
  choiceField,
  objectField,
  textField,
  textListField,
} from '../http/body.js';
import { csvHeader, csvLine, jsonLine, type WireCell } from '../load/export-text.js';
import { stagingPath } from '../load/source-files.js';
import { type GcsUri, parseGcsUri, StorageClient } from '../load/storage-client.js';
import { partitionCondition, resolveTable } from '../resources/partitions.js';
import { rowEncoder } from '../resources/wire.js';
import type { ServerContext } from '../server-context.js';
import type { Job, NewJob } from './job.js';
import { withTimeout } from './query-job.js';
import { readTableRef } from './table-writer.js';

const SHAPE: BodyShape = {
  name: 'configuration.extract',
  supported: [
    'sourceTable',
    'destinationUri',
    'destinationUris',
    'printHeader',
    'fieldDelimiter',
    'destinationFormat',
    'compression',
  ],
  // The Node client sends the location, which belongs into the job reference, here as well.
  outputOnly: ['useAvroLogicalTypes', 'location'],
  unsupported: ['sourceModel', 'modelExtractOptions'],
};

const FORMATS = ['CSV', 'NEWLINE_DELIMITED_JSON', 'PARQUET', 'AVRO'] as const;
const COMPRESSIONS = ['NONE', 'GZIP', 'SNAPPY', 'ZSTD', 'DEFLATE'] as const;
const CONTENT_TYPES = {
  CSV: 'text/csv',
  NEWLINE_DELIMITED_JSON: 'application/json',
  PARQUET: 'application/octet-stream',
} as const;

export interface ExtractOptions {
  source: TableRef;
  /** As given; a `*` becomes the number of the file. */
  uris: string[];
  format: keyof typeof CONTENT_TYPES;
  compression: (typeof COMPRESSIONS)[number];
  delimiter: string;
  header: boolean;
}

export function readExtractOptions(extract: JsonObject, projectId: string): ExtractOptions {
  checkBody(extract, SHAPE);
  const source = objectField(extract, 'sourceTable');
  if (source === undefined) throw new BigQueryError('required', 'Required parameter is missing: sourceTable');
  const single = textField(extract, 'destinationUri');
  const uris = textListField(extract, 'destinationUris') ?? (single === undefined ? [] : [single]);
  if (uris.length === 0)
    throw new BigQueryError('required', 'Required parameter is missing: destinationUris');
  const format = choiceField(extract, 'destinationFormat', FORMATS) ?? 'CSV';
  if (format === 'AVRO') throw notImplemented('Extracting to AVRO', 'destinationFormat');
  const compression = choiceField(extract, 'compression', COMPRESSIONS) ?? 'NONE';
  const allowed = format === 'PARQUET' ? ['NONE', 'GZIP', 'SNAPPY', 'ZSTD'] : ['NONE', 'GZIP'];
  if (!allowed.includes(compression)) {
    throw new BigQueryError('invalid', `Compression ${compression} is not supported for format ${format}`);
  }
  if (uris.length > 1) throw notImplemented('Extracting to several destinationUris', 'destinationUris');
  const { bucket, object } = parseGcsUri(uris[0]!);
  if (bucket.includes('*') || object.split('*').length > 2) {
    throw new BigQueryError(
      'invalid',
      `Invalid extract destination URI '${uris[0]}'. Only one wildcard is allowed.`,
    );
  }
  const delimiter = textField(extract, 'fieldDelimiter') || ',';
  return {
    source: readTableRef(source, projectId),
    uris,
    format,
    compression,
    delimiter: delimiter === '\\t' || delimiter.toLowerCase() === 'tab' ? '\t' : delimiter,
    header: booleanField(extract, 'printHeader') ?? true,
  };
}

export function startExtractJob(
  context: ServerContext,
  job: Omit<NewJob, 'type'>,
  options: ExtractOptions,
  timeoutMs?: number,
): Job {
  return context.jobs.start({ ...job, type: 'EXTRACT' }, (started) =>
    withTimeout(started, timeoutMs, () => runExtract(context, started, options)),
  );
}

async function runExtract(context: ServerContext, job: Job, options: ExtractOptions): Promise<void> {
  const { table, partitionId } = resolveTable(context, options.source);
  if (!hasStorage(table)) {
    throw new BigQueryError(
      'invalid',
      `${tableName(table.ref)} is not allowed for this operation because it is currently a ${table.type}.`,
    );
  }
  const where = partitionId === undefined ? '' : ` WHERE ${partitionCondition(table, partitionId)}`;
  const from = `${context.catalog.physicalName(table.ref)}${where}`;
  const storage = new StorageClient(context.storageEndpoint);
  const path = stagingPath(context.database.stagingDir);
  try {
    if (options.format === 'PARQUET') await writeParquet(context, table, from, path, options.compression);
    else await writeText(context, table, from, path, options, job.abort.signal);
    await storage.upload(numbered(parseGcsUri(options.uris[0]!)), path, contentType(options));
  } finally {
    await rm(path, { force: true });
  }
  job.statistics = {
    extract: {
      destinationUriFileCounts: ['1'],
      inputBytes: String(await context.statistics.bytes(table.ref)),
    },
  };
}

/** The service numbers the files behind a wildcard with twelve digits; here one file holds everything. */
function numbered({ bucket, object }: GcsUri): GcsUri {
  return { bucket, object: object.replace('*', '000000000000') };
}

function contentType(options: ExtractOptions): string {
  const zipped = options.compression === 'GZIP' && options.format !== 'PARQUET';
  return zipped ? 'application/gzip' : CONTENT_TYPES[options.format];
}

async function writeText(
  context: ServerContext,
  table: TableEntry,
  from: string,
  path: string,
  options: ExtractOptions,
  signal: AbortSignal,
): Promise<void> {
  const nested = table.fields.find((field) => field.type === 'RECORD' || field.mode === 'REPEATED');
  if (options.format === 'CSV' && nested !== undefined) {
    throw new BigQueryError(
      'invalid',
      `Operation cannot be performed on a nested schema. Field: ${nested.name}`,
    );
  }
  const lines = Readable.from(textChunks(context, table.fields, from, options));
  const file = createWriteStream(path);
  await (options.compression === 'GZIP'
    ? pipeline(lines, createGzip(), file, { signal })
    : pipeline(lines, file, { signal }));
}

async function* textChunks(
  context: ServerContext,
  fields: TableField[],
  from: string,
  options: ExtractOptions,
): AsyncGenerator<string> {
  if (options.format === 'CSV' && options.header) yield csvHeader(fields, options.delimiter);
  const columns = fields.map(({ name }) => quoteIdentifier(name)).join(', ');
  for await (const chunk of context.database.chunks(`SELECT ${columns} FROM ${from}`)) {
    const encode = rowEncoder(chunk, fields, 'ISO8601_STRING');
    let lines = '';
    for (let row = 0; row < chunk.rowCount; row++) {
      const cells = (JSON.parse(encode(row)) as { f: WireCell[] }).f;
      lines += options.format === 'CSV' ? csvLine(cells, fields, options.delimiter) : jsonLine(cells, fields);
    }
    yield lines;
  }
}

async function writeParquet(
  context: ServerContext,
  table: TableEntry,
  from: string,
  path: string,
  compression: ExtractOptions['compression'],
): Promise<void> {
  const columns = table.fields.map(
    (field) => `${named(field, quoteIdentifier(field.name), 0)} AS ${quoteIdentifier(field.name)}`,
  );
  const codec = compression === 'NONE' ? 'uncompressed' : compression.toLowerCase();
  await context.database.run(
    `COPY (SELECT ${columns.join(', ')} FROM ${from}) TO ${quoteString(path)} (FORMAT parquet, COMPRESSION ${codec})`,
  );
}

/** A value with the names of its fields in place of DuckDB's positions. */
function named(field: TableField, expression: string, depth: number): string {
  if (field.type === 'BIGNUMERIC' || field.type === 'INTERVAL' || field.type === 'RANGE') {
    throw notImplemented(`Extracting ${field.type} to PARQUET`, field.name);
  }
  if (field.type !== 'RECORD') return expression;
  if (field.mode === 'REPEATED') {
    const item = `e${depth}`;
    return `list_transform(${expression}, lambda ${item}: ${named({ ...field, mode: 'NULLABLE' }, item, depth + 1)})`;
  }
  const members = (field.fields ?? []).map((member, index) => {
    const value = `struct_extract(${expression}, '${duckFieldName(index)}')`;
    return `${quoteIdentifier(member.name)} := ${named(member, value, depth)}`;
  });
  return `CASE WHEN ${expression} IS NOT NULL THEN struct_pack(${members.join(', ')}) END`;
}
