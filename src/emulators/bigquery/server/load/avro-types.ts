import avro from 'avsc';
import { bigLongType } from '../../../avro-long.js';
import { notImplemented } from '../../../googlesql/errors.js';
import type { JsonObject, JsonValue, RestType, TableField } from '../../catalog/entries.js';
import { BigQueryError } from '../../errors.js';

const BIG_LONG = bigLongType();

export type Schema = string | SchemaObject | Schema[];

interface SchemaObject {
  type?: Schema;
  name?: string;
  namespace?: string;
  fields?: { name: string; type: Schema }[];
  items?: Schema;
  logicalType?: string;
  sqlType?: RestType;
  scale?: number;
  [attribute: string]: unknown;
}

/** The type of a schema, in which `long` is bigint. */
export function avroType(schema: Schema): avro.Type {
  const typeHook = (inner: unknown): avro.Type | undefined => {
    const name = typeof inner === 'string' ? inner : (inner as SchemaObject).type;
    return name === 'long' ? BIG_LONG : undefined;
  };
  return avro.Type.forSchema(schema as never, { typeHook, wrapUnions: false } as never);
}

interface LeafType {
  schema: Schema;
  /** Of the text on the wire. */
  encode(text: string): unknown;
}

const MICROS_PER_SECOND = 1_000_000n;
const text = (text: string): string => text;
const marked = (sqlType: RestType): LeafType => ({ schema: { type: 'string', sqlType }, encode: text });

function decimal(precision: number, scale: number): LeafType {
  return {
    schema: { type: 'bytes', logicalType: 'decimal', precision, scale },
    encode: (text) => decimalBytes(text, scale),
  };
}

/** https://cloud.google.com/bigquery/docs/exporting-data#avro_export_details */
const LEAVES: Record<Exclude<RestType, 'RECORD'>, LeafType> = {
  STRING: { schema: 'string', encode: text },
  BYTES: { schema: 'bytes', encode: (text) => Buffer.from(text, 'base64') },
  INTEGER: { schema: 'long', encode: BigInt },
  FLOAT: { schema: 'double', encode: Number },
  BOOLEAN: { schema: 'boolean', encode: (text) => text === 'true' },
  NUMERIC: decimal(38, 9),
  BIGNUMERIC: decimal(77, 38),
  TIMESTAMP: { schema: { type: 'long', logicalType: 'timestamp-micros' }, encode: microsOf },
  DATE: { schema: { type: 'int', logicalType: 'date' }, encode: (text) => Date.parse(text) / 86_400_000 },
  TIME: {
    schema: { type: 'long', logicalType: 'time-micros' },
    encode: (text) => microsOf(`1970-01-01T${text}Z`),
  },
  DATETIME: marked('DATETIME'),
  JSON: marked('JSON'),
  GEOGRAPHY: marked('GEOGRAPHY'),
  INTERVAL: marked('INTERVAL'),
  RANGE: marked('RANGE'),
};

/** Types that are text unless `useAvroLogicalTypes` is set. */
const TEXT_UNLESS_LOGICAL: ReadonlySet<string> = new Set(['DATE', 'TIME']);

function leafOf(field: TableField, logical: boolean): LeafType {
  const type = field.type as Exclude<RestType, 'RECORD'>;
  return !logical && TEXT_UNLESS_LOGICAL.has(type) ? marked(type) : LEAVES[type];
}

/** The schema of a file with rows of these columns. */
export function avroSchema(fields: readonly TableField[], logical: boolean, name = 'Root'): Schema {
  return {
    type: 'record',
    name,
    fields: fields.map((field) => {
      const inner = `${name}_${field.name}`;
      const type =
        field.type === 'RECORD'
          ? avroSchema(field.fields ?? [], logical, inner)
          : leafOf(field, logical).schema;
      if (field.mode === 'REPEATED') return { name: field.name, type: { type: 'array', items: type } };
      return { name: field.name, type: field.mode === 'REQUIRED' ? type : ['null', type] };
    }),
  };
}

type Wire = string | null | { f: { v: Wire }[] } | { v: Wire }[];

