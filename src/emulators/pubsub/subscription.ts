import type { Message } from '../serving/method.js';
import { milliseconds } from '../serving/time.js';
import { Backlog, type BacklogEvents } from './backlog.js';
import { deliverySettings } from './delivery-settings.js';
import type { Entry } from './entry.js';
import { ackPrefixOf, type SubscriptionProperties } from './frames.js';
import { batchOf } from './publish-request.js';
import type { TimerWheel } from './timer-wheel.js';
import { messageAt, type Segment, type TopicLog } from './topic-log.js';
import { compileTransforms, type Transform } from './transforms.js';

export interface Topic {
  /** Its number in the journal. */
  readonly ref: number;
  readonly name: string;
  settings: Message;
  deleted: boolean;
  readonly log: TopicLog;
  /** Place that the next published message gets; those before it may still be on their way into the journal. */
  nextSeq: number;
  readonly subscriptions: Set<Subscription>;
}

export interface Snapshot {
  readonly name: string;
  readonly topic: Topic;
  readonly ordered: boolean;
  readonly cursor: number;
  readonly open: readonly number[];
  /** The messages of the open places. */
  readonly pinned: TopicLog;
  expireMs: number;
  labels: Record<string, string>;
}

const DAY_MS = 86_400_000;
export const DEFAULT_RETENTION_MS = 7 * DAY_MS;

export class Subscription {
  readonly backlog: Backlog;
  #settings: Message;
  #transform: Transform | undefined;
  #epoch: number;
  #ackPrefix: string;

  constructor(
    readonly name: string,
    /** Its number in the journal. */
    readonly ref: number,
    readonly topic: Topic,
    settings: Message,
    epoch: number,
    wheel: TimerWheel,
    events: BacklogEvents,
  ) {
    this.#settings = settings;
    this.#epoch = epoch;
    this.#ackPrefix = ackPrefixOf(ref, epoch);
    this.backlog = new Backlog(topic.log, deliverySettings(settings), wheel, events);
    this.#prepareTransforms();
  }

  /** Tells acknowledgement ids of this run of the server from those of others. */
  get epoch(): number {
    return this.#epoch;
  }

  set epoch(epoch: number) {
    this.#epoch = epoch;
    this.#ackPrefix = ackPrefixOf(this.ref, epoch);
  }

  /** What its acknowledgement ids begin with. */
  get ackPrefix(): string {
    return this.#ackPrefix;
  }

  get settings(): Message {
    return this.#settings;
  }

  set settings(settings: Message) {
    this.#settings = settings;
    this.backlog.settings = deliverySettings(settings);
    this.#prepareTransforms();
    for (const consumer of this.backlog.consumers) consumer.settingsChanged();
    this.backlog.wake();
  }

  /** Nothing is delivered until the transforms of the subscription are compiled. */
  #prepareTransforms(): void {
    const { backlog } = this;
    const transforms = this.#settings.messageTransforms;
    backlog.transform = undefined;
    backlog.held = Array.isArray(transforms) && transforms.length > 0;
    this.#transform?.dispose();
    this.#transform = undefined;
    if (!backlog.held) return;
    void compileTransforms(transforms).then((transform) => {
      if (this.#settings.messageTransforms !== transforms) {
        transform?.dispose();
        return;
      }
      this.#transform = transform;
      if (transform !== undefined) backlog.transform = (entry) => transformed(entry, transform);
      backlog.held = false;
      backlog.wake();
    });
  }

  get exactlyOnce(): boolean {
    return this.#settings.enableExactlyOnceDelivery === true;
  }

  get detached(): boolean {
    return this.#settings.detached === true;
  }

  get properties(): SubscriptionProperties {
    return {
      exactlyOnceDelivery: this.exactlyOnce,
      messageOrdering: this.#settings.enableMessageOrdering === true,
    };
  }

  get retentionMs(): number {
    return milliseconds(this.#settings.messageRetentionDuration) ?? DEFAULT_RETENTION_MS;
  }

  /** Undefined without a dead-letter policy. */
  get deadLetterTopic(): string | undefined {
    const policy = this.#settings.deadLetterPolicy as { deadLetterTopic?: string } | undefined;
    return policy?.deadLetterTopic;
  }

  /** Whether messages stay to be sought after they are acknowledged. */
  get retainsAcked(): boolean {
    return (
      this.#settings.retainAckedMessages === true ||
      this.topic.settings.messageRetentionDuration !== undefined
    );
  }
}

/** The message alone, in a segment of its own; undefined when it is filtered out. */
function transformed({ seq, segment, index, id }: Entry, transform: Transform): Segment | undefined {
  const message = messageAt(segment, index);
  const result = transform.apply(message, {
    message_id: id,
    publish_time: new Date(segment.publishTimeMs).toISOString(),
    ...(message.orderingKey === '' ? {} : { ordering_key: message.orderingKey }),
  });
  return result && { ...segment, ...batchOf([result]), firstSeq: seq, firstId: Number(id) };
}
