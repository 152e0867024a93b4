import type { BigtableRow } from './port.js';

/** Tag and length of a field whose content is shorter than 128 bytes; longer ones take up to four bytes more. */
const FIELD_OVERHEAD = 6;
/** Longest varint of 64 bits. */
const MAX_VARINT = 10;

/**
 * The bytes of a `google.bigtable.v2.MutateRowsRequest` with one SetCell for each cell.
 *
 * Rows make up nearly all that the worker sends, and the generated encoder builds five objects and a list of
 * pending writes for every cell: half of the CPU time of a row. Field numbers are those of `bigtable.proto`.
 */
export function encodeMutateRows(tableName: string, family: string, rows: readonly BigtableRow[]): Buffer {
  const usual = Buffer.from(family, 'utf8');
  const familyOf = (row: BigtableRow) => (row.family === undefined ? usual : Buffer.from(row.family, 'utf8'));
  const writer = new WireWriter(sizeBound(tableName, familyOf, rows));
  writer.field(1, Buffer.from(tableName, 'utf8'));
  for (const row of rows) {
    const familyBytes = familyOf(row);
    const keyLength = Buffer.byteLength(row.key, 'utf8');
    // The service takes whole milliseconds only, in microseconds.
    const timestampMicros = row.timestampMs * 1000;
    // Length of every cell's family and timestamp with their tags.
    const sharedLength = 1 + lengthOf(familyBytes.length) + 1 + varintLength(timestampMicros);
    let entryLength = 1 + lengthOf(keyLength);
    for (const { qualifier, value } of row.cells) {
      const cellLength = sharedLength + 2 + lengthOf(qualifier.length) + lengthOf(value.length);
      entryLength += 1 + lengthOf(1 + lengthOf(cellLength));
    }
    writer.tag(2, entryLength);
    writer.tag(1, keyLength);
    writer.text(row.key);
    for (const { qualifier, value } of row.cells) {
      const cellLength = sharedLength + 2 + lengthOf(qualifier.length) + lengthOf(value.length);
      writer.tag(2, 1 + lengthOf(cellLength));
      writer.tag(1, cellLength);
      writer.field(1, familyBytes);
      writer.field(2, qualifier);
      writer.number(3, timestampMicros);
      writer.field(4, value);
    }
  }
  return writer.done();
}

function sizeBound(
  tableName: string,
  familyOf: (row: BigtableRow) => Buffer,
  rows: readonly BigtableRow[],
): number {
  let bytes = FIELD_OVERHEAD + 3 * tableName.length;
  for (const row of rows) {
    const family = familyOf(row);
    bytes += 2 * FIELD_OVERHEAD + 3 * row.key.length;
    for (const { qualifier, value } of row.cells) {
      bytes += 6 * FIELD_OVERHEAD + MAX_VARINT + family.length + qualifier.length + value.length;
    }
  }
  return bytes;
}

/** Bytes of a length prefix and what follows it. */
function lengthOf(contentLength: number): number {
  return varintLength(contentLength) + contentLength;
}

function varintLength(value: number): number {
  let length = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) length++;
  return length;
}

/** Writes protobuf fields into one buffer that is known to be large enough. */
class WireWriter {
  readonly #buffer: Buffer;
  #position = 0;

  constructor(maxBytes: number) {
    this.#buffer = Buffer.allocUnsafe(maxBytes);
  }

  /** Opens a field of bytes, text or a message, whose content follows. */
  tag(field: number, contentLength: number): void {
    this.#buffer[this.#position++] = (field << 3) | 2;
    this.#varint(contentLength);
  }

  field(field: number, content: Buffer): void {
    this.tag(field, content.length);
    // A call into the engine costs more than these few bytes.
    for (let index = 0; index < content.length; index++) this.#buffer[this.#position++] = content[index]!;
  }

  /** A whole number from 0 to 2^53 - 1. */
  number(field: number, value: number): void {
    this.#buffer[this.#position++] = field << 3;
    this.#varint(value);
  }

  text(content: string): void {
    this.#position += this.#buffer.write(content, this.#position, 'utf8');
  }

  done(): Buffer {
    return this.#buffer.subarray(0, this.#position);
  }

  #varint(value: number): void {
    let rest = value;
    while (rest >= 128) {
      this.#buffer[this.#position++] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    this.#buffer[this.#position++] = rest;
  }
}