/** A row of the wire as a record of that schema. */
export function avroRecord(
  cells: readonly { v: Wire }[],
  fields: readonly TableField[],
  logical: boolean,
): object {
  const value = (wire: Wire, field: TableField): unknown => {
    if (wire === null) return null;
    if (typeof wire === 'string') return leafOf(field, logical).encode(wire);
    return avroRecord((wire as { f: { v: Wire }[] }).f, field.fields ?? [], logical);
  };
  return Object.fromEntries(
    fields.map((field, index) => {
      const wire = cells[index]!.v;
      return [
        field.name,
        Array.isArray(wire) ? wire.map((item) => value(item.v, field)) : value(wire, field),
      ];
    }),
  );
}

/** Microseconds since the epoch of `2024-01-01T00:00:00[.ffffff]Z`. */
function microsOf(text: string): bigint {
  const [, seconds = '', fraction = ''] = /^(.*?)(?:\.(\d+))?Z$/.exec(text) ?? [];
  return (BigInt(Date.parse(`${seconds}Z`)) / 1000n) * MICROS_PER_SECOND + BigInt(fraction.padEnd(6, '0'));
}

/** Two's complement of the unscaled value, the highest byte first. */
function decimalBytes(text: string, scale: number): Buffer {
  const [, sign = '', whole = '', fraction = ''] = /^(-?)(\d*)\.?(\d*)$/.exec(text) ?? [];
  const size = BigInt(whole + fraction.padEnd(scale, '0'));
  const unscaled = sign === '-' ? -size : size;
  let length = 1;
  while (BigInt.asIntN(length * 8, unscaled) !== unscaled) length += 1;
  return Buffer.from(
    BigInt.asUintN(length * 8, unscaled)
      .toString(16)
      .padStart(length * 2, '0'),
    'hex',
  );
}

/** A schema with definitions in the places of the names that stand for them. */
function resolved(schema: Schema, known = new Map<string, Schema>()): Schema {
  if (typeof schema === 'string') return known.get(schema) ?? schema;
  if (Array.isArray(schema)) return schema.map((branch) => resolved(branch, known));
  const { name, namespace, fields, items } = schema;
  const whole: SchemaObject = { ...schema };
  if (typeof schema.type === 'object') whole.type = resolved(schema.type, known);
  if (items !== undefined) whole.items = resolved(items, known);
  if (name !== undefined) {
    known.set(name, whole);
    if (namespace !== undefined) known.set(`${namespace}.${name}`, whole);
  }
  if (fields !== undefined) {
    whole.fields = fields.map((field) => ({ ...field, type: resolved(field.type, known) }));
  }
  return whole;
}

/** How a file's records become rows. */
export interface AvroShape {
  fields: TableField[];
  json(record: unknown): JsonObject;
}

/**
 * @param logical whether dates, times and decimals are those, rather than the numbers and bytes that stand for them
 */
export function shapeOf(fileSchema: Schema, logical: boolean): AvroShape {
  const schema = resolved(fileSchema) as SchemaObject;
  if (schema.fields === undefined) {
    throw new BigQueryError('invalid', 'The Apache Avro library failed: the outermost type is no record');
  }
  return {
    fields: schema.fields.map((field) => columnOf(field.name, field.type, logical)),
    json: (record) => jsonOf(record, schema, logical) as JsonObject,
  };
}

function columnOf(name: string, schema: Schema, logical: boolean): TableField {
  if (Array.isArray(schema)) {
    const some = schema.filter((branch) => branch !== 'null');
    if (some.length !== 1) throw notImplemented(`The Avro union of field ${name}`, name);
    const column = columnOf(name, some[0]!, logical);
    return column.mode === 'REPEATED' ? column : { ...column, mode: 'NULLABLE' };
  }
  const whole = typeof schema === 'string' ? { type: schema } : schema;
  if (typeof whole.type === 'object') return columnOf(name, whole.type, logical);
  if (whole.items !== undefined) return { ...columnOf(name, whole.items, logical), mode: 'REPEATED' };
  if (whole.fields !== undefined) {
    const fields = whole.fields.map((field) => columnOf(field.name, field.type, logical));
    return { name, type: 'RECORD', mode: 'REQUIRED', fields };
  }
  return { name, type: restTypeOf(name, whole, logical), mode: 'REQUIRED' };
}

