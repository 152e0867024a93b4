import type {
  OutgoingMessage,
  PublisherPort,
  ReceivedMessage,
  SubscriptionPort,
} from '../../gcp/pubsub/port.js';
import { DEAD_LETTER_PREFIX } from './dead-letter-attributes.js';

/** A dead letter as it is listed: why and where from, without the payload. */
export interface DeadLetterSummary {
  /** Of the message that was rejected. */
  messageId: string;
  reason: string;
  detail: string;
  column: string | null;
  publishTime: string;
  rejectedAt: string;
  bytes: number;
}

export interface DeadLetterContent extends DeadLetterSummary {
  /** The original attributes. */
  attributes: Record<string, string>;
  /** As text when it is UTF-8; base64 otherwise. */
  payload: string;
  encoding: 'utf8' | 'base64';
}

export interface DeadLetterBoxOptions {
  subscription: SubscriptionPort;
  signal: AbortSignal;
}

const PULL_SIZE = 500;
/** An empty answer to a pull does not prove that nothing is there, so it is asked again. */
const EMPTY_PULLS = 4;
const EMPTY_WAIT_MS = 150;
/** Held messages are kept from being delivered again while the rest is read. */
const HOLD_SECONDS = 60;
/** Bounds memory when the subscription holds far more than anyone lists. */
const MAX_HELD = 100_000;

/**
 * Reads the dead-letter subscription without taking anything out of it: every message is held until `limit` or the
 * end is reached, then given back.
 */
export async function readDeadLetters(
  { subscription, signal }: DeadLetterBoxOptions,
  limit: number,
  matches: (message: ReceivedMessage) => boolean,
): Promise<ReceivedMessage[]> {
  const held: ReceivedMessage[] = [];
  const found = new Map<string, ReceivedMessage>();
  try {
    for await (const batch of pulls(subscription, signal)) {
      held.push(...batch);
      for (const message of batch) {
        if (matches(message) && found.size < limit) found.set(originalId(message), message);
      }
      if (found.size >= limit || held.length >= MAX_HELD) break;
      await extend(subscription, held);
    }
  } finally {
    await giveBack(subscription, held);
  }
  return [...found.values()];
}

export interface ReplayOptions extends DeadLetterBoxOptions {
  publisher: PublisherPort;
  limit: number;
  matches: (message: ReceivedMessage) => boolean;
}

/** Publishes dead letters again as they once were, then takes them out. Those that do not match are given back. */
export async function replayDeadLetters(options: ReplayOptions): Promise<number> {
  const { subscription, publisher, limit, matches } = options;
  const kept: ReceivedMessage[] = [];
  let replayed = 0;
  try {
    for await (const batch of pulls(subscription, options.signal)) {
      const chosen: ReceivedMessage[] = [];
      for (const message of batch) {
        if (matches(message) && replayed + chosen.length < limit) chosen.push(message);
        else kept.push(message);
      }
      // Published first: a crash in between leaves a letter and a message, never neither.
      for (const group of publishGroups(chosen)) {
        await publisher.publish(group.map(originalMessage));
        await subscription.acknowledge(group.map((message) => message.ackId));
        replayed += group.length;
      }
      if (replayed >= limit || kept.length >= MAX_HELD) break;
      await extend(subscription, kept);
    }
  } finally {
    await giveBack(subscription, kept);
  }
  return replayed;
}

/** Acknowledges what matches. Gives the number. */
export async function purgeDeadLetters(
  { subscription, signal }: DeadLetterBoxOptions,
  matches: (message: ReceivedMessage) => boolean,
): Promise<number> {
  const kept: ReceivedMessage[] = [];
  let purged = 0;
  try {
    for await (const batch of pulls(subscription, signal)) {
      const chosen = batch.filter(matches);
      kept.push(...batch.filter((message) => !chosen.includes(message)));
      if (chosen.length > 0) await subscription.acknowledge(chosen.map((message) => message.ackId));
      purged += chosen.length;
      await extend(subscription, kept);
    }
  } finally {
    await giveBack(subscription, kept);
  }
  return purged;
}

