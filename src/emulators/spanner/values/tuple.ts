import type { BqType } from '../../googlesql/syntax/types.js';
import type { Row, Value } from './value.js';

/**
 * A stored row: for each column that is not NULL its id, a header and its bytes, as a string with one character for
 * each byte, which is the smallest thing that V8 keeps and frees by itself. Headers are varints: 0 is NULL, else one
 * more than twice the number of bytes, plus one when these are UTF-8 beyond ASCII.
 */

/** Columns as rows are stored and read by. */
export interface TupleColumn {
  id: number;
  type: BqType;
}

/** Which columns a reader wants, by their ids. */
export class TupleLayout {
  /** Places in the row that is read, by the id of the column. */
  readonly #places: (number | undefined)[] = [];

  constructor(readonly columns: readonly TupleColumn[]) {
    for (const [place, { id }] of columns.entries()) this.#places[id] = place;
  }

  encode(row: Row): string {
    at = 0;
    for (const [index, { id, type }] of this.columns.entries()) {
      const value = row[index]!;
      if (value === null) continue;
      reserve(20);
      writeVarint(id);
      writeItem(type, value);
    }
    return scratch.toString('latin1', 0, at);
  }

  /** Values of the columns in their order; other columns are passed over. */
  decode(tuple: string): Value[] {
    const { columns } = this;
    const values = new Array<Value>(columns.length);
    for (let index = 0; index < columns.length; index++) values[index] = null;
    text = tuple;
    at = 0;
    while (at < tuple.length) {
      const place = this.#places[readVarint()];
      const header = readVarint() - 1;
      const end = at + (header >>> 1);
      if (place !== undefined) values[place] = readValue(columns[place]!.type, end, (header & 1) === 1);
      at = end;
    }
    return values;
  }
}

let scratch = Buffer.allocUnsafe(4096);
let at = 0;
let text = '';

function reserve(length: number): void {
  if (at + length <= scratch.length) return;
  const larger = Buffer.allocUnsafe(Math.max(scratch.length * 2, at + length));
  scratch.copy(larger, 0, 0, at);
  scratch = larger;
}

function writeVarint(value: number): void {
  let rest = value;
  for (; rest > 0x7f; rest >>>= 7) scratch[at++] = (rest & 0x7f) | 0x80;
  scratch[at++] = rest;
}

function readVarint(): number {
  let byte = text.charCodeAt(at++);
  if (byte < 0x80) return byte;
  let value = byte & 0x7f;
  for (let shift = 7; ; shift += 7) {
    byte = text.charCodeAt(at++);
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return value >>> 0;
  }
}

function writeItem(type: BqType, value: Value): void {
  if (value === null) {
    reserve(1);
    scratch[at++] = 0;
    return;
  }
  switch (type.kind) {
    case 'STRING':
    case 'JSON':
    case 'UUID':
    case 'INTERVAL':
      writeText(value as string);
      return;
    case 'INT64':
    case 'NUMERIC':
    case 'TIMESTAMP':
      writeInteger(value as bigint);
      return;
    case 'DATE':
      writeInteger(BigInt(value as number));
      return;
    case 'BOOL':
      reserve(2);
      scratch[at++] = 3;
      scratch[at++] = value ? 1 : 0;
      return;
    case 'FLOAT64':
    case 'FLOAT32':
      reserve(9);
      scratch[at++] = 17;
      at = scratch.writeDoubleLE(value as number, at);
      return;
    case 'BYTES':
      writeBytes(value as Buffer, 1);
      return;
    case 'ARRAY':
      writeItems(value as Row, () => type.element);
      return;
    case 'STRUCT':
      writeItems(value as Row, (index) => type.fields[index]!.type);
      return;
    default:
      throw new Error(`${type.kind} is no type of a column`);
  }
}

