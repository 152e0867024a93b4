import { open } from 'node:fs/promises';
import type { CsvOptions } from './load-options.js';

/** Small enough that looking through a part does not hold other requests up. */
const PART_BYTES = 1024 * 1024;
const BYTE_ORDER_MARK = Buffer.from('\ufeff');

/** Classes of bytes, and below them the states between bytes; plain numbers, as this looks at every byte of a load. */
const ORDINARY = 0;
const DELIMITER = 1;
const QUOTE = 2;
const LINE_FEED = 3;
const CARRIAGE_RETURN = 4;

const ROW_START = 0;
const CELL_START = 1;
const PLAIN = 2;
const QUOTED = 3;
/** Behind a quote within quotes: the end of the cell, or the first half of a doubled one. */
const QUOTE_IN_QUOTED = 4;
const BEHIND_CR = 5;
const BEHIND_CR_OF_BLANK = 6;

/**
 * Number of rows of a CSV file behind the skipped ones, if the file is so regular that all readers of CSV agree about
 * it: every row has `columns` cells, quotes stand only around whole cells, all lines end the same way. Else undefined.
 */
export async function regularRows(
  path: string,
  columns: number,
  csv: CsvOptions,
  signal: AbortSignal,
): Promise<number | undefined> {
  const shape = new CsvShape(columns, csv);
  const file = await open(path);
  try {
    const part = Buffer.allocUnsafe(PART_BYTES);
    let position = 0;
    for (;;) {
      signal.throwIfAborted();
      const { bytesRead } = await file.read(part, 0, PART_BYTES, position);
      if (bytesRead === 0) return shape.end();
      const bytes = part.subarray(0, bytesRead);
      const marked = position === 0 && bytes.subarray(0, 3).equals(BYTE_ORDER_MARK);
      if (!shape.push(marked ? bytes.subarray(3) : bytes)) return undefined;
      position += bytesRead;
    }
  } finally {
    await file.close();
  }
}

class CsvShape {
  readonly #columns: number;
  readonly #csv: CsvOptions;
  readonly #classes = new Uint8Array(256);
  #state = ROW_START;
  /** Delimiters of the row at hand. */
  #delimiters = 0;
  #rows = 0;
  #carriageReturns: boolean | undefined;

  constructor(columns: number, csv: CsvOptions) {
    this.#columns = columns;
    this.#csv = csv;
    this.#classes[0x0a] = LINE_FEED;
    this.#classes[0x0d] = CARRIAGE_RETURN;
    this.#classes[csv.delimiter.charCodeAt(0)] = DELIMITER;
    if (csv.quote !== '') this.#classes[csv.quote.charCodeAt(0)] = QUOTE;
  }

  /** Takes the next bytes; false when they are irregular. */
  push(bytes: Uint8Array): boolean {
    const classes = this.#classes;
    let state = this.#state;
    let delimiters = this.#delimiters;
    const last = bytes.length - 1;
    for (let at = 0; at < bytes.length; at++) {
      const found = classes[bytes[at]!]!;
      if (found === ORDINARY) {
        if (state > QUOTED) return false;
        if (state < PLAIN) state = PLAIN;
        while (at < last && classes[bytes[at + 1]!] === ORDINARY) at++;
      } else if (state === QUOTED) {
        if (found === QUOTE) state = QUOTE_IN_QUOTED;
        else if (found === LINE_FEED && !this.#mayBreakLine()) return false;
      } else if (found === LINE_FEED) {
        if (!this.#endLine(state, delimiters)) return false;
        state = ROW_START;
        delimiters = 0;
      } else if (state >= BEHIND_CR) {
        return false;
      } else if (found === DELIMITER) {
        delimiters++;
        state = CELL_START;
      } else if (found === CARRIAGE_RETURN) {
        state = state === ROW_START ? BEHIND_CR_OF_BLANK : BEHIND_CR;
      } else {
        if (state === PLAIN) return false;
        state = QUOTED;
      }
    }
    this.#state = state;
    this.#delimiters = delimiters;
    return true;
  }

  /** Rows behind the skipped ones, once all bytes are in. */
  end(): number | undefined {
    const state = this.#state;
    if (state === QUOTED || state >= BEHIND_CR) return undefined;
    if (state !== ROW_START && !this.#endRow(this.#delimiters)) return undefined;
    return Math.max(this.#rows - this.#csv.skipLeadingRows, 0);
  }

  #endLine(state: number, delimiters: number): boolean {
    const carriageReturn = state >= BEHIND_CR;
    this.#carriageReturns ??= carriageReturn;
    if (this.#carriageReturns !== carriageReturn) return false;
    if (state !== ROW_START && state !== BEHIND_CR_OF_BLANK) return this.#endRow(delimiters);
    // A blank line is no row, but in a file of one column DuckDB takes it for NULL, and before the data it counts.
    return this.#columns > 1 && this.#rows >= this.#csv.skipLeadingRows;
  }

  #endRow(delimiters: number): boolean {
    return this.#rows++ < this.#csv.skipLeadingRows || delimiters + 1 === this.#columns;
  }

  /** DuckDB skips lines, BigQuery rows. */
  #mayBreakLine(): boolean {
    return this.#csv.allowQuotedNewlines && this.#rows >= this.#csv.skipLeadingRows;
  }
}
