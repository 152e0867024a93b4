import type { Backlog } from './backlog.js';
import type { Consumer } from './consumer.js';
import type { KeyQueue } from './key-queue.js';
import type { Timed } from './timer-wheel.js';
import { type Segment, sizeAt } from './topic-log.js';

/**
 * `ready` to be delivered, `leased` to a consumer, `waiting` for its back-off or for its ordering key, being
 * `forwarded` to the dead-letter topic, `acked`.
 */
export type EntryState = 'ready' | 'leased' | 'waiting' | 'forwarded' | 'acked';

/** A message that a subscription has come to and that is not acknowledged. */
export class Entry implements Timed {
  slot: Timed['slot'];
  state: EntryState = 'ready';
  /** Who got it last. */
  consumer: Consumer | undefined;
  /** Number of its last delivery among all of the subscription; 0 before the first. */
  lease = 0;
  /** How often it was refused or its deadline passed. */
  failures = 0;
  /** The message alone, where a transform of the subscription has changed it. */
  changed: Segment | undefined;

  constructor(
    readonly backlog: Backlog,
    readonly seq: number,
    readonly segment: Segment,
    readonly key: KeyQueue | undefined,
  ) {}

  get index(): number {
    return this.seq - this.segment.firstSeq;
  }

  /** What is delivered: the message as it was published, or as a transform has left it. */
  get content(): { segment: Segment; index: number } {
    return this.changed === undefined
      ? { segment: this.segment, index: this.index }
      : { segment: this.changed, index: 0 };
  }

  /** Id of the message. */
  get id(): string {
    return String(this.segment.firstId + this.index);
  }

  get size(): number {
    const { segment, index } = this.content;
    return sizeAt(segment, index);
  }

  due(): void {
    this.backlog.due(this);
  }
}
