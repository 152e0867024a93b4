import {
  dateOfText,
  datetimeOfText,
  timeOfText,
  timestampOfText,
} from '../../../googlesql/values/time-text.js';
import type { JsonValue, RestType, TableField } from '../../catalog/entries.js';
import { BigQueryError } from '../../errors.js';
import { EXACT_NUMBER_MARK } from '../http/exact-json.js';
import { type Cell, readCsv } from './csv-rows.js';
import { readJsonLines } from './json-rows.js';
import type { CsvOptions } from './load-options.js';
import type { SourceFile } from './source-files.js';

/** The service looks at the first 500 rows. */
const SAMPLE_ROWS = 500;
const DELIMITERS = [',', '\t', '|', ';'];

export interface DetectedCsv {
  fields: TableField[];
  /** Options completed with what was found: delimiter, header row. */
  csv: CsvOptions;
}

/** Finds the columns of a CSV file: names from the header, when there is one, and types from the first rows. */
export async function detectCsv(
  file: SourceFile,
  csv: CsvOptions,
  given: { delimiter: boolean },
): Promise<DetectedCsv> {
  const skipped = Math.max(csv.skipLeadingRows - 1, 0);
  let options = csv;
  let rows = await sampleCsv(file, csv, skipped);
  if (!given.delimiter) {
    for (const delimiter of DELIMITERS) {
      const candidate = { ...csv, delimiter };
      const sample = await sampleCsv(file, candidate, skipped);
      if (isBetter(sample, rows)) {
        rows = sample;
        options = candidate;
      }
    }
  }
  const [first] = rows;
  if (first === undefined) {
    throw new BigQueryError('invalid', 'Failed to detect schema: the file is empty', { location: file.uri });
  }
  const types = columnTypes(rows.slice(1));
  const firstTypes = first.map((cell) => cellType(cell));
  // A first row of plain text over columns that are not all text is a header.
  const header =
    csv.skipLeadingRows > 0 ||
    (rows.length > 1 &&
      firstTypes.every((type) => type === 'STRING') &&
      types.some((type) => type !== undefined && type !== 'STRING'));
  const columns = Math.max(...rows.map((row) => row.length));
  const all = header ? types : columnTypes(rows);
  const names = header ? headerNames(first, columns) : defaultNames(all, columns);
  return {
    fields: names.map((name, index) => ({ name, type: all[index] ?? 'STRING', mode: 'NULLABLE' })),
    csv: { ...options, skipLeadingRows: header ? Math.max(csv.skipLeadingRows, 1) : 0 },
  };
}

async function sampleCsv(file: SourceFile, csv: CsvOptions, skip: number): Promise<Cell[][]> {
  const rows: Cell[][] = [];
  for await (const { cells } of readCsv(file, csv, () => undefined, skip)) {
    rows.push(cells);
    if (rows.length >= SAMPLE_ROWS) break;
  }
  return rows;
}

/** More columns, and the same number in every row. */
function isBetter(sample: Cell[][], current: Cell[][]): boolean {
  const width = sample[0]?.length ?? 0;
  return width > (current[0]?.length ?? 0) && sample.every((row) => row.length === width);
}

function headerNames(header: Cell[], columns: number): string[] {
  const taken = new Set<string>();
  return Array.from({ length: columns }, (_, index) => {
    const clean = (header[index] ?? '').trim().replace(/[^\p{L}\p{N}_]/gu, '_');
    let name = clean === '' ? `string_field_${index}` : /^\d/.test(clean) ? `_${clean}` : clean;
    while (taken.has(name.toLowerCase())) name = `${name}_1`;
    taken.add(name.toLowerCase());
    return name;
  });
}

const NAME_PREFIXES: Partial<Record<RestType, string>> = {
  INTEGER: 'int64',
  FLOAT: 'double',
  BOOLEAN: 'bool',
};

/** `int64_field_0`, `string_field_1`… as the service names columns without a header. */
function defaultNames(types: (RestType | undefined)[], columns: number): string[] {
  return Array.from({ length: columns }, (_, index) => {
    const type = types[index] ?? 'STRING';
    return `${NAME_PREFIXES[type] ?? type.toLowerCase()}_field_${index}`;
  });
}

function columnTypes(rows: Cell[][]): (RestType | undefined)[] {
  const types: (RestType | undefined)[] = [];
  for (const row of rows) {
    row.forEach((cell, index) => {
      if (cell !== null && cell.trim() !== '') types[index] = combine(types[index], cellType(cell));
    });
  }
  return types;
}

