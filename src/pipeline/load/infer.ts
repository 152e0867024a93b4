import { didYouMean } from '../../core/closest.js';
import { usageError } from '../../errors/healthmon-error.js';
import { identifierOf, parseTableSchema } from '../../schema/parse-table-schema.js';
import { headerOf } from './choose-schema.js';
import type { CsvOptions } from './csv/csv-parser.js';
import { readCsv } from './csv/csv-reader.js';
import { Column, type TypeException } from './infer-column.js';
import { findKey, isUnique, LONGEST_KEY } from './infer-key.js';
import type { MaxRejects } from './max-rejects.js';
import { widthProblem } from './row-checker.js';
import { BREAKAGES, isRejectColumn } from './row-scanner.js';
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
  filledBy?: string;
  constraints?: { required?: true; maxLength?: number; enum?: string[] };
}

export interface InferResult {
  schema: SchemaDocument;
  rows: number;
  /** Columns whose name had to change; `load` finds them by their title. */
  map: string[];
  /** What kept columns from a type, or would have without `tolerate`. */
  exceptions: TypeException[];
  /** Rows that could not be cut into the fields of the header, and say nothing of its columns. */
  badRows: { reason: string; count: number; line: number }[];
  /** What speaks against the key: it repeats, or it had to take more than ids, times and codes. */
  keyDoubt: 'repeats' | 'guess' | null;
}

export interface InferOptions {
  csv: CsvOptions;
  name: string | undefined;
  /** Columns of the primary key; found when undefined. */
  key: readonly string[] | undefined;
  /** The key is the name of the file and the number of the line. */
  keyFromRow: boolean;
  /** `COLUMN=resource.Column` */
  foreignKeys: readonly string[];
  timezone: string | undefined;
  dateFormat: string | undefined;
  /** How many values of a column may be of another type than the column; none when undefined. */
  tolerate: MaxRejects | undefined;
  /** Shows values of rows where they keep a column from a type. */
  showValues: boolean;
}

/** An enumeration needs this many rows for each of its values: fewer say nothing about the others. */
const ROWS_PER_CHOICE = 20;
/** Longer texts get no limit. */
const LONGEST_LIMIT = 2048;
/** A file name has 255 bytes at most, a line number 16 digits. */
const LONGEST_SOURCE_LINE = 272;

/** Proposes a table schema from all rows of a file. */
export async function inferSchema(source: Source, options: InferOptions): Promise<InferResult> {
  // Reads the header only, so that a wrong name is not found after the last row.
  const header = await headerOf(source, options.csv);
  const { timezone, dateFormat } = options;
  const columns = header.flatMap((name, index) =>
    name === '' || isRejectColumn(name)
      ? []
      : [new Column(name, index, { ...(timezone && { timezone }), ...(dateFormat && { dateFormat }) })],
  );
  const names = uniqueNames(columns);
  const columnOf = (name: string, option: string) => columnNamed(name, option, columns, names);
  const given = options.key?.map((name) => columnOf(name, '--key'));
  const references = options.foreignKeys.map((text) => parseReference(text, columnOf));
  const { rows, badRows } = await readRows(source, options.csv, columns);
  for (const column of columns) column.settle(options.tolerate);
  const kept = new Set(references.map(({ column }) => column));
  const { columns: key, keyDoubt } = options.keyFromRow
    ? { columns: [], keyDoubt: null }
    : given === undefined
      ? await foundKey(source, columns, options.csv, kept)
      : await givenKey(source, given, options.csv);
  const fields = columns.map((column) => describe(column, names.get(column)!, key.includes(column), rows));
  const schema: SchemaDocument = {
    $schema: 'https://datapackage.org/profiles/2.0/tableschema.json',
    name: options.name ?? identifierOf(source.stem),
    fields,
    primaryKey: key.map((column) => names.get(column)!),
  };
  if (options.keyFromRow) {
    const name = freeName('Source_Line', new Set([...names.values()].map((taken) => taken.toLowerCase())));
    const constraints = { required: true, maxLength: LONGEST_SOURCE_LINE } as const;
    fields.unshift({ name, type: 'string', filledBy: 'source-line', constraints });
    schema.primaryKey.push(name);
  }
  if (references.length > 0) {
    schema.foreignKeys = references.map(({ column, reference }) => ({
      fields: [names.get(column)!],
      reference,
    }));
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
    exceptions: columns.flatMap((column) => column.exception(options.showValues) ?? []),
    badRows,
    keyDoubt,
  };
}

