import { isUtf8 } from 'node:buffer';

/** https://protobuf.dev/programming-guides/encoding/#structure */
export const VARINT = 0;
const FIXED64 = 1;
export const LENGTH_DELIMITED = 2;
const FIXED32 = 5;

/** Bytes that are not a Protocol Buffers message. */
export class MalformedMessage extends Error {
  override readonly name = 'MalformedMessage';
}

/**
 * Reads a Protocol Buffers message field by field without making an object of it. Nested messages are entered and
 * left, so that a value can be kept as its place in the bytes.
 */
export class WireReader {
  /** Halves of the last 64-bit integer read, both as signed 32-bit numbers: small integers cost no memory. */
  high = 0;
  low = 0;
  /** Number and wire type of the current field. */
  field = 0;
  wireType = 0;

  constructor(
    readonly bytes: Buffer,
    public at = 0,
    public end = bytes.length,
  ) {}

  get more(): boolean {
    return this.at < this.end;
  }

  /** Goes to the next field of the current message. @returns false at its end. */
  next(): boolean {
    if (this.at >= this.end) return false;
    const tag = this.varint();
    this.field = Math.floor(tag / 8);
    this.wireType = tag & 7;
    if (this.field === 0 || this.field > 536_870_911) throw new MalformedMessage('illegal tag');
    return true;
  }

  /** Whether the current field has this number and the wire type of bytes, text and messages. */
  isBytes(field: number): boolean {
    return this.field === field && this.wireType === LENGTH_DELIMITED;
  }

  isVarint(field: number): boolean {
    return this.field === field && this.wireType === VARINT;
  }

  /** An unsigned integer; exact up to 2^53. */
  varint(): number {
    let value = this.#byte();
    if (value < 0x80) return value;
    value &= 0x7f;
    let factor = 0x80;
    for (let count = 1; count < 10; count++) {
      const byte = this.#byte();
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
      factor *= 0x80;
    }
    throw new MalformedMessage('variable length quantity is too long');
  }

  /** Reads a 64-bit integer into `high` and `low`. */
  int64(): void {
    let low = 0;
    let high = 0;
    for (let count = 0; count < 10; count++) {
      const byte = this.#byte();
      const bits = byte & 0x7f;
      if (count < 4) low |= bits << (7 * count);
      else if (count === 4) {
        low |= bits << 28;
        high |= bits >> 4;
      } else high |= bits << (7 * count - 32);
      if (byte < 0x80) {
        this.low = low;
        this.high = high;
        return;
      }
    }
    throw new MalformedMessage('variable length quantity is too long');
  }

  /** A 64-bit integer as a number; exact up to 2^53. */
  integer(): number {
    this.int64();
    return this.high * 4_294_967_296 + (this.low >>> 0);
  }

  int32(): number {
    this.int64();
    return this.low;
  }

  boolean(): boolean {
    this.int64();
    return this.high !== 0 || this.low !== 0;
  }

  double(): number {
    const at = this.#take(8);
    return this.bytes.readDoubleLE(at);
  }

  /** Steps over a field of bytes. @returns where its content starts; it ends at `at`. */
  span(): number {
    return this.#take(this.varint());
  }

  slice(): Buffer {
    const start = this.span();
    return this.bytes.subarray(start, this.at);
  }

  /** Bytes as a string with one character for each, which compares as the bytes do. */
  latin1(): string {
    const start = this.span();
    return this.bytes.toString('latin1', start, this.at);
  }

  /** @throws MalformedMessage for text that is not UTF-8, as the service refuses it. */
  text(): string {
    const start = this.span();
    const text = this.bytes.toString('utf8', start, this.at);
    if (text.includes('\uFFFD') && !isUtf8(this.bytes.subarray(start, this.at))) {
      throw new MalformedMessage('string field contains invalid UTF-8');
    }
    return text;
  }

  /** Enters the message of the current field. @returns what {@link leave} needs. */
  enter(): number {
    const outer = this.end;
    const start = this.span();
    this.end = this.at;
    this.at = start;
    return outer;
  }

  leave(outer: number): void {
    this.at = this.end;
    this.end = outer;
  }

  /** Steps over the current field, whatever it is. */
  skip(): void {
    if (this.wireType === VARINT) this.int64();
    else if (this.wireType === FIXED64) this.#take(8);
    else if (this.wireType === LENGTH_DELIMITED) this.span();
    else if (this.wireType === FIXED32) this.#take(4);
    else throw new MalformedMessage('invalid wire type');
  }

  #byte(): number {
    if (this.at >= this.end) throw new MalformedMessage('unexpected EOF');
    return this.bytes[this.at++]!;
  }

  #take(length: number): number {
    const start = this.at;
    if (!(length <= this.end - start)) throw new MalformedMessage('unexpected EOF');
    this.at = start + length;
    return start;
  }
}
