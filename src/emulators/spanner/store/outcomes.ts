/** How many transactions are remembered after their end. */
const MAX_OUTCOMES = 10_000;

/** When transactions were committed, in microseconds, for whoever asks again after the answer was lost. */
export class Outcomes {
  readonly #timestamps = new Map<string, number>();

  get(transaction: string): number | undefined {
    return this.#timestamps.get(transaction);
  }

  set(transaction: string, timestampMicros: number): void {
    this.#timestamps.set(transaction, timestampMicros);
    const [oldest] = this.#timestamps.keys();
    if (this.#timestamps.size > MAX_OUTCOMES && oldest !== undefined) this.#timestamps.delete(oldest);
  }
}
