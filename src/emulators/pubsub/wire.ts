import { isUtf8 } from 'node:buffer';
import { ServiceError } from '../serving/service-error.js';

/** https://protobuf.dev/programming-guides/encoding/#structure */
export const VARINT = 0;
export const FIXED64 = 1;
export const LENGTH_DELIMITED = 2;
export const FIXED32 = 5;

/** Reads the fields of a message in place, between two offsets of a buffer. */
export class WireReader {
  constructor(
    readonly bytes: Buffer,
    public at = 0,
    readonly end = bytes.length,
  ) {}

  get more(): boolean {
    return this.at < this.end;
  }

  /** The value of a varint as a signed 64-bit integer; beyond 2^53 it is rounded. */
  varint(): number {
    let value = 0;
    let factor = 1;
    const startedAt = this.at;
    for (;;) {
      const byte = this.at < this.end ? this.bytes[this.at++]! : truncated();
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) break;
      factor *= 128;
      if (this.at - startedAt > 9) throw malformed('a number takes more than ten bytes');
    }
    return value >= 2 ** 63 ? Number(BigInt.asIntN(64, BigInt(value))) : value;
  }

  /** Field number × 8 + wire type. */
  tag(): number {
    const tag = this.varint();
    if (tag < 8 || tag >= 2 ** 32) throw malformed(`${tag} is no tag of a field`);
    return tag;
  }

  /** Reads over a length and gives the offset at which the value that it measures ends. */
  delimited(): number {
    const length = this.varint();
    if (length < 0 || length > this.end - this.at) truncated();
    return this.at + length;
  }

  text(): string {
    const start = this.at;
    const end = this.delimited();
    const from = this.at;
    this.at = end;
    const bytes = this.bytes.subarray(from, end);
    if (!isUtf8(bytes)) throw malformed(`the text at byte ${start} is not valid UTF-8`);
    return bytes.toString('utf8');
  }

  skip(tag: number): void {
    const wireType = tag & 7;
    if (wireType === VARINT) this.varint();
    else if (wireType === LENGTH_DELIMITED) this.at = this.delimited();
    else if (wireType === FIXED64) this.#advance(8);
    else if (wireType === FIXED32) this.#advance(4);
    else throw malformed(`wire type ${wireType} is not supported`);
  }

  #advance(count: number): void {
    if (count > this.end - this.at) truncated();
    this.at += count;
  }
}

function truncated(): never {
  throw malformed('it ends too early');
}

/** INVALID_ARGUMENT, which no client repeats. */
export function malformed(reason: string): ServiceError {
  return new ServiceError('INVALID_ARGUMENT', `The request is not a valid protocol buffer: ${reason}.`);
}

export function varintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) size++;
  return size;
}

/** Writes a non-negative integer and gives the offset behind it. */
export function writeVarint(bytes: Buffer, at: number, value: number): number {
  let rest = value;
  let offset = at;
  while (rest >= 0x80) {
    bytes[offset++] = (rest % 128) | 0x80;
    rest = rest < 2 ** 31 ? rest >>> 7 : Math.floor(rest / 128);
  }
  bytes[offset++] = rest;
  return offset;
}

/** A message of few fields, put together part by part. */
export class WireWriter {
  readonly #parts: Buffer[] = [];

  /** Nothing for 0, which is the default. */
  varint(field: number, value: number): this {
    if (value === 0) return this;
    return this.#number(field * 8 + VARINT).#number(value);
  }

  bool(field: number, value: boolean): this {
    return this.varint(field, value ? 1 : 0);
  }

  bytes(field: number, value: Buffer): this {
    this.#number(field * 8 + LENGTH_DELIMITED).#number(value.length);
    this.#parts.push(value);
    return this;
  }

  /** Nothing for the empty text, which is the default. */
  text(field: number, value: string): this {
    return value === '' ? this : this.bytes(field, Buffer.from(value));
  }

  finish(): Buffer {
    return Buffer.concat(this.#parts);
  }

  #number(value: number): this {
    const bytes = Buffer.allocUnsafe(varintSize(value));
    writeVarint(bytes, 0, value);
    this.#parts.push(bytes);
    return this;
  }
}
