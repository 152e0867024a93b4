/** Rows in one leaf: splitting moves half of them, finding one halves them six or seven times. */
const LEAF_ROWS = 128;

/** Rows side by side with their keys: to search among keys is to follow one pointer a step instead of two. */
interface Leaf<T> {
  keys: string[];
  rows: T[];
}

/**
 * Rows in the order of their keys: a B+tree of two levels, whose root is an array of all leaves. Keys are strings
 * with one character for each byte, so that `<` orders them as bytes.
 */
export class KeyTree<T extends { readonly key: string }> {
  size = 0;
  readonly #leaves: Leaf<T>[] = [];
  /** The first key of each leaf. */
  readonly #firstKeys: string[] = [];
  /** Where the key that was looked for last is, or would be. */
  #leaf = 0;
  #at = 0;
  #isBehindAll = false;

  get(key: string): T | undefined {
    this.#locate(key);
    const leaf = this.#leaves[this.#leaf];
    return leaf !== undefined && leaf.keys[this.#at] === key ? leaf.rows[this.#at] : undefined;
  }

  /** @param row its key is not in the tree; {@link get} has just looked for it. */
  insert(row: T): void {
    this.size++;
    const leaf = this.#leaves[this.#leaf];
    // Imports come in order: full leaves stay full.
    if (leaf === undefined || (this.#isBehindAll && leaf.keys.length >= LEAF_ROWS)) {
      this.#leaves.push({ keys: [row.key], rows: [row] });
      this.#firstKeys.push(row.key);
      return;
    }
    makeRoom(leaf.keys, this.#at, row.key);
    makeRoom(leaf.rows, this.#at, row);
    if (this.#at === 0) this.#firstKeys[this.#leaf] = row.key;
    if (leaf.keys.length > LEAF_ROWS) {
      const half = { keys: leaf.keys.splice(LEAF_ROWS / 2), rows: leaf.rows.splice(LEAF_ROWS / 2) };
      this.#leaves.splice(this.#leaf + 1, 0, half);
      this.#firstKeys.splice(this.#leaf + 1, 0, half.keys[0]!);
    }
  }

  delete(key: string): void {
    if (this.get(key) === undefined) return;
    const leaf = this.#leaves[this.#leaf]!;
    this.size--;
    leaf.keys.splice(this.#at, 1);
    leaf.rows.splice(this.#at, 1);
    if (leaf.keys.length === 0) {
      this.#leaves.splice(this.#leaf, 1);
      this.#firstKeys.splice(this.#leaf, 1);
    } else if (this.#at === 0) this.#firstKeys[this.#leaf] = leaf.keys[0]!;
  }

  /**
   * Visits rows from `start` (included) up to `end` (not included; undefined is the end of the table). The tree must
   * not change meanwhile.
   * @param visit returns false to stop.
   * @returns whether it was not stopped.
   */
  scan(start: string, end: string | undefined, visit: (row: T) => boolean): boolean {
    let index = this.#leafOf(start);
    let at = index < this.#leaves.length ? lowerBound(this.#leaves[index]!.keys, start) : 0;
    for (; index < this.#leaves.length; index++, at = 0) {
      const { rows } = this.#leaves[index]!;
      for (; at < rows.length; at++) {
        const row = rows[at]!;
        if (end !== undefined && row.key >= end) return true;
        if (!visit(row)) return false;
      }
    }
    return true;
  }

  /** As {@link scan}, from the end to the start. */
  scanReversed(start: string, end: string | undefined, visit: (row: T) => boolean): boolean {
    let index = end === undefined ? this.#leaves.length - 1 : this.#leafOf(end);
    if (index < 0 || index >= this.#leaves.length) return true;
    const { keys } = this.#leaves[index]!;
    let at = end === undefined ? keys.length : lowerBound(keys, end);
    for (;;) {
      const { rows } = this.#leaves[index]!;
      for (at--; at >= 0; at--) {
        const row = rows[at]!;
        if (row.key < start) return true;
        if (!visit(row)) return false;
      }
      if (--index < 0) return true;
      at = this.#leaves[index]!.rows.length;
    }
  }

  #locate(key: string): void {
    const last = this.#leaves.length - 1;
    const leaf = this.#leaves[last];
    this.#isBehindAll = leaf !== undefined && leaf.keys[leaf.keys.length - 1]! < key;
    this.#leaf = this.#isBehindAll ? last : this.#leafOf(key);
    const found = this.#leaves[this.#leaf];
    this.#at = this.#isBehindAll ? leaf!.keys.length : found === undefined ? 0 : lowerBound(found.keys, key);
  }

  /** The leaf that holds the key, or would hold it. */
  #leafOf(key: string): number {
    let low = 0;
    let high = this.#firstKeys.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#firstKeys[middle]! <= key) low = middle + 1;
      else high = middle;
    }
    return Math.max(low - 1, 0);
  }
}

/** Puts an item at an index. `splice` takes twice as long, for it makes an array of what it removes. */
function makeRoom<T>(items: T[], index: number, item: T): void {
  items.push(item);
  for (let at = items.length - 1; at > index; at--) items[at] = items[at - 1]!;
  items[index] = item;
}

/** Index of the first key that is not before the given one. */
function lowerBound(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (keys[middle]! < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
