import type { Journal, JournalRecord } from '../journal/journal.js';
import type { Message } from '../serving/method.js';
import { ServiceError } from '../serving/service-error.js';
import type { Backlog } from './backlog.js';
import type { Entry } from './entry.js';
import { milliseconds } from './fields.js';
import { DELETED_TOPIC, idOf, notFound, projectOf } from './names.js';
import { batchOf, type MessageBatch, readBatch } from './publish-request.js';
import {
  decodeJson,
  decodeMessages,
  decodeNumbers,
  decodeSeqs,
  encodeJson,
  encodeMessages,
  encodeNumbers,
  encodeSeqs,
  type MessagesHeader,
  type PutRecord,
  RECORD,
  type RemoveRecord,
  type SnapshotState,
  type StartRecord,
} from './records.js';
import { type Snapshot, Subscription, type Topic } from './subscription.js';
import { type Time, TimerWheel } from './timer-wheel.js';
import { messageAt, type Segment, TopicLog } from './topic-log.js';

/** Where changes are written down before they are answered. The state holds them already when `append` is called. */
export type RecordLog = Pick<Journal, 'append'>;

export interface StoreOptions {
  time: Time;
  /** Told of faults of our own, in lines without any value of a message. */
  log?: (line: string) => void;
}

/** Ids of messages of one run of the server; no later run comes near them. */
const IDS_PER_START = 1e10;
const SWEEP_INTERVAL_MS = 10 * 60_000;

/** All resources of the service, in memory and in the journal. */
export class Store {
  readonly topics = new Map<string, Topic>();
  readonly subscriptions = new Map<string, Subscription>();
  readonly snapshots = new Map<string, Snapshot>();
  /** Revisions of each schema, the oldest first. */
  readonly schemas = new Map<string, Message[]>();
  readonly policies = new Map<string, Message>();
  /** Told of every subscription that was made, changed or removed. */
  onSubscription: (subscription: Subscription) => void = () => {};
  readonly wheel: TimerWheel;
  readonly #topicsByRef = new Map<number, Topic>();
  readonly #subscriptionsByRef = new Map<number, Subscription>();
  #journal: RecordLog | undefined;
  #starts = 0;
  #nextRef = 1;
  #nextId = 0;
  #lastTimeMs = 0;
  #failuresKept: Promise<void> = Promise.resolve();
  #exclusive: Promise<unknown> = Promise.resolve();
  #stopSweep: (() => void) | undefined;

  constructor(readonly options: StoreOptions) {
    this.wheel = new TimerWheel(options.time);
  }

  get time(): Time {
    return this.options.time;
  }

