import { createReadStream, createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { DuckDBValue } from '@duckdb/node-api';
import avro from 'avsc';
import { SqlError } from '../../../googlesql/errors.js';
import type { TableField } from '../../catalog/entries.js';
import { BigQueryError } from '../../errors.js';
import { avroSchema, avroType, type Schema, shapeOf } from './avro-types.js';
import type { BadRecords } from './bad-records.js';
import type { FileOptions } from './load-options.js';
import type { SourceFile } from './source-files.js';
import { objectConverter, ValueError } from './values.js';

/** Writes records of `avroSchema` to a file. */
export async function writeAvro(
  records: AsyncIterable<object>,
  fields: readonly TableField[],
  path: string,
  options: { deflated: boolean; logical: boolean; signal: AbortSignal },
): Promise<void> {
  const schema = avroSchema(fields, options.logical);
  const encoder = new avro.streams.BlockEncoder(avroType(schema), {
    codec: options.deflated ? 'deflate' : 'null',
  });
  // The schema of the type, which it would write, does not say what numbers mean.
  Object.assign(encoder, { _schema: schema });
  await pipeline(Readable.from(records), encoder, createWriteStream(path), { signal: options.signal });
}

/** The columns that a file has. */
export async function avroFields(file: SourceFile, logical: boolean): Promise<TableField[]> {
  const { schema, records } = await openAvro(file);
  await records.return(undefined);
  return shapeOf(schema, logical).fields;
}

/** Rows of files as DuckDB values; bad ones are counted in `bad`. */
export async function* convertAvro(
  files: readonly SourceFile[],
  fields: readonly TableField[],
  options: FileOptions,
  bad: BadRecords,
): AsyncGenerator<DuckDBValue[]> {
  const convert = objectConverter(fields, {
    ignoreUnknownValues: options.ignoreUnknownValues,
    rawJson: false,
  });
  for (const file of files) {
    const { schema, records } = await openAvro(file);
    const shape = shapeOf(schema, options.avroLogicalTypes);
    for await (const record of records) {
      try {
        yield convert(shape.json(record));
      } catch (error) {
        if (!(error instanceof ValueError)) throw error;
        bad.add(
          file.uri,
          `Error while reading data, error message: ${error.message} Field: ${error.location} File: ${file.uri}`,
        );
      }
    }
  }
}

interface OpenFile {
  schema: Schema;
  records: AsyncGenerator<unknown>;
}

async function openAvro(file: SourceFile): Promise<OpenFile> {
  let schema: Schema = 'null';
  const parseHook = (written: Schema): avro.Type => {
    schema = written;
    return avroType(written);
  };
  const decoder = new avro.streams.BlockDecoder({ parseHook } as never);
  const source = createReadStream(file.path);
  const begun = new Promise<void>((resolve, reject) => {
    decoder.once('metadata', () => resolve()).once('error', reject);
    source.once('error', reject);
    decoder.once('finish', () => reject(new Error('the file ends before its schema')));
  });
  source.pipe(decoder);
  try {
    await begun;
    return { schema, records: recordsOf(file, source, decoder) };
  } catch (error) {
    source.destroy();
    throw unreadable(file, error);
  }
}

async function* recordsOf(
  file: SourceFile,
  source: ReturnType<typeof createReadStream>,
  decoder: AsyncIterable<unknown>,
): AsyncGenerator<unknown> {
  try {
    yield* decoder;
  } catch (error) {
    throw error instanceof SqlError ? error : unreadable(file, error);
  } finally {
    source.destroy();
  }
}

function unreadable({ uri }: SourceFile, cause: unknown): BigQueryError {
  return new BigQueryError(
    'invalid',
    `Error while reading data, error message: The Apache Avro library failed to read ${uri}: ${(cause as Error).message}`,
    { location: uri, cause },
  );
}
