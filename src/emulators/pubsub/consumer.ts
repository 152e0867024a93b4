import type { ServiceError } from '../serving/service-error.js';
import type { Entry } from './entry.js';
import type { KeyQueue } from './key-queue.js';

/** One who takes messages of a subscription: a stream, a Pull call, an endpoint that is pushed to, an export. */
export abstract class Consumer {
  /** What it has got and not yet given back. */
  messages = 0;
  bytes = 0;
  /** Ordering keys that wait with further messages, which only it may get at the moment. */
  readonly keys = new Set<KeyQueue>();
  /** Zero and less means without limit. */
  maxMessages = 0;
  maxBytes = 0;
  /** Undefined for the deadline of the subscription. */
  leaseMs: number | undefined;

  /** Messages it takes in one go. */
  abstract deliver(entries: readonly Entry[]): void;

  /** The subscription is gone, or delivers otherwise from then on. */
  abstract end(reason: ServiceError): void;

  /** The subscription delivers with other settings. */
  settingsChanged(): void {}

  /** False while what was sent has not been read. */
  get accepting(): boolean {
    return true;
  }

  get roomForMessages(): number {
    if (!this.accepting || (this.maxBytes > 0 && this.bytes >= this.maxBytes)) return 0;
    return this.maxMessages > 0 ? Math.max(0, this.maxMessages - this.messages) : Infinity;
  }

  get roomForBytes(): number {
    return this.maxBytes > 0 ? this.maxBytes - this.bytes : Infinity;
  }
}