type DoubtedKey = { columns: Column[] } & Pick<InferResult, 'keyDoubt'>;

async function foundKey(...given: Parameters<typeof findKey>): Promise<DoubtedKey> {
  const { columns, isGuess } = await findKey(...given);
  return { columns, keyDoubt: isGuess ? 'guess' : null };
}

async function givenKey(source: Source, columns: Column[], csv: CsvOptions): Promise<DoubtedKey> {
  return { columns, keyDoubt: (await isUnique(source, columns, csv)) ? null : 'repeats' };
}

/** Shows every row to the columns, but for those that have not the fields of the header. */
async function readRows(
  source: Source,
  csv: CsvOptions,
  columns: readonly Column[],
): Promise<Pick<InferResult, 'rows' | 'badRows'>> {
  let rows = 0;
  let width = 0;
  const bad = new Map<string, { reason: string; count: number; line: number }>();
  const note = (reason: string, line: number) => {
    const seen = bad.get(reason);
    if (seen === undefined) bad.set(reason, { reason, count: 1, line });
    else seen.count++;
  };
  await readCsv(textBytes(source), csv, source.label, {
    open({ header }) {
      width = header.length;
    },
    record(record) {
      rows++;
      if (record.count === width) for (const column of columns) column.look(record);
      else note(widthProblem(record.count, width).reason, record.line);
    },
    broken({ line }, breakage) {
      rows++;
      note(BREAKAGES[breakage].reason, line);
    },
  });
  const badRows = [...bad.values()].sort((a, b) => b.count - a.count);
  const [worst] = badRows;
  if (badRows.reduce((sum, { count }) => sum + count, 0) < rows) return { rows, badRows };
  throw usageError({
    code: 'empty-file',
    message: `${source.label} has no rows to infer a schema from.`,
    ...(worst && { detail: `All ${rows} rows are bad, the first on line ${worst.line}: ${worst.reason}.` }),
    suggestion:
      worst === undefined
        ? 'Give a file with some rows.'
        : 'Correct the header line, or say how fields are separated by --delimiter and --quote.',
  });
}

function describe(column: Column, name: string, isKey: boolean, rows: number): FieldDocument {
  const { type } = column;
  const field: FieldDocument = { name, type: type?.declared ?? 'string' };
  if (name !== column.header) field.title = column.header;
  if (type?.storageType !== undefined) field.storageType = type.storageType;
  const constraints: FieldDocument['constraints'] = {};
  if (isKey || column.missing === 0) constraints.required = true;
  if (type === undefined && column.values > 0) {
    // Twice what was seen, so that the next file fits too.
    const limit = 2 ** Math.ceil(Math.log2(Math.max(8, column.longest) * 1.5));
    if (limit <= LONGEST_LIMIT) constraints.maxLength = limit;
    else if (isKey) constraints.maxLength = LONGEST_KEY;
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
    const name = freeName(isValid(column) ? column.header : identifierOf(column.header), taken);
    taken.add(name.toLowerCase());
    names.set(column, name);
  }
  return names;
}

/** @param taken names in small letters. */
function freeName(base: string, taken: ReadonlySet<string>): string {
  let name = base;
  for (let count = 2; taken.has(name.toLowerCase()); count++) name = `${base}_${count}`;
  return name;
}

/** By its name in the file, or that of its field. */
function columnNamed(
  name: string,
  option: string,
  columns: readonly Column[],
  names: ReadonlyMap<Column, string>,
): Column {
  const found =
    columns.find(({ header }) => header === name) ?? columns.find((column) => names.get(column) === name);
  if (found !== undefined) return found;
  const headers = columns.map(({ header }) => header);
  const near = didYouMean(name, headers);
  throw usageError({
    code: 'invalid-option',
    message: `The file has no column "${name}", which ${option} names.`,
    suggestion: near === undefined ? `Its columns: ${headers.join(', ')}.` : `Did you mean "${near}"?`,
  });
}

function parseReference(text: string, columnOf: (name: string, option: string) => Column) {
  const [, name, resource, field] = /^(.+)=([^.]+)\.(.+)$/.exec(text) ?? [];
  if (name === undefined) {
    throw usageError({
      code: 'invalid-option',
      message: `The value "${text}" of --foreign-key is not valid.`,
      suggestion: 'Write --foreign-key "COLUMN=schema.Column", for example "PATIENT=patients.Id".',
    });
  }
  return {
    column: columnOf(name, '--foreign-key'),
    reference: { resource: resource!, fields: [field!] },
  };
}
