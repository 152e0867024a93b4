import type { v1 } from '@google-cloud/pubsub';
import type { GoogleClients } from '../clients.js';
import { errorCode, GRPC, isNotFound, translateGoogleError } from '../google-errors.js';
import { intercepted, ReadGate } from '../interceptors.js';

export interface OutgoingMessage {
  data: Buffer;
  attributes?: Record<string, string>;
}

export interface PublisherPort {
  /**
   * Sends one publish request of at most 1,000 messages and 10 MB. Resolves when the service has stored them all;
   * rejects with the client's error after its retries.
   */
  publish(messages: OutgoingMessage[]): Promise<void>;
}

export interface ReceivedMessage {
  /** Names this delivery, for acknowledging it. */
  ackId: string;
  messageId: string;
  data: Buffer;
  attributes: Record<string, string>;
  publishTimeMs: number;
}

export interface PullStreamOptions {
  /** Hint to the service; Google's emulator ignores it, so the caller must pause as well. */
  maxOutstandingMessages: number;
  maxOutstandingBytes: number;
  ackDeadlineSeconds: number;
}

export interface PullStreamEvents {
  messages(messages: ReceivedMessage[]): void;
  /** Once, after which nothing more arrives. Without an error the stream was finished. */
  ended(error: Error | undefined): void;
}

/** One streaming pull. */
export interface PullStream {
  pause(): void;
  resume(): void;
  /** Tells the service to send no more. What it sent already still arrives, then `ended`. */
  finish(): void;
  /** Breaks the stream off. */
  destroy(): void;
}

export interface SubscriptionPort {
  readonly name: string;
  /** Fails with "run healthmon provision" when the subscription does not exist, as far as the account may know. */
  check(): Promise<void>;
  open(options: PullStreamOptions, events: PullStreamEvents): PullStream;
  /** One unary pull that returns what is there at once, possibly nothing. */
  pull(maxMessages: number): Promise<ReceivedMessage[]>;
  acknowledge(ackIds: string[]): Promise<void>;
  /** 0 seconds gives the messages back for immediate redelivery. */
  modifyAckDeadline(ackIds: string[], seconds: number): Promise<void>;
}

/** A whole request is given up after this long, retries included, instead of the client's ten minutes. */
const TOTAL_TIMEOUT_MS = 60_000;

/** Whoever starts a command waits for the first request, and may have mistyped an address. */
const CHECK_TIMEOUT_MS = 15_000;

const RETRY = { timeout: 30_000, retry: { backoffSettings: backoff(TOTAL_TIMEOUT_MS) } };
const BOUNDED_RETRY = RETRY as never;
const CHECK_RETRY = {
  timeout: CHECK_TIMEOUT_MS,
  retry: { backoffSettings: backoff(CHECK_TIMEOUT_MS) },
} as never;
/** The client would join requests that are made at once, and so exceed the limit of 1,000 messages. */
const UNBUNDLED = { ...RETRY, isBundling: false } as never;

export async function publisherPort(clients: GoogleClients, topicId: string): Promise<PublisherPort> {
  const pubsub = await clients.pubsub();
  const { v1 } = await import('@google-cloud/pubsub');
  const topic = `projects/${await projectOf(pubsub)}/topics/${topicId}`;
  const client: v1.PublisherClient = new v1.PublisherClient(
    (await pubsub.getClientConfig()) as ConstructorParameters<typeof v1.PublisherClient>[0],
  );
  clients.onClose(() => client.close());
  return {
    async publish(messages) {
      try {
        await client.publish({ topic, messages }, UNBUNDLED);
      } catch (error) {
        throw isNotFound(error)
          ? translateGoogleError(error, `publish to the topic ${topicId}`, clients.local)
          : error;
      }
    },
  };
}

/**
 * The generated client instead of `Subscription`: that one drops queued acknowledgements when it is closed, treats
 * its limits as hints and hides failed acknowledgements.
 */
