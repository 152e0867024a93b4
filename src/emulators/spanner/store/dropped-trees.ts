import type { TreeId } from './table-info.js';

/** Longest wait of a timer. */
const MAX_WAIT_MS = 2 ** 31 - 1;

/** Trees of tables and indexes that were dropped, and may be read at times before that until the retention period ends. */
export class DroppedTrees {
  /** When they were dropped, in microseconds: the first to go is the first. */
  readonly #times = new Map<TreeId, number>();
  #timer: NodeJS.Timeout | undefined;

  constructor(
    /** In microseconds: what was dropped by then may be forgotten. */
    private readonly horizon: () => number,
    private readonly forget: (id: TreeId) => void,
  ) {}

  /** Those that may be read, with when they were dropped. */
  get readable(): [id: TreeId, atMicros: number][] {
    const horizon = this.horizon();
    return [...this.#times].filter(([, atMicros]) => atMicros > horizon);
  }

  add(id: TreeId, atMicros: number): void {
    this.#times.set(id, atMicros);
    this.#wait();
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #wait(): void {
    const [next] = this.#times.values();
    if (this.#timer !== undefined || next === undefined) return;
    const waitMs = Math.max(0, (next - this.horizon()) / 1000 + 1);
    this.#timer = setTimeout(() => this.#forgetOld(), Math.min(waitMs, MAX_WAIT_MS)).unref();
  }

  #forgetOld(): void {
    this.#timer = undefined;
    const horizon = this.horizon();
    for (const [id, atMicros] of this.#times) {
      if (atMicros > horizon) break;
      this.#times.delete(id);
      this.forget(id);
    }
    this.#wait();
  }
}
