/** Values that are read anew when they are older than they may be. Failures are not kept for longer than that either. */
export class Kept<T> {
  readonly #maxAgeMs: number;
  readonly #nowMs: () => number;
  readonly #entries = new Map<string, { value: Promise<T>; atMs: number }>();

  constructor(maxAgeMs: number, nowMs: () => number) {
    this.#maxAgeMs = maxAgeMs;
    this.#nowMs = nowMs;
  }

  /** @param maxAgeMs when it must be younger than usual. */
  get(key: string, read: () => Promise<T>, maxAgeMs = this.#maxAgeMs): Promise<T> {
    const nowMs = this.#nowMs();
    const entry = this.#entries.get(key);
    if (entry !== undefined && nowMs - entry.atMs < maxAgeMs) return entry.value;
    for (const [other, { atMs }] of this.#entries) {
      if (nowMs - atMs >= this.#maxAgeMs) this.#entries.delete(other);
    }
    const value = read();
    // Whoever asked is told; without this nobody would hold it when they have gone.
    value.catch(() => {});
    this.#entries.set(key, { value, atMs: nowMs });
    return value;
  }

  /** When what is kept under a key was read, in milliseconds; undefined when nothing is. */
  readAtMs(key: string): number | undefined {
    return this.#entries.get(key)?.atMs;
  }
}
