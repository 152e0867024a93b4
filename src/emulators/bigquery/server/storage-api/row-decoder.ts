import {
  type DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBListValue,
  DuckDBStructValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBTimeValue,
  type DuckDBValue,
} from '@duckdb/node-api';
import { WireReader } from '../../../../core/wire-reader.js';
import { duckFieldName } from '../../../googlesql/syntax/types.js';
import { ServiceError } from '../../../serving/service-error.js';
import type { Decoded } from '../../../wire/message.js';
import type { TableField } from '../../catalog/entries.js';
import { findField } from '../../catalog/fields.js';
import { ValueError, valueConverter } from '../load/values.js';

/** Types of `google.protobuf.FieldDescriptorProto`. */
const DOUBLE = 1;
const FLOAT = 2;
const UINT64 = 4;
const FIXED64 = 6;
const FIXED32 = 7;
const BOOL = 8;
const STRING = 9;
const MESSAGE = 11;
const BYTES = 12;
const ENUM = 14;
const SFIXED32 = 15;
const SFIXED64 = 16;
const SINT32 = 17;
const SINT64 = 18;
const REPEATED = 3;

const LENGTH_DELIMITED = 2;

type Scalar = bigint | number | boolean | string | Buffer;
type Reading = (reader: WireReader) => Scalar;

/** Reads one row; `present` gets the names of the columns that it has. */
export type RowDecoder = (bytes: Buffer) => { values: DuckDBValue[]; present: ReadonlySet<string> };

interface Member {
  index: number;
  name: string;
  isRepeated: boolean;
  /** Several values may stand in one field of bytes. */
  isPackable: boolean;
  read(reader: WireReader): DuckDBValue;
}

/** A decoder for the rows of a writer, whose messages the descriptor describes, into the columns of a table. */
export function rowDecoder(descriptor: Decoded, fields: readonly TableField[]): RowDecoder {
  const members = membersOf(descriptor, fields, '', [descriptor]);
  return (bytes) => {
    const present = new Set<string>();
    const values = readMessage(new WireReader(bytes), members, fields, '', present);
    return { values, present };
  };
}

function membersOf(
  descriptor: Decoded,
  fields: readonly TableField[],
  path: string,
  around: readonly Decoded[],
): Map<number, Member> {
  const members = new Map<number, Member>();
  const extra: string[] = [];
  for (const field of descriptor.messages(2)) {
    const name = field.text(1);
    const column = findField(fields, name);
    if (column === undefined) {
      extra.push(`${path}${name}`);
      continue;
    }
    members.set(Number(field.integer(3)), memberOf(field, column, fields.indexOf(column), path, around));
  }
  if (extra.length === 0) return members;
  throw new ServiceError(
    'INVALID_ARGUMENT',
    `Input schema has more fields than BigQuery schema, extra fields: '${extra.join("', '")}'`,
  );
}

function memberOf(
  field: Decoded,
  column: TableField,
  index: number,
  path: string,
  around: readonly Decoded[],
): Member {
  const location = `${path}${column.name}`;
  const type = Number(field.integer(5));
  const isRepeated = Number(field.integer(4)) === REPEATED;
  if (isRepeated !== (column.mode === 'REPEATED')) {
    throw new ServiceError(
      'INVALID_ARGUMENT',
      `Field ${location}: the proto field and the column differ in being repeated`,
    );
  }
  const base = {
    index,
    name: column.name.toLowerCase(),
    isRepeated,
    isPackable: ![STRING, BYTES, MESSAGE].includes(type),
  };
  if (type === MESSAGE) {
    const inner = nested(field.text(6), around, 3);
    if (column.type !== 'RECORD' || inner === undefined)
      throw new ServiceError(
        'INVALID_ARGUMENT',
        `Field ${location} of type ${column.type} cannot be a message`,
      );
    const members = membersOf(inner, column.fields ?? [], `${location}.`, [inner, ...around]);
    return { ...base, read: (reader) => readRecord(reader, members, column.fields ?? [], `${location}.`) };
  }
  if (column.type === 'RECORD')
    throw new ServiceError('INVALID_ARGUMENT', `Field ${location} of type RECORD must be a message`);
  const read = type === ENUM ? enumReading(field.text(6), around) : readingOf(type, location);
  const convert = conversionOf(column, location);
  return { ...base, read: (reader) => convert(read(reader)) };
}

