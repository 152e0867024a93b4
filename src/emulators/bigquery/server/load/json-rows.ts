import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { DuckDBValue } from '@duckdb/node-api';
import { SqlError } from '../../../googlesql/errors.js';
import type { JsonObject, TableField } from '../../catalog/entries.js';
import { parseExactJson } from '../http/exact-json.js';
import type { BadRecords } from './bad-records.js';
import type { FileOptions } from './load-options.js';
import type { SourceFile } from './source-files.js';
import { objectConverter, ValueError } from './values.js';

export interface JsonLine {
  value: JsonObject;
  /** Byte at which the line starts. */
  offset: number;
}

/** Objects of a newline-delimited JSON file; what is none goes to `onError`. */
export async function* readJsonLines(
  file: SourceFile,
  onError: (offset: number, message: string) => void,
): AsyncGenerator<JsonLine> {
  const lines = createInterface({ input: createReadStream(file.path), crlfDelay: Number.POSITIVE_INFINITY });
  let next = 0;
  for await (const line of lines) {
    const offset = next;
    next += Buffer.byteLength(line) + 1;
    if (line.trim() === '') continue;
    const text = offset === 0 ? line.replace(/^\uFEFF/, '') : line;
    let value: unknown;
    try {
      value = parseExactJson(text);
    } catch (error) {
      if (!(error instanceof SqlError)) throw error;
      onError(
        offset,
        `JSON parsing error in row starting at position ${offset}: Parser terminated before end of string`,
      );
      continue;
    }
    if (value === null || typeof value !== 'object' || Array.isArray(value)) {
      onError(offset, `JSON parsing error in row starting at position ${offset}: Start of object expected`);
      continue;
    }
    yield { value: value as JsonObject, offset };
  }
}

/** Rows of JSON files as DuckDB values; bad ones are counted in `bad`. */
export async function* convertJson(
  files: readonly SourceFile[],
  fields: readonly TableField[],
  options: FileOptions,
  bad: BadRecords,
): AsyncGenerator<DuckDBValue[]> {
  const convert = objectConverter(fields, {
    ignoreUnknownValues: options.ignoreUnknownValues,
    rawJson: true,
  });
  for (const file of files) {
    const onError = (_offset: number, message: string) =>
      bad.add(file.uri, `Error while reading data, error message: ${message} File: ${file.uri}`);
    for await (const { value, offset } of readJsonLines(file, onError)) {
      let row: DuckDBValue[];
      try {
        row = convert(value);
      } catch (error) {
        if (!(error instanceof ValueError)) throw error;
        onError(offset, `JSON parsing error in row starting at position ${offset}: ${jsonReason(error)}`);
        continue;
      }
      yield row;
    }
  }
}

function jsonReason(error: ValueError): string {
  const unknown = /^no such field: (.*)\.$/.exec(error.message);
  if (unknown !== null) return `No such field: ${unknown[1]}.`;
  const hasField = error.message.includes('ield:') || error.location === '';
  return hasField ? error.message : `${error.message} Field: ${error.location}`;
}
