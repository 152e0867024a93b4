import type { SpannerData } from '../../gcp/spanner/data.js';
import { WireRows } from '../../gcp/spanner/rows.js';
import type { Value } from '../../schema/cell-problem.js';
import { compareDecimals } from '../../schema/decimal.js';
import type { Field } from '../../schema/table-schema.js';
import type { ScannedRow } from './row-scanner.js';

const BYTES_PER_UNIT = 2;
const INITIAL_BYTES = 256 * 1024;

/** What the rows of one file have in common. */
export interface RowShape {
  fields: readonly Field[];
  primaryKey: readonly string[];
  /** The last column of each commit gets the time of the commit. */
  commitTimestamp: boolean;
}

const COMMIT_TIMESTAMP = 'spanner.commit_timestamp()';

/**
 * Rows on their way to Spanner, all of one file: encoded for the commit, and with their text for the reject file.
 * Neither is kept as objects, so that memory does not depend on when the garbage is collected.
 */
export class PendingRows {
  readonly wire = new WireRows();
  readonly #numbers: number[] = [];
  readonly #lines: number[] = [];
  readonly #textEnds: number[] = [];
  #texts = Buffer.allocUnsafeSlow(INITIAL_BYTES);
  #order: KeyOrder | undefined;
  #shape: RowShape | undefined;
  #lastKey: Value[] | undefined;
  #sorted = true;

  get count(): number {
    return this.wire.count;
  }

  /** Bytes that wait, in the commit's encoding. */
  get size(): number {
    return this.wire.size;
  }

  /** Empties it for rows of a file. */
  start(shape: RowShape): void {
    this.wire.clear();
    this.#shape = shape;
    this.#order = new KeyOrder(shape);
    this.#lastKey = undefined;
    this.#sorted = true;
  }

  add({ number, record, values }: ScannedRow): void {
    const index = this.count;
    this.#numbers[index] = number;
    this.#lines[index] = record.line;
    this.#keepText(record.raw, index);
    const key = this.#order!.keyOf(values);
    if (this.#lastKey !== undefined && this.#order!.compare(this.#lastKey, key) > 0) this.#sorted = false;
    this.#lastKey = key;
    this.wire.add(values, this.#shape!.commitTimestamp ? COMMIT_TIMESTAMP : undefined);
  }

  number(index: number): number {
    return this.#numbers[index]!;
  }

  line(index: number): number {
    return this.#lines[index]!;
  }

  /** The text of a row as it stands in its file. */
  text(index: number): string {
    const start = index === 0 ? 0 : this.#textEnds[index - 1]!;
    return this.#texts.toString('utf16le', start, this.#textEnds[index]!);
  }

  /** All rows as Spanner stores them, by key, so that a commit touches one range. */
  inKeyOrder(data: SpannerData): number[] {
    const indexes = Array.from({ length: this.count }, (_, index) => index);
    if (this.#sorted) return indexes;
    const order = this.#order!;
    const keys = indexes.map((index) => order.keyOf(data.decode(this.wire, index) as Value[]));
    return indexes.sort((a, b) => order.compare(keys[a]!, keys[b]!));
  }

  /** UTF-16 keeps what no valid text holds: bytes of an ignored column that are no UTF-8. */
  #keepText(text: string, index: number): void {
    const start = index === 0 ? 0 : this.#textEnds[index - 1]!;
    const end = start + text.length * BYTES_PER_UNIT;
    if (end > this.#texts.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(end, this.#texts.length * 2));
      this.#texts.copy(larger, 0, 0, start);
      this.#texts = larger;
    }
    this.#texts.write(text, start, 'utf16le');
    this.#textEnds[index] = end;
  }
}

/** Orders rows by primary key. */
class KeyOrder {
  readonly #positions: readonly number[];
  readonly #numeric: readonly boolean[];

  constructor({ fields, primaryKey }: RowShape) {
    this.#positions = primaryKey.map((name) => fields.findIndex((field) => field.name === name));
    this.#numeric = this.#positions.map((position) => ['INT64', 'NUMERIC'].includes(fields[position]!.type));
  }

  keyOf(values: readonly Value[]): Value[] {
    return this.#positions.map((position) => values[position]!);
  }

  compare(a: readonly Value[], b: readonly Value[]): number {
    for (const [index, left] of a.entries()) {
      const right = b[index]!;
      if (left === right) continue;
      if (this.#numeric[index]) return compareDecimals(String(left), String(right));
      return left! < right! ? -1 : 1;
    }
    return 0;
  }
}