const REST_TYPES: Readonly<Record<string, RestType>> = {
  boolean: 'BOOLEAN',
  int: 'INTEGER',
  long: 'INTEGER',
  float: 'FLOAT',
  double: 'FLOAT',
  bytes: 'BYTES',
  fixed: 'BYTES',
  string: 'STRING',
  enum: 'STRING',
};

/** https://cloud.google.com/bigquery/docs/loading-data-cloud-storage-avro#avro_conversions */
function restTypeOf(name: string, { type, logicalType, sqlType }: SchemaObject, logical: boolean): RestType {
  if (sqlType !== undefined && sqlType in LEAVES) return sqlType;
  const meant = logical ? logicalTypeOf(logicalType) : undefined;
  const found = meant ?? REST_TYPES[String(type)];
  if (found === undefined) throw notImplemented(`The Avro type ${String(type)} of field ${name}`, name);
  return found;
}

function logicalTypeOf(name: string | undefined): RestType | undefined {
  if (name === 'date') return 'DATE';
  if (name?.startsWith('timestamp-')) return 'TIMESTAMP';
  if (name?.startsWith('time-')) return 'TIME';
  return name === 'decimal' ? 'NUMERIC' : undefined;
}

/** A value of a file as JSON of the same meaning. */
function jsonOf(value: unknown, schema: Schema, logical: boolean): JsonValue {
  if (value === null || value === undefined) return null;
  if (Array.isArray(schema)) return jsonOf(value, schema.find((branch) => branch !== 'null')!, logical);
  if (typeof schema === 'string') return leafJson(value, {});
  if (typeof schema.type === 'object') return jsonOf(value, schema.type, logical);
  if (schema.items !== undefined) {
    return (value as unknown[]).map((item) => jsonOf(item, schema.items!, logical));
  }
  if (schema.fields !== undefined) {
    const members = value as Record<string, unknown>;
    return Object.fromEntries(
      schema.fields.map(({ name, type }) => [name, jsonOf(members[name], type, logical)]),
    );
  }
  return leafJson(value, logical ? schema : {});
}

function leafJson(value: unknown, { logicalType, scale = 0 }: SchemaObject): JsonValue {
  if (Buffer.isBuffer(value)) {
    return logicalType === 'decimal' ? decimalOf(value, scale) : value.toString('base64');
  }
  const whole = () => BigInt(value as bigint | number);
  switch (logicalType) {
    case 'date':
      return new Date(Number(value) * 86_400_000).toISOString().slice(0, 10);
    case 'timestamp-millis':
      return timestampOf(whole() * 1000n);
    case 'timestamp-micros':
      return timestampOf(whole());
    case 'time-millis':
      return timestampOf(whole() * 1000n).slice(11, 26);
    case 'time-micros':
      return timestampOf(whole()).slice(11, 26);
    default:
      return typeof value === 'bigint' ? String(value) : (value as JsonValue);
  }
}

function timestampOf(micros: bigint): string {
  const fraction = ((micros % MICROS_PER_SECOND) + MICROS_PER_SECOND) % MICROS_PER_SECOND;
  const seconds = new Date(Number((micros - fraction) / 1000n)).toISOString().slice(0, 19);
  return `${seconds.replace('T', ' ')}.${String(fraction).padStart(6, '0')} UTC`;
}

function decimalOf(bytes: Buffer, scale: number): string {
  const unscaled = BigInt.asIntN(bytes.length * 8, BigInt(`0x${bytes.toString('hex') || '0'}`));
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0');
  const whole = digits.slice(0, digits.length - scale);
  const fraction = scale === 0 ? '' : `.${digits.slice(-scale)}`;
  return `${unscaled < 0n ? '-' : ''}${whole}${fraction}`;
}
