import type { Row } from './row.js';

/** Rows in one leaf: splitting moves half of them, finding one halves them six or seven times. */
const LEAF_ROWS = 128;

/**
 * Rows in the order of their keys: a B+tree of two levels, whose root is an array of all leaves. Keys are strings
 * with one character for each byte, so that `<` orders them as bytes.
 */
export class RowTree {
  size = 0;
  readonly #leaves: Row[][] = [];
  /** Where the key that was looked for last is, or would be. */
  #leaf = 0;
  #at = 0;
  #isBehindAll = false;

  get(key: string): Row | undefined {
    this.#locate(key);
    const row = this.#leaves[this.#leaf]?.[this.#at];
    return row?.key === key ? row : undefined;
  }

  /** @param row its key is not in the tree; {@link get} has just looked for it. */
  insert(row: Row): void {
    this.size++;
    const leaf = this.#leaves[this.#leaf];
    // Imports come in order: full leaves stay full.
    if (leaf === undefined || (this.#isBehindAll && leaf.length >= LEAF_ROWS)) {
      this.#leaves.push([row]);
      return;
    }
    leaf.splice(this.#at, 0, row);
    if (leaf.length > LEAF_ROWS) this.#leaves.splice(this.#leaf + 1, 0, leaf.splice(LEAF_ROWS / 2));
  }

  delete(key: string): void {
    if (this.get(key) === undefined) return;
    const leaf = this.#leaves[this.#leaf]!;
    this.size--;
    leaf.splice(this.#at, 1);
    if (leaf.length === 0) this.#leaves.splice(this.#leaf, 1);
  }

  /**
   * Visits rows from `start` (included) up to `end` (not included; undefined is the end of the table). The tree must
   * not change meanwhile.
   * @param visit returns false to stop.
   * @returns whether it was not stopped.
   */
  scan(start: string, end: string | undefined, visit: (row: Row) => boolean): boolean {
    let index = this.#leafOf(start);
    let at = index < this.#leaves.length ? lowerBound(this.#leaves[index]!, start) : 0;
    for (; index < this.#leaves.length; index++, at = 0) {
      const leaf = this.#leaves[index]!;
      for (; at < leaf.length; at++) {
        const row = leaf[at]!;
        if (end !== undefined && row.key >= end) return true;
        if (!visit(row)) return false;
      }
    }
    return true;
  }

  /** As {@link scan}, from the end to the start. */
  scanReversed(start: string, end: string | undefined, visit: (row: Row) => boolean): boolean {
    let index = end === undefined ? this.#leaves.length - 1 : this.#leafOf(end);
    if (index < 0 || index >= this.#leaves.length) return true;
    let at = end === undefined ? this.#leaves[index]!.length : lowerBound(this.#leaves[index]!, end);
    for (;;) {
      const leaf = this.#leaves[index]!;
      for (at--; at >= 0; at--) {
        const row = leaf[at]!;
        if (row.key < start) return true;
        if (!visit(row)) return false;
      }
      if (--index < 0) return true;
      at = this.#leaves[index]!.length;
    }
  }

  #locate(key: string): void {
    const last = this.#leaves.length - 1;
    const leaf = this.#leaves[last];
    this.#isBehindAll = leaf !== undefined && leaf[leaf.length - 1]!.key < key;
    this.#leaf = this.#isBehindAll ? last : this.#leafOf(key);
    const found = this.#leaves[this.#leaf];
    this.#at = this.#isBehindAll ? leaf!.length : found === undefined ? 0 : lowerBound(found, key);
  }

  /** The leaf that holds the key, or would hold it. */
  #leafOf(key: string): number {
    let low = 0;
    let high = this.#leaves.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#leaves[middle]![0]!.key <= key) low = middle + 1;
      else high = middle;
    }
    return Math.max(low - 1, 0);
  }
}

/** Index of the first row whose key is not before the given one. */
function lowerBound(leaf: readonly Row[], key: string): number {
  let low = 0;
  let high = leaf.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (leaf[middle]!.key < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