export function summary(message: ReceivedMessage): DeadLetterSummary {
  const { attributes } = message;
  // Letters that the service itself put aside after too many deliveries carry its attributes instead of ours.
  const byService = attributes.CloudPubSubDeadLetterSourceDeliveryCount;
  return {
    messageId: originalId(message),
    reason: attributes.healthmon_reason ?? (byService === undefined ? 'unknown' : 'too-many-deliveries'),
    detail:
      attributes.healthmon_detail ??
      (byService === undefined ? '' : `Pub/Sub delivered it ${byService} times.`),
    column: attributes.healthmon_column ?? null,
    publishTime:
      attributes.healthmon_publish_time ??
      attributes.CloudPubSubDeadLetterSourceTopicPublishTime ??
      new Date(message.publishTimeMs).toISOString(),
    rejectedAt: attributes.healthmon_rejected_at ?? new Date(message.publishTimeMs).toISOString(),
    bytes: message.data.length,
  };
}

export function content(message: ReceivedMessage): DeadLetterContent {
  const text = message.data.toString('utf8');
  const readable = Buffer.from(text, 'utf8').equals(message.data);
  return {
    ...summary(message),
    attributes: originalAttributes(message.attributes),
    payload: readable ? text : message.data.toString('base64'),
    encoding: readable ? 'utf8' : 'base64',
  };
}

/** Matches a reason; without one, everything. */
export function letterFilter(reason: string | undefined): (message: ReceivedMessage) => boolean {
  return reason === undefined ? () => true : (message) => summary(message).reason === reason;
}

export function originalId(message: ReceivedMessage): string {
  return message.attributes.healthmon_message_id ?? message.messageId;
}

async function* pulls(
  subscription: SubscriptionPort,
  signal: AbortSignal,
): AsyncGenerator<ReceivedMessage[]> {
  for (let empty = 0; empty < EMPTY_PULLS; ) {
    if (signal.aborted) return;
    const batch = await subscription.pull(PULL_SIZE);
    if (batch.length === 0) {
      empty++;
      await new Promise((resolve) => setTimeout(resolve, EMPTY_WAIT_MS));
      continue;
    }
    empty = 0;
    yield batch;
  }
}

const IDS_PER_REQUEST = 1_000;

async function extend(subscription: SubscriptionPort, held: readonly ReceivedMessage[]): Promise<void> {
  await modify(subscription, held, HOLD_SECONDS);
}

async function giveBack(subscription: SubscriptionPort, held: readonly ReceivedMessage[]): Promise<void> {
  // Unacknowledged messages come back by themselves; this only makes it sooner.
  await modify(subscription, held, 0).catch(() => {});
}

async function modify(
  subscription: SubscriptionPort,
  messages: readonly ReceivedMessage[],
  seconds: number,
): Promise<void> {
  for (let start = 0; start < messages.length; start += IDS_PER_REQUEST) {
    const ids = messages.slice(start, start + IDS_PER_REQUEST).map((message) => message.ackId);
    await subscription.modifyAckDeadline(ids, seconds);
  }
}

const MAX_GROUP_BYTES = 8_000_000;

/** Publish requests take 10 MB. */
function* publishGroups(messages: readonly ReceivedMessage[]): Generator<ReceivedMessage[]> {
  let group: ReceivedMessage[] = [];
  let bytes = 0;
  for (const message of messages) {
    if (group.length > 0 && bytes + message.data.length > MAX_GROUP_BYTES) {
      yield group;
      group = [];
      bytes = 0;
    }
    group.push(message);
    bytes += message.data.length;
  }
  if (group.length > 0) yield group;
}

function originalMessage({ data, attributes }: ReceivedMessage): OutgoingMessage {
  return { data, attributes: originalAttributes(attributes) };
}

function originalAttributes(attributes: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(attributes).filter(
      ([name]) => !name.startsWith(DEAD_LETTER_PREFIX) && !name.startsWith('CloudPubSubDeadLetterSource'),
    ),
  );
}
