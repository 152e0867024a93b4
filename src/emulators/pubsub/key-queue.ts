import type { Backlog } from './backlog.js';
import type { Consumer } from './consumer.js';
import type { Entry } from './entry.js';
import type { Timed } from './timer-wheel.js';

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
    readonly backlog: Backlog,
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
    this.backlog.keyIsReady(this);
  }
}
