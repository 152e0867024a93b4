import type { Call, Outgoing } from '../serving/method.js';
import type { ServiceError } from '../serving/service-error.js';
import { acknowledge, checkDeadline, modifyDeadlines } from './acks.js';
import { Consumer } from './consumer.js';
import type { Entry } from './entry.js';
import {
  decodeStreamingPull,
  encodeConfirmation,
  encodeProperties,
  encodeReceived,
  type StreamingPullRequest,
} from './frames.js';
import { failure, invalid } from './names.js';
import type { Store } from './store.js';
import type { Subscription } from './subscription.js';

const DEADLINE_SECONDS = { minimum: 10, maximum: 600 } as const;

/** A stream that a client reads messages from. */
class StreamConsumer extends Consumer {
  readonly ended: Promise<never>;
  #end!: (reason: ServiceError) => void;
  #blocked = false;

  constructor(
    readonly subscription: Subscription,
    readonly outgoing: Outgoing<Buffer>,
    first: StreamingPullRequest,
  ) {
    super();
    this.maxMessages = first.maxOutstandingMessages;
    this.maxBytes = first.maxOutstandingBytes;
    this.ended = new Promise<never>((_, reject) => {
      this.#end = reject;
    });
    this.ended.catch(() => {});
  }

  override get accepting(): boolean {
    return !this.#blocked;
  }

  deliver(entries: readonly Entry[]): void {
    const { ackPrefix, deadLetterTopic, properties } = this.subscription;
    this.#send(
      encodeReceived(entries, {
        ackPrefix,
        countAttempts: deadLetterTopic !== undefined,
        tail: encodeProperties(properties),
      }),
    );
  }

  /** An answer without messages: clients learn how the subscription delivers, and that the stream is alive. */
  announce(): void {
    this.#send(encodeProperties(this.subscription.properties));
  }

  confirm(field: 3 | 5, outcome: { ackIds: readonly string[]; invalidAckIds: readonly string[] }): void {
    const confirmation = encodeConfirmation(field, { ...outcome, temporaryFailedAckIds: [] });
    this.#send(Buffer.concat([confirmation, encodeProperties(this.subscription.properties)]));
  }

  override settingsChanged(): void {
    this.announce();
  }

  end(reason: ServiceError): void {
    this.#end(reason);
  }

  #send(answer: Buffer): void {
    if (this.outgoing.send(answer) || this.#blocked) return;
    this.#blocked = true;
    void this.outgoing.drained().then(
      () => {
        this.#blocked = false;
        this.subscription.backlog.wake();
      },
      // The stream is over; its call ends by itself.
      () => {},
    );
  }
}

/**
 * One stream, from its first request on. Its end leaves the messages leased until their deadlines pass, as the service
 * does.
 */
export async function streamingPull(
  store: Store,
  requests: AsyncIterable<Buffer>,
  call: Call & Outgoing<Buffer>,
  open: (name: string) => Subscription,
): Promise<void> {
  let consumer: StreamConsumer | undefined;
  let protocolVersion = 0;
  const read = async () => {
    for await (const bytes of requests) {
      const request = decodeStreamingPull(bytes);
      if (consumer === undefined) {
        checkFirst(request);
        protocolVersion = request.protocolVersion;
        consumer = new StreamConsumer(open(request.subscription), call, request);
        started(consumer);
      } else {
        checkLater(request);
        // Pings have to be answered: the Java client closes a stream that says nothing for 15 seconds.
        if (protocolVersion >= 1 && isPing(request)) consumer.announce();
      }
      await apply(store, consumer, request);
    }
  };
  let started!: (consumer: StreamConsumer) => void;
  const ended = new Promise<StreamConsumer>((resolve) => {
    started = resolve;
  }).then((one) => {
    one.announce();
    one.subscription.backlog.attach(one);
    return one.ended;
  });
  try {
    await Promise.race([read(), ended, aborted(call.signal)]);
  } finally {
    if (consumer !== undefined) (consumer as StreamConsumer).subscription.backlog.detach(consumer);
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const refuse = () => reject(signal.reason);
    if (signal.aborted) refuse();
    else signal.addEventListener('abort', refuse, { once: true });
  });
}

function checkFirst({ subscription, streamAckDeadlineSeconds }: StreamingPullRequest): void {
  if (subscription === '') throw invalid('first message must set subscription');
  if (streamAckDeadlineSeconds === 0) throw invalid('first message must set stream_ack_deadline_seconds');
  checkStreamDeadline(streamAckDeadlineSeconds);
}

function checkLater({
  subscription,
  maxOutstandingBytes,
  maxOutstandingMessages,
  ...request
}: StreamingPullRequest): void {
  if (subscription !== '') throw invalid('subscription may only be set in first message');
  if (maxOutstandingMessages !== 0)
    throw invalid('max_outstanding_messages may only be set in first message');
  if (maxOutstandingBytes !== 0) throw invalid('max_outstanding_bytes may only be set in first message');
  if (request.protocolVersion !== 0) throw invalid('protocol_version may only be set in first message');
  if (request.streamAckDeadlineSeconds !== 0) checkStreamDeadline(request.streamAckDeadlineSeconds);
}

function checkStreamDeadline(seconds: number): void {
  const { minimum, maximum } = DEADLINE_SECONDS;
  if (seconds >= minimum && seconds <= maximum) return;
  throw invalid(
    `stream_ack_deadline_seconds must be between ${minimum} and ${maximum} seconds; it is ${seconds}`,
  );
}

function isPing({ ackIds, modifyDeadlineAckIds, streamAckDeadlineSeconds }: StreamingPullRequest): boolean {
  return ackIds.length === 0 && modifyDeadlineAckIds.length === 0 && streamAckDeadlineSeconds === 0;
}

async function apply(store: Store, consumer: StreamConsumer, request: StreamingPullRequest): Promise<void> {
  const { subscription } = consumer;
  const { ackIds, modifyDeadlineAckIds, modifyDeadlineSeconds, streamAckDeadlineSeconds } = request;
  if (subscription.detached) throw failure('FAILED_PRECONDITION', 'Subscription is detached.');
  if (streamAckDeadlineSeconds !== 0) consumer.leaseMs = streamAckDeadlineSeconds * 1000;
  if (modifyDeadlineAckIds.length !== modifyDeadlineSeconds.length) {
    throw invalid('ack IDs and deadlines must have the same size');
  }
  modifyDeadlineSeconds.forEach(checkDeadline);
  if (modifyDeadlineAckIds.length > 0) {
    const outcome = modifyDeadlines(
      subscription,
      modifyDeadlineAckIds,
      (index) => modifyDeadlineSeconds[index]!,
    );
    if (subscription.exactlyOnce) consumer.confirm(3, outcome);
  }
  if (ackIds.length > 0) {
    const outcome = await acknowledge(store, subscription, ackIds);
    if (subscription.exactlyOnce) consumer.confirm(5, outcome);
  }
}
