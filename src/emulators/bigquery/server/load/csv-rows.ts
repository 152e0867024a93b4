import { createReadStream } from 'node:fs';
import type { DuckDBValue } from '@duckdb/node-api';
import { type CsvError, type Options, parse } from 'csv-parse';
import type { TableField } from '../../catalog/entries.js';
import type { BadRecords } from './bad-records.js';
import type { CsvOptions, FileOptions } from './load-options.js';
import type { SourceFile } from './source-files.js';
import { type ValueConverter, ValueError, valueConverter } from './values.js';

/** A cell: its text, or null for an unquoted null marker. */
export type Cell = string | null;

export interface CsvRow {
  cells: Cell[];
  /** Byte at which the row starts, as error messages give it. */
  offset: number;
}

const MAX_ROW_BYTES = 100 * 1024 * 1024;

/** Rows of a CSV file after the leading ones; a row that cannot be read goes to `onError`. */
export async function* readCsv(
  file: SourceFile,
  csv: CsvOptions,
  onError: (offset: number, message: string) => void,
  skipLeadingRows = csv.skipLeadingRows,
): AsyncGenerator<CsvRow> {
  let offset = 0;
  const options: Options = {
    delimiter: csv.delimiter,
    quote: csv.quote === '' ? null : csv.quote,
    escape: csv.quote === '' ? null : csv.quote,
    bom: true,
    relax_column_count: true,
    skip_empty_lines: true,
    skip_records_with_error: true,
    max_record_size: MAX_ROW_BYTES,
    info: true,
    // The only place that tells an empty quoted cell, which is text, from an empty one, which is NULL.
    cast: (value, context) => (!context.quoting && csv.nullMarkers.includes(value) ? null : value),
    on_skip: (error: CsvError | undefined) => {
      onError(offset, csvMessage(error));
      return undefined;
    },
  };
  const parser = createReadStream(file.path).pipe(parse(options));
  let row = 0;
  for await (const { record, info } of parser as AsyncIterable<{ record: Cell[]; info: { bytes: number } }>) {
    const start = offset;
    offset = info.bytes;
    if (row++ < skipLeadingRows) continue;
    if (!csv.allowQuotedNewlines && record.some((cell) => cell?.includes('\n'))) {
      onError(start, 'Missing close quote character (").');
      continue;
    }
    yield { cells: record, offset: start };
  }
}

function csvMessage(error: CsvError | undefined): string {
  switch (error?.code) {
    case 'CSV_QUOTE_NOT_CLOSED':
      return 'Missing close quote character (").';
    case 'CSV_INVALID_CLOSING_QUOTE':
      return 'Data between close quote character (") and field separator.';
    default:
      return error?.message ?? 'Unable to parse the row.';
  }
}

/** Type names as the messages of load jobs have them. */
const STANDARD_NAMES: Partial<Record<TableField['type'], string>> = {
  INTEGER: 'INT64',
  FLOAT: 'FLOAT64',
  BOOLEAN: 'BOOL',
};

/** Rows of CSV files as DuckDB values; bad ones are counted in `bad`. */
export async function* convertCsv(
  files: readonly SourceFile[],
  fields: readonly TableField[],
  options: FileOptions,
  bad: BadRecords,
): AsyncGenerator<DuckDBValue[]> {
  const { csv, ignoreUnknownValues } = options;
  const converters = fields.map((field) => valueConverter(field, { ignoreUnknownValues }));
  for (const file of files) {
    const onError = (offset: number, message: string) =>
      bad.add(
        file.uri,
        `Error while reading data, error message: Error detected while parsing row starting at position: ${offset}. Error: ${message} File: ${file.uri}`,
      );
    let positions: (number | undefined)[] = fields.map((_, index) => index);
    let columnCount = fields.length;
    let headerPending = csv.matchNames;
    const skip = csv.matchNames ? Math.max(csv.skipLeadingRows - 1, 0) : csv.skipLeadingRows;
    for await (const row of readCsv(file, csv, onError, skip)) {
      if (headerPending) {
        headerPending = false;
        positions = matchHeader(row.cells, fields);
        columnCount = row.cells.length;
        continue;
      }
      try {
        checkWidth(row.cells.length, columnCount, options);
        yield converters.map((convert, index) => convertCell(convert, row, positions[index], fields[index]!));
      } catch (error) {
        if (!(error instanceof ValueError)) throw error;
        bad.add(file.uri, `Error while reading data, error message: ${error.message} File: ${file.uri}`);
      }
    }
  }
}

/** Position of each field's column by the names of the header; a field without one is NULL. */
function matchHeader(header: Cell[], fields: readonly TableField[]): (number | undefined)[] {
  const names = header.map((cell) => cell?.trim().toLowerCase());
  return fields.map((field) => {
    const at = names.indexOf(field.name.toLowerCase());
    return at < 0 ? undefined : at;
  });
}

function checkWidth(found: number, expected: number, options: FileOptions): void {
  if (found > expected && !options.ignoreUnknownValues) {
    throw new ValueError('', `Too many values in line. Found ${found} column(s) while expected ${expected}.`);
  }
  if (found < expected && !options.csv.allowJaggedRows) {
    throw new ValueError(
      '',
      `CSV table references column position ${found}, but line contains only ${found} columns.`,
    );
  }
}

function convertCell(
  convert: ValueConverter,
  row: CsvRow,
  position: number | undefined,
  field: TableField,
): DuckDBValue {
  const cell = position === undefined ? null : (row.cells[position] ?? null);
  if (cell === null && field.mode === 'REQUIRED') {
    throw new ValueError(
      field.name,
      `Required column value for column index: ${position} is missing in row starting at position: ${row.offset}`,
    );
  }
  try {
    return convert(cell);
  } catch (error) {
    if (!(error instanceof ValueError)) throw error;
    const type = STANDARD_NAMES[field.type] ?? field.type;
    throw new ValueError(
      field.name,
      `Could not parse '${cell}' as ${type} for field ${field.name} (position ${position}) starting at location ${row.offset} with message '${shortReason(error.message)}'`,
    );
  }
}

function shortReason(message: string): string {
  return /^(Cannot convert|Could not parse|Invalid)/.test(message) ? 'Unable to parse' : message;
}
