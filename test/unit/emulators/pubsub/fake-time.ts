import type { Time } from '../../../../src/emulators/pubsub/timer-wheel.js';

/** Time that passes when a test says so. */
export class FakeTime implements Time {
  #nowMs = 1_700_000_000_000;
  readonly #timers = new Set<{ atMs: number; callback: () => void }>();

  now = () => this.#nowMs;

  get pending(): number {
    return this.#timers.size;
  }

  after(delayMs: number, callback: () => void): () => void {
    const timer = { atMs: this.#nowMs + delayMs, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  pass(ms: number): void {
    const untilMs = this.#nowMs + ms;
    for (;;) {
      const next = [...this.#timers].sort((a, b) => a.atMs - b.atMs)[0];
      if (next === undefined || next.atMs > untilMs) break;
      this.#timers.delete(next);
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.callback();
    }
    this.#nowMs = untilMs;
  }
}
