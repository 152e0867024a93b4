import type { TableField } from '../../catalog/entries.js';
import { FlatBuffer, type Place } from './flatbuffer.js';

/** https://arrow.apache.org/docs/format/Columnar.html#encapsulated-message-format */
const CONTINUATION = 0xff_ff_ff_ff;
const V5 = 4;
const SCHEMA = 1;
const RECORD_BATCH = 3;

type TypeNumber = number;
type TypeOf = (buffer: FlatBuffer) => [TypeNumber, Place];

const MICROSECOND = 2;
const int16 = (value: number) => (buffer: FlatBuffer) => buffer.int16(value);
const int32 = (value: number) => (buffer: FlatBuffer) => buffer.int32(value);
const int8 = (value: number) => (buffer: FlatBuffer) => buffer.int8(value);
const offset = (place: Place) => (buffer: FlatBuffer) => buffer.offset(place);
const plain =
  (type: TypeNumber): TypeOf =>
  (buffer) => [type, buffer.table([])];
const decimal =
  (precision: number, scale: number, bits: number): TypeOf =>
  (buffer) => [7, buffer.table([int32(precision), int32(scale), int32(bits)])];

/** https://cloud.google.com/bigquery/docs/reference/storage#arrow_schema_details */
const TYPES: Record<Exclude<TableField['type'], 'RECORD' | 'RANGE'>, TypeOf> = {
  INTEGER: (buffer) => [2, buffer.table([int32(64), int8(1)])],
  FLOAT: (buffer) => [3, buffer.table([int16(2)])],
  BYTES: plain(4),
  STRING: plain(5),
  GEOGRAPHY: plain(5),
  JSON: plain(5),
  BOOLEAN: plain(6),
  NUMERIC: decimal(38, 9, 128),
  BIGNUMERIC: decimal(76, 38, 256),
  DATE: (buffer) => [8, buffer.table([int16(0)])],
  TIME: (buffer) => [9, buffer.table([int16(MICROSECOND), int32(64)])],
  DATETIME: (buffer) => [10, buffer.table([int16(MICROSECOND)])],
  TIMESTAMP: (buffer) => {
    const zone = buffer.text('UTC');
    return [10, buffer.table([int16(MICROSECOND), offset(zone)])];
  },
  INTERVAL: (buffer) => [11, buffer.table([int16(2)])],
};
const LIST = 12;
const STRUCT = 13;

/** The two ends of a range, as fields of a struct. */
export function rangeEnds(field: TableField): TableField[] {
  const { type } = field.rangeElementType!;
  return ['start', 'end'].map((name) => ({ name, type, mode: 'NULLABLE' }));
}

function writeField(buffer: FlatBuffer, field: TableField): Place {
  let type: [TypeNumber, Place];
  let inner: TableField[] = [];
  if (field.mode === 'REPEATED') {
    inner = [{ ...field, name: 'item', mode: 'NULLABLE' }];
    type = plain(LIST)(buffer);
  } else if (field.type === 'RECORD' || field.type === 'RANGE') {
    inner = field.type === 'RANGE' ? rangeEnds(field) : (field.fields ?? []);
    type = plain(STRUCT)(buffer);
  } else {
    type = TYPES[field.type](buffer);
  }
  const children = buffer.offsets(inner.map((child) => writeField(buffer, child)));
  const name = buffer.text(field.name);
  return buffer.table([
    offset(name),
    int8(field.mode === 'NULLABLE' ? 1 : 0),
    int8(type[0]),
    offset(type[1]),
    undefined,
    offset(children),
  ]);
}

/** The message that begins a stream of Arrow. */
export function arrowSchema(fields: readonly TableField[]): Buffer {
  const buffer = new FlatBuffer();
  const list = buffer.offsets(fields.map((field) => writeField(buffer, field)));
  const schema = buffer.table([int16(0), offset(list)]);
  return message(buffer, SCHEMA, schema, []);
}

export interface ArrowBody {
  length: number;
  /** Of each column and what is in it: values, and how many of them are NULL. */
  nodes: readonly (readonly [length: number, nulls: number])[];
  buffers: readonly Uint8Array[];
}

const ALIGNMENT = 8;

/** The message of some rows. */
export function arrowRecordBatch({ length, nodes, buffers }: ArrowBody): Buffer {
  const places: [number, number][] = [];
  let at = 0;
  for (const { byteLength } of buffers) {
    places.push([at, byteLength]);
    at += byteLength + (-byteLength & (ALIGNMENT - 1));
  }
  const buffer = new FlatBuffer();
  const placesOf = buffer.pairs(places);
  const nodesOf = buffer.pairs(nodes);
  const batch = buffer.table([(own) => own.int64(length), offset(nodesOf), offset(placesOf)]);
  return message(buffer, RECORD_BATCH, batch, buffers, at);
}

function message(
  buffer: FlatBuffer,
  type: TypeNumber,
  header: Place,
  body: readonly Uint8Array[],
  bodyBytes = 0,
): Buffer {
  const root = buffer.table([
    int16(V5),
    int8(type),
    offset(header),
    bodyBytes === 0 ? undefined : (own) => own.int64(bodyBytes),
  ]);
  const metadata = buffer.finish(root);
  const padding = -(metadata.length + 8) & (ALIGNMENT - 1);
  const whole = Buffer.alloc(8 + metadata.length + padding + bodyBytes);
  whole.writeUInt32LE(CONTINUATION, 0);
  whole.writeInt32LE(metadata.length + padding, 4);
  metadata.copy(whole, 8);
  let at = 8 + metadata.length + padding;
  for (const part of body) {
    whole.set(part, at);
    at += part.byteLength + (-part.byteLength & (ALIGNMENT - 1));
  }
  return whole;
}
