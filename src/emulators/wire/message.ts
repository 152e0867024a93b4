import { LENGTH_DELIMITED, VARINT, WireReader } from '../../core/wire-reader.js';
import { WireWriter } from './writer.js';

/**
 * Messages by the numbers of their fields, for the few that the supervisor exchanges with the emulators. The Google
 * clients would bring a megabyte of generated code and half a second of start-up for them.
 */

export type FieldValue = string | number | bigint | boolean | Uint8Array | Message | readonly FieldValue[];

/** Field number → value; a list is a repeated field. Numbers and booleans are varints. */
export interface Message {
  readonly [field: number]: FieldValue | undefined;
}

export function encode(message: Message): Buffer {
  const parts: Uint8Array[] = [];
  for (const [key, value] of Object.entries(message)) {
    if (value === undefined) continue;
    for (const item of Array.isArray(value) ? (value as readonly FieldValue[]) : [value as FieldValue]) {
      encodeField(Number(key), item, parts);
    }
  }
  return Buffer.concat(parts);
}

function encodeField(field: number, value: FieldValue, parts: Uint8Array[]): void {
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') {
    parts.push(varint(BigInt(field * 8 + VARINT)), varint(BigInt(value)));
    return;
  }
  const bytes =
    typeof value === 'string'
      ? Buffer.from(value)
      : value instanceof Uint8Array
        ? value
        : encode(value as Message);
  parts.push(varint(BigInt(field * 8 + LENGTH_DELIMITED)), varint(BigInt(bytes.length)), bytes);
}

/** An integer as a varint; negative ones take ten bytes, as int64 does. */
function varint(value: bigint): Buffer {
  const writer = new WireWriter(10);
  writer.int64(Number(BigInt.asIntN(32, value >> 32n)), Number(BigInt.asIntN(32, value)));
  return writer.done();
}

/** A received message: every field may occur any number of times. */
export class Decoded {
  readonly #fields = new Map<number, (bigint | Buffer)[]>();

  /** @throws MalformedMessage */
  constructor(bytes: Buffer) {
    const reader = new WireReader(bytes);
    while (reader.next()) {
      const { field } = reader;
      const value = readValue(reader);
      const list = this.#fields.get(field);
      if (list === undefined) this.#fields.set(field, [value]);
      else list.push(value);
    }
  }

  has(field: number): boolean {
    return this.#fields.has(field);
  }

  /** The last value of an integer field, 0 when absent. Signed, as int64 is. */
  integer(field: number): bigint {
    const value = this.#fields.get(field)?.at(-1);
    return typeof value === 'bigint' ? BigInt.asIntN(64, value) : 0n;
  }

  /** The last value of a bytes field, empty when absent. */
  bytes(field: number): Buffer {
    const value = this.#fields.get(field)?.at(-1);
    return value instanceof Buffer ? value : Buffer.alloc(0);
  }

  text(field: number): string {
    return this.bytes(field).toString('utf8');
  }

  message(field: number): Decoded {
    return new Decoded(this.bytes(field));
  }

  /** All values of a repeated bytes, string or message field. */
  buffers(field: number): Buffer[] {
    return (this.#fields.get(field) ?? []).map((value) => value as Buffer);
  }

  texts(field: number): string[] {
    return this.buffers(field).map((value) => value.toString('utf8'));
  }

  messages(field: number): Decoded[] {
    return this.buffers(field).map((value) => new Decoded(value));
  }
}

/** Integers as they are, and of everything else the bytes. */
function readValue(reader: WireReader): bigint | Buffer {
  if (reader.wireType === LENGTH_DELIMITED) return reader.slice();
  if (reader.wireType === VARINT) {
    reader.int64();
    return (BigInt(reader.high) << 32n) | BigInt(reader.low >>> 0);
  }
  const start = reader.at;
  reader.skip();
  return reader.bytes.subarray(start, reader.at);
}
