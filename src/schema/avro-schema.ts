import { patientVitalsSchema } from './read-table-schema.js';
import type { Field } from './table-schema.js';

/** How messages of a topic with a schema are written. */
const SCHEMA_ENCODINGS = ['json', 'binary'] as const;
export type SchemaEncoding = (typeof SCHEMA_ENCODINGS)[number];

type AvroType = 'string' | 'double' | 'long' | 'int';

interface AvroField {
  name: string;
  type: AvroType | readonly ['null', AvroType];
  default?: null;
}

export interface AvroRecord {
  type: 'record';
  name: string;
  fields: readonly AvroField[];
}

const AVRO_TYPES: Partial<Record<Field['type'], AvroType>> = {
  STRING: 'string',
  INT64: 'int',
  FLOAT64: 'double',
  TIMESTAMP: 'string',
};

/**
 * The vitals message as an Avro schema for Pub/Sub. Blood pressure is one text, as devices send it. Avro's JSON
 * encoding wants every field of the schema in every message, in wrapped unions where it is optional, but lets others
 * pass: so the optional vitals are declared for the binary encoding only.
 */
export function avroVitals(encoding: SchemaEncoding): AvroRecord {
  const fields: AvroField[] = [];
  for (const field of patientVitalsSchema().fields) {
    if (field.filledBy !== undefined) continue;
    const type = AVRO_TYPES[field.type] ?? 'string';
    if (field.name === 'Diastolic') continue;
    if (field.name === 'Systolic') fields.push({ name: 'Blood_Pressure', type: 'string' });
    else if (field.constraints.required) fields.push({ name: field.name, type });
    else if (encoding === 'binary') fields.push({ name: field.name, type: ['null', type], default: null });
  }
  return { type: 'record', name: 'PatientVitals', fields };
}

/** Undefined when the bytes are not exactly one record of this schema, whose texts are UTF-8. */
export function decodeAvro(record: AvroRecord, data: Uint8Array): Record<string, unknown> | undefined {
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  let position = 0;
  const readLong = (): number => {
    let value = 0;
    let scale = 1;
    for (let length = 0; length < 10; length++) {
      const byte = data[position++];
      if (byte === undefined) throw new RangeError('the record ends too soon');
      value += (byte & 0x7f) * scale;
      if ((byte & 0x80) === 0) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
      scale *= 128;
    }
    throw new RangeError('the number is too long');
  };
  const read = (type: AvroType): string | number => {
    if (type === 'int' || type === 'long') return readLong();
    const length = type === 'double' ? 8 : readLong();
    if (length < 0 || position + length > data.length) throw new RangeError('the record ends too soon');
    position += length;
    return type === 'double'
      ? view.getFloat64(position - 8, true)
      : utf8Text(data.subarray(position - length, position));
  };
  const values: Record<string, unknown> = {};
  try {
    for (const { name, type } of record.fields) {
      if (typeof type === 'string') values[name] = read(type);
      else {
        const branch = readLong();
        if (branch !== 0 && branch !== 1) return undefined;
        values[name] = branch === 0 ? null : read(type[1]);
      }
    }
  } catch (error) {
    if (error instanceof RangeError || error instanceof URIError) return undefined;
    throw error;
  }
  return position === data.length ? values : undefined;
}

/** @throws URIError when the bytes are not UTF-8. The language itself has no other decoder. */
function utf8Text(bytes: Uint8Array): string {
  let escaped = '';
  for (const byte of bytes) escaped += `%${byte.toString(16).padStart(2, '0')}`;
  return decodeURIComponent(escaped);
}

const UNION_BRANCHES: ReadonlySet<string> = new Set(['string', 'int', 'long', 'float', 'double', 'boolean']);

/** Values without the `{"int":16}` wrapping that Avro's JSON encoding puts around optional ones. */
export function unwrapUnions(content: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(content).map(([name, value]) => {
      if (typeof value !== 'object' || value === null) return [name, value];
      const entries = Object.entries(value);
      const [branch, inner] = entries[0] ?? ['', undefined];
      return [name, entries.length === 1 && UNION_BRANCHES.has(branch) ? inner : value];
    }),
  );
}