/** The message (3) or enumeration (4) that a type name means, from the innermost message outwards. */
function nested(typeName: string, around: readonly Decoded[], kind: 3 | 4): Decoded | undefined {
  const path = typeName.split('.').filter((part) => part !== '');
  for (let from = path.length - 1; from >= 0; from--) {
    for (const outer of around) {
      const found = down(outer, path.slice(from), kind);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

function down(outer: Decoded, path: readonly string[], kind: 3 | 4): Decoded | undefined {
  let current: Decoded | undefined = outer;
  for (const [index, name] of path.entries()) {
    const list: Decoded[] | undefined = current?.messages(index === path.length - 1 ? kind : 3);
    current = list?.find((candidate) => candidate.text(1) === name);
  }
  return current;
}

function enumReading(typeName: string, around: readonly Decoded[]): Reading {
  const values = nested(typeName, around, 4)?.messages(2) ?? [];
  const names = new Map(values.map((value) => [Number(value.integer(2)), value.text(1)]));
  return (reader) => {
    const number = reader.int32();
    return names.get(number) ?? String(number);
  };
}

function readingOf(type: number, location: string): Reading {
  switch (type) {
    case DOUBLE:
      return (reader) => reader.double();
    case FLOAT:
      return (reader) => fixed(reader, 4).readFloatLE(0);
    case FIXED64:
      return (reader) => fixed(reader, 8).readBigUInt64LE(0);
    case SFIXED64:
      return (reader) => fixed(reader, 8).readBigInt64LE(0);
    case FIXED32:
      return (reader) => BigInt(fixed(reader, 4).readUInt32LE(0));
    case SFIXED32:
      return (reader) => BigInt(fixed(reader, 4).readInt32LE(0));
    case BOOL:
      return (reader) => reader.boolean();
    case STRING:
      return (reader) => reader.text();
    case BYTES:
      return (reader) => reader.slice();
    case UINT64:
      return (reader) => BigInt.asUintN(64, int64(reader));
    case SINT32:
    case SINT64:
      return (reader) => {
        const value = BigInt.asUintN(64, int64(reader));
        return BigInt.asIntN(64, (value >> 1n) ^ -(value & 1n));
      };
    case 10:
      throw new ServiceError('INVALID_ARGUMENT', `Field ${location}: groups are not supported`);
    default:
      return int64;
  }
}

/** Small numbers, which most are, without the arithmetic of large ones. */
function int64(reader: WireReader): bigint {
  reader.int64();
  const { high, low } = reader;
  if (high === 0) return BigInt(low >>> 0);
  return BigInt.asIntN(64, (BigInt(high) << 32n) | BigInt(low >>> 0));
}

function fixed(reader: WireReader, size: 4 | 8): Buffer {
  const start = reader.at;
  reader.skip();
  const bytes = reader.bytes.subarray(start, reader.at);
  if (bytes.length !== size) throw new ServiceError('INVALID_ARGUMENT', 'A row does not fit its descriptor');
  return bytes;
}

/** https://cloud.google.com/bigquery/docs/write-api#data_type_conversions */
function conversionOf(column: TableField, location: string): (value: Scalar) => DuckDBValue {
  const ofText = valueConverter(
    { ...column, mode: 'NULLABLE' },
    { ignoreUnknownValues: false },
    location.slice(0, -column.name.length),
  );
  const viaText = (value: Scalar): DuckDBValue =>
    ofText(Buffer.isBuffer(value) ? value.toString('utf8') : String(value));
  switch (column.type) {
    case 'STRING':
      return column.maxLength === undefined
        ? (value) => (typeof value === 'string' ? value : viaText(value))
        : viaText;
    case 'BYTES':
      return (value) => ofText(Buffer.from(value as string).toString('base64')) as DuckDBBlobValue;
    case 'INTEGER':
      return (value) => (typeof value === 'bigint' && value < 2n ** 63n ? value : viaText(value));
    case 'FLOAT':
      return (value) => (typeof value === 'number' ? value : viaText(value));
    case 'BOOLEAN':
      return (value) => (typeof value === 'boolean' ? value : viaText(value));
    case 'DATE':
      return (value) =>
        typeof value === 'bigint' ? new DuckDBDateValue(daysOf(value, location)) : viaText(value);
    case 'TIMESTAMP':
      return (value) =>
        typeof value === 'bigint' ? new DuckDBTimestampTZValue(microsOf(value, location)) : viaText(value);
    case 'TIME':
      return (value) => (typeof value === 'bigint' ? new DuckDBTimeValue(packedTime(value)) : viaText(value));
    case 'DATETIME':
      return (value) =>
        typeof value === 'bigint' ? new DuckDBTimestampValue(packedDatetime(value)) : viaText(value);
    case 'NUMERIC':
    case 'BIGNUMERIC':
      return (value) =>
        Buffer.isBuffer(value)
          ? ofText(decimalOf(value, column.type === 'NUMERIC' ? 9 : 38))
          : viaText(value);
    default:
      return viaText;
  }
}

const MAX_DAYS = 2_932_896n;
const MIN_DAYS = -719_162n;
const MICROS_PER_DAY = 86_400_000_000n;

function daysOf(value: bigint, location: string): number {
  if (value < MIN_DAYS || value > MAX_DAYS)
    throw new ValueError(location, `Invalid date: ${value} days since the epoch`);
  return Number(value);
}

function microsOf(value: bigint, location: string): bigint {
  if (value < MIN_DAYS * MICROS_PER_DAY || value >= (MAX_DAYS + 1n) * MICROS_PER_DAY)
    throw new ValueError(location, `Invalid timestamp: ${value} microseconds since the epoch`);
  return value;
}

/** Hours, minutes, seconds and microseconds in 5, 6, 6 and 20 bits: the civil time of ZetaSQL. */
function packedTime(value: bigint): bigint {
  const part = (shift: bigint, bits: bigint) => (value >> shift) & ((1n << bits) - 1n);
  return ((part(32n, 5n) * 60n + part(26n, 6n)) * 60n + part(20n, 6n)) * 1_000_000n + part(0n, 20n);
}

/** The same, below year, month and day in 14, 4 and 5 bits. */
function packedDatetime(value: bigint): bigint {
  const part = (shift: bigint, bits: bigint) => Number((value >> shift) & ((1n << bits) - 1n));
  const day = new Date(0);
  day.setUTCFullYear(part(46n, 14n), part(42n, 4n) - 1, part(37n, 5n));
  return BigInt(day.getTime()) * 1000n + packedTime(value & ((1n << 37n) - 1n));
}

/** A number of two's complement, the lowest byte first, as decimal text. */
function decimalOf(bytes: Buffer, scale: number): string {
  const hex = Buffer.from(bytes).reverse().toString('hex') || '0';
  const unscaled = BigInt.asIntN(Math.max(bytes.length, 1) * 8, BigInt(`0x${hex}`));
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, '0');
  return `${unscaled < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

function readRecord(
  reader: WireReader,
  members: ReadonlyMap<number, Member>,
  fields: readonly TableField[],
  path: string,
): DuckDBValue {
  const outer = reader.enter();
  const values = readMessage(reader, members, fields, path);
  reader.leave(outer);
  return new DuckDBStructValue(Object.fromEntries(values.map((item, index) => [duckFieldName(index), item])));
}

function readMessage(
  reader: WireReader,
  members: ReadonlyMap<number, Member>,
  fields: readonly TableField[],
  path: string,
  present?: Set<string>,
): DuckDBValue[] {
  const values: DuckDBValue[] = new Array(fields.length).fill(null);
  const lists: DuckDBValue[][] = [];
  while (reader.next()) {
    const member = members.get(reader.field);
    if (member === undefined) {
      reader.skip();
      continue;
    }
    present?.add(member.name);
    if (!member.isRepeated) {
      values[member.index] = member.read(reader);
      continue;
    }
    lists[member.index] ??= [];
    const list = lists[member.index]!;
    if (!member.isPackable || reader.wireType !== LENGTH_DELIMITED) list.push(member.read(reader));
    else {
      const outer = reader.enter();
      while (reader.more) list.push(member.read(reader));
      reader.leave(outer);
    }
  }
  for (const [index, field] of fields.entries()) {
    if (field.mode === 'REPEATED') values[index] = new DuckDBListValue(lists[index] ?? []);
    else if (field.mode === 'REQUIRED' && values[index] === null)
      throw new ValueError(`${path}${field.name}`, `Missing required field: ${path}${field.name}.`);
  }
  return values;
}
