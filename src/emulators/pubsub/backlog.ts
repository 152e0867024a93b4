import type { Consumer } from './consumer.js';
import { backoffMs, type DeliverySettings } from './delivery-settings.js';
import { Entry } from './entry.js';
import { KeyQueues } from './key-queue.js';
import { ReadyQueue } from './ready-queue.js';
import type { TimerWheel } from './timer-wheel.js';
import { messageAt, type Segment, segmentEnd, type TopicLog } from './topic-log.js';

export interface BacklogEvents {
  /** A message failed as often as it may. Must end in `settle` or `returned`. */
  exhausted(entry: Entry): void;
  /** The number of failures of a message grew, and counts. */
  failed(entry: Entry): void;
}

/** When a message is tried again that a transform has failed for. */
const TRANSFORM_RETRY_MS = 1_000;
const MAX_BATCH_MESSAGES = 1_000;
const MAX_BATCH_BYTES = 1024 * 1024;
/** Messages looked at in one turn, so that a filter that matches little does not block the process. */
const MAX_SCAN = 20_000;
/** Messages that may wait for their ordering keys while those behind them are looked at. */
const MAX_LOOK_AHEAD = 50_000;

/**
 * What a subscription has to deliver of its topic: everything from `cursor` on, and the entries before it. All else
 * before the cursor is acknowledged.
 */
export class Backlog {
  /** By place, in ascending order. */
  readonly entries = new Map<number, Entry>();
  cursor: number;
  /** What a message becomes before it is delivered: undefined for nothing, so that it is acknowledged. */
  transform: ((entry: Entry) => Segment | undefined) | undefined;
  /** Nothing is delivered, for it is not known yet how. */
  held = false;
  readonly #consumers: Consumer[] = [];
  /** To be delivered again. */
  readonly #ready = new ReadyQueue();
  readonly #keys: KeyQueues;
  #leases = 0;
  /** Deliveries up to this one are of a state that was left by `reset`. */
  #voidLeases = 0;
  #woken: NodeJS.Immediate | undefined;
  #turn = 0;

  constructor(
    readonly log: TopicLog,
    public settings: DeliverySettings,
    readonly wheel: TimerWheel,
    readonly events: BacklogEvents,
  ) {
    this.cursor = log.endSeq;
    this.#keys = new KeyQueues(wheel, () => this.wake());
  }

  get consumers(): readonly Consumer[] {
    return this.#consumers;
  }

  /** When the oldest message was published that is not acknowledged; undefined when all are. */
  get oldestTimeMs(): number | undefined {
    const entry = this.entries.values().next().value;
    const segment =
      entry?.segment ?? (this.cursor < this.log.endSeq ? this.log.locate(this.cursor) : undefined);
    return segment?.publishTimeMs;
  }

  attach(consumer: Consumer): void {
    this.#consumers.push(consumer);
    this.wake();
  }

  /** What the consumer has stays leased to it until the deadlines pass, as the service does it. */
  detach(consumer: Consumer): void {
    const index = this.#consumers.indexOf(consumer);
    if (index !== -1) this.#consumers.splice(index, 1);
    consumer.keys.clear();
  }

