import type { SpannerValue } from './data.js';

/** Mutation.Write.values = 3, ListValue.values = 1, and the fields of Value, as google/protobuf numbers them. */
const ROW_TAG = 0x1a;
const VALUE_TAG = 0x0a;
const NULL_TAG = 0x08;
const NUMBER_TAG = 0x11;
const STRING_TAG = 0x1a;
const BOOL_TAG = 0x20;
const LIST_TAG = 0x32;

/** Longest length of a nested message as a varint. */
const LENGTH_BYTES = 5;
/** UTF-8 takes at most this many bytes for one UTF-16 unit. */
const BYTES_PER_UNIT = 3;
/** A text of so many units has a length of one byte, whatever its characters. */
const SHORT_TEXT = 41;
const INITIAL_BYTES = 256 * 1024;

/**
 * Rows in the bytes that a commit sends. Plain objects would outlive the young generation while they wait for
 * their commit, and a lazy collector then keeps hundreds of MB of them; encoded at once they stay off the heap, and
 * each is encoded only once, however often its commit is tried.
 */
export class WireRows {
  #bytes = Buffer.allocUnsafeSlow(INITIAL_BYTES);
  #length = 0;
  #ends = new Uint32Array(1024);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** Bytes of all rows. */
  get size(): number {
    return this.#length;
  }

  clear(): void {
    this.#length = 0;
    this.#count = 0;
  }

  /** @param last one more value of every row, such as the commit timestamp. */
  add(values: readonly SpannerValue[], last: string | undefined): void {
    const start = this.#length;
    this.#reserve(1 + LENGTH_BYTES);
    this.#length = start + 1 + LENGTH_BYTES;
    for (const value of values) this.#value(value);
    if (last !== undefined) this.#value(last);
    this.#bytes[start] = ROW_TAG;
    this.#closeLength(start + 1);
    if (this.#count === this.#ends.length) {
      const longer = new Uint32Array(this.#count * 2);
      longer.set(this.#ends);
      this.#ends = longer;
    }
    this.#ends[this.#count++] = this.#length;
  }

  /** A row as a piece of Mutation.Write. Valid until the rows are cleared. */
  row(index: number): Buffer {
    return this.#bytes.subarray(this.#start(index), this.#ends[index]);
  }

  rowBytes(index: number): number {
    return this.#ends[index]! - this.#start(index);
  }

  /** Copies rows one after the other, in the order of the indexes. Gives the offset behind them. */
  copy(indexes: readonly number[], target: Buffer, offset: number): number {
    let at = offset;
    for (let i = 0; i < indexes.length; ) {
      const first = indexes[i]!;
      let last = first;
      for (i++; i < indexes.length && indexes[i] === last + 1; i++) last++;
      at += this.#bytes.copy(target, at, this.#start(first), this.#ends[last]);
    }
    return at;
  }

  #start(index: number): number {
    return index === 0 ? 0 : this.#ends[index - 1]!;
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, this.#length + bytes));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }

  #value(value: SpannerValue): void {
    if (typeof value === 'string') this.#text(value);
    else if (value === null) this.#small(NULL_TAG, 0);
    else if (typeof value === 'boolean') this.#small(BOOL_TAG, value ? 1 : 0);
    else if (typeof value === 'number') this.#number(value);
    else this.#list(value);
  }

  #small(tag: number, content: number): void {
    this.#reserve(4);
    const at = this.#length;
    this.#bytes[at] = VALUE_TAG;
    this.#bytes[at + 1] = 2;
    this.#bytes[at + 2] = tag;
    this.#bytes[at + 3] = content;
    this.#length = at + 4;
  }

  #number(value: number): void {
    // Spanner takes NaN and infinities as text.
    if (!Number.isFinite(value)) {
      this.#text(String(value));
      return;
    }
    this.#reserve(11);
    const at = this.#length;
    this.#bytes[at] = VALUE_TAG;
    this.#bytes[at + 1] = 9;
    this.#bytes[at + 2] = NUMBER_TAG;
    this.#bytes.writeDoubleLE(value, at + 3);
    this.#length = at + 11;
  }

  #text(text: string): void {
    const { length } = text;
    this.#reserve(2 * (1 + LENGTH_BYTES) + length * BYTES_PER_UNIT);
    const bytes = this.#bytes;
    const at = this.#length;
    bytes[at] = VALUE_TAG;
    if (length > SHORT_TEXT) {
      this.#length = at + 1 + LENGTH_BYTES;
      bytes[this.#length] = STRING_TAG;
      const content = this.#length + 1 + LENGTH_BYTES;
      const lengthAt = this.#length + 1;
      this.#length = content + bytes.write(text, content, 'utf8');
      this.#closeLength(lengthAt);
      this.#closeLength(at + 1);
      return;
    }
    const content = at + 4;
    let written = 0;
    for (; written < length; written++) {
      const code = text.charCodeAt(written);
      if (code > 0x7f) break;
      bytes[content + written] = code;
    }
    if (written < length) written = bytes.write(text, content, 'utf8');
    bytes[at + 1] = written + 2;
    bytes[at + 2] = STRING_TAG;
    bytes[at + 3] = written;
    this.#length = content + written;
  }

  #list(values: readonly SpannerValue[]): void {
    this.#reserve(2 * (1 + LENGTH_BYTES));
    const at = this.#length;
    this.#bytes[at] = VALUE_TAG;
    this.#bytes[at + 1 + LENGTH_BYTES] = LIST_TAG;
    this.#length = at + 2 * (1 + LENGTH_BYTES);
    for (const value of values) this.#value(value);
    this.#closeLength(at + 2 + LENGTH_BYTES);
    this.#closeLength(at + 1);
  }

  /** Writes the length of what follows the room left for it, and closes up what the length does not need. */
  #closeLength(at: number): void {
    const content = at + LENGTH_BYTES;
    const size = this.#length - content;
    const end = writeVarint(this.#bytes, size, at);
    this.#bytes.copyWithin(end, content, this.#length);
    this.#length = end + size;
  }
}

/** Gives the offset behind the number. */
function writeVarint(bytes: Buffer, value: number, at: number): number {
  let rest = value;
  let offset = at;
  for (; rest > 0x7f; rest >>>= 7) bytes[offset++] = (rest & 0x7f) | 0x80;
  bytes[offset++] = rest;
  return offset;
}

/** A message of some bytes as a field of another: tag, length, and `size` bytes that follow it. */
export function fieldHeader(number: number, size: number): Buffer {
  const bytes = Buffer.allocUnsafe(1 + LENGTH_BYTES);
  bytes[0] = (number << 3) | 2;
  return bytes.subarray(0, writeVarint(bytes, size, 1));
}
