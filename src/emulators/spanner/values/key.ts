import type { BqType } from '../../googlesql/syntax/types.js';
import type { Row, Value } from './value.js';

/**
 * Keys as strings with one character for each byte, which `<` orders as the service orders keys. NULL comes first, and
 * last where the order descends: then every byte is turned round.
 */

export interface KeyPartType {
  type: BqType;
  descending: boolean;
}

const NULL_BYTE = 0;
const VALUE_BYTE = 1;
/** Behind a text; its own zero bytes are followed by {@link ESCAPED}. */
const END = 1;
const ESCAPED = 0xff;
const MIN_SECONDS = -62_135_596_800n;
const NANOS = 1_000_000_000n;
const NUMERIC_OFFSET = 10n ** 38n;
/** More than the parts of a key: only a descending NULL begins with 255, and it has one byte. */
const AFTER = '\u00ff'.repeat(33);

let scratch = Buffer.allocUnsafe(1024);
let at = 0;

/** The first parts of a key, or all of them. */
export function encodeKey(parts: readonly KeyPartType[], values: Row): string {
  at = 0;
  for (let index = 0; index < values.length; index++) encodePart(parts[index]!, values[index]!);
  return scratch.toString('latin1', 0, at);
}

/** What comes behind all keys that begin with the encoded one. */
export function afterPrefix(encoded: string): string {
  return `${encoded}${AFTER}`;
}

function encodePart({ type, descending }: KeyPartType, value: Value): void {
  const start = at;
  encodeAscending(type, value);
  if (descending) for (let index = start; index < at; index++) scratch[index] = scratch[index]! ^ 0xff;
}

function reserve(length: number): void {
  if (at + length <= scratch.length) return;
  const larger = Buffer.allocUnsafe(Math.max(scratch.length * 2, at + length));
  scratch.copy(larger, 0, 0, at);
  scratch = larger;
}

function encodeAscending(type: BqType, value: Value): void {
  reserve(24);
  if (value === null) {
    scratch[at++] = NULL_BYTE;
    return;
  }
  scratch[at++] = VALUE_BYTE;
  switch (type.kind) {
    case 'BOOL':
      scratch[at++] = value ? 1 : 0;
      return;
    case 'INT64':
      // The sign bit is turned round: negative ones come first.
      at = scratch.writeBigUInt64BE(BigInt.asUintN(64, value as bigint) ^ (1n << 63n), at);
      return;
    case 'FLOAT64':
    case 'FLOAT32':
      encodeDouble(value as number);
      return;
    case 'DATE':
      at = scratch.writeUInt32BE((value as number) + 2 ** 31, at);
      return;
    case 'TIMESTAMP':
      encodeTimestamp(value as bigint);
      return;
    case 'NUMERIC':
      encodeNumeric(value as bigint);
      return;
    case 'BYTES':
      encodeBytes(value as Buffer);
      return;
    case 'STRING':
    case 'UUID':
      encodeText(value as string);
      return;
    default:
      throw new Error(`${type.kind} is no type of a key`);
  }
}

/** NaN before all numbers; -0 is 0. */
function encodeDouble(value: number): void {
  if (Number.isNaN(value)) {
    scratch.fill(0, at, at + 8);
    at += 8;
    return;
  }
  scratch.writeDoubleBE(value === 0 ? 0 : value, at);
  if (scratch[at]! >= 0x80) for (let index = 0; index < 8; index++) scratch[at + index]! ^= 0xff;
  else scratch[at]! |= 0x80;
  at += 8;
}

function encodeTimestamp(nanos: bigint): void {
  const sinceMin = nanos - MIN_SECONDS * NANOS;
  // A commit timestamp that is not known yet comes before all others.
  const positive = sinceMin < 0n ? 0n : sinceMin;
  at = scratch.writeUIntBE(Number(positive / NANOS), at, 6);
  at = scratch.writeUInt32BE(Number(positive % NANOS), at);
}

function encodeNumeric(scaled: bigint): void {
  const positive = scaled + NUMERIC_OFFSET;
  at = scratch.writeBigUInt64BE(positive >> 64n, at);
  at = scratch.writeBigUInt64BE(BigInt.asUintN(64, positive), at);
}

function encodeText(text: string): void {
  reserve(text.length * 6 + 4);
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === 0 || code > 0x7f) {
      encodeBytes(Buffer.from(text.slice(index), 'utf8'));
      return;
    }
    scratch[at++] = code;
  }
  scratch[at++] = 0;
  scratch[at++] = END;
}

function encodeBytes(bytes: Buffer): void {
  reserve(bytes.length * 2 + 4);
  for (const byte of bytes) {
    scratch[at++] = byte;
    if (byte === 0) scratch[at++] = ESCAPED;
  }
  scratch[at++] = 0;
  scratch[at++] = END;
}

/** The values of a whole key. */
export function decodeKey(parts: readonly KeyPartType[], encoded: string): Value[] {
  const bytes = Buffer.from(encoded, 'latin1');
  let offset = 0;
  return parts.map(({ type, descending }) => {
    const flip = descending ? 0xff : 0;
    if ((bytes[offset++]! ^ flip) === NULL_BYTE) return null;
    const fixed = FIXED_BYTES[type.kind];
    if (fixed !== undefined) {
      const slice = bytes.subarray(offset, offset + fixed).map((byte) => byte ^ flip);
      offset += fixed;
      return decodeFixed(type, Buffer.from(slice));
    }
    const content: number[] = [];
    for (;;) {
      const byte = bytes[offset++]! ^ flip;
      if (byte === 0 && (bytes[offset++]! ^ flip) === END) break;
      content.push(byte);
    }
    return type.kind === 'BYTES' ? Buffer.from(content) : Buffer.from(content).toString('utf8');
  });
}

const FIXED_BYTES: Partial<Record<BqType['kind'], number>> = {
  BOOL: 1,
  INT64: 8,
  FLOAT64: 8,
  FLOAT32: 8,
  DATE: 4,
  TIMESTAMP: 10,
  NUMERIC: 16,
};

function decodeFixed({ kind }: BqType, bytes: Buffer): Value {
  switch (kind) {
    case 'BOOL':
      return bytes[0] === 1;
    case 'INT64':
      return BigInt.asIntN(64, bytes.readBigUInt64BE() ^ (1n << 63n));
    case 'DATE':
      return bytes.readUInt32BE() - 2 ** 31;
    case 'TIMESTAMP':
      return (BigInt(bytes.readUIntBE(0, 6)) + MIN_SECONDS) * NANOS + BigInt(bytes.readUInt32BE(6));
    case 'NUMERIC':
      return ((bytes.readBigUInt64BE() << 64n) | bytes.readBigUInt64BE(8)) - NUMERIC_OFFSET;
    default:
      return decodeDouble(bytes);
  }
}

function decodeDouble(bytes: Buffer): number {
  if (bytes.every((byte) => byte === 0)) return Number.NaN;
  if (bytes[0]! >= 0x80) bytes[0]! &= 0x7f;
  else for (let index = 0; index < 8; index++) bytes[index]! ^= 0xff;
  return bytes.readDoubleBE();
}
