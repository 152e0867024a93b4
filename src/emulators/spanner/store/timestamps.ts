/** Gives out the timestamps of commits and reads of one database, in microseconds: no two commits have the same. */
export class Timestamps {
  #last = 0;

  constructor(private readonly nowMs: () => number) {}

  /** The latest that was given out. */
  get last(): number {
    return this.#last;
  }

  now(): number {
    return this.nowMs() * 1000;
  }

  /** Of a read of all that is committed: what is committed later has a later one. */
  read(): number {
    this.#last = Math.max(this.now(), this.#last);
    return this.#last;
  }

  commit(): number {
    this.#last = Math.max(this.now(), this.#last + 1);
    return this.#last;
  }

  /** A timestamp of a commit or read that was before the start. */
  pass(timestamp: number): void {
    this.#last = Math.max(this.#last, timestamp);
  }
}
