import type { Message } from '../serving/method.js';
import type { Entry } from './entry.js';
import { notFound } from './names.js';
import type { PutRecord, RemoveRecord, SnapshotState } from './records.js';
import { firstSeqToKeep } from './retention.js';
import { type Snapshot, Subscription, type Topic } from './subscription.js';
import type { TimerWheel } from './timer-wheel.js';
import { type Segment, TopicLog } from './topic-log.js';

export interface ResourceEvents {
  /** A message failed as often as it may. Must end in `settle` or `returned` of the backlog. */
  exhausted(subscription: Subscription, entry: Entry): void;
  /** The number of failures of a message grew, and counts. */
  failed(subscription: Subscription, entry: Entry): void;
  /** The subscription was made, changed or removed. */
  changed(subscription: Subscription): void;
}

/** All resources of the service, in memory, as records make and change them. */
export class Resources {
  readonly topics = new Map<string, Topic>();
  readonly subscriptions = new Map<string, Subscription>();
  readonly snapshots = new Map<string, Snapshot>();
  /** Revisions of each schema, the oldest first. */
  readonly schemas = new Map<string, Message[]>();
  readonly policies = new Map<string, Message>();
  /** By their numbers in the journal. Deleted topics are among them for as long as somebody has messages of them. */
  readonly topicsByRef = new Map<number, Topic>();
  readonly subscriptionsByRef = new Map<number, Subscription>();
  /** How often the server was started with this data. */
  starts = 0;
  /** Messages are published in the order of time, whatever the clock does. */
  lastPublishTimeMs = 0;
  #nextRef = 1;

  constructor(
    readonly wheel: TimerWheel,
    readonly events: ResourceEvents,
  ) {}

  /** A number for a new topic or subscription. */
  newRef(): number {
    return this.#nextRef++;
  }

  /** @throws ServiceError NOT_FOUND */
  topic(name: string): Topic {
    const topic = this.topics.get(name);
    if (topic === undefined) throw notFound('Topic', name);
    return topic;
  }

  /** @throws ServiceError NOT_FOUND */
  subscription(name: string): Subscription {
    const subscription = this.subscriptions.get(name);
    if (subscription === undefined) throw notFound('Subscription', name);
    return subscription;
  }

  /** Ids of acknowledgements tell this run of the server from those before it. */
  start(): void {
    this.starts++;
    for (const subscription of this.subscriptions.values()) subscription.epoch = this.starts;
  }

  put(record: PutRecord): void {
    if (record.type === 'topic') this.#putTopic(record);
    else if (record.type === 'subscription') this.#putSubscription(record);
    else if (record.type === 'snapshot') this.#putSnapshot(record.name, record.snapshot);
    else if (record.type === 'schema') this.schemas.set(record.name, record.revisions);
    else this.policies.set(record.name, record.policy);
  }

  #putTopic({ ref, name, settings, deleted = false }: PutRecord & { type: 'topic' }): void {
    this.#nextRef = Math.max(this.#nextRef, ref + 1);
    let topic = this.topicsByRef.get(ref);
    if (topic === undefined) {
      topic = { ref, name, settings, deleted, log: new TopicLog(), nextSeq: 0, subscriptions: new Set() };
      this.topicsByRef.set(ref, topic);
    }
    topic.settings = settings;
    if (!deleted) this.topics.set(name, topic);
  }

  #putSubscription({ ref, name, topicRef, cursor, settings }: PutRecord & { type: 'subscription' }): void {
    this.#nextRef = Math.max(this.#nextRef, ref + 1);
    let subscription = this.subscriptionsByRef.get(ref);
    if (subscription === undefined) {
      const topic = this.topicsByRef.get(topicRef)!;
      subscription = this.#newSubscription(name, ref, topic, settings);
      topic.nextSeq = Math.max(topic.nextSeq, cursor);
      subscription.backlog.cursor = cursor;
      topic.subscriptions.add(subscription);
      this.subscriptionsByRef.set(ref, subscription);
      this.subscriptions.set(name, subscription);
    } else subscription.settings = settings;
    if (subscription.detached) {
      subscription.backlog.stop();
      subscription.topic.subscriptions.delete(subscription);
      this.trim(subscription.topic);
    }
    this.events.changed(subscription);
  }

  #newSubscription(name: string, ref: number, topic: Topic, settings: Message): Subscription {
    const subscription: Subscription = new Subscription(name, ref, topic, settings, this.starts, this.wheel, {
      exhausted: (entry) => this.events.exhausted(subscription, entry),
      failed: (entry) => this.events.failed(subscription, entry),
    });
    return subscription;
  }

  #putSnapshot(name: string, { topicRef, ordered, cursor, open, expireMs, labels }: SnapshotState): void {
    const known = this.snapshots.get(name);
    if (known !== undefined) {
      known.labels = labels;
      known.expireMs = expireMs;
      return;
    }
    const topic = this.topicsByRef.get(topicRef)!;
    const pinned = new TopicLog();
    for (const segment of new Set(open.map((seq) => this.#segmentWith(topic, seq)))) {
      if (segment !== undefined) pinned.append(segment);
    }
    this.snapshots.set(name, { name, topic, ordered, cursor, open, pinned, expireMs, labels });
  }

  #segmentWith(topic: Topic, seq: number): Segment | undefined {
    for (const { backlog } of topic.subscriptions) {
      const entry = backlog.find(seq);
      if (entry !== undefined) return entry.segment;
    }
    return topic.log.locate(seq);
  }

  remove({ type, name }: RemoveRecord): void {
    if (type === 'topic') {
      const topic = this.topics.get(name);
      this.topics.delete(name);
      if (topic !== undefined) {
        topic.deleted = true;
        this.#forgetTopic(topic);
      }
    } else if (type === 'subscription') {
      const subscription = this.subscriptions.get(name);
      if (subscription === undefined) return;
      this.subscriptions.delete(name);
      this.subscriptionsByRef.delete(subscription.ref);
      subscription.topic.subscriptions.delete(subscription);
      subscription.backlog.stop();
      this.trim(subscription.topic);
      this.#forgetTopic(subscription.topic);
      this.events.changed(subscription);
    } else if (type === 'snapshot') {
      const snapshot = this.snapshots.get(name);
      this.snapshots.delete(name);
      if (snapshot !== undefined) {
        this.trim(snapshot.topic);
        this.#forgetTopic(snapshot.topic);
      }
    } else if (type === 'schema') this.schemas.delete(name);
    else this.policies.delete(name);
    if (type !== 'policy') this.policies.delete(name);
  }

  /** A deleted topic stays for as long as somebody has messages of it. */
  #forgetTopic(topic: Topic): void {
    if (!topic.deleted) return;
    const users = [...this.subscriptions.values(), ...this.snapshots.values()];
    if (!users.some((user) => user.topic === topic)) this.topicsByRef.delete(topic.ref);
  }

  /** Lets go of the messages that nobody can come back to. */
  trim(topic: Topic): void {
    topic.log.trim(firstSeqToKeep(topic, this.snapshots.values(), this.wheel.time.now()));
  }
}
