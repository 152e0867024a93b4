import { varintLength } from '../../wire/writer.js';

/** Small enough that an emulator with little in it takes little memory. */
const PAGE_BYTES = 128 * 1024;
const SHORT_COPY_BYTES = 48;

export interface Page {
  bytes: Buffer;
  used: number;
  /** Bytes that cells still refer to. */
  live: number;
}

/**
 * Where the values of cells are kept: each as its length and its bytes, one after the other in large pages. A value
 * is a page and a position: it costs no object of its own, and no request is kept alive by a cell that came in it.
 */
export class ValuePages {
  /** Of all pages that cells refer to. */
  heldBytes = 0;
  liveBytes = 0;
  #open: Page = { bytes: Buffer.alloc(0), used: 0, live: 0 };

  /** Page and position of the value that was put last. */
  page = this.#open;
  position = 0;

  put(source: Buffer, start: number, end: number): void {
    const length = end - start;
    const size = length + varintLength(length);
    if (this.#open.used + size > this.#open.bytes.length) this.#nextPage(size);
    const page = this.#open;
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
    page.used += size;
    page.live += size;
    this.liveBytes += size;
  }

  /** Says that the cell at this place is gone. */
  release(page: Page, position: number): void {
    const length = valueLength(page, position);
    const size = length + varintLength(length);
    page.live -= size;
    this.liveBytes -= size;
    if (page.live === 0 && page !== this.#open) this.heldBytes -= page.bytes.length;
  }

  /** Whether so little of the pages is in use that moving the values together gives memory back. */
  get isSparse(): boolean {
    return this.heldBytes > 2 * this.liveBytes + 16 * PAGE_BYTES;
  }

  #nextPage(size: number): void {
    if (this.#open.live === 0) this.heldBytes -= this.#open.bytes.length;
    this.#open = { bytes: Buffer.allocUnsafeSlow(Math.max(PAGE_BYTES, size)), used: 0, live: 0 };
    this.heldBytes += this.#open.bytes.length;
  }
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
