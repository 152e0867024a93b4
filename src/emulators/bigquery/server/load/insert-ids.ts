/** The service remembers insert ids for at least a minute, without a promise. */
const REMEMBERED_MS = 60_000;
const MAX_IDS_PER_GENERATION = 500_000;

/** Insert ids of rows that were written lately, in two generations: whole minutes are forgotten at a time. */
export class InsertIds {
  #current = new Set<string>();
  #previous = new Set<string>();
  #since = 0;
  readonly #writing = new Map<string, Promise<void>>();

  /**
   * Writes the rows whose ids are new, each once. Who sends an id again while its row is being written is answered, or fails,
   * with it: the row may not come to be.
   *
   * @param keys ids of the rows; a row without one is always new
   * @param write writes the rows with these indices
   */
  async writeNew(
    keys: readonly (string | undefined)[],
    nowMs: () => number,
    write: (indices: ReadonlySet<number>) => Promise<void>,
  ): Promise<void> {
    const own = new Set<string>();
    const others = new Set<Promise<void>>();
    const indices = new Set<number>();
    for (const [index, key] of keys.entries()) {
      if (key !== undefined) {
        if (own.has(key) || this.#current.has(key) || this.#previous.has(key)) continue;
        const other = this.#writing.get(key);
        if (other !== undefined) {
          others.add(other);
          continue;
        }
        own.add(key);
      }
      indices.add(index);
    }
    const written = write(indices);
    for (const key of own) this.#writing.set(key, written);
    try {
      await written;
      this.#remember(own, nowMs());
    } finally {
      for (const key of own) this.#writing.delete(key);
    }
    await Promise.all(others);
  }

  #remember(keys: ReadonlySet<string>, nowMs: number): void {
    if (nowMs - this.#since > REMEMBERED_MS || this.#current.size >= MAX_IDS_PER_GENERATION) {
      this.#previous = nowMs - this.#since > 2 * REMEMBERED_MS ? new Set() : this.#current;
      this.#current = new Set();
      this.#since = nowMs;
    }
    for (const key of keys) this.#current.add(key);
  }
}
