import { KeyTree } from '../../key-tree.js';

interface Version {
  /** Microseconds since the epoch. */
  readonly timestamp: number;
  /** Undefined where it was deleted. */
  readonly row: string | undefined;
  older: Version | undefined;
}

/** What is kept under a key: the newest version, and those before it. */
class Entry implements Version {
  older: Version | undefined;

  constructor(
    readonly key: string,
    public timestamp: number,
    public row: string | undefined,
  ) {}
}

export interface Found {
  key: string;
  row: string;
}

const FIRST_BATCH = 16;
const LARGEST_BATCH = 512;

/**
 * Rows by their encoded keys at every time of the retention period. What is read at a timestamp stays as it is,
 * whatever is written meanwhile.
 */
export class VersionTree {
  readonly #tree = new KeyTree<Entry>();
  /** Of the newest version of any row. */
  lastChange = 0;
  /** Keys whose newest version is a row. */
  #rows = 0;

  /** Keys, among them those that were deleted not long ago. */
  get size(): number {
    return this.#tree.size;
  }

  /** How many rows there are at a time. */
  count(timestamp: number): number {
    if (timestamp >= this.lastChange) return this.#rows;
    let count = 0;
    this.#tree.scan('', undefined, (entry) => {
      if (versionAt(entry, timestamp)?.row !== undefined) count++;
      return true;
    });
    return count;
  }

  get(key: string, timestamp: number): string | undefined {
    return versionAt(this.#tree.get(key), timestamp)?.row;
  }

  /**
   * Writes a version. One that is there already, or is followed by a later one, is not written again.
   * @param row undefined deletes it.
   * @param horizon versions that nobody may read any more, because a later one is not after this, are forgotten.
   * @returns whether there is something to be forgotten when the horizon passes the timestamp.
   */
  put(key: string, timestamp: number, row: string | undefined, horizon: number): boolean {
    if (timestamp > this.lastChange) this.lastChange = timestamp;
    const entry = this.#tree.get(key);
    if (entry === undefined) {
      this.#tree.insert(new Entry(key, timestamp, row));
      if (row !== undefined) this.#rows++;
      return row === undefined;
    }
    if (entry.timestamp >= timestamp) return false;
    this.#rows += Number(row !== undefined) - Number(entry.row !== undefined);
    entry.older = { timestamp: entry.timestamp, row: entry.row, older: entry.older };
    entry.timestamp = timestamp;
    entry.row = row;
    prune(entry, horizon);
    return true;
  }

  /** Forgets versions of a key that nobody may read any more. */
  collect(key: string, horizon: number): void {
    const entry = this.#tree.get(key);
    if (entry === undefined) return;
    prune(entry, horizon);
    if (entry.row === undefined && entry.timestamp <= horizon) this.#tree.delete(key);
  }

  /** Whether any version of the key is later. */
  changedSince(key: string, timestamp: number): boolean {
    return (this.#tree.get(key)?.timestamp ?? 0) > timestamp;
  }

  /** Whether any key in the range, up to `end` which is not in it, has a later version. */
  rangeChangedSince(start: string, end: string | undefined, timestamp: number): boolean {
    return (
      this.lastChange > timestamp && !this.#tree.scan(start, end, (entry) => entry.timestamp <= timestamp)
    );
  }

  /** Rows from `start` up to `end`, which is not in it. May be read on in later turns of the event loop. */
  *rows(
    start: string,
    end: string | undefined,
    timestamp: number,
    reverse = false,
  ): Generator<Found, void, void> {
    let batch: Found[] = [];
    let from = start;
    let until = end;
    for (let size = FIRST_BATCH; ; size = Math.min(size * 4, LARGEST_BATCH)) {
      batch = [];
      let seen = 0;
      let last = '';
      const visit = (entry: Entry) => {
        last = entry.key;
        const row = versionAt(entry, timestamp)?.row;
        if (row !== undefined) batch.push({ key: entry.key, row });
        return ++seen < size;
      };
      const isDone = reverse
        ? this.#tree.scanReversed(from, until, visit)
        : this.#tree.scan(from, until, visit);
      yield* batch;
      if (isDone) return;
      if (reverse) until = last;
      else from = `${last}\0`;
    }
  }

  /** The newest version in (since, until] of each key that has one. */
  *changes(since: number, until: number): Generator<{ key: string; row: string | undefined }, void, void> {
    if (this.lastChange <= since) return;
    let from = '';
    for (;;) {
      const batch: { key: string; row: string | undefined }[] = [];
      let seen = 0;
      const isDone = this.#tree.scan(from, undefined, (entry) => {
        from = `${entry.key}\0`;
        const version = versionAt(entry, until);
        if (version !== undefined && version.timestamp > since)
          batch.push({ key: entry.key, row: version.row });
        return ++seen < LARGEST_BATCH;
      });
      yield* batch;
      if (isDone) return;
    }
  }

  /** The version in (since, until] of one key. */
  change(key: string, since: number, until: number): { key: string; row: string | undefined } | undefined {
    const version = versionAt(this.#tree.get(key), until);
    return version === undefined || version.timestamp <= since ? undefined : { key, row: version.row };
  }

  /** All versions that may be read from the horizon on, those of a key the oldest first. */
  *versions(
    horizon: number,
  ): Generator<{ key: string; timestamp: number; row: string | undefined }, void, void> {
    let from = '';
    for (;;) {
      const batch: { key: string; timestamp: number; row: string | undefined }[] = [];
      const isDone = this.#tree.scan(from, undefined, (entry) => {
        from = `${entry.key}\0`;
        const chain: Version[] = [];
        for (let version: Version | undefined = entry; version !== undefined; version = version.older) {
          chain.push(version);
          if (version.timestamp <= horizon) break;
        }
        for (const { timestamp, row } of chain.reverse()) batch.push({ key: entry.key, timestamp, row });
        return batch.length < LARGEST_BATCH;
      });
      yield* batch;
      if (isDone) return;
    }
  }
}

function versionAt(entry: Entry | undefined, timestamp: number): Version | undefined {
  let version: Version | undefined = entry;
  while (version !== undefined && version.timestamp > timestamp) version = version.older;
  return version;
}

/** Cuts the chain behind the version that was there at the horizon. */
function prune(entry: Entry, horizon: number): void {
  const version = versionAt(entry, horizon);
  if (version !== undefined) version.older = undefined;
}