  /** Delivers soon. All that happens in one turn of the event loop is delivered together. */
  wake(): void {
    if (this.#woken !== undefined || this.#consumers.length === 0) return;
    this.#woken = setImmediate(() => {
      this.#woken = undefined;
      this.pump();
    });
  }

  /** Hands out what can be handed out, to the consumers in turn. */
  pump(): void {
    if (this.held) return;
    for (let progress = true; progress; ) {
      progress = false;
      const open = this.#consumers.filter((consumer) => consumer.roomForMessages > 0);
      const share = Math.ceil(this.#deliverable / open.length) || 1;
      for (let index = 0; index < open.length; index++) {
        const consumer = open[(this.#turn + index) % open.length]!;
        const limit = Math.min(consumer.roomForMessages, share, MAX_BATCH_MESSAGES);
        const batch = this.#collect(consumer, limit, open.length > 1);
        if (batch.length === 0) continue;
        progress = true;
        consumer.deliver(batch);
      }
      this.#turn++;
    }
  }

  find(seq: number): Entry | undefined {
    return this.entries.get(seq);
  }

  /** Whether a delivery belongs to a state that a seek has left. */
  isVoid(lease: number): boolean {
    return lease <= this.#voidLeases;
  }

  /** The message needs no delivery any more. */
  settle(entry: Entry): void {
    if (entry.state === 'acked') return;
    if (entry.key !== undefined && entry.state === 'waiting') this.#keys.waiting--;
    this.wheel.cancel(entry);
    this.#release(entry);
    entry.state = 'acked';
    this.entries.delete(entry.seq);
    if (entry.key !== undefined) this.#keys.advance(entry.key);
  }

  extend(entry: Entry, leaseMs: number): void {
    this.wheel.schedule(entry, this.wheel.time.now() + leaseMs);
  }

  /** A consumer refused the message, or its deadline passed. */
  fail(entry: Entry, leastDelayMs = 0): void {
    if (entry.state !== 'leased') return;
    this.wheel.cancel(entry);
    const { settings } = this;
    entry.failures++;
    if (settings.maxDeliveryAttempts !== undefined) {
      this.events.failed(entry);
      if (entry.failures >= settings.maxDeliveryAttempts) {
        this.#giveBackRoom(entry);
        entry.state = 'forwarded';
        this.events.exhausted(entry);
        return;
      }
    }
    this.#redeliver(entry, leastDelayMs);
  }

  /** The message could not be forwarded. */
  returned(entry: Entry): void {
    if (entry.state === 'forwarded') this.#redeliver(entry);
  }

  due(entry: Entry): void {
    if (entry.state === 'leased') this.fail(entry);
    else if (entry.state === 'waiting') {
      this.#ready.push(entry);
      this.wake();
    }
  }

  /** Comes to `seq` without delivering: what lies before it is an entry from then on. */
  advanceTo(seq: number): void {
    while (this.cursor < seq && this.cursor < this.log.endSeq) {
      const entry = this.#next();
      if (entry !== undefined) this.#queue(entry);
    }
    this.cursor = Math.max(this.cursor, seq);
  }

  /**
   * Takes a state from elsewhere: these places are open, and all from `cursor` on.
   * @param segmentOf finds the messages of open places that the log has let go of
   */
  reset(cursor: number, open: Iterable<number>, segmentOf = (seq: number) => this.log.locate(seq)): void {
    const before = new Map(this.entries);
    this.#voidLeases = this.#leases;
    for (const entry of before.values()) this.settle(entry);
    this.#ready.clear();
    for (const seq of open) {
      const known = before.get(seq);
      const segment = known?.segment ?? segmentOf(seq);
      if (segment === undefined || seq < segment.firstSeq || seq >= segmentEnd(segment)) continue;
      const entry = this.#come(segment, seq);
      if (entry === undefined) continue;
      entry.failures = known?.failures ?? 0;
      this.#queue(entry);
    }
    this.cursor = cursor;
    this.wake();
  }

  /** What was published before that time is not delivered any more. */
  expire(beforeMs: number): void {
    for (const entry of this.entries.values()) {
      if (entry.segment.publishTimeMs >= beforeMs) break;
      this.settle(entry);
    }
    this.cursor = Math.max(this.cursor, this.log.seqAtTime(beforeMs));
  }

  stop(): void {
    if (this.#woken !== undefined) clearImmediate(this.#woken);
    this.#woken = undefined;
    this.reset(this.log.endSeq, []);
  }

  /** No more than these can be handed out now; which are for this subscription is not known. */
  get #deliverable(): number {
    return this.#ready.length + this.#keys.waiting + this.log.endSeq - this.cursor;
  }

  #collect(consumer: Consumer, limit: number, othersAreOpen: boolean): Entry[] {
    const batch: Entry[] = [];
    let bytes = Math.min(consumer.roomForBytes, MAX_BATCH_BYTES);
    const fits = () => batch.length < limit && bytes > 0;
    const take = (entry: Entry) => {
      if (!this.#prepared(entry)) return;
      bytes -= entry.size;
      this.#lease(entry, consumer);
      batch.push(entry);
    };
    for (const keys of [consumer.keys, this.#keys.open]) {
      for (const key of keys) {
        if (!fits()) return batch;
        if (key.opensTo(consumer)) this.#keys.drain(key, consumer, fits, take);
      }
    }
    this.#ready.drain(consumer, othersAreOpen, fits, take);
    this.#collectNew(consumer, fits, take);
    return batch;
  }

  /** @returns false when the message is not to be delivered, or not now. */
  #prepared(entry: Entry): boolean {
    if (this.transform === undefined || entry.changed !== undefined) return true;
    entry.state = 'leased';
    entry.consumer = undefined;
    try {
      entry.changed = this.transform(entry);
    } catch {
      this.fail(entry, TRANSFORM_RETRY_MS);
      return false;
    }
    if (entry.changed === undefined) this.settle(entry);
    return entry.changed !== undefined;
  }

  #collectNew(consumer: Consumer, fits: () => boolean, take: (entry: Entry) => void): void {
    for (let scanned = 0; this.cursor < this.log.endSeq && fits(); scanned++) {
      if (scanned >= MAX_SCAN) {
        this.wake();
        return;
      }
      if (this.#keys.waiting >= MAX_LOOK_AHEAD) return;
      const entry = this.#next();
      if (entry === undefined) continue;
      const { key } = entry;
      if (key === undefined || (key.peek() === undefined && key.opensTo(consumer))) take(entry);
      else this.#keys.push(key, entry);
    }
  }

  /** Moves the cursor over one message; undefined when it is not for this subscription. */
  #next(): Entry | undefined {
    const segment = this.#segmentAtCursor();
    if (segment === undefined) {
      this.cursor = this.log.endSeq;
      return undefined;
    }
    const seq = Math.max(this.cursor, segment.firstSeq);
    this.cursor = seq + 1;
    return this.#come(segment, seq);
  }

  /** A new entry; undefined when the message is not for this subscription. */
  #come(segment: Segment, seq: number): Entry | undefined {
    const index = seq - segment.firstSeq;
    const { matches, ordering } = this.settings;
    if (matches !== undefined && !matches(messageAt(segment, index).attributes)) return undefined;
    const name = ordering ? segment.keys?.[index] : undefined;
    const entry = new Entry(this, seq, segment, name ? this.#keys.named(name) : undefined);
    this.entries.set(seq, entry);
    return entry;
  }

  #queue(entry: Entry): void {
    if (entry.key === undefined) this.#ready.push(entry);
    else this.#keys.push(entry.key, entry);
  }

  #segment: Segment | undefined;

  #segmentAtCursor(): Segment | undefined {
    const last = this.#segment;
    if (last === undefined || this.cursor < last.firstSeq || this.cursor >= segmentEnd(last)) {
      this.#segment = this.log.locate(this.cursor);
    }
    return this.#segment;
  }

  #lease(entry: Entry, consumer: Consumer): void {
    entry.state = 'leased';
    entry.consumer = consumer;
    entry.lease = ++this.#leases;
    consumer.messages++;
    consumer.bytes += entry.size;
    const { key } = entry;
    if (key !== undefined) {
      key.leased.add(entry);
      key.holder = consumer;
    }
    this.extend(entry, consumer.leaseMs ?? this.settings.ackDeadlineMs);
  }

  #giveBackRoom(entry: Entry): void {
    const { consumer } = entry;
    if (entry.state !== 'leased' || consumer === undefined) return;
    const wasFull = consumer.roomForMessages === 0;
    consumer.messages--;
    consumer.bytes -= entry.size;
    if (wasFull) this.wake();
  }

  #release(entry: Entry): void {
    this.#giveBackRoom(entry);
    entry.key?.leased.delete(entry);
  }

  #redeliver(entry: Entry, leastDelayMs = 0): void {
    const { key } = entry;
    this.#release(entry);
    const delayMs = Math.max(leastDelayMs, backoffMs(this.settings, entry.failures));
    const readyAtMs = this.wheel.time.now() + delayMs;
    if (key === undefined) {
      if (delayMs > 0) {
        entry.state = 'waiting';
        this.wheel.schedule(entry, readyAtMs);
      } else {
        this.#ready.push(entry);
        this.wake();
      }
      return;
    }
    // Those behind it come again after it, in their order.
    const again = [
      entry,
      ...[...key.leased].filter(({ seq, state }) => seq > entry.seq && state === 'leased'),
    ];
    for (const one of again) {
      this.wheel.cancel(one);
      this.#release(one);
    }
    this.#keys.putBack(key, again, delayMs > 0 ? readyAtMs : undefined);
  }
}
