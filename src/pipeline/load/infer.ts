import { usageError } from '../../errors/healthmon-error.js';
import { cellParser } from '../../schema/cell-parsers.js';
import { type CellParser, CellProblem, type Value } from '../../schema/cell-problem.js';
import { identifierOf, parseTableSchema } from '../../schema/parse-table-schema.js';
import type { ColumnType, Field } from '../../schema/table-schema.js';
import { type CsvOptions, type CsvRecord, readCsv } from './csv/csv-reader.js';
import { KeyIndex, keyText } from './key-index.js';
import { isRejectColumn } from './scan.js';
import { type Source, textBytes } from './source.js';

/** A Table Schema as it stands in its file. */
export interface SchemaDocument {
  $schema: string;
  name: string;
  fields: FieldDocument[];
  primaryKey: string[];
  foreignKeys?: { fields: string[]; reference: { resource: string; fields: string[] } }[];
}

interface FieldDocument {
  name: string;
  title?: string;
  type: string;
  storageType?: string;
  constraints?: { required?: true; maxLength?: number; enum?: string[] };
}

export interface InferResult {
  schema: SchemaDocument;
  rows: number;
  /** Columns whose name had to change, as `--map` of load takes them. */
  map: string[];
}

export interface InferOptions {
  csv: CsvOptions;
  name: string | undefined;
  /** Columns of the primary key; found when undefined. */
  key: readonly string[] | undefined;
  /** `COLUMN=resource.Column` */
  foreignKeys: readonly string[];
  timezone: string | undefined;
}

/** Most special first: the first type that every value has is the column's. */
const CANDIDATES: readonly { type: ColumnType; declared: string; storageType?: string }[] = [
  { type: 'BOOL', declared: 'boolean' },
  { type: 'INT64', declared: 'integer' },
  { type: 'NUMERIC', declared: 'number', storageType: 'NUMERIC' },
  { type: 'FLOAT64', declared: 'number' },
  { type: 'DATE', declared: 'date' },
  { type: 'TIMESTAMP', declared: 'datetime' },
  { type: 'JSON', declared: 'object' },
];

/** Distinct values kept to propose an enumeration. */
const MAX_CHOICES = 12;
/** An enumeration needs this many rows for each of its values: fewer say nothing about the others. */
const ROWS_PER_CHOICE = 20;
/** Longer texts get no limit. */
const LONGEST_LIMIT = 2048;
/** Spanner takes 16; a key of more than this is none. */
const MAX_KEY_COLUMNS = 10;

interface Column {
  header: string;
  index: number;
  parsers: (CellParser | undefined)[];
  values: number;
  missing: number;
  longest: number;
  choices: Set<string> | undefined;
}

/** Proposes a table schema from all rows of a file. */
export async function inferSchema(source: Source, options: InferOptions): Promise<InferResult> {
  const columns: Column[] = [];
  let rows = 0;
  await readCsv(textBytes(source), options.csv, source.label, {
    open({ header }) {
      for (const [index, name] of header.entries()) {
        if (name === '' || isRejectColumn(name)) continue;
        columns.push(newColumn(name, index, options.timezone));
      }
    },
    record(record) {
      rows++;
      for (const column of columns) look(column, record);
    },
    broken() {},
  });
  if (rows === 0) {
    throw usageError({
      code: 'empty-file',
      message: `${source.label} has no rows to infer a schema from.`,
      suggestion: 'Give a file with some rows.',
    });
  }
  const names = uniqueNames(columns);
  const key =
    options.key === undefined
      ? await findKey(source, columns, options.csv, referringColumns(options.foreignKeys))
      : givenKey(options.key, columns);
  const keyNames = key.map((column) => names.get(column)!);
  const schema: SchemaDocument = {
    $schema: 'https://datapackage.org/profiles/2.0/tableschema.json',
    name: options.name ?? identifierOf(source.stem),
    fields: columns.map((column) => describe(column, names.get(column)!, key.includes(column), rows)),
    primaryKey: keyNames,
  };
  if (options.foreignKeys.length > 0) {
    schema.foreignKeys = options.foreignKeys.map((text) => foreignKey(text, columns, names));
  }
  // What is proposed can be used: a key that was given may hold JSON, or a name be empty.
  parseTableSchema('that is proposed', () => JSON.stringify(schema));
  return {
    schema,
    rows,
    map: columns.flatMap((column) => {
      const name = names.get(column)!;
      return name === column.header ? [] : [`${column.header}=${name}`];
    }),
  };
}

