import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { quoteIdentifier, quoteString } from '../../../googlesql/duck/quote.js';
import { notImplemented } from '../../../googlesql/errors.js';
import { duckFieldName } from '../../../googlesql/syntax/types.js';
import type { TableField } from '../../catalog/entries.js';
import { BigQueryError } from '../../errors.js';
import { rowEncoder } from '../resources/wire.js';
import type { ServerContext } from '../server-context.js';
import { csvHeader, csvLine, jsonLine, type WireCell } from './export-text.js';
import { type GcsUri, parseGcsUri } from './storage-client.js';

const CONTENT_TYPES = {
  CSV: 'text/csv',
  NEWLINE_DELIMITED_JSON: 'application/json',
  PARQUET: 'application/octet-stream',
  AVRO: 'application/octet-stream',
} as const;
export type ExportFormat = keyof typeof CONTENT_TYPES;

const COMPRESSIONS: Record<ExportFormat, readonly string[]> = {
  CSV: ['NONE', 'GZIP'],
  NEWLINE_DELIMITED_JSON: ['NONE', 'GZIP'],
  PARQUET: ['NONE', 'GZIP', 'SNAPPY', 'ZSTD'],
  AVRO: ['NONE', 'DEFLATE', 'SNAPPY'],
};

/** How rows are written to a file. */
export interface FileFormat {
  format: ExportFormat;
  compression: string;
  /** Of CSV. */
  delimiter: string;
  header: boolean;
  /** Of Avro: dates and times are numbers. */
  logicalTypes: boolean;
}

/** Rows for a file: a table or query for FROM, whose columns have the names of the fields. */
export interface ExportRows {
  fields: TableField[];
  from: string;
}

export function checkFileFormat({ format, compression }: FileFormat): void {
  if (!COMPRESSIONS[format].includes(compression)) {
    throw new BigQueryError('invalid', `Compression ${compression} is not supported for format ${format}`);
  }
  if (format === 'AVRO' && compression === 'SNAPPY')
    throw notImplemented('Avro files compressed with SNAPPY');
}

/** The object that a destination with at most one `*` stands for. One file holds everything; it has the number 0. */
export function destinationOf(uri: string): GcsUri {
  const { bucket, object } = parseGcsUri(uri);
  if (bucket.includes('*') || object.split('*').length > 2) {
    throw new BigQueryError(
      'invalid',
      `Invalid extract destination URI '${uri}'. Only one wildcard is allowed.`,
    );
  }
  return { bucket, object: object.replace('*', '000000000000') };
}

export function contentType({ compression, format }: FileFormat): string {
  const zipped = compression === 'GZIP' && format !== 'PARQUET';
  return zipped ? 'application/gzip' : CONTENT_TYPES[format];
}

/** Writes the rows to a file of this machine. */
export async function writeFile(
  context: ServerContext,
  rows: ExportRows,
  path: string,
  format: FileFormat,
  signal: AbortSignal,
): Promise<void> {
  switch (format.format) {
    case 'PARQUET':
      return writeParquet(context, rows, path, format.compression);
    case 'AVRO': {
      const options = { deflated: format.compression === 'DEFLATE', logical: format.logicalTypes, signal };
      const { writeAvro } = await import('./avro.js');
      return writeAvro(avroRecords(context, rows, format), rows.fields, path, options);
    }
    default:
      return writeText(context, rows, path, format, signal);
  }
}

async function writeText(
  context: ServerContext,
  rows: ExportRows,
  path: string,
  format: FileFormat,
  signal: AbortSignal,
): Promise<void> {
  const nested = rows.fields.find((field) => field.type === 'RECORD' || field.mode === 'REPEATED');
  if (format.format === 'CSV' && nested !== undefined) {
    throw new BigQueryError(
      'invalid',
      `Operation cannot be performed on a nested schema. Field: ${nested.name}`,
    );
  }
  const lines = Readable.from(textChunks(context, rows, format));
  const file = createWriteStream(path);
  await (format.compression === 'GZIP'
    ? pipeline(lines, createGzip(), file, { signal })
    : pipeline(lines, file, { signal }));
}

async function* textChunks(
  context: ServerContext,
  rows: ExportRows,
  { format, header, delimiter }: FileFormat,
): AsyncGenerator<string> {
  const { fields } = rows;
  if (format === 'CSV' && header) yield csvHeader(fields, delimiter);
  for await (const chunk of wireRows(context, rows)) {
    yield chunk
      .map((cells) => (format === 'CSV' ? csvLine(cells, fields, delimiter) : jsonLine(cells, fields)))
      .join('');
  }
}

async function* avroRecords(
  context: ServerContext,
  rows: ExportRows,
  { logicalTypes }: FileFormat,
): AsyncGenerator<object> {
  const { avroRecord } = await import('./avro-types.js');
  for await (const chunk of wireRows(context, rows)) {
    for (const cells of chunk) yield avroRecord(cells, rows.fields, logicalTypes);
  }
}

/** The cells of the rows as the wire has them, a chunk at a time. */
async function* wireRows(context: ServerContext, { fields, from }: ExportRows): AsyncGenerator<WireCell[][]> {
  const columns = fields.map(({ name }) => quoteIdentifier(name)).join(', ');
  for await (const chunk of context.database.chunks(`SELECT ${columns} FROM ${from}`)) {
    const encode = rowEncoder(chunk, fields, 'ISO8601_STRING');
    yield Array.from(
      { length: chunk.rowCount },
      (_, row) => (JSON.parse(encode(row)) as { f: WireCell[] }).f,
    );
  }
}

async function writeParquet(
  context: ServerContext,
  { fields, from }: ExportRows,
  path: string,
  compression: string,
): Promise<void> {
  const columns = fields.map(
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
