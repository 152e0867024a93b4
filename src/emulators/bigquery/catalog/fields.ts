import { invalidQuery, notImplemented } from '../../googlesql/errors.js';
import type { Position } from '../../googlesql/syntax/ast/node.js';
import { BigQueryError } from '../errors.js';
import type { JsonObject, JsonValue, RestType, TableField } from './entries.js';
import { REST_TYPES } from './entries.js';

/** Names that REST accepts besides its own. */
const TYPE_ALIASES: Record<string, RestType> = {
  INT64: 'INTEGER',
  INT: 'INTEGER',
  SMALLINT: 'INTEGER',
  BIGINT: 'INTEGER',
  TINYINT: 'INTEGER',
  BYTEINT: 'INTEGER',
  FLOAT64: 'FLOAT',
  BOOL: 'BOOLEAN',
  STRUCT: 'RECORD',
  DECIMAL: 'NUMERIC',
  BIGDECIMAL: 'BIGNUMERIC',
};

const MAX_NESTING = 15;
const FIELD_NAME = /^[\p{L}_][\p{L}\p{M}\p{N}\p{Pc}\p{Pd}&%=+:'<>#| ]{0,299}$/u;
const RESERVED_PREFIXES = [
  '_table_',
  '_file_',
  '_partition',
  '_row_timestamp',
  '__root__',
  '_colidentifier',
  '_change_sequence_number',
  '_change_type',
  '_change_timestamp',
];

/** Parses `schema.fields` of a request; unknown types, modes and names are refused as BigQuery does. */
export function parseFields(value: JsonValue | undefined, path = ''): TableField[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new BigQueryError('invalid', 'Schema fields must be an array');
  const seen = new Set<string>();
  return value.map((item) => {
    const field = parseField(item, path);
    const key = field.name.toLowerCase();
    if (seen.has(key))
      throw new BigQueryError('invalid', `Field ${path}${field.name} already exists in schema`);
    seen.add(key);
    return field;
  });
}

const ATTRIBUTES = new Set([
  'name',
  'type',
  'mode',
  'fields',
  'description',
  'maxLength',
  'precision',
  'scale',
  'roundingMode',
  'collation',
  'defaultValueExpression',
  'policyTags',
  'rangeElementType',
  // Deprecated on the service, where it never had an effect.
  'categories',
]);
const UNSUPPORTED_ATTRIBUTES = new Set([
  'dataPolicies',
  'foreignTypeDefinition',
  'timestampPrecision',
  'generatedColumn',
  'nameAlternative',
]);

function checkAttributes(field: JsonObject): void {
  for (const [key, value] of Object.entries(field)) {
    if (ATTRIBUTES.has(key) || (UNSUPPORTED_ATTRIBUTES.has(key) && !isMeaningful(value))) continue;
    if (UNSUPPORTED_ATTRIBUTES.has(key)) throw notImplemented(`The schema attribute ${key}`, key);
    throw new BigQueryError(
      'invalid',
      `Invalid JSON payload received. Unknown name "${key}" at 'schema.fields': Cannot find field.`,
      { location: key },
    );
  }
}

function isMeaningful(value: JsonValue | undefined): boolean {
  return (
    value !== null && value !== undefined && value !== '' && !(Array.isArray(value) && value.length === 0)
  );
}

function parseField(value: JsonValue, path: string): TableField {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw new BigQueryError('invalid', 'Each schema field must be an object');
  }
  checkAttributes(value);
  const name = value['name'];
  if (typeof name !== 'string' || name === '')
    throw new BigQueryError('invalid', 'Field name is missing in schema');
  checkFieldName(name, path);
  const fullName = `${path}${name}`;
  const type = parseType(value['type'], fullName);
  const field: TableField = { name, type, mode: parseMode(value['mode'], fullName) };
  if (type === 'RECORD') {
    field.fields = parseFields(value['fields'], `${fullName}.`);
    if (field.fields.length === 0) {
      throw new BigQueryError('invalid', `Field ${fullName} is type RECORD but has no schema`);
    }
    if (fullName.split('.').length > MAX_NESTING) {
      throw new BigQueryError(
        'invalid',
        `Field ${fullName} is nested too deeply; the limit is ${MAX_NESTING} levels`,
      );
    }
  }
  copyAttributes(value, field, fullName);
  return field;
}

function checkFieldName(name: string, path: string): void {
  if (!FIELD_NAME.test(name)) {
    throw new BigQueryError(
      'invalid',
      `Invalid field name "${path}${name}". Fields must contain only letters, numbers, and underscores, start with a letter or underscore, and be at most 300 characters long.`,
    );
  }
  if (hasReservedPrefix(name)) throw new BigQueryError('invalid', reservedName(`${path}${name}`));
}

