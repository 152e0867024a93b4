import { basename } from 'node:path';
import { didYouMean } from '../core/closest.js';
import { usageError } from '../errors/healthmon-error.js';
import { isObject, type Json, optionalStrings, type Refuse, strings, text } from './document-values.js';
import { checkConstraints, isComparable, kindOf, parseConstraints } from './parse-constraints.js';
import {
  COLUMN_TYPES,
  type ColumnType,
  FILLED_BY,
  type Field,
  type ForeignKey,
  KNOWN_AT,
  ROLES,
  type TableSchema,
} from './table-schema.js';

const IDENTIFIER = /^[A-Za-z][A-Za-z0-9_]{0,127}$/;

/** Table Schema types and what they become; `undefined` needs an `itemType` or has no counterpart. */
const FIELD_TYPES: ReadonlyMap<string, ColumnType> = new Map([
  ['string', 'STRING'],
  ['integer', 'INT64'],
  ['year', 'INT64'],
  ['number', 'FLOAT64'],
  ['boolean', 'BOOL'],
  ['date', 'DATE'],
  ['datetime', 'TIMESTAMP'],
  ['object', 'JSON'],
  ['geojson', 'JSON'],
]);

/** What a field of Table Schema may say that would change its values, and is not supported. */
const UNSUPPORTED_PROPERTIES = ['decimalChar', 'groupChar', 'bareNumber', 'categories'];

const UNSUPPORTED_TYPES = ['time', 'yearmonth', 'duration', 'geopoint', 'any'];

/** Storage types a Table Schema type may be given instead of its usual one. */
const STORAGE_TYPES: Readonly<Record<string, readonly ColumnType[]>> = {
  number: ['FLOAT64', 'NUMERIC'],
  integer: ['INT64', 'NUMERIC'],
  string: ['STRING', 'BYTES', 'JSON'],
};

