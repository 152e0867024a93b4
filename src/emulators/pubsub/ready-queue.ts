import type { Consumer } from './consumer.js';
import type { Entry } from './entry.js';

/** Messages without an ordering key that are to be delivered again, in the order in which they came back. */
export class ReadyQueue {
  #entries: Entry[] = [];
  /** Those before this one have been handed out. */
  #from = 0;

  /** Some of them may have been acknowledged in the meantime. */
  get length(): number {
    return this.#entries.length - this.#from;
  }

  push(entry: Entry): void {
    entry.state = 'ready';
    this.#entries.push(entry);
  }

  clear(): void {
    this.#entries = [];
    this.#from = 0;
  }

  /** Gives the consumer what it may have, as far as it fits. */
  drain(consumer: Consumer, othersAreOpen: boolean, fits: () => boolean, take: (entry: Entry) => void): void {
    const left: Entry[] = [];
    let at = this.#from;
    for (; at < this.#entries.length && fits(); at++) {
      const entry = this.#entries[at]!;
      if (entry.state !== 'ready') continue;
      // Somebody else may do better with what this one refused.
      if (othersAreOpen && entry.consumer === consumer) left.push(entry);
      else take(entry);
    }
    this.#from = at - left.length;
    for (const [index, entry] of left.entries()) this.#entries[this.#from + index] = entry;
    if (this.#from * 2 >= this.#entries.length) {
      this.#entries.splice(0, this.#from);
      this.#from = 0;
    }
  }
}
