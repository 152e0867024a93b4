/** Shorter runs of bytes are copied one by one: a call into the engine costs more. */
const SHORT_COPY_BYTES = 48;

/** Writes Protocol Buffers fields into a buffer that grows. */
export class WireWriter {
  bytes: Buffer;
  at = 0;

  constructor(capacity: number) {
    this.bytes = Buffer.allocUnsafe(capacity);
  }

  /** Makes room for so many more bytes, which the single writes below rely on. */
  reserve(length: number): void {
    if (this.at + length <= this.bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(2 * this.bytes.length, this.at + length));
    this.bytes.copy(larger, 0, 0, this.at);
    this.bytes = larger;
  }

  byte(value: number): void {
    this.bytes[this.at++] = value;
  }

  /** A whole number from 0 to 2^53 - 1. */
  varint(value: number): void {
    this.at = writeVarint(this.bytes, this.at, value);
  }

  /** A 64-bit integer given as two signed 32-bit halves. */
  int64(high: number, low: number): void {
    let upper = high >>> 0;
    let lower = low >>> 0;
    while (upper !== 0 || lower >= 0x80) {
      this.bytes[this.at++] = (lower & 0x7f) | 0x80;
      lower = ((lower >>> 7) | (upper << 25)) >>> 0;
      upper >>>= 7;
    }
    this.bytes[this.at++] = lower;
  }

  copy(source: Buffer, start: number, end: number): void {
    if (end - start > SHORT_COPY_BYTES) {
      this.at += source.copy(this.bytes, this.at, start, end);
      return;
    }
    for (let index = start; index < end; index++) this.bytes[this.at++] = source[index]!;
  }

  latin1(text: string): void {
    if (text.length > SHORT_COPY_BYTES) {
      this.at += this.bytes.write(text, this.at, 'latin1');
      return;
    }
    for (let index = 0; index < text.length; index++) this.bytes[this.at++] = text.charCodeAt(index);
  }

  done(): Buffer {
    return this.bytes.subarray(0, this.at);
  }
}

/** Writes a whole number from 0 to 2^53 - 1. @returns the offset behind it. */
export function writeVarint(bytes: Buffer, at: number, value: number): number {
  let rest = value;
  let offset = at;
  while (rest >= 0x80) {
    bytes[offset++] = (rest % 0x80) | 0x80;
    rest = rest < 2 ** 31 ? rest >>> 7 : Math.floor(rest / 0x80);
  }
  bytes[offset++] = rest;
  return offset;
}

/** Bytes that a varint takes. */
export function varintLength(value: number): number {
  let length = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) length++;
  return length;
}

export function int64Length(high: number, low: number): number {
  if (high === 0) return low >= 0 ? varintLength(low) : 5;
  if (high < 0) return 10;
  const bits = 64 - Math.clz32(high);
  return Math.ceil(bits / 7);
}

/** A field whose content is bytes: small messages are built of these. */
export function bytesField(field: number, content: Buffer): Buffer {
  const writer = new WireWriter(content.length + 12);
  writer.varint(field * 8 + 2);
  writer.varint(content.length);
  writer.copy(content, 0, content.length);
  return writer.done();
}

export function textField(field: number, content: string): Buffer {
  return bytesField(field, Buffer.from(content, 'utf8'));
}

/** A field of a whole number; 0, which is what an absent one says, is left out. */
export function numberField(field: number, value: number): Buffer {
  if (value === 0) return Buffer.alloc(0);
  const writer = new WireWriter(20);
  writer.varint(field * 8);
  writer.int64(Math.floor(value / 4_294_967_296) | 0, (value % 4_294_967_296) | 0);
  return writer.done();
}
