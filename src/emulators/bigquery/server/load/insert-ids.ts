/** The service remembers insert ids for at least a minute, without a promise. */
const REMEMBERED_MS = 60_000;
const MAX_IDS_PER_GENERATION = 500_000;

/** Insert ids seen lately, in two generations: whole minutes are forgotten at a time. */
export class InsertIds {
  #current = new Set<string>();
  #previous = new Set<string>();
  #since = 0;

  /** True when the id is new; it is remembered from then on. */
  add(key: string, now: number): boolean {
    if (now - this.#since > REMEMBERED_MS || this.#current.size >= MAX_IDS_PER_GENERATION) {
      this.#previous = now - this.#since > 2 * REMEMBERED_MS ? new Set() : this.#current;
      this.#current = new Set();
      this.#since = now;
    }
    if (this.#current.has(key) || this.#previous.has(key)) return false;
    this.#current.add(key);
    return true;
  }

  /** Forgets an id whose row was not written after all. */
  delete(key: string): void {
    this.#current.delete(key);
  }
}