/** @param flag 1, and one more for UTF-8 beyond ASCII. */
function writeBytes(bytes: Buffer, flag: number): void {
  reserve(bytes.length + 5);
  writeVarint(bytes.length * 2 + flag);
  at += bytes.copy(scratch, at);
}

function writeText(value: string): void {
  const { length } = value;
  if (length >= 64) {
    const bytes = Buffer.from(value, 'utf8');
    writeBytes(bytes, bytes.length === length ? 1 : 2);
    return;
  }
  reserve(length + 5);
  const start = at;
  writeVarint(length * 2 + 1);
  for (let index = 0; index < length; index++) {
    const code = value.charCodeAt(index);
    if (code > 0x7f) {
      at = start;
      writeBytes(Buffer.from(value, 'utf8'), 2);
      return;
    }
    scratch[at++] = code;
  }
}

const SMALL = 2n ** 47n;

/** The fewest bytes of two's complement, the lowest first. */
function writeInteger(value: bigint): void {
  reserve(20);
  const headerAt = at++;
  if (value < SMALL && value >= -SMALL) writeSmall(Number(value));
  else {
    let rest = value;
    while (rest >= SMALL || rest < -SMALL) {
      at = scratch.writeUInt32LE(Number(BigInt.asUintN(32, rest)), at);
      rest >>= 32n;
    }
    writeSmall(Number(rest));
  }
  scratch[headerAt] = (at - headerAt - 1) * 2 + 1;
}

function writeSmall(value: number): void {
  let rest = value;
  while (rest > 127 || rest < -128) {
    scratch[at++] = rest & 0xff;
    rest = Math.floor(rest / 256);
  }
  scratch[at++] = rest & 0xff;
}

function writeItems(values: Row, typeOf: (index: number) => BqType): void {
  reserve(5);
  // The room for the length is closed up when it is known.
  const start = at + 5;
  at = start;
  for (const [index, value] of values.entries()) writeItem(typeOf(index), value);
  const end = at;
  at = start - 5;
  writeVarint((end - start) * 2 + 1);
  scratch.copyWithin(at, start, end);
  at += end - start;
}

function readValue(type: BqType, end: number, isWide: boolean): Value {
  switch (type.kind) {
    case 'STRING':
    case 'JSON':
    case 'UUID':
    case 'INTERVAL': {
      const slice = text.slice(at, end);
      return isWide ? Buffer.from(slice, 'latin1').toString('utf8') : slice;
    }
    case 'INT64':
    case 'NUMERIC':
    case 'TIMESTAMP':
      return readInteger(end);
    case 'DATE':
      return Number(readInteger(end));
    case 'BOOL':
      return text.charCodeAt(at) === 1;
    case 'FLOAT64':
    case 'FLOAT32':
      return Buffer.from(text.slice(at, end), 'latin1').readDoubleLE(0);
    case 'BYTES':
      return Buffer.from(text.slice(at, end), 'latin1');
    case 'ARRAY':
      return readItems(end, () => type.element);
    case 'STRUCT':
      return readItems(end, (index) => type.fields[index]!.type);
    default:
      throw new Error(`${type.kind} is no type of a column`);
  }
}

function readInteger(end: number): bigint {
  let top = end - 1;
  const last = text.charCodeAt(top);
  let small = last > 127 ? last - 256 : last;
  for (top--; top >= at && end - top <= 6; top--) small = small * 256 + text.charCodeAt(top);
  let value = BigInt(small);
  for (; top >= at; top--) value = (value << 8n) | BigInt(text.charCodeAt(top));
  return value;
}

function readItems(end: number, typeOf: (index: number) => BqType): Value[] {
  const values: Value[] = [];
  while (at < end) {
    const header = readVarint();
    if (header === 0) {
      values.push(null);
      continue;
    }
    const itemEnd = at + ((header - 1) >>> 1);
    values.push(readValue(typeOf(values.length), itemEnd, ((header - 1) & 1) === 1));
    at = itemEnd;
  }
  return values;
}
