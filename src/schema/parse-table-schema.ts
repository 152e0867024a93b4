import { basename } from 'node:path';
import { didYouMean, type HealthmonError, usageError } from '../errors/healthmon-error.js';
import {
  COLUMN_TYPES,
  type ColumnType,
  type Constraints,
  type Field,
  type ForeignKey,
  ROLES,
  type TableSchema,
} from './table-schema.js';

const IDENTIFIER = /^[A-Za-z][A-Za-z0-9_]{0,127}$/;

/** Table Schema types and what they become; `undefined` needs an `itemType` or has no counterpart. */
const FIELD_TYPES: Readonly<Record<string, ColumnType>> = {
  string: 'STRING',
  integer: 'INT64',
  year: 'INT64',
  number: 'FLOAT64',
  boolean: 'BOOL',
  date: 'DATE',
  datetime: 'TIMESTAMP',
  object: 'JSON',
  geojson: 'JSON',
};

const UNSUPPORTED_TYPES = ['time', 'yearmonth', 'duration', 'geopoint', 'any'];

/** Storage types a Table Schema type may be given instead of its usual one. */
const STORAGE_TYPES: Readonly<Record<string, readonly ColumnType[]>> = {
  number: ['FLOAT64', 'NUMERIC'],
  integer: ['INT64', 'NUMERIC'],
  string: ['STRING', 'BYTES', 'JSON'],
};

type Json = Record<string, unknown>;

/** @param read gives the text of the file. */
export function parseTableSchema(file: string, read: (file: string) => string): TableSchema {
  const refuse = refusal(file);
  let source: unknown;
  try {
    source = JSON.parse(read(file));
  } catch (cause) {
    throw usageError({
      code: 'schema-unreadable',
      message: `The table schema ${file} cannot be read.`,
      detail: (cause as Error).message,
      suggestion: 'Give a Table Schema file in JSON; "healthmon schema infer FILE.csv" writes one.',
      cause,
    });
  }
  if (!isObject(source)) throw refuse('the document', 'must be a JSON object with "fields"');
  if (!Array.isArray(source.fields) || source.fields.length === 0) {
    throw refuse('fields', 'must be a list with one field or more');
  }
  const fields = source.fields.map((field, index) => parseField(field, `fields[${index}]`, refuse));
  const seen = new Map<string, string>();
  for (const { name } of fields) {
    const other = seen.get(name.toLowerCase());
    if (other !== undefined) throw refuse(`field ${name}`, `repeats the field ${other}`);
    seen.set(name.toLowerCase(), name);
  }
  const names = fields.map((field) => field.name);
  const known = (value: unknown, where: string): string[] => {
    const list = strings(typeof value === 'string' ? [value] : (value ?? []), where, refuse);
    for (const name of list) {
      if (!names.includes(name)) {
        throw refuse(where, `names the unknown field "${name}"`, didYouMean(name, names));
      }
    }
    return list;
  };
  const name = text(source.name, 'name', refuse) ?? basename(file).replace(/(\.schema)?\.json$/i, '');
  const primaryKey = known(source.primaryKey, 'primaryKey');
  if (primaryKey.length === 0) throw refuse('primaryKey', 'is missing: Spanner and upserts need one');
  for (const key of primaryKey) {
    const field = fields.find((candidate) => candidate.name === key)!;
    if (field.array || field.type === 'JSON') {
      throw refuse('primaryKey', `holds ${key}, which is ${field.array ? 'an array' : 'JSON'}`);
    }
  }
  const partitionBy = known(source.partitionBy, 'partitionBy')[0];
  if (partitionBy !== undefined) {
    const { type, array } = fields.find((field) => field.name === partitionBy)!;
    if (array || (type !== 'DATE' && type !== 'TIMESTAMP')) {
      throw refuse('partitionBy', 'must name a date or datetime field');
    }
  }
  const clusterBy = known(source.clusterBy, 'clusterBy');
  if (clusterBy.length > 4) throw refuse('clusterBy', 'names more than four fields');
  const table = identifierOf(name);
  return {
    name,
    title: text(source.title, 'title', refuse),
    description: text(source.description, 'description', refuse),
    fields,
    primaryKey,
    foreignKeys: parseForeignKeys(source.foreignKeys, known, refuse),
    missingValues:
      source.missingValues === undefined ? [''] : strings(source.missingValues, 'missingValues', refuse),
    spannerTable: tableName(source.spannerTable, 'spannerTable', refuse) ?? table,
    bigqueryTable: tableName(source.bigqueryTable, 'bigqueryTable', refuse) ?? table.toLowerCase(),
    partitionBy,
    clusterBy,
    bigtableFamily: text(source.bigtableFamily, 'bigtableFamily', refuse),
  };
}