  /** From then on changes are written down. To be called when all records were replayed. */
  async open(journal: RecordLog): Promise<void> {
    this.#journal = journal;
    this.#starts++;
    this.#nextId = this.#starts * IDS_PER_START + 1;
    await journal.append(RECORD.start, encodeJson({ starts: this.#starts }));
    this.sweep();
    for (const subscription of this.subscriptions.values()) this.onSubscription(subscription);
  }

  close(): void {
    this.#stopSweep?.();
    this.wheel.stop();
  }

  /** Runs changes of resources one after the other, so that what one has checked still holds when it is written. */
  exclusively<T>(change: () => Promise<T>): Promise<T> {
    const result = this.#exclusive.then(change);
    this.#exclusive = result.catch(() => {});
    return result;
  }

  topic(name: string): Topic {
    const topic = this.topics.get(name);
    if (topic === undefined) throw notFound('Topic', name);
    return topic;
  }

  subscription(name: string): Subscription {
    const subscription = this.subscriptions.get(name);
    if (subscription === undefined) throw notFound('Subscription', name);
    return subscription;
  }

  unusedId(): number {
    return this.#nextId++;
  }

  newRef(): number {
    return this.#nextRef++;
  }

  async put(record: PutRecord): Promise<void> {
    this.#applyPut(record);
    await this.#append(RECORD.put, encodeJson(record));
  }

  async remove(record: RemoveRecord): Promise<void> {
    this.#applyRemove(record);
    await this.#append(RECORD.remove, encodeJson({ type: record.type, name: record.name }));
  }

  /** Takes the subscription from its topic: it keeps its name, and no message. */
  async detach(subscription: Subscription): Promise<void> {
    const { name, ref, topic, backlog } = subscription;
    const settings = { ...subscription.settings, detached: true };
    await this.put({
      type: 'subscription',
      name,
      ref,
      topicRef: topic.ref,
      cursor: backlog.cursor,
      settings,
    });
    endAll(
      subscription,
      new ServiceError('FAILED_PRECONDITION', `Subscription is detached (resource=${name}).`),
    );
  }

  async deleteSubscription(subscription: Subscription): Promise<void> {
    await this.remove({ type: 'subscription', name: subscription.name });
    endAll(subscription, notFound('Subscription', subscription.name));
  }

  /** @returns the id of the first message; the others count on. */
  async publish(topic: Topic, { bytes, bounds, keys }: MessageBatch): Promise<number> {
    const count = bounds.length / 2;
    this.#lastTimeMs = Math.max(this.#lastTimeMs, this.time.now());
    const header: MessagesHeader = {
      topicRef: topic.ref,
      firstSeq: topic.nextSeq,
      firstId: this.#nextId,
      publishTimeMs: this.#lastTimeMs,
    };
    topic.nextSeq += count;
    this.#nextId += count;
    if (count === 0 || !isKept(topic, this.snapshots.values())) return header.firstId;
    topic.log.append({ ...header, bytes, bounds, keys });
    if (this.#stopSweep === undefined) this.#awaitSweep();
    await this.#append(RECORD.messages, encodeMessages(header, bytes));
    // Publishers learn the ids before subscribers see them.
    for (const { backlog } of topic.subscriptions) backlog.wake();
    return header.firstId;
  }

  async acknowledge(subscription: Subscription, entries: readonly Entry[]): Promise<void> {
    if (entries.length === 0) return;
    const { backlog } = subscription;
    for (const entry of entries) backlog.settle(entry);
    this.trim(subscription.topic);
    await this.#append(
      RECORD.acks,
      encodeSeqs(
        subscription.ref,
        entries.map(({ seq }) => seq),
      ),
    );
  }

  /** Resolves when all failures of messages that were counted so far are written down. */
  failuresKept(): Promise<void> {
    return this.#failuresKept;
  }

  /** Makes exactly these places open, and all from `cursor` on. */
  async resetBacklog(
    subscription: Subscription,
    cursor: number,
    open: readonly number[],
    segmentOf?: (seq: number) => Segment | undefined,
  ): Promise<void> {
    subscription.backlog.reset(cursor, open, segmentOf);
    this.trim(subscription.topic);
    await this.#append(RECORD.backlog, encodeSeqs(subscription.ref, [cursor, ...open]));
  }

  /** Lets go of the messages that nobody can come back to. */
  trim(topic: Topic): void {
    topic.log.trim(this.#keepFrom(topic));
  }

  #keepFrom(topic: Topic): number {
    const { log } = topic;
    const now = this.time.now();
    const topicRetentionMs = milliseconds(topic.settings.messageRetentionDuration);
    let keepFrom = topicRetentionMs === undefined ? log.endSeq : log.seqAtTime(now - topicRetentionMs);
    for (const { backlog, settings, retentionMs } of topic.subscriptions) {
      keepFrom = Math.min(keepFrom, backlog.cursor);
      if (settings.retainAckedMessages === true)
        keepFrom = Math.min(keepFrom, log.seqAtTime(now - retentionMs));
    }
    for (const snapshot of this.snapshots.values()) {
      if (snapshot.topic === topic) keepFrom = Math.min(keepFrom, snapshot.cursor);
    }
    return keepFrom;
  }

  /** Drops what is older than its retention. */
  sweep(): void {
    this.#stopSweep = undefined;
    const now = this.time.now();
    for (const snapshot of this.snapshots.values()) {
      if (snapshot.expireMs > now) continue;
      void this.remove({ type: 'snapshot', name: snapshot.name }).catch((error) =>
        this.report('sweep', error),
      );
    }
    for (const topic of this.#topicsByRef.values()) {
      for (const { backlog, retentionMs } of topic.subscriptions) {
        backlog.expire(now - Math.max(retentionMs, topicRetention(topic)));
      }
      this.trim(topic);
    }
    this.#awaitSweep();
  }

  /** Retention is at least ten minutes, so nothing is missed by looking that often; with no messages nothing runs. */
  #awaitSweep(): void {
    const topics = [...this.#topicsByRef.values()];
    const holdMessages = topics.some(
      ({ log, subscriptions }) =>
        log.segments.length > 0 || [...subscriptions].some(({ backlog }) => backlog.entries.size > 0),
    );
    if (!holdMessages && this.snapshots.size === 0) return;
    this.#stopSweep ??= this.time.after(SWEEP_INTERVAL_MS, () => this.sweep());
  }

  replay(kind: number, payload: Buffer): void {
    if (kind === RECORD.put) this.#applyPut(decodeJson<PutRecord>(payload));
    else if (kind === RECORD.remove) this.#applyRemove(decodeJson<RemoveRecord>(payload));
    else if (kind === RECORD.start) this.#starts = decodeJson<StartRecord>(payload).starts;
    else if (kind === RECORD.messages) this.#applyMessages(payload);
    else if (kind === RECORD.acks) this.#applyAcks(payload);
    else if (kind === RECORD.failures) this.#applyFailures(payload);
    else if (kind === RECORD.backlog) this.#applyBacklog(payload);
    else throw new Error(`Records of kind ${kind} are unknown`);
  }

  /** Everything there is, as records that make it anew. What may change is copied before the first one is given. */
  *records(): Generator<JournalRecord> {
    const topics = [...this.#topicsByRef.values()].map((topic) => {
      const { ref, name, settings, deleted } = topic;
      return {
        ref,
        record: put({ type: 'topic', ref, name, settings, deleted }),
        segments: this.#segmentsOf(topic),
      };
    });
    const others = [
      ...[...this.schemas].map(([name, revisions]) => put({ type: 'schema', name, revisions })),
      ...[...this.subscriptions.values()].flatMap(subscriptionRecords),
      ...[...this.snapshots.values()].map((snapshot) =>
        put({ type: 'snapshot', name: snapshot.name, snapshot: snapshotState(snapshot) }),
      ),
      ...[...this.policies].map(([name, policy]) => put({ type: 'policy', name, policy })),
    ];
    yield [RECORD.start, encodeJson({ starts: this.#starts })];
    for (const { ref, record, segments } of topics) {
      yield record;
      for (const { bytes, ...segment } of segments) {
        yield [RECORD.messages, encodeMessages({ ...segment, topicRef: ref }, bytes)];
      }
    }
    yield* others;
  }

  /** Also those that the log has let go of, but somebody still has open. */
  #segmentsOf(topic: Topic): Segment[] {
    const segments = new Set(topic.log.segments);
    for (const { backlog } of topic.subscriptions) {
      for (const { segment } of backlog.entries.values()) segments.add(segment);
    }
    for (const snapshot of this.snapshots.values()) {
      if (snapshot.topic === topic) for (const segment of snapshot.pinned.segments) segments.add(segment);
    }
    return [...segments].sort((a, b) => a.firstSeq - b.firstSeq);
  }

  async #append(kind: number, payload: Buffer | readonly Buffer[]): Promise<void> {
    if (this.#journal === undefined) throw new Error('The store is not open');
    await this.#journal.append(kind, payload);
  }

  #applyPut(record: PutRecord): void {
    if (record.type === 'topic') this.#putTopic(record);
    else if (record.type === 'subscription') this.#putSubscription(record);
    else if (record.type === 'snapshot') this.#putSnapshot(record.name, record.snapshot);
    else if (record.type === 'schema') this.schemas.set(record.name, record.revisions);
    else this.policies.set(record.name, record.policy);
  }

  #putTopic({ ref, name, settings, deleted = false }: PutRecord & { type: 'topic' }): void {
    this.#nextRef = Math.max(this.#nextRef, ref + 1);
    let topic = this.#topicsByRef.get(ref);
    if (topic === undefined) {
      topic = { ref, name, settings, deleted, log: new TopicLog(), nextSeq: 0, subscriptions: new Set() };
      this.#topicsByRef.set(ref, topic);
    }
    topic.settings = settings;
    if (!deleted) this.topics.set(name, topic);
  }

  #putSubscription({ ref, name, topicRef, cursor, settings }: PutRecord & { type: 'subscription' }): void {
    this.#nextRef = Math.max(this.#nextRef, ref + 1);
    let subscription = this.#subscriptionsByRef.get(ref);
    if (subscription === undefined) {
      const topic = this.#topicsByRef.get(topicRef)!;
      subscription = this.#newSubscription(name, ref, topic, settings);
      topic.nextSeq = Math.max(topic.nextSeq, cursor);
      subscription.backlog.cursor = cursor;
      topic.subscriptions.add(subscription);
      this.#subscriptionsByRef.set(ref, subscription);
      this.subscriptions.set(name, subscription);
    } else subscription.settings = settings;
    if (subscription.detached) {
      subscription.backlog.stop();
      subscription.topic.subscriptions.delete(subscription);
      this.trim(subscription.topic);
    }
    if (this.#journal !== undefined) this.onSubscription(subscription);
  }

  #newSubscription(name: string, ref: number, topic: Topic, settings: Message): Subscription {
    // Leases that the journal's subscriptions get begin after the replay, in the epoch of this start.
    const epoch = this.#journal === undefined ? this.#starts + 1 : this.#starts;
    const subscription: Subscription = new Subscription(name, ref, topic, settings, epoch, this.wheel, {
      exhausted: (entry) => void this.#forward(subscription, entry),
      failed: ({ seq, failures }) => {
        this.#failuresKept = this.#append(RECORD.failures, encodeNumbers([ref, seq, failures]));
        // Who waits for it is told; a deadline that passes has nobody who waits.
        this.#failuresKept.catch((error) => this.report('counting a failure', error));
      },
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
    const topic = this.#topicsByRef.get(topicRef)!;
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

  #applyRemove({ type, name }: RemoveRecord): void {
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
      this.#subscriptionsByRef.delete(subscription.ref);
      subscription.topic.subscriptions.delete(subscription);
      subscription.backlog.stop();
      this.trim(subscription.topic);
      this.#forgetTopic(subscription.topic);
      this.onSubscription(subscription);
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
    if (!users.some((user) => user.topic === topic)) this.#topicsByRef.delete(topic.ref);
  }

  #applyMessages(payload: Buffer): void {
    const { header, messages } = decodeMessages(payload);
    const topic = this.#topicsByRef.get(header.topicRef);
    if (topic === undefined || header.firstSeq < topic.log.endSeq) return;
    // The payload is part of a larger buffer, which would stay for as long as the shortest message.
    topic.log.append({ ...header, ...readBatch(Buffer.from(messages)) });
    topic.nextSeq = Math.max(topic.nextSeq, topic.log.endSeq);
    this.#lastTimeMs = Math.max(this.#lastTimeMs, header.publishTimeMs);
  }

  #applyAcks(payload: Buffer): void {
    const { ref, seqs } = decodeSeqs(payload);
    const backlog = this.#subscriptionsByRef.get(ref)?.backlog;
    if (backlog === undefined) return;
    for (const seq of seqs) settleAt(backlog, seq);
  }

  #applyFailures(payload: Buffer): void {
    const [ref, ...pairs] = decodeNumbers(payload);
    const backlog = this.#subscriptionsByRef.get(ref!)?.backlog;
    for (let index = 0; index < pairs.length; index += 2) {
      backlog?.advanceTo(pairs[index]! + 1);
      const entry = backlog?.find(pairs[index]!);
      if (entry !== undefined) entry.failures = pairs[index + 1]!;
    }
  }