/** @param read gives the text of the file. */
export function parseTableSchema(file: string, read: (file: string) => string): TableSchema {
  const refuse = refusal(file);
  let source: unknown;
  try {
    source = JSON.parse(read(file).replace(/^\uFEFF/, ''));
  } catch (cause) {
    throw usageError({
      code: 'schema-unreadable',
      message: `The table schema ${file} cannot be read.`,
      // Without the piece of text that V8 shows: the file may be one of data, given by mistake.
      detail: (cause as Error).message.replace(
        /, (?:\.\.\.)?".*"(?:\.\.\.)? is not valid JSON$/s,
        ' in JSON',
      ),
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
    for (const [index, name] of list.entries()) {
      if (!names.includes(name)) {
        throw refuse(where, `names the unknown field "${name}"`, didYouMean(name, names));
      }
      if (list.indexOf(name) !== index) throw refuse(where, `names ${name} twice`);
    }
    return list;
  };
  const fieldsOf = (list: readonly string[]) =>
    list.map((wanted) => fields.find((field) => field.name === wanted)!);
  const name = text(source.name, 'name', refuse) ?? basename(file).replace(/(\.schema)?\.json$/i, '');
  if (name === '') throw refuse('name', 'must not be empty');
  const primaryKey = known(source.primaryKey, 'primaryKey');
  if (primaryKey.length === 0) throw refuse('primaryKey', 'is missing: Spanner and upserts need one');
  for (const field of fieldsOf(primaryKey)) {
    if (!isComparable(field)) throw refuse('primaryKey', `holds ${field.name}, which is ${kindOf(field)}`);
    if (field.filledBy === 'commit-timestamp') {
      throw refuse('primaryKey', `holds ${field.name}, which no row brings`);
    }
  }
  for (const [filler, what] of [
    ['commit-timestamp', 'the commit timestamp'],
    ['source-line', 'name and line of the file'],
  ]) {
    if (fields.filter(({ filledBy }) => filledBy === filler).length > 1) {
      throw refuse('fields', `hold more than one that is filled by ${what}`);
    }
  }
  if (source.uniqueKeys !== undefined) {
    throw refuse('uniqueKeys', 'is not supported; a field alone can be unique by its constraints');
  }
  const partitionBy = known(source.partitionBy, 'partitionBy')[0];
  if (partitionBy !== undefined) {
    const { type, array } = fieldsOf([partitionBy])[0]!;
    if (array || (type !== 'DATE' && type !== 'TIMESTAMP')) {
      throw refuse('partitionBy', 'must name a date or datetime field');
    }
  }
  const clusterBy = known(source.clusterBy, 'clusterBy');
  if (clusterBy.length > 4) throw refuse('clusterBy', 'names more than four fields');
  for (const field of fieldsOf(clusterBy)) {
    if (!isComparable(field) || field.type === 'FLOAT64' || field.type === 'BYTES') {
      throw refuse('clusterBy', `names ${field.name}, which is ${kindOf(field)}`);
    }
  }
  const table = identifierOf(name);
  return {
    name,
    title: text(source.title, 'title', refuse),
    description: text(source.description, 'description', refuse),
    fields,
    primaryKey,
    foreignKeys: parseForeignKeys(source.foreignKeys, name, known, refuse),
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
    .replaceAll(/\p{Mark}+/gu, '')
    .replaceAll(/[^A-Za-z0-9]+/g, '_')
    .replaceAll(/^_|_$/g, '');
  return (/^[A-Za-z]/.test(cleaned) ? cleaned : `t_${cleaned}`).slice(0, 128);
}

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
  const where = name === '' ? place : `field ${name}`;
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
    for (const property of UNSUPPORTED_PROPERTIES) {
      if (object[property] !== undefined) throw refuse(`${where}: ${property}`, 'is not supported');
    }
    const role = text(object.role, `${where}: role`, refuse);
    if (role !== undefined && !(ROLES as readonly string[]).includes(role)) {
      throw refuse(where, `has the unknown role "${role}" (one of ${ROLES.join(', ')})`);
    }
    const knownAt = text(object.knownAt, `${where}: knownAt`, refuse);
    if (knownAt !== undefined && !(KNOWN_AT as readonly string[]).includes(knownAt)) {
      throw refuse(where, `has the unknown knownAt "${knownAt}" (one of ${KNOWN_AT.join(', ')})`);
    }
    const filledBy = text(object.filledBy, `${where}: filledBy`, refuse);
    if (filledBy !== undefined && !(FILLED_BY as readonly string[]).includes(filledBy)) {
      throw refuse(where, `has the unknown filledBy "${filledBy}" (one of ${FILLED_BY.join(', ')})`);
    }
    if (filledBy === 'source-line' && (columnTypeOf !== 'STRING' || isArray)) {
      throw refuse(where, 'is filled by name and line of the file, so its type must be string');
    }
    if (filledBy === 'commit-timestamp' && columnTypeOf !== 'TIMESTAMP') {
      throw refuse(where, 'is filled by the commit timestamp, so its type must be datetime');
    }
    const format = text(object.format, `${where}: format`, refuse);
    if (declared === 'string' && format !== undefined && format !== 'default' && format !== 'binary') {
      throw refuse(`${where}: format`, `"${format}" is not supported; use constraints.pattern`);
    }
    const delimiter = text(object.delimiter, `${where}: delimiter`, refuse) ?? ',';
    if (delimiter === '') throw refuse(`${where}: delimiter`, 'must be one character or more');
    const field: Field = {
      name: name!,
      type: columnTypeOf,
      array: isArray,
      delimiter: isArray && declared === 'list' ? delimiter : undefined,
      role: role as Field['role'],
      knownAt: knownAt as Field['knownAt'],
      title: text(object.title, `${where}: title`, refuse),
      description: text(object.description, `${where}: description`, refuse),
      unit: text(object.unit, `${where}: unit`, refuse),
      loinc: optionalStrings(object.loinc, `${where}: loinc`, refuse),
      loincPanel: text(object.loincPanel, `${where}: loincPanel`, refuse),
      format,
      filledBy: filledBy as Field['filledBy'],
      trueValues: optionalStrings(object.trueValues, `${where}: trueValues`, refuse),
      falseValues: optionalStrings(object.falseValues, `${where}: falseValues`, refuse),
      constraints: parseConstraints(object.constraints, where, refuse),
    };
    checkConstraints(field, where, refuse);
    return field;
  }
}

function columnType(declared: string, source: Json, where: string, refuse: Refuse): ColumnType {
  const usual = FIELD_TYPES.get(declared);
  if (usual === undefined) {
    if (UNSUPPORTED_TYPES.includes(declared)) {
      throw refuse(where, `has the type "${declared}", which is not supported; use string`);
    }
    const names = [...FIELD_TYPES.keys(), 'array', 'list'];
    // The types of Spanner and BigQuery are what one thinks of first.
    const own = [...FIELD_TYPES].find(([, type]) => type === declared.toUpperCase())?.[0];
    const near = own ?? didYouMean(declared, names);
    throw refuse(where, `has the unknown type "${declared}" (one of ${names.join(', ')})`, near);
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

function parseForeignKeys(
  source: unknown,
  own: string,
  known: (value: unknown, where: string) => string[],
  refuse: Refuse,
): ForeignKey[] {
  if (source === undefined) return [];
  if (!Array.isArray(source)) throw refuse('foreignKeys', 'must be a list');
  const seen = new Set<string>();
  return source.map((key, index) => {
    const where = `foreignKeys[${index}]`;
    if (!isObject(key) || !isObject(key.reference)) throw refuse(where, 'needs fields and a reference');
    const fields = known(key.fields, `${where}.fields`);
    const target = key.reference.fields;
    const place = `${where}.reference.fields`;
    const referencedFields = strings(typeof target === 'string' ? [target] : target, place, refuse);
    if (fields.length === 0 || fields.length !== referencedFields.length) {
      throw refuse(where, 'must name as many fields as its reference');
    }
    // Its name in Spanner is made of its fields.
    if (seen.has(fields.join())) throw refuse(where, 'has the fields of an earlier foreign key');
    seen.add(fields.join());
    const named = text(key.reference.resource, `${where}.reference.resource`, refuse) ?? '';
    const resource = named === own ? '' : named;
    if (resource === '') known(referencedFields, place);
    return { fields, resource, referencedFields };
  });
}

function tableName(value: unknown, where: string, refuse: Refuse): string | undefined {
  const name = text(value, where, refuse);
  if (name !== undefined && !IDENTIFIER.test(name)) throw refuse(where, `is no table name: "${name}"`);
  return name;
}