function newColumn(header: string, index: number, timezone: string | undefined): Column {
  return {
    header,
    index,
    parsers: CANDIDATES.map(({ type }) => {
      const field: Field = {
        name: header,
        type,
        array: false,
        role: undefined,
        filledBy: undefined,
        constraints: {},
      };
      return cellParser(field, { timezone });
    }),
    values: 0,
    missing: 0,
    longest: 0,
    choices: new Set(),
  };
}

function look(column: Column, record: CsvRecord): void {
  const text = column.index < record.count ? record.fields[column.index]! : '';
  if (text === '') {
    column.missing++;
    return;
  }
  column.values++;
  column.longest = Math.max(column.longest, text.length);
  if (column.choices !== undefined) {
    column.choices.add(text);
    if (column.choices.size > MAX_CHOICES) column.choices = undefined;
  }
  for (const [index, parse] of column.parsers.entries()) {
    if (parse !== undefined && !fits(CANDIDATES[index]!.type, text, parse)) column.parsers[index] = undefined;
  }
}

/** A leading zero is part of a code, such as a postal code, and a plus sign part of a phone number. */
const IS_CODE = /^\s*(?:[+-]?0\d|\+\d{7})/;

/** A double keeps 17 digits at most, so a longer number is more likely one that identifies something. */
function hasLostDigits(text: string): boolean {
  const digits = text.replace(/[eE].*$/, '').replaceAll(/\D/g, '');
  return digits.replace(/^0+/, '').length > 17;
}