/** A name that is an identifier in Spanner and BigQuery: other characters become underscores. */
export function identifierOf(name: string): string {
  const cleaned = name
    .normalize('NFKD')
    .replaceAll(/[^A-Za-z0-9]+/g, '_')
    .replaceAll(/^_+|_+$/g, '');
  return (/^[A-Za-z]/.test(cleaned) ? cleaned : `t_${cleaned}`).slice(0, 128);
}

type Refuse = (where: string, what: string, near?: string) => HealthmonError;

function refusal(file: string): Refuse {
  return (where, what, near) =>
    usageError({
      code: 'schema-invalid',
      message: `The table schema ${file} is not valid: ${where} ${what}.`,
      suggestion:
        near === undefined
          ? 'Correct it; https://datapackage.org/standard/table-schema/ describes the format.'
          : `Did you mean "${near}"?`,
    });
}

function parseField(source: unknown, place: string, refuse: Refuse): Field {
  if (!isObject(source)) throw refuse(place, 'must be an object');
  const name = text(source.name, `${place}.name`, refuse);
  if (name === undefined) throw refuse(place, 'has no name');
  const where = `field ${name}`;
  if (!IDENTIFIER.test(name)) {
    throw refuse(
      where,
      'is not a column name of Spanner and BigQuery (letters, digits and underscores, a letter first); give the CSV\'s own name by --map "CSV name=Column"',
    );
  }
  const declared = text(source.type, `${where}: type`, refuse) ?? 'string';
  const array = declared === 'array' || declared === 'list';
  const item = array ? text(source.itemType, `${where}: itemType`, refuse) : declared;
  let type: ColumnType;
  if (array && item === undefined) {
    // A JSON array of anything is JSON, not an ARRAY column, which needs one element type.
    if (declared === 'list') type = 'STRING';
    else return { ...base('JSON', false) };
  } else type = columnType(item!, source, where, refuse);
  if (array && type === 'JSON') throw refuse(where, 'is an array of JSON, which is not supported');
  return base(type, array);

  function base(columnTypeOf: ColumnType, isArray: boolean): Field {
    const object = source as Json;
    const role = text(object.role, `${where}: role`, refuse);
    if (role !== undefined && !(ROLES as readonly string[]).includes(role)) {
      throw refuse(where, `has the unknown role "${role}" (one of ${ROLES.join(', ')})`);
    }
    const filledBy = text(object.filledBy, `${where}: filledBy`, refuse);
    if (filledBy !== undefined && filledBy !== 'commit-timestamp' && filledBy !== 'worker') {
      throw refuse(where, `has the unknown filledBy "${filledBy}"`);
    }
    if (filledBy === 'commit-timestamp' && columnTypeOf !== 'TIMESTAMP') {
      throw refuse(where, 'is filled by the commit timestamp, so its type must be datetime');
    }
    return {
      name: name!,
      type: columnTypeOf,
      array: isArray,
      delimiter: isArray && declared === 'list' ? (text(object.delimiter, where, refuse) ?? ',') : undefined,
      role: role as Field['role'],
      title: text(object.title, `${where}: title`, refuse),
      description: text(object.description, `${where}: description`, refuse),
      format: text(object.format, `${where}: format`, refuse),
      filledBy,
      trueValues: optionalStrings(object.trueValues, `${where}: trueValues`, refuse),
      falseValues: optionalStrings(object.falseValues, `${where}: falseValues`, refuse),
      constraints: parseConstraints(object.constraints, where, refuse),
    };
  }
}

