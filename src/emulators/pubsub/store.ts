import type { Journal } from '../journal/journal.js';
import { ServiceError } from '../serving/service-error.js';
import type { Entry } from './entry.js';
import { DELETED_TOPIC, idOf, notFound, projectOf } from './names.js';
import { batchOf, type MessageBatch } from './publish-request.js';
import {
  encodeJson,
  encodeMessages,
  encodeNumbers,
  encodeSeqs,
  type MessagesHeader,
  type PutRecord,
  RECORD,
  type RemoveRecord,
} from './records.js';
import { Resources } from './resources.js';
import { isKept, Sweeper } from './retention.js';
import type { Subscription, Topic } from './subscription.js';
import { type Time, TimerWheel } from './timer-wheel.js';
import { messageAt, type Segment } from './topic-log.js';

/** Where changes are written down before they are answered. The state holds them already when `append` is called. */
export type RecordLog = Pick<Journal, 'append'>;

export interface StoreOptions {
  time: Time;
  /** Told of faults of our own, in lines without any value of a message. */
  log?: (line: string) => void;
}

/** Ids of messages of one run of the server; no later run comes near them. */
const IDS_PER_START = 1e10;

/** Carries out changes of the resources, and acknowledges none before the journal has it. */
export class Store {
  readonly wheel: TimerWheel;
  readonly resources: Resources;
  /** Told of every subscription that was made, changed or removed. */
  onSubscription: (subscription: Subscription) => void = () => {};
  readonly #sweeper: Sweeper;
  #journal: RecordLog | undefined;
  #nextId = 0;
  #failuresKept: Promise<void> = Promise.resolve();
  #exclusive: Promise<unknown> = Promise.resolve();

  constructor(readonly options: StoreOptions) {
    this.wheel = new TimerWheel(options.time);
    this.resources = new Resources(this.wheel, {
      exhausted: (subscription, entry) => void this.#forward(subscription, entry),
      failed: ({ ref }, { seq, failures }) => {
        this.#failuresKept = this.#append(RECORD.failures, encodeNumbers([ref, seq, failures]));
        // Who waits for it is told; a deadline that passes has nobody who waits.
        this.#failuresKept.catch((error) => this.report('counting a failure', error));
      },
      changed: (subscription) => {
        if (this.#journal !== undefined) this.onSubscription(subscription);
      },
    });
    this.#sweeper = new Sweeper(this.resources, (name) => {
      void this.remove({ type: 'snapshot', name }).catch((error) => this.report('sweep', error));
    });
  }

  get time(): Time {
    return this.options.time;
  }

  /** From then on changes are written down. To be called when all records were replayed. */
  async open(journal: RecordLog): Promise<void> {
    this.#journal = journal;
    this.resources.start();
    const { starts, subscriptions } = this.resources;
    this.#nextId = starts * IDS_PER_START + 1;
    await journal.append(RECORD.start, encodeJson({ starts }));
    this.#sweeper.sweep();
    for (const subscription of subscriptions.values()) this.onSubscription(subscription);
  }

  close(): void {
    this.#sweeper.stop();
    this.wheel.stop();
  }

  /** Runs changes of resources one after the other, so that what one has checked still holds when it is written. */
  exclusively<T>(change: () => Promise<T>): Promise<T> {
    const result = this.#exclusive.then(change);
    this.#exclusive = result.catch(() => {});
    return result;
  }

  unusedId(): number {
    return this.#nextId++;
  }

  async put(record: PutRecord): Promise<void> {
    this.resources.put(record);
    await this.#append(RECORD.put, encodeJson(record));
  }

  async remove({ type, name }: RemoveRecord): Promise<void> {
    this.resources.remove({ type, name });
    await this.#append(RECORD.remove, encodeJson({ type, name }));
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
    const { resources } = this;
    const count = bounds.length / 2;
    resources.lastPublishTimeMs = Math.max(resources.lastPublishTimeMs, this.time.now());
    const header: MessagesHeader = {
      topicRef: topic.ref,
      firstSeq: topic.nextSeq,
      firstId: this.#nextId,
      publishTimeMs: resources.lastPublishTimeMs,
    };
    topic.nextSeq += count;
    this.#nextId += count;
    if (count === 0 || !isKept(topic, resources.snapshots.values())) return header.firstId;
    topic.log.append({ ...header, bytes, bounds, keys });
    this.#sweeper.wake();
    await this.#append(RECORD.messages, encodeMessages(header, bytes));
    // Publishers learn the ids before subscribers see them.
    for (const { backlog } of topic.subscriptions) backlog.wake();
    return header.firstId;
  }

  async acknowledge(subscription: Subscription, entries: readonly Entry[]): Promise<void> {
    if (entries.length === 0) return;
    const { backlog } = subscription;
    for (const entry of entries) backlog.settle(entry);
    this.resources.trim(subscription.topic);
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
    this.resources.trim(subscription.topic);
    await this.#append(RECORD.backlog, encodeSeqs(subscription.ref, [cursor, ...open]));
  }

  async #append(kind: number, payload: Buffer | readonly Buffer[]): Promise<void> {
    if (this.#journal === undefined) throw new Error('The store is not open');
    await this.#journal.append(kind, payload);
  }

  /** https://cloud.google.com/pubsub/docs/handling-failures#how_dead_letter_topics_work */
  async #forward(subscription: Subscription, entry: Entry): Promise<void> {
    const topic = this.resources.topics.get(subscription.deadLetterTopic ?? DELETED_TOPIC);
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
