import type { VersionTree } from './version-tree.js';

interface Superseded {
  tree: VersionTree;
  key: string;
  /** Of the version that took the place of another. */
  timestamp: number;
}

/** Longest wait of a timer. */
const MAX_WAIT_MS = 2 ** 31 - 1;
const SLICE = 10_000;

/** Versions that are to be forgotten when the retention period has passed them, in the order of their times. */
export class Garbage {
  #queue: Superseded[] = [];
  #first = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    /** In microseconds: what was superseded by then may be forgotten. */
    private readonly horizon: () => number,
  ) {}

  add(superseded: Superseded): void {
    this.#queue.push(superseded);
    this.#wait();
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #wait(): void {
    const next = this.#queue[this.#first];
    if (this.#timer !== undefined || next === undefined) return;
    const waitMs = Math.max(0, (next.timestamp - this.horizon()) / 1000 + 1);
    this.#timer = setTimeout(() => this.#collect(), Math.min(waitMs, MAX_WAIT_MS)).unref();
  }

  /** Some at a time: nobody shall wait for it. */
  #collect(): void {
    this.#timer = undefined;
    const horizon = this.horizon();
    const end = Math.min(this.#first + SLICE, this.#queue.length);
    while (this.#first < end && this.#queue[this.#first]!.timestamp <= horizon) {
      const { tree, key } = this.#queue[this.#first++]!;
      tree.collect(key, horizon);
    }
    if (this.#first > this.#queue.length / 2) {
      this.#queue = this.#queue.slice(this.#first);
      this.#first = 0;
    }
    this.#wait();
  }
}
