interface LastingOptions<T> {
  read(): Promise<T>;
  /** Until it was read for the first time. */
  first: T;
  maxAgeMs: number;
  nowMs(): number;
}

/** A value that is read anew when it is old. While its store does not answer, the last one serves. */
export class Lasting<T> {
  readonly #options: LastingOptions<T>;
  #value: T;
  #trouble: string | null = null;
  #askedAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: LastingOptions<T>) {
    this.#options = options;
    this.#value = options.first;
  }

  get value(): T {
    return this.#value;
  }

  /** Why the value is missing or old. */
  get trouble(): string | null {
    return this.#trouble;
  }

  /** Never fails. */
  async refresh(): Promise<void> {
    const { read, maxAgeMs, nowMs } = this.#options;
    if (nowMs() - this.#askedAtMs < maxAgeMs) return;
    this.#askedAtMs = nowMs();
    try {
      this.#value = await read();
      this.#trouble = null;
    } catch (error) {
      this.#trouble = (error as Error).message;
    }
  }
}