function hasReservedPrefix(name: string): boolean {
  const lower = name.toLowerCase();
  return RESERVED_PREFIXES.some((prefix) => lower.startsWith(prefix));
}

function reservedName(name: string): string {
  return `Invalid field name "${name}". Field names are not allowed to start with the (case-insensitive) prefixes _PARTITION, _TABLE_, _FILE_, _ROW_TIMESTAMP, __ROOT__ and _COLIDENTIFIER`;
}

const REFUSED_CHARACTERS = /[!"$()*,./;?@[\\\]^`{}~]/;

/** A column of a query's result or of a definition, under the name SQL gave it. */
export function checkColumnName(name: string, pos?: Position): void {
  if (hasReservedPrefix(name)) throw invalidQuery(reservedName(name), pos);
  if (name.length <= 300 && !REFUSED_CHARACTERS.test(name)) return;
  throw invalidQuery(
    `Invalid field name "${name}". Fields must contain the allowed characters, and be at most 300 characters long. For allowed characters, please refer to https://cloud.google.com/bigquery/docs/schemas#column_names`,
    pos,
  );
}

function parseType(value: JsonValue | undefined, fullName: string): RestType {
  if (typeof value !== 'string' || value === '') {
    throw new BigQueryError('required', `Field ${fullName} is missing its type`);
  }
  const upper = value.toUpperCase();
  const type = TYPE_ALIASES[upper] ?? REST_TYPES.find((known) => known === upper);
  if (type === undefined) {
    throw new BigQueryError('invalid', `Invalid value for type: ${value} is not a valid value`, {
      location: fullName,
    });
  }
  return type;
}

function parseMode(value: JsonValue | undefined, fullName: string): TableField['mode'] {
  if (value === undefined || value === null || value === '') return 'NULLABLE';
  const mode = typeof value === 'string' ? value.toUpperCase() : value;
  if (mode === 'NULLABLE' || mode === 'REQUIRED' || mode === 'REPEATED') return mode;
  throw new BigQueryError('invalid', `Invalid value for mode: ${String(value)} is not a valid value`, {
    location: fullName,
  });
}

const TEXT_ATTRIBUTES = [
  'description',
  'maxLength',
  'precision',
  'scale',
  'roundingMode',
  'collation',
  'defaultValueExpression',
] as const;

function copyAttributes(source: JsonObject, field: TableField, fullName: string): void {
  for (const attribute of TEXT_ATTRIBUTES) {
    const value = source[attribute];
    if (value !== undefined && value !== null && value !== '') field[attribute] = String(value);
  }
  checkParameters(field, fullName);
  checkCollation(field, fullName);
  checkRoundingMode(field.roundingMode, fullName);
  const policyTags = source['policyTags'];
  if (isObject(policyTags) && Array.isArray(policyTags['names']) && policyTags['names'].length > 0) {
    throw notImplemented(`Column-level access control (policyTags of field ${fullName})`, fullName);
  }
  const element = source['rangeElementType'];
  if (field.type === 'RANGE') {
    const elementType = isObject(element) ? element['type'] : undefined;
    if (elementType !== 'DATE' && elementType !== 'DATETIME' && elementType !== 'TIMESTAMP') {
      throw new BigQueryError('invalid', `Field ${fullName} is type RANGE but has no valid rangeElementType`);
    }
    field.rangeElementType = { type: elementType };
  }
}

/** Only plain columns of text have a collation here, and only the one that disregards case. */
export function checkCollation(field: TableField, fullName: string): void {
  if (field.collation === undefined || field.collation === '') return;
  checkCollationName(field.collation, fullName);
  if (field.type !== 'STRING')
    throw new BigQueryError('invalid', `Field ${fullName} of type ${field.type} cannot have a collation`);
  if (field.mode === 'REPEATED' || fullName.includes('.'))
    throw notImplemented(`The collation of the nested or repeated field ${fullName}`, fullName);
}

export function isCollationName(name: string): boolean {
  return name === '' || name === 'und:ci';
}

export function checkCollationName(collation: string, location: string): void {
  if (!isCollationName(collation))
    throw new BigQueryError('invalid', `Invalid collation name: ${collation}`, { location });
}

/** Columns of text without a collation of their own have that of their table or its dataset. */
export function withDefaultCollation(
  fields: readonly TableField[],
  collation: string | undefined,
): TableField[] {
  return fields.map((field) => {
    if (!collation || field.type !== 'STRING' || field.mode === 'REPEATED') return field;
    return field.collation === undefined ? { ...field, collation } : field;
  });
}

export const ROUNDING_MODES = [
  'ROUNDING_MODE_UNSPECIFIED',
  'ROUND_HALF_AWAY_FROM_ZERO',
  'ROUND_HALF_EVEN',
] as const;

/** @throws notImplemented for the mode in which nothing here rounds. */
export function checkRoundingMode(mode: string | undefined, location: string): void {
  if (mode === undefined) return;
  if (mode === 'ROUND_HALF_EVEN') throw notImplemented('The rounding mode ROUND_HALF_EVEN', location);
  if (!ROUNDING_MODES.some((known) => known === mode)) {
    throw new BigQueryError('invalid', `Invalid value for roundingMode: ${mode} is not a valid value`, {
      location,
    });
  }
}

/** Most digits before and behind the point of the two decimal types. */
const DECIMAL_LIMITS = {
  NUMERIC: { integerDigits: 29, scale: 9 },
  BIGNUMERIC: { integerDigits: 38, scale: 38 },
} as const;

/** Checks `maxLength`, `precision` and `scale` against the type they limit. */
function checkParameters(field: TableField, fullName: string): void {
  const { type, maxLength, precision, scale } = field;
  const invalid = (what: string) =>
    new BigQueryError('invalid', `Field ${fullName} of type ${type} has an invalid ${what}`, {
      location: fullName,
    });
  if (maxLength !== undefined && !((type === 'STRING' || type === 'BYTES') && /^[1-9]\d*$/.test(maxLength))) {
    throw invalid(`maxLength: ${maxLength}`);
  }
  if (precision === undefined && scale === undefined) return;
  const limits = type === 'NUMERIC' || type === 'BIGNUMERIC' ? DECIMAL_LIMITS[type] : undefined;
  const digits = Number(precision ?? Number.NaN);
  const places = Number(scale ?? 0);
  const fits =
    limits !== undefined &&
    Number.isInteger(digits) &&
    Number.isInteger(places) &&
    places >= 0 &&
    places <= limits.scale &&
    digits >= Math.max(1, places) &&
    digits <= places + limits.integerDigits;
  if (!fits) throw invalid(`precision or scale: (${precision ?? ''}, ${scale ?? '0'})`);
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Finds a field by name without regard to case, as BigQuery resolves columns. */
export function findField(fields: readonly TableField[], name: string): TableField | undefined {
  const wanted = name.toLowerCase();
  return fields.find((field) => field.name.toLowerCase() === wanted);
}

/** Widenings that a schema update may make besides adding fields and relaxing REQUIRED. */
const ALLOWED_TYPE_CHANGES: Partial<Record<RestType, RestType[]>> = {
  INTEGER: ['NUMERIC', 'BIGNUMERIC', 'FLOAT'],
  NUMERIC: ['BIGNUMERIC', 'FLOAT'],
};

export interface SchemaChangeOptions {
  allowAddition: boolean;
  allowRelaxation: boolean;
  /** How the table is named in the error. */
  table: string;
}

/**
 * Checks that `next` only adds nullable or repeated fields, relaxes REQUIRED, or widens types; anything else is
 * refused in BigQuery's words.
 */
export function checkSchemaUpdate(
  current: readonly TableField[],
  next: readonly TableField[],
  options: SchemaChangeOptions,
  path = '',
): void {
  const mismatch = (message: string) =>
    new BigQueryError('invalid', `Provided Schema does not match Table ${options.table}. ${message}`);
  for (const field of current) {
    const name = `${path}${field.name}`;
    const update = findField(next, field.name);
    if (update === undefined) throw mismatch(`Field ${name} is missing in new schema`);
    if (update.type !== field.type && !(ALLOWED_TYPE_CHANGES[field.type] ?? []).includes(update.type)) {
      throw mismatch(`Field ${name} has changed type from ${field.type} to ${update.type}`);
    }
    if (update.mode !== field.mode) {
      const relaxed = field.mode === 'REQUIRED' && update.mode === 'NULLABLE';
      if (!relaxed || !options.allowRelaxation) {
        throw mismatch(`Field ${name} has changed mode from ${field.mode} to ${update.mode}`);
      }
    }
    if (field.type === 'RECORD')
      checkSchemaUpdate(field.fields ?? [], update.fields ?? [], options, `${name}.`);
  }
  for (const field of next) {
    if (findField(current, field.name) !== undefined) continue;
    const name = `${path}${field.name}`;
    if (!options.allowAddition) throw mismatch(`Cannot add fields (field: ${name})`);
    if (field.mode === 'REQUIRED')
      throw mismatch(`Cannot add required fields to an existing schema. (field: ${name})`);
  }
}