  #applyBacklog(payload: Buffer): void {
    const { ref, seqs } = decodeSeqs(payload);
    const subscription = this.#subscriptionsByRef.get(ref);
    if (subscription === undefined) return;
    const [cursor = 0, ...open] = seqs;
    subscription.backlog.reset(cursor, open);
    subscription.topic.nextSeq = Math.max(subscription.topic.nextSeq, cursor);
  }

  /** https://cloud.google.com/pubsub/docs/handling-failures#how_dead_letter_topics_work */
  async #forward(subscription: Subscription, entry: Entry): Promise<void> {
    const topic = this.topics.get(subscription.deadLetterTopic ?? DELETED_TOPIC);
    try {
      if (topic === undefined) throw new ServiceError('NOT_FOUND', 'The dead-letter topic is gone');
      const message = messageAt(entry.segment, entry.index);
      const source = 'CloudPubSubDeadLetterSource';
      message.attributes
        .set(`${source}DeliveryCount`, String(entry.failures))
        .set(`${source}Subscription`, idOf(subscription.name))
        .set(`${source}SubscriptionProject`, projectOf(subscription.name))
        .set(`${source}TopicPublishTime`, new Date(entry.segment.publishTimeMs).toISOString());
      await this.publish(topic, batchOf([message]));
      await this.acknowledge(subscription, [entry]);
    } catch (error) {
      if (!(error instanceof ServiceError)) this.report('forwarding a message', error);
      subscription.backlog.returned(entry);
    }
  }

  /** Tells of a fault, by nothing but the name of the error. */
  report(doing: string, error: unknown): void {
    this.options.log?.(`${doing} failed: ${error instanceof Error ? error.name : typeof error}`);
  }
}