export async function subscriptionPort(
  clients: GoogleClients,
  subscriptionId: string,
): Promise<SubscriptionPort> {
  const pubsub = await clients.pubsub();
  const { v1 } = await import('@google-cloud/pubsub');
  const subscription = `projects/${await projectOf(pubsub)}/subscriptions/${subscriptionId}`;
  const client: v1.SubscriberClient = new v1.SubscriberClient(
    (await pubsub.getClientConfig()) as ConstructorParameters<typeof v1.SubscriberClient>[0],
  );
  clients.onClose(() => client.close());
  return {
    name: subscriptionId,
    async check() {
      try {
        await client.getSubscription({ subscription }, CHECK_RETRY);
      } catch (error) {
        // roles/pubsub.subscriber may pull, but not look. What is missing shows at the first pull then.
        if (errorCode(error) === GRPC.permissionDenied) return;
        throw translateGoogleError(error, `read the subscription ${subscriptionId}`, clients.local);
      }
    },
    open: (options, events) => openStream(client, subscription, options, events),
    async pull(maxMessages) {
      try {
        const [response] = await client.pull(
          { subscription, maxMessages, returnImmediately: true },
          BOUNDED_RETRY,
        );
        return (response.receivedMessages ?? []).map(receivedMessage);
      } catch (error) {
        throw translateGoogleError(error, `pull from the subscription ${subscriptionId}`, clients.local);
      }
    },
    async acknowledge(ackIds) {
      await client.acknowledge({ subscription, ackIds }, BOUNDED_RETRY);
    },
    async modifyAckDeadline(ackIds, seconds) {
      await client.modifyAckDeadline({ subscription, ackIds, ackDeadlineSeconds: seconds }, BOUNDED_RETRY);
    },
  };
}

interface WireMessage {
  ackId?: string | null;
  message?: {
    messageId?: string | null;
    data?: Uint8Array | string | null;
    attributes?: Record<string, string> | null;
    publishTime?: { seconds?: unknown; nanos?: number | null } | null;
  } | null;
}

function openStream(
  client: v1.SubscriberClient,
  subscription: string,
  options: PullStreamOptions,
  events: PullStreamEvents,
): PullStream {
  // A streaming pull has no natural end; the client's default deadline would cut it.
  const gate = new ReadGate();
  const stream = client.streamingPull({ timeout: 24 * 3_600_000, otherArgs: intercepted(gate.interceptor) });
  let over = false;
  const end = (error: Error | undefined) => {
    if (over) return;
    over = true;
    events.ended(error);
  };
  stream.on('data', (response: { receivedMessages?: WireMessage[] | null }) => {
    if (response.receivedMessages && response.receivedMessages.length > 0) {
      events.messages(response.receivedMessages.map(receivedMessage));
    }
  });
  stream.on('error', (error: Error) => end(error));
  stream.on('end', () => end(undefined));
  stream.on('close', () => end(undefined));
  stream.write({
    subscription,
    streamAckDeadlineSeconds: options.ackDeadlineSeconds,
    maxOutstandingMessages: options.maxOutstandingMessages,
    maxOutstandingBytes: options.maxOutstandingBytes,
  });
  return {
    pause: () => gate.close(),
    resume: () => gate.open(),
    finish: () => void stream.end(),
    destroy() {
      over = true;
      stream.on('error', () => {});
      stream.cancel();
      stream.destroy();
    },
  };
}

function receivedMessage({ ackId, message }: WireMessage): ReceivedMessage {
  const publishTime = message?.publishTime;
  return {
    ackId: ackId ?? '',
    messageId: message?.messageId ?? '',
    data: toBuffer(message?.data),
    attributes: message?.attributes ?? {},
    publishTimeMs: Number(publishTime?.seconds ?? 0) * 1000 + (publishTime?.nanos ?? 0) / 1e6,
  };
}

function toBuffer(data: Uint8Array | string | null | undefined): Buffer {
  if (data === null || data === undefined) return Buffer.alloc(0);
  return typeof data === 'string'
    ? Buffer.from(data, 'base64')
    : Buffer.from(data.buffer, data.byteOffset, data.length);
}

async function projectOf(pubsub: {
  projectId: string;
  getClientConfig(): Promise<unknown>;
}): Promise<string> {
  // Resolves the `{{projectId}}` placeholder of a client that was made without a project.
  await pubsub.getClientConfig();
  return pubsub.projectId;
}

function backoff(totalTimeoutMillis: number) {
  return {
    initialRetryDelayMillis: 100,
    retryDelayMultiplier: 2,
    maxRetryDelayMillis: 5_000,
    initialRpcTimeoutMillis: 30_000,
    rpcTimeoutMultiplier: 1,
    maxRpcTimeoutMillis: 30_000,
    totalTimeoutMillis,
  };
}
