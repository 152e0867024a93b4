/**
 * The wire format of Protocol Buffers, for the few messages the supervisor exchanges with the emulators. The
 * Google clients would bring a megabyte of generated code and half a second of start-up for them.
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
    parts.push(varint(BigInt(field) << 3n), varint(BigInt(value)));
    return;
  }
  const bytes =
    typeof value === 'string'
      ? Buffer.from(value)
      : value instanceof Uint8Array
        ? value
        : encode(value as Message);
  parts.push(varint((BigInt(field) << 3n) | 2n), varint(BigInt(bytes.length)), bytes);
}

/** An integer as a varint; negative ones take ten bytes, as int64 does. */
function varint(value: bigint): Buffer {
  let rest = BigInt.asUintN(64, value);
  const bytes: number[] = [];
  while (rest > 0x7fn) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}

/** A received message: every field may occur any number of times. */
export class Decoded {
  readonly #fields = new Map<number, (bigint | Buffer)[]>();

  constructor(bytes: Buffer) {
    let at = 0;
    const readVarint = () => {
      let value = 0n;
      for (let shift = 0n; ; shift += 7n) {
        const byte = bytes[at++];
        if (byte === undefined) throw new Error('A protobuf message ends too early');
        value |= BigInt(byte & 0x7f) << shift;
        if (byte < 0x80) return value;
      }
    };
    const take = (length: number) => {
      if (at + length > bytes.length) throw new Error('A protobuf message ends too early');
      at += length;
      return bytes.subarray(at - length, at);
    };
    while (at < bytes.length) {
      const tag = readVarint();
      const wireType = Number(tag & 7n);
      const value =
        wireType === 0 ? readVarint() : take(wireType === 1 ? 8 : wireType === 5 ? 4 : Number(readVarint()));
      const field = Number(tag >> 3n);
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