function endAll({ backlog }: Subscription, reason: ServiceError): void {
  for (const consumer of [...backlog.consumers]) consumer.end(reason);
}

function put(record: PutRecord): JournalRecord {
  return [RECORD.put, encodeJson(record)];
}

function subscriptionRecords({ name, ref, topic, settings, backlog }: Subscription): JournalRecord[] {
  const { cursor, entries } = backlog;
  const failed = [...entries.values()].filter(({ failures }) => failures > 0);
  return [
    put({ type: 'subscription', name, ref, topicRef: topic.ref, cursor, settings }),
    [RECORD.backlog, encodeSeqs(ref, [cursor, ...entries.keys()])],
    [RECORD.failures, encodeNumbers([ref, ...failed.flatMap(({ seq, failures }) => [seq, failures])])],
  ];
}

export function snapshotState({ topic, ordered, cursor, open, expireMs, labels }: Snapshot): SnapshotState {
  return { topicRef: topic.ref, ordered, cursor, open: [...open], expireMs, labels };
}

function settleAt(backlog: Backlog, seq: number): void {
  if (seq >= backlog.cursor) backlog.advanceTo(seq + 1);
  const entry = backlog.find(seq);
  if (entry !== undefined) backlog.settle(entry);
}

function topicRetention({ settings }: Topic): number {
  return milliseconds(settings.messageRetentionDuration) ?? 0;
}

/** Whether anybody could ever get a message that is published to the topic. */
function isKept(topic: Topic, snapshots: Iterable<Snapshot>): boolean {
  if (topic.subscriptions.size > 0 || topic.settings.messageRetentionDuration !== undefined) return true;
  for (const snapshot of snapshots) if (snapshot.topic === topic) return true;
  return false;
}
