import type { Consumer } from './consumer.js';
import type { Entry } from './entry.js';
import type { Timed, TimerWheel } from './timer-wheel.js';

/** The messages of one ordering key that a subscription has come to. */
export class KeyQueue implements Timed {
  slot: Timed['slot'];
  /** Delivered, in their order, and not acknowledged. */
  readonly leased = new Set<Entry>();
  /** To be delivered, in their order, once those before are done. */
  waiting: Entry[] = [];
  /** Who has the leased ones. */
  holder: Consumer | undefined;
  /** One was refused: the leased ones have to be done before it can come again. */
  draining = false;

  constructor(
    readonly queues: KeyQueues,
    readonly name: string,
  ) {}

  /** Whether the next message of the key may go to `consumer`. */
  opensTo(consumer: Consumer): boolean {
    if (this.slot !== undefined) return false;
    if (this.leased.size === 0) return true;
    return this.holder === consumer && !this.draining;
  }

  /** The next one to deliver; those acknowledged in the meantime are left out. */
  peek(): Entry | undefined {
    const index = this.waiting.findIndex(({ state }) => state !== 'acked');
    if (index === -1) this.waiting.length = 0;
    else if (index > 0) this.waiting.splice(0, index);
    return this.waiting[0];
  }

  due(): void {
    this.queues.advance(this);
  }
}

/** The ordering keys of which a subscription has something out or waiting. */
export class KeyQueues {
  /** Messages that wait for those before them. */
  waiting = 0;
  /** Keys of which nothing is out and something can be delivered. */
  readonly open = new Set<KeyQueue>();
  readonly #byName = new Map<string, KeyQueue>();

  /** @param opened told of every key that is open again */
  constructor(
    readonly wheel: TimerWheel,
    readonly opened: () => void,
  ) {}

  named(name: string): KeyQueue {
    let key = this.#byName.get(name);
    if (key === undefined) {
      key = new KeyQueue(this, name);
      this.#byName.set(name, key);
    }
    return key;
  }

  /** Puts a message behind all others of its key. */
  push(key: KeyQueue, entry: Entry): void {
    entry.state = 'waiting';
    key.waiting.push(entry);
    this.waiting++;
    if (key.leased.size === 0) this.advance(key);
    else if (!key.draining) key.holder?.keys.add(key);
  }

  /** Puts messages that were out back in their places, to come again at `readyAtMs`, or at once. */
  putBack(key: KeyQueue, again: readonly Entry[], readyAtMs: number | undefined): void {
    for (const entry of again) entry.state = 'waiting';
    this.waiting += again.length;
    key.waiting = [...again, ...key.waiting].sort((a, b) => a.seq - b.seq);
    if (readyAtMs !== undefined) this.wheel.schedule(key, readyAtMs);
    key.draining = key.leased.size > 0;
    this.advance(key);
  }

  /** Gives the consumer what it may have of the key, as far as it fits. */
  drain(key: KeyQueue, consumer: Consumer, fits: () => boolean, take: (entry: Entry) => void): void {
    let entry = key.peek();
    while (entry !== undefined && fits() && key.opensTo(consumer)) {
      key.waiting.shift();
      this.waiting--;
      take(entry);
      entry = key.peek();
    }
    this.open.delete(key);
    if (entry === undefined) consumer.keys.delete(key);
    else consumer.keys.add(key);
  }

  /** Opens the key, or forgets it, when nothing of it is out. */
  advance(key: KeyQueue): void {
    if (key.leased.size > 0) return;
    key.holder?.keys.delete(key);
    key.holder = undefined;
    key.draining = false;
    if (key.peek() === undefined) {
      this.wheel.cancel(key);
      this.#byName.delete(key.name);
      this.open.delete(key);
    } else if (key.slot === undefined) {
      this.open.add(key);
      this.opened();
    }
  }
}
