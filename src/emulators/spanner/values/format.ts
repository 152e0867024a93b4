import type { BqType } from '../../googlesql/syntax/types.js';
import { civilFromDays, pad } from '../../googlesql/values/calendar.js';
import { decimalText, NUMERIC_SCALE } from '../../googlesql/values/numeric.js';
import { varintLength, type WireWriter } from '../../wire/writer.js';
import type { Row, Value } from './value.js';

const NANOS_PER_SECOND = 1_000_000_000n;
const SECONDS_PER_DAY = 86_400;
/** Fields of google.protobuf.Value with their wire types. */
const NULL_TAG = 0x08;
const NUMBER_TAG = 0x11;
const STRING_TAG = 0x1a;
const BOOL_TAG = 0x20;
const LIST_TAG = 0x32;

/** Of a value that travels as a string: the text of it. */
export function valueText(type: BqType, value: Exclude<Value, null>): string {
  switch (type.kind) {
    case 'DATE':
      return dateText(value as number);
    case 'TIMESTAMP':
      return timestampText(value as bigint);
    case 'NUMERIC':
      return decimalText(value as bigint, NUMERIC_SCALE);
    case 'BYTES':
      return (value as Buffer).toString('base64');
    default:
      return String(value);
  }
}

export function dateText(days: number): string {
  const { year, month, day } = civilFromDays(days);
  return `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}`;
}

/** RFC 3339 with as many digits of the second as there are. */
export function timestampText(nanos: bigint): string {
  const fraction = Number(((nanos % NANOS_PER_SECOND) + NANOS_PER_SECOND) % NANOS_PER_SECOND);
  const seconds = Number((nanos - BigInt(fraction)) / NANOS_PER_SECOND);
  const days = Math.floor(seconds / SECONDS_PER_DAY);
  const ofDay = seconds - days * SECONDS_PER_DAY;
  const clock = [Math.floor(ofDay / 3600), Math.floor(ofDay / 60) % 60, ofDay % 60];
  const digits = fraction === 0 ? '' : `.${pad(fraction, 9).replace(/0+$/, '')}`;
  return `${dateText(days)}T${clock.map((part) => pad(part, 2)).join(':')}${digits}Z`;
}

/** Writes a `google.protobuf.Value` without the field around it. */
export function writeValue(writer: WireWriter, type: BqType, value: Value): void {
  if (value === null) {
    writer.reserve(2);
    writer.byte(NULL_TAG);
    writer.byte(0);
    return;
  }
  switch (type.kind) {
    case 'BOOL':
      writer.reserve(2);
      writer.byte(BOOL_TAG);
      writer.byte(value ? 1 : 0);
      return;
    case 'FLOAT64':
    case 'FLOAT32':
      if (!Number.isFinite(value as number)) {
        writeText(writer, String(value));
        return;
      }
      writer.reserve(9);
      writer.byte(NUMBER_TAG);
      writer.at = writer.bytes.writeDoubleLE(value as number, writer.at);
      return;
    case 'STRING':
      writeText(writer, value as string);
      return;
    case 'ARRAY':
    case 'STRUCT':
      writeList(writer, type, value as Row);
      return;
    default:
      writeText(writer, valueText(type, value));
  }
}

function writeText(writer: WireWriter, text: string): void {
  writer.reserve(text.length * 3 + 6);
  writer.byte(STRING_TAG);
  writer.at = writeUtf8(writer.bytes, writer.at, text);
}

/** Texts of so many units take one byte for their length, whatever their characters. */
const SHORT_TEXT = 42;

/** Writes the length of a text and the text, for which there must be room. @returns the offset behind it. */
export function writeUtf8(bytes: Buffer, at: number, text: string): number {
  const { length } = text;
  if (length <= SHORT_TEXT) {
    let index = 0;
    for (; index < length; index++) {
      const code = text.charCodeAt(index);
      if (code > 0x7f) break;
      bytes[at + 1 + index] = code;
    }
    const written = index === length ? length : bytes.write(text, at + 1, 'utf8');
    bytes[at] = written;
    return at + 1 + written;
  }
  const size = Buffer.byteLength(text, 'utf8');
  const start = at + writeLength(bytes, at, size);
  return start + bytes.write(text, start, 'utf8');
}

function writeLength(bytes: Buffer, at: number, length: number): number {
  let rest = length;
  let count = 0;
  for (; rest > 0x7f; rest >>>= 7) bytes[at + count++] = (rest & 0x7f) | 0x80;
  bytes[at + count++] = rest;
  return count;
}

function writeList(writer: WireWriter, type: BqType, values: Row): void {
  withLength(writer, LIST_TAG, () => {
    for (const [index, value] of values.entries()) {
      const itemType = type.kind === 'ARRAY' ? type.element : typeOfField(type, index);
      withLength(writer, 0x0a, () => writeValue(writer, itemType, value));
    }
  });
}

function typeOfField(type: BqType, index: number): BqType {
  if (type.kind !== 'STRUCT') throw new Error(`${type.kind} has no fields`);
  return type.fields[index]!.type;
}

/** Writes a field whose length is known only when its content is written. */
export function withLength(writer: WireWriter, tag: number, write: () => void): void {
  writer.reserve(6);
  writer.byte(tag);
  const lengthAt = writer.at;
  writer.at++;
  write();
  const length = writer.at - lengthAt - 1;
  if (length > 0x7f) {
    const more = varintLength(length) - 1;
    writer.reserve(more);
    writer.bytes.copyWithin(lengthAt + 1 + more, lengthAt + 1, writer.at);
    writer.at += more;
  }
  writeLength(writer.bytes, lengthAt, length);
}

/** How the service names types in keys: `Int64(5)`. */
const KEY_TYPE_NAMES: Partial<Record<BqType['kind'], string>> = {
  INT64: 'Int64',
  FLOAT64: 'Double',
  FLOAT32: 'Float',
  STRING: 'String',
  BYTES: 'Bytes',
  BOOL: 'Bool',
  DATE: 'Date',
  TIMESTAMP: 'Timestamp',
  NUMERIC: 'Numeric',
  UUID: 'Uuid',
};

/** A key as errors show it: `{Int64(1), String("x")}`. */
export function keyText(types: readonly BqType[], key: Row): string {
  const parts = key.map((value, index) => {
    const type = types[index]!;
    const shown =
      value === null ? 'NULL' : type.kind === 'STRING' ? JSON.stringify(value) : valueText(type, value);
    return `${KEY_TYPE_NAMES[type.kind] ?? type.kind}(${shown})`;
  });
  return `{${parts.join(', ')}}`;
}
