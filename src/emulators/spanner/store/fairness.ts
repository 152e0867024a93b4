import type { TreeId } from './table-info.js';

/** Nobody is kept waiting longer by one transaction. */
const MAX_HOLD_MS = 2000;

interface Holder {
  /** What it read when it was aborted, and so will read again. */
  trees: ReadonlySet<TreeId>;
  /** Resolves when it is over. */
  released: Promise<void>;
  release(): void;
}

/**
 * Lets a transaction that was aborted several times finish: while it runs, those that write to what it reads wait
 * with their commits. There is one at a time, the others wait for their turn.
 */
export class Fairness {
  #holder: Holder | undefined;

  /** @returns what ends it. */
  async hold(trees: ReadonlySet<TreeId>): Promise<() => void> {
    while (this.#holder !== undefined) await this.#holder.released;
    let resolve = () => {};
    const released = new Promise<void>((done) => {
      resolve = done;
    });
    const holder: Holder = {
      trees,
      released,
      release: () => {
        clearTimeout(timer);
        if (this.#holder === holder) this.#holder = undefined;
        resolve();
      },
    };
    const timer = setTimeout(holder.release, MAX_HOLD_MS).unref();
    this.#holder = holder;
    return holder.release;
  }

  /** Waits until what a commit writes is in nobody's way. */
  async pass(trees: Iterable<TreeId>): Promise<void> {
    const written = [...trees];
    while (this.#holder !== undefined && written.some((tree) => this.#holder!.trees.has(tree))) {
      await this.#holder.released;
    }
  }
}