function fits(type: ColumnType, text: string, parse: CellParser): boolean {
  switch (type) {
    case 'BOOL':
      // 0 and 1, Y and N are more often codes than truths.
      return /^(?:true|false)$/i.test(text);
    case 'INT64':
    case 'NUMERIC':
      return !IS_CODE.test(text) && !/[eE]/.test(text) && !(parse(text) instanceof CellProblem);
    case 'FLOAT64':
      return !IS_CODE.test(text) && !hasLostDigits(text) && !(parse(text) instanceof CellProblem);
    case 'JSON':
      return /^[[{]/.test(text) && !(parse(text) instanceof CellProblem);
    default:
      return !(parse(text) instanceof CellProblem);
  }
}

function typeOf(column: Column): (typeof CANDIDATES)[number] | undefined {
  if (column.values === 0) return undefined;
  const index = column.parsers.findIndex((parse) => parse !== undefined);
  return index < 0 ? undefined : CANDIDATES[index];
}

function describe(column: Column, name: string, isKey: boolean, rows: number): FieldDocument {
  const type = typeOf(column);
  const field: FieldDocument = { name, type: type?.declared ?? 'string' };
  if (name !== column.header) field.title = column.header;
  if (type?.storageType !== undefined) field.storageType = type.storageType;
  const constraints: FieldDocument['constraints'] = {};
  if (isKey || column.missing === 0) constraints.required = true;
  if (type === undefined && column.values > 0) {
    // Twice what was seen, so that the next file fits too.
    const limit = 2 ** Math.ceil(Math.log2(Math.max(8, column.longest) * 1.5));
    if (limit <= LONGEST_LIMIT) constraints.maxLength = limit;
    else if (isKey) constraints.maxLength = LONGEST_LIMIT;
    const { choices } = column;
    if (!isKey && choices !== undefined && choices.size > 1 && rows >= choices.size * ROWS_PER_CHOICE) {
      constraints.enum = [...choices].sort();
    }
  }
  if (Object.keys(constraints).length > 0) field.constraints = constraints;
  return field;
}

/** Names that can stay as they are come first, so that no other takes them. */
function uniqueNames(columns: readonly Column[]): Map<Column, string> {
  const names = new Map<Column, string>();
  const taken = new Set<string>();
  const isValid = ({ header }: Column) => /^[A-Za-z][A-Za-z0-9_]{0,127}$/.test(header);
  for (const column of [...columns.filter(isValid), ...columns.filter((other) => !isValid(other))]) {
    const base = isValid(column) ? column.header : identifierOf(column.header);
    let name = base;
    for (let count = 2; taken.has(name.toLowerCase()); count++) name = `${base}_${count}`;
    taken.add(name.toLowerCase());
    names.set(column, name);
  }
  return names;
}

function givenKey(key: readonly string[], columns: readonly Column[]): Column[] {
  return key.map((name) => {
    const column = columns.find(({ header }) => header === name);
    if (column !== undefined) return column;
    throw usageError({
      code: 'invalid-option',
      message: `The file has no column "${name}", which --key names.`,
      suggestion: `Its columns: ${columns.map(({ header }) => header).join(', ')}.`,
    });
  });
}

/**
 * The first column without repeats, names that end in id before others; or else as few as possible of the first
 * columns that together have none.
 * @param kept columns that stay in a key of several: a row of one patient must not replace a like row of another.
 */
async function findKey(
  source: Source,
  columns: readonly Column[],
  csv: CsvOptions,
  kept: ReadonlySet<string>,
): Promise<Column[]> {
  const able = columns.filter(
    (column) =>
      column.missing === 0 &&
      !['FLOAT64', 'JSON', 'BOOL'].includes(typeOf(column)?.type ?? '') &&
      column.longest <= LONGEST_LIMIT,
  );
  const first = able.slice(0, MAX_KEY_COLUMNS);
  const named = able.filter(({ header }) => /(^|[_ ])id$/i.test(header) || /[a-z]Id$/.test(header));
  const single = [...new Set([...named, ...first])].map((column) => [column]);
  const prefixes = first.map((_, index) => first.slice(0, index + 1)).slice(1);
  let key = await firstUnique(source, [...single, ...prefixes], csv);
  if (key === undefined) {
    throw usageError({
      code: 'no-key-found',
      message: `No column of ${source.label} that can be a key, and not the first ones together, is different in every row.`,
      suggestion: 'Name the columns that identify a row by --key "A,B".',
    });
  }
  for (const column of key.slice(0, -1).reverse()) {
    if (kept.has(column.header)) continue;
    const without: Column[] = key.filter((other) => other !== column);
    key = (await firstUnique(source, [without], csv)) ?? key;
  }
  return key;
}

async function firstUnique(
  source: Source,
  candidates: readonly Column[][],
  csv: CsvOptions,
): Promise<Column[] | undefined> {
  const indexes = candidates.map(() => new KeyIndex());
  try {
    await readCsv(textBytes(source), csv, source.label, {
      open() {},
      record(record) {
        for (const [which, candidate] of candidates.entries()) {
          const values = candidate.map((column) => keyValue(column, record));
          const key = keyText(values, [...values.keys()]);
          if (key !== undefined) indexes[which]!.add(key);
        }
      },
      broken() {},
    });
    return candidates.find((_, which) => !indexes[which]!.hasSuspects());
  } finally {
    for (const index of indexes) index.close();
  }
}

/** The value as it would be stored: 1.5 and 1.50 are the same key. */
function keyValue(column: Column, { fields, count }: CsvRecord): Value {
  if (column.index >= count) return null;
  const text = fields[column.index]!;
  const value = column.parsers.find((parse) => parse !== undefined)?.(text) ?? text;
  return value instanceof CellProblem ? text : value;
}

const REFERENCE = /^(.+)=([^.]+)\.(.+)$/;

function referringColumns(foreignKeys: readonly string[]): Set<string> {
  return new Set(foreignKeys.flatMap((text) => REFERENCE.exec(text)?.[1] ?? []));
}

function foreignKey(text: string, columns: readonly Column[], names: ReadonlyMap<Column, string>) {
  const match = REFERENCE.exec(text);
  const column = columns.find(({ header }) => header === match?.[1]);
  if (match === null || column === undefined) {
    throw usageError({
      code: 'invalid-option',
      message: `The value "${text}" of --foreign-key is not valid.`,
      suggestion: 'Write --foreign-key "COLUMN=schema.Column", for example "PATIENT=patients.Id".',
    });
  }
  return { fields: [names.get(column)!], reference: { resource: match[2]!, fields: [match[3]!] } };
}