function combine(left: RestType | undefined, right: RestType): RestType {
  if (left === undefined || left === right) return right;
  const pair = new Set([left, right]);
  const within = (...types: RestType[]) => [...pair].every((type) => types.includes(type));
  if (within('INTEGER', 'FLOAT')) return 'FLOAT';
  if (within('DATE', 'DATETIME')) return 'DATETIME';
  if (within('DATE', 'DATETIME', 'TIMESTAMP')) return 'TIMESTAMP';
  return 'STRING';
}

function cellType(cell: Cell): RestType {
  const text = (cell ?? '').trim();
  if (/^[+-]?\d{1,18}$/.test(text)) return 'INTEGER';
  if (/^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/.test(text) || /^([+-]?inf(inity)?|nan)$/i.test(text))
    return 'FLOAT';
  if (/^(true|false)$/i.test(text)) return 'BOOLEAN';
  return timeType(text);
}

function timeType(text: string): RestType {
  if (!/^\d/.test(text)) return 'STRING';
  if (dateOfText(text) !== undefined) return 'DATE';
  if (timeOfText(text) !== undefined) return 'TIME';
  // Autodetection takes any date with a time for a TIMESTAMP, with or without a zone.
  if (datetimeOfText(text) !== undefined || timestampOfText(text, 'UTC') !== undefined) return 'TIMESTAMP';
  return 'STRING';
}

/** Finds the columns of a newline-delimited JSON file from its first rows. */
export async function detectJson(file: SourceFile): Promise<TableField[]> {
  const fields: TableField[] = [];
  let rows = 0;
  for await (const { value } of readJsonLines(file, () => undefined)) {
    mergeObject(fields, value as Record<string, JsonValue>, '');
    if (++rows >= SAMPLE_ROWS) break;
  }
  if (fields.length === 0) {
    throw new BigQueryError('invalid', 'Failed to detect schema: the file holds no JSON objects', {
      location: file.uri,
    });
  }
  return inServiceOrder(withoutUnknown(fields));
}

/** The service lists detected JSON fields in the opposite of the order in which it met them. */
function inServiceOrder(fields: TableField[]): TableField[] {
  return fields
    .map((field) => (field.fields ? { ...field, fields: inServiceOrder(field.fields) } : field))
    .reverse();
}

/** A field of which only nulls were seen has no type yet: text, in the end. */
function withoutUnknown(fields: TableField[]): TableField[] {
  return fields.flatMap((field) => {
    if (field.type !== 'RECORD') return [field];
    const inner = withoutUnknown(field.fields ?? []);
    return inner.length === 0 ? [] : [{ ...field, fields: inner }];
  });
}

function mergeObject(fields: TableField[], object: Record<string, JsonValue>, path: string): void {
  for (const [name, value] of Object.entries(object)) {
    if (value === null || (Array.isArray(value) && value.length === 0)) continue;
    const known = fields.find((field) => field.name.toLowerCase() === name.toLowerCase());
    const items = Array.isArray(value) ? value : [value];
    const field: TableField = known ?? {
      name,
      type: jsonType(items[0]!),
      mode: Array.isArray(value) ? 'REPEATED' : 'NULLABLE',
    };
    if (known === undefined) fields.push(field);
    for (const item of items) {
      if (item === null) continue;
      const type = jsonType(item);
      if (type === 'RECORD' && field.type === 'RECORD') {
        field.fields ??= [];
        mergeObject(field.fields, item as Record<string, JsonValue>, `${path}${name}.`);
      } else if (type === 'RECORD' || field.type === 'RECORD') {
        throw new BigQueryError(
          'invalid',
          `Failed to detect schema: field ${path}${name} is a record in some rows only`,
        );
      } else {
        field.type = combine(field.type, type);
      }
    }
  }
}

function jsonType(value: JsonValue): RestType {
  if (typeof value === 'boolean') return 'BOOLEAN';
  if (typeof value === 'number') return Number.isInteger(value) ? 'INTEGER' : 'FLOAT';
  if (typeof value === 'object') return 'RECORD';
  if (value.startsWith(EXACT_NUMBER_MARK)) return /[.eE]/.test(value) ? 'FLOAT' : 'INTEGER';
  return timeType(value.trim());
}
