import type { TreeId } from './table-info.js';
import type { VersionTree } from './version-tree.js';

/** More single keys of one tree than this are taken for all of it. */
const MAX_KEYS = 100_000;

/** What a transaction read, for who commits it to see whether that is still so. */
export class ReadSet {
  readonly #keys = new Map<TreeId, Set<string>>();
  readonly #ranges = new Map<TreeId, { start: string; end: string | undefined }[]>();
  readonly #whole = new Set<TreeId>();

  addKey(tree: TreeId, key: string): void {
    if (this.#whole.has(tree)) return;
    let keys = this.#keys.get(tree);
    if (keys === undefined) {
      keys = new Set();
      this.#keys.set(tree, keys);
    }
    keys.add(key);
    if (keys.size > MAX_KEYS) this.addAll(tree);
  }

  addRange(tree: TreeId, start: string, end: string | undefined): void {
    if (this.#whole.has(tree)) return;
    if (start === '' && end === undefined) {
      this.addAll(tree);
      return;
    }
    const ranges = this.#ranges.get(tree);
    if (ranges === undefined) this.#ranges.set(tree, [{ start, end }]);
    else ranges.push({ start, end });
  }

  addAll(tree: TreeId): void {
    this.#whole.add(tree);
    this.#keys.delete(tree);
    this.#ranges.delete(tree);
  }

  /** Whether anything of it was written after the timestamp. */
  changedSince(timestamp: number, treeOf: (id: TreeId) => VersionTree | undefined): boolean {
    const isLater = (id: TreeId) => (treeOf(id)?.lastChange ?? 0) > timestamp;
    for (const id of this.#whole) if (isLater(id)) return true;
    for (const [id, keys] of this.#keys) {
      if (!isLater(id)) continue;
      const tree = treeOf(id)!;
      for (const key of keys) if (tree.changedSince(key, timestamp)) return true;
    }
    for (const [id, ranges] of this.#ranges) {
      if (!isLater(id)) continue;
      const tree = treeOf(id)!;
      for (const { start, end } of ranges) if (tree.rangeChangedSince(start, end, timestamp)) return true;
    }
    return false;
  }

  /** Those of which anything was read. */
  get trees(): Set<TreeId> {
    return new Set([...this.#whole, ...this.#keys.keys(), ...this.#ranges.keys()]);
  }
}
