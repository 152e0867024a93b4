import { int64Length, varintLength, WireWriter } from '../../wire/writer.js';
import type { Column } from '../rows/family.js';
import type { Cell } from '../rows/row.js';

/** A response is sent when it has so many bytes: small ones cost a call each on both sides. */
const RESPONSE_BYTES = 256 * 1024;
/** Values are split so that no response comes near the 4 MB that clients take by default. */
const MAX_PIECE_BYTES = 1024 * 1024;
/** Tags and lengths of a chunk, its labels apart. */
const CHUNK_OVERHEAD_BYTES = 64;

/**
 * Packs rows into `ReadRowsResponse`s. A chunk names row, family and qualifier only where they change; `value_size` is
 * the length of the whole value on all but the last piece of a split one, and never stands beside `commit_row`.
 */
export class ChunkWriter {
  #writer = new WireWriter(4096);
  /** Responses that are full. */
  readonly full: Buffer[] = [];

  get isEmpty(): boolean {
    return this.#writer.at === 0;
  }

  /** @param cells at least one, in the order of a row. */
  writeRow(key: string, cells: readonly Cell[]): void {
    let previous: Column | undefined;
    const last = cells.length - 1;
    for (let index = 0; index <= last; index++) {
      const cell = cells[index]!;
      this.#writeCell(previous === undefined ? key : '', cell, previous, index === last);
      previous = cell.column;
    }
    if (this.#writer.at >= RESPONSE_BYTES) this.flush();
  }

  /** Says how far a scan has come that had nothing to return. */
  writeLastScanned(key: string): void {
    this.#writer.reserve(key.length + 6);
    this.#writer.byte(0x12);
    this.#writer.varint(key.length);
    this.#writer.latin1(key);
    this.flush();
  }

  /** @param stats the bytes of a `RequestStats`. */
  writeStats(stats: Buffer): void {
    this.#writer.reserve(stats.length + 6);
    this.#writer.byte(0x1a);
    this.#writer.varint(stats.length);
    this.#writer.copy(stats, 0, stats.length);
  }

  /** Ends the response that is being written, when there is anything in it. */
  flush(): void {
    if (this.isEmpty) return;
    this.full.push(this.#writer.done());
    this.#writer = new WireWriter(RESPONSE_BYTES + 16 * 1024);
  }

  #writeCell(key: string, cell: Cell, previous: Column | undefined, isLast: boolean): void {
    const total = cell.end - cell.start;
    let start = cell.start;
    while (cell.end - start > MAX_PIECE_BYTES) {
      const isFirst = start === cell.start;
      this.#writeChunk(
        isFirst ? key : '',
        cell,
        isFirst ? previous : cell.column,
        start,
        start + MAX_PIECE_BYTES,
        total,
        false,
      );
      this.flush();
      start += MAX_PIECE_BYTES;
    }
    const isFirst = start === cell.start;
    this.#writeChunk(isFirst ? key : '', cell, isFirst ? previous : cell.column, start, cell.end, 0, isLast);
  }

  #writeChunk(
    key: string,
    cell: Cell,
    previous: Column | undefined,
    start: number,
    end: number,
    valueSize: number,
    isLast: boolean,
  ): void {
    const { column, high, low, labels } = cell;
    const names =
      column === previous
        ? undefined
        : column.family === previous?.family
          ? column.qualifierField
          : column.fullField;
    const labelBytes =
      labels === undefined ? 0 : labels.reduce((bytes, label) => bytes + label.length + 2, 0);
    const length = end - start;
    // Pieces after the first say nothing of the cell but its bytes.
    const isStart = start === cell.start;
    const hasTime = isStart && (high !== 0 || low !== 0);
    const size =
      (key === '' ? 0 : 1 + varintLength(key.length) + key.length) +
      (names?.length ?? 0) +
      (hasTime ? 1 + int64Length(high, low) : 0) +
      (isStart ? labelBytes : 0) +
      (length === 0 ? 0 : 1 + varintLength(length) + length) +
      (valueSize === 0 ? 0 : 1 + varintLength(valueSize)) +
      (isLast ? 2 : 0);
    const writer = this.#writer;
    writer.reserve(size + CHUNK_OVERHEAD_BYTES);
    writer.byte(0x0a);
    writer.varint(size);
    if (key !== '') {
      writer.byte(0x0a);
      writer.varint(key.length);
      writer.latin1(key);
    }
    if (names !== undefined) writer.copy(names, 0, names.length);
    if (hasTime) {
      writer.byte(0x20);
      writer.int64(high, low);
    }
    if (isStart && labels !== undefined) this.#writeLabels(labels);
    if (length > 0) {
      writer.byte(0x32);
      writer.varint(length);
      writer.copy(cell.bytes, start, end);
    }
    if (valueSize > 0) {
      writer.byte(0x38);
      writer.varint(valueSize);
    }
    if (isLast) {
      writer.byte(0x48);
      writer.byte(1);
    }
  }

  #writeLabels(labels: readonly string[]): void {
    for (const label of labels) {
      this.#writer.byte(0x2a);
      this.#writer.varint(label.length);
      this.#writer.latin1(label);
    }
  }
}
