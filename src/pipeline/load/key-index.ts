import { closeSync, readSync } from 'node:fs';
import { openTemporaryFile, writeTemporaryFile } from './temporary-file.js';

const PARTITIONS = 64;
/** Hashes of a partition in memory before they go to the file: 64 KiB. */
const BLOCK = 8192;
const BYTES_PER_HASH = 8;

/**
 * Finds keys that may appear twice among any number of rows, in memory that does not grow with them: hashes of 64
 * bits go to a temporary file, split by their first bits, and each part is sorted by itself. Equal hashes are
 * suspects, which a second look at the keys themselves decides.
 */
export class KeyIndex {
  readonly #blocks = Array.from({ length: PARTITIONS }, () => new Uint32Array(BLOCK * 2));
  readonly #filled = new Uint32Array(PARTITIONS);
  readonly #written: number[][] = Array.from({ length: PARTITIONS }, () => []);
  #file: number | undefined;
  #offset = 0;
  /** Hashes that were added more than once, sorted, by partition. */
  #repeated: BigUint64Array[] = [];
  #low = 0;
  #high = 0;
  #partition = 0;

  add(key: string): void {
    this.#hash(key);
    const partition = this.#partition;
    const at = this.#filled[partition]!;
    const block = this.#blocks[partition]!;
    block[at * 2] = this.#low;
    block[at * 2 + 1] = this.#high;
    if (at + 1 === BLOCK) {
      this.#spill(partition);
      this.#filled[partition] = 0;
    } else this.#filled[partition] = at + 1;
  }

  /** Ends the adding. True when some hash was added twice. */
  hasSuspects(): boolean {
    const counts = this.#written.map(({ length }, partition) => length * BLOCK + this.#filled[partition]!);
    // One for all partitions, which are sorted one after the other.
    const sorting = new BigUint64Array(Math.max(...counts));
    this.#repeated = counts.map((count, partition) =>
      this.#repeatedHashes(partition, sorting.subarray(0, count)),
    );
    this.close();
    return this.#repeated.some((hashes) => hashes.length > 0);
  }

  /** Whether the hash of this key was added more than once. */
  isSuspect(key: string): boolean {
    this.#hash(key);
    const hashes = this.#repeated[this.#partition]!;
    const wanted = (BigInt(this.#high >>> 0) << 32n) | BigInt(this.#low >>> 0);
    let from = 0;
    let to = hashes.length;
    while (from < to) {
      const middle = (from + to) >>> 1;
      if (hashes[middle]! < wanted) from = middle + 1;
      else to = middle;
    }
    return hashes[from] === wanted;
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  #spill(partition: number): void {
    this.#file ??= openTemporaryFile();
    const block = this.#blocks[partition]!;
    writeTemporaryFile(this.#file, new Uint8Array(block.buffer), this.#offset);
    this.#written[partition]!.push(this.#offset);
    this.#offset += block.byteLength;
  }

  #repeatedHashes(partition: number, hashes: BigUint64Array<ArrayBuffer>): BigUint64Array {
    const offsets = this.#written[partition]!;
    const filled = this.#filled[partition]!;
    const bytes = new Uint8Array(hashes.buffer);
    for (const [index, offset] of offsets.entries()) {
      readSync(this.#file!, bytes, index * BLOCK * BYTES_PER_HASH, BLOCK * BYTES_PER_HASH, offset);
    }
    bytes.set(
      new Uint8Array(this.#blocks[partition]!.buffer, 0, filled * BYTES_PER_HASH),
      offsets.length * BLOCK * BYTES_PER_HASH,
    );
    hashes.sort();
    return repeats(hashes);
  }

  /** Both halves depend on every character, and on each other. */
  #hash(key: string): void {
    let low = 0x811c9dc5;
    let high = 0x9e3779b9;
    for (let i = 0; i < key.length; i++) {
      const code = key.charCodeAt(i);
      low = Math.imul(low ^ code, 0x85ebca6b);
      high = Math.imul(high ^ code, 0xc2b2ae35);
    }
    low ^= Math.imul(high ^ (high >>> 15), 0x2c1b3c6d);
    high ^= Math.imul(low ^ (low >>> 13), 0x297a2d39);
    this.#low = low;
    this.#high = high;
    this.#partition = (high >>> 26) & (PARTITIONS - 1);
  }
}

/** Each value once that is in the sorted array more than once. */
function repeats(sorted: BigUint64Array): BigUint64Array {
  const found: bigint[] = [];
  // Halves, because reading a 64-bit element makes an object of it.
  const halves = new Uint32Array(sorted.buffer, sorted.byteOffset, sorted.length * 2);
  for (let i = 2; i < halves.length; i += 2) {
    if (halves[i] !== halves[i - 2] || halves[i + 1] !== halves[i - 1]) continue;
    const hash = sorted[i / 2]!;
    if (found.at(-1) !== hash) found.push(hash);
  }
  return BigUint64Array.from(found);
}