function columnType(declared: string, source: Json, where: string, refuse: Refuse): ColumnType {
  const usual = FIELD_TYPES[declared];
  if (usual === undefined) {
    if (UNSUPPORTED_TYPES.includes(declared)) {
      throw refuse(where, `has the type "${declared}", which is not supported; use string`);
    }
    const names = [...Object.keys(FIELD_TYPES), 'array', 'list'];
    throw refuse(where, `has the unknown type "${declared}"`, didYouMean(declared, names));
  }
  const storage = text(source.storageType, `${where}: storageType`, refuse);
  if (storage === undefined) {
    return declared === 'string' && source.format === 'binary' ? 'BYTES' : usual;
  }
  const allowed = STORAGE_TYPES[declared] ?? [usual];
  if (!(COLUMN_TYPES as readonly string[]).includes(storage) || !allowed.includes(storage as ColumnType)) {
    throw refuse(where, `cannot be stored as "${storage}" (possible: ${allowed.join(', ')})`);
  }
  return storage as ColumnType;
}

const CONSTRAINTS = [
  'required',
  'unique',
  'minLength',
  'maxLength',
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'enum',
  'pattern',
];

function parseConstraints(source: unknown, where: string, refuse: Refuse): Constraints {
  if (source === undefined) return {};
  if (!isObject(source)) throw refuse(`${where}: constraints`, 'must be an object');
  const constraints: Constraints = {};
  for (const [key, value] of Object.entries(source)) {
    const place = `${where}: constraints.${key}`;
    switch (key) {
      case 'required':
      case 'unique':
        if (typeof value !== 'boolean') throw refuse(place, 'must be true or false');
        constraints[key] = value;
        break;
      case 'minLength':
      case 'maxLength':
        if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
          throw refuse(place, 'must be a whole number');
        }
        constraints[key] = value;
        break;
      case 'minimum':
      case 'maximum':
      case 'exclusiveMinimum':
      case 'exclusiveMaximum':
        if (typeof value !== 'number' && typeof value !== 'string') {
          throw refuse(place, 'must be a number or a text');
        }
        constraints[key] = String(value);
        break;
      case 'enum':
        if (!Array.isArray(value) || value.length === 0) throw refuse(place, 'must be a list of values');
        constraints.enum = value.map(String);
        break;
      case 'pattern':
        if (typeof value !== 'string' || !isRegExp(value)) throw refuse(place, 'is no regular expression');
        constraints.pattern = value;
        break;
      default:
        throw refuse(place, 'is not supported', didYouMean(key, CONSTRAINTS));
    }
  }
  return constraints;
}

function parseForeignKeys(
  source: unknown,
  known: (value: unknown, where: string) => string[],
  refuse: Refuse,
): ForeignKey[] {
  if (source === undefined) return [];
  if (!Array.isArray(source)) throw refuse('foreignKeys', 'must be a list');
  return source.map((key, index) => {
    const where = `foreignKeys[${index}]`;
    if (!isObject(key) || !isObject(key.reference)) throw refuse(where, 'needs fields and a reference');
    const fields = known(key.fields, `${where}.fields`);
    const target = key.reference.fields;
    const referencedFields = strings(typeof target === 'string' ? [target] : target, where, refuse);
    if (fields.length === 0 || fields.length !== referencedFields.length) {
      throw refuse(where, 'must name as many fields as its reference');
    }
    return { fields, resource: text(key.reference.resource, where, refuse) ?? '', referencedFields };
  });
}

function isRegExp(pattern: string): boolean {
  try {
    new RegExp(pattern, 'u');
    return true;
  } catch {
    return false;
  }
}

function tableName(value: unknown, where: string, refuse: Refuse): string | undefined {
  const name = text(value, where, refuse);
  if (name !== undefined && !IDENTIFIER.test(name)) throw refuse(where, `is no table name: "${name}"`);
  return name;
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function text(value: unknown, where: string, refuse: Refuse): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'string') throw refuse(where, 'must be a text');
  return value;
}

function strings(value: unknown, where: string, refuse: Refuse): string[] {
  if (!Array.isArray(value) || value.some((entry) => typeof entry !== 'string')) {
    throw refuse(where, 'must be a list of texts');
  }
  return value as string[];
}

function optionalStrings(value: unknown, where: string, refuse: Refuse): string[] | undefined {
  return value === undefined ? undefined : strings(value, where, refuse);
}
