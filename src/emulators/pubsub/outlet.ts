import { Consumer } from './consumer.js';
import type { Entry } from './entry.js';
import type { PubsubMessage } from './message.js';
import type { Store } from './store.js';
import type { Subscription } from './subscription.js';
import { messageAt } from './topic-log.js';

/** A message as destinations other than subscribers get it. */
export interface Outgoing extends PubsubMessage {
  id: string;
  publishTimeMs: number;
  /** Which attempt it is, where the subscription has a dead-letter policy. */
  deliveryAttempt: number | undefined;
}

/** Where a subscription delivers by itself. */
export interface Destination {
  /** Messages that are under way at a time. */
  maxMessages: number;
  maxBytes: number;
  /** When what was collected is delivered; undefined for at once. */
  collect?: { maxMs: number; maxMessages: number; maxBytes: number };
  /** @returns for each message whether it arrived. @throws when none did */
  deliver(messages: readonly Outgoing[], signal: AbortSignal): Promise<boolean[]>;
}

const BACKOFF_MS = { minimum: 100, maximum: 60_000 } as const;
/** Longer than the collected messages wait. */
const LEASE_MARGIN_MS = 60_000;

/** Takes messages of a subscription to its destination, and acknowledges or refuses them by what comes of it. */
export class Outlet extends Consumer {
  readonly #aborter = new AbortController();
  #collected: Entry[] = [];
  #collectedBytes = 0;
  #backoffMs = 0;
  #stopTimer: (() => void) | undefined;
  #stopPause: (() => void) | undefined;

  constructor(
    readonly store: Store,
    readonly subscription: Subscription,
    readonly destination: Destination,
  ) {
    super();
    this.maxMessages = destination.maxMessages;
    this.maxBytes = destination.maxBytes;
    if (destination.collect !== undefined) this.leaseMs = destination.collect.maxMs + LEASE_MARGIN_MS;
  }

  override get accepting(): boolean {
    return this.#stopPause === undefined && !this.#aborter.signal.aborted;
  }

  deliver(entries: readonly Entry[]): void {
    const { collect } = this.destination;
    if (collect === undefined) {
      void this.#send(entries);
      return;
    }
    this.#collected.push(...entries);
    for (const { size } of entries) this.#collectedBytes += size;
    if (this.#collected.length >= collect.maxMessages || this.#collectedBytes >= collect.maxBytes)
      this.#flush();
    else this.#stopTimer ??= this.store.time.after(collect.maxMs, () => this.#flush());
  }

  end(): void {
    this.#aborter.abort();
    this.#stopTimer?.();
    this.#stopPause?.();
    this.#collected = [];
    this.subscription.backlog.detach(this);
  }

  #flush(): void {
    this.#stopTimer?.();
    this.#stopTimer = undefined;
    const entries = this.#collected;
    this.#collected = [];
    this.#collectedBytes = 0;
    void this.#send(entries);
  }

  async #send(entries: readonly Entry[]): Promise<void> {
    const leases = entries.map(({ lease }) => lease);
    const countAttempts = this.subscription.deadLetterTopic !== undefined;
    const messages = entries.map((entry): Outgoing => {
      const { segment, index } = entry.content;
      return {
        ...messageAt(segment, index),
        id: entry.id,
        publishTimeMs: segment.publishTimeMs,
        deliveryAttempt: countAttempts ? entry.failures + 1 : undefined,
      };
    });
    let arrived: boolean[];
    try {
      arrived = await this.destination.deliver(messages, this.#aborter.signal);
    } catch (error) {
      if (this.#aborter.signal.aborted) return;
      this.store.report(`delivering for ${this.subscription.name}`, error);
      arrived = messages.map(() => false);
    }
    const held = (entry: Entry, index: number) => entry.state === 'leased' && entry.lease === leases[index];
    if (arrived.includes(false)) this.#pause();
    else this.#backoffMs = 0;
    try {
      await this.store.acknowledge(
        this.subscription,
        entries.filter((entry, index) => arrived[index] && held(entry, index)),
      );
    } catch {
      // They are delivered again after a restart, which the service allows itself too.
    }
    for (const [index, entry] of entries.entries()) {
      if (!arrived[index] && held(entry, index)) this.subscription.backlog.fail(entry);
    }
  }

  /** A destination that refuses messages is left in peace for a while. */
  #pause(): void {
    if (this.#aborter.signal.aborted) return;
    this.#backoffMs = Math.min(Math.max(this.#backoffMs * 2, BACKOFF_MS.minimum), BACKOFF_MS.maximum);
    this.#stopPause ??= this.store.time.after(this.#backoffMs, () => {
      this.#stopPause = undefined;
      this.subscription.backlog.wake();
    });
  }
}
