import { varintLength } from '../../wire/writer.js';
import type { Column } from './family.js';
import { Numbers } from './numbers.js';

/** Small enough that an emulator with little in it takes little memory. */
const PAGE_BYTES = 128 * 1024;
const SHORT_COPY_BYTES = 48;
const INT_BYTES = 4;

/** Integers of a cell: column, high and low half of the timestamp, page and position of the value. */
export const CELL_INTS = 5;

export interface Page {
  readonly pages: CellPages;
  id: number;
  bytes: Buffer;
  /** The same memory as `bytes`. */
  ints: Int32Array;
  used: number;
  /** Bytes that rows and cells still refer to. */
  live: number;
}

/**
 * Where the cells of rows are kept, as integers side by side, and their values, each as its length and its bytes: one
 * after the other in large pages. A cell costs no object of its own, which would take three times the memory and the
 * time of the garbage collector, and no request is kept alive by a cell that came in it.
 */
export class CellPages {
  /** Of all pages that something is in. */
  heldBytes = 0;
  liveBytes = 0;
  /** Values alone. */
  valueBytes = 0;
  /** Those that have cells. */
  readonly columns = new Numbers<Column>();
  readonly #numbered = new Numbers<Page>();
  #open: Page = this.detached(0);

  /** Page and position of the value that was put last. */
  page = this.#open;
  position = 0;

  numbered(id: number): Page {
    return this.#numbered.get(id);
  }

  /** A page for cells of a row that is being put together, which is none of those that are held. */
  detached(bytes: number): Page {
    return { pages: this, id: -1, ...memory(bytes), used: 0, live: 0 };
  }

  put(source: Buffer, start: number, end: number): void {
    const length = end - start;
    const size = length + varintLength(length);
    const page = this.#pageWith(size);
    const bytes = page.bytes;
    let at = page.used;
    this.page = page;
    this.position = at;
    let rest = length;
    while (rest >= 0x80) {
      bytes[at++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    bytes[at++] = rest;
    if (length > SHORT_COPY_BYTES) source.copy(bytes, at, start, end);
    else for (let index = start; index < end; index++) bytes[at++] = source[index]!;
    this.#take(page, size);
    this.valueBytes += size;
  }

  /** Takes room for so many cells. It is in {@link page}. @returns where it starts among the integers. */
  takeCells(count: number): number {
    const size = count * CELL_INTS * INT_BYTES;
    const page = this.#pageWith(size + INT_BYTES);
    page.used = (page.used + INT_BYTES - 1) & -INT_BYTES;
    const at = page.used / INT_BYTES;
    this.page = page;
    this.#take(page, size);
    return at;
  }

  /** Says that the cell at this place is gone. */
  release(page: Page, position: number): void {
    const length = valueLength(page, position);
    const size = length + varintLength(length);
    this.valueBytes -= size;
    this.#giveBack(page, size);
  }

  releaseCells(page: Page, count: number): void {
    this.#giveBack(page, count * CELL_INTS * INT_BYTES);
  }

  /** Whether so little of the pages is in use that moving what is there together gives memory back. */
  get isSparse(): boolean {
    return this.heldBytes > 2 * this.liveBytes + 16 * PAGE_BYTES;
  }

  #take(page: Page, size: number): void {
    page.used += size;
    page.live += size;
    this.liveBytes += size;
  }

  #giveBack(page: Page, size: number): void {
    page.live -= size;
    this.liveBytes -= size;
    if (page.live === 0 && page !== this.#open) this.#drop(page);
  }

  /** The page that is being filled, or the next one where that has no room. */
  #pageWith(size: number): Page {
    if (this.#open.used + size <= this.#open.bytes.length) return this.#open;
    const page = this.detached(Math.max(PAGE_BYTES, size));
    page.id = this.#numbered.add(page);
    this.heldBytes += page.bytes.length;
    // What fills a page alone leaves the room in the open one to others.
    if (size >= PAGE_BYTES) return page;
    if (this.#open.live === 0) this.#drop(this.#open);
    this.#open = page;
    return page;
  }

  #drop(page: Page): void {
    if (page.id < 0) return;
    this.#numbered.remove(page.id);
    this.heldBytes -= page.bytes.length;
  }
}

function memory(size: number): Pick<Page, 'bytes' | 'ints'> {
  const bytes = Buffer.allocUnsafeSlow(size);
  return { bytes, ints: new Int32Array(bytes.buffer, 0, Math.floor(size / INT_BYTES)) };
}

export function valueLength(page: Page, position: number): number {
  const { bytes } = page;
  let at = position;
  let byte = bytes[at++]!;
  let length = byte & 0x7f;
  for (let shift = 7; byte >= 0x80; shift += 7) {
    byte = bytes[at++]!;
    length |= (byte & 0x7f) << shift;
  }
  return length;
}

/** Where the bytes of a value start. */
export function valueStart(page: Page, position: number): number {
  let at = position;
  while (page.bytes[at]! >= 0x80) at++;
  return at + 1;
}
