import {
  arrayOf,
  type BqType,
  NANOSECOND_TIMESTAMP,
  type StructField,
  scalarType,
  structOf,
} from '../../googlesql/syntax/types.js';
import { ServiceError } from '../../serving/service-error.js';
import { Decoded, encode, type Message } from '../../wire/message.js';

/** Codes of `google.spanner.v1.TypeCode`. */
const CODES: Partial<Record<BqType['kind'], number>> = {
  BOOL: 1,
  INT64: 2,
  FLOAT64: 3,
  TIMESTAMP: 4,
  DATE: 5,
  STRING: 6,
  BYTES: 7,
  ARRAY: 8,
  STRUCT: 9,
  NUMERIC: 10,
  JSON: 11,
  FLOAT32: 15,
  INTERVAL: 16,
  UUID: 17,
};
const KINDS = new Map(Object.entries(CODES).map(([kind, code]) => [code, kind]));
const MAX_DEPTH = 20;

/** The type of a `google.spanner.v1.Type`. @throws ServiceError for one that is none. */
export function parseType(bytes: Buffer): BqType {
  return typeOf(new Decoded(bytes), 0);
}

function typeOf(type: Decoded, depth: number): BqType {
  const code = Number(type.integer(1));
  const kind = KINDS.get(code);
  if (kind === undefined || depth > MAX_DEPTH) {
    throw new ServiceError('INVALID_ARGUMENT', `Invalid type code ${code} of a parameter.`);
  }
  if (kind === 'ARRAY') return arrayOf(typeOf(type.message(2), depth + 1));
  if (kind === 'TIMESTAMP') return NANOSECOND_TIMESTAMP;
  if (kind !== 'STRUCT') return scalarType(kind)!;
  const fields = type.message(3).messages(1);
  return structOf(
    fields.map((field) => {
      const name = field.text(1);
      return { ...(name !== '' && { name }), type: typeOf(field.message(2), depth + 1) };
    }),
  );
}

/** A `google.spanner.v1.Type`. */
export function typeMessage(type: BqType): Message {
  const code = CODES[type.kind]!;
  if (type.kind === 'ARRAY') return { 1: code, 2: typeMessage(type.element) };
  if (type.kind === 'STRUCT') return { 1: code, 3: structTypeMessage(type.fields) };
  return { 1: code };
}

/** A `google.spanner.v1.StructType`. */
export function structTypeMessage(fields: readonly StructField[]): Message {
  return { 1: fields.map(({ name, type }) => ({ ...(name && { 1: name }), 2: typeMessage(type) })) };
}

export function encodeStructType(fields: readonly StructField[]): Buffer {
  return encode(structTypeMessage(fields));
}
