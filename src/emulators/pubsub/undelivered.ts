import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { request } from '../probes/rest.js';

/** A message as it is published, with the id that the service gave it. Data is base64. */
export interface StoredMessage {
  messageId: string;
  data?: string;
  attributes?: Record<string, string>;
  orderingKey?: string;
}

interface Received {
  ackId: string;
  message: StoredMessage & { publishTime?: string };
}

/** As many as one answer may hold. */
const MAX_MESSAGES_PER_PULL = 1000;
/** Google's emulator answers an empty pull now and then although something is there. */
const EMPTY_PULLS = 5;
const EMPTY_PAUSE_MS = 100;
const LONGEST_LEASE_SECONDS = 600;

/**
 * Reads what nobody has acknowledged, those messages too that somebody holds at the moment, and leaves the subscription
 * as if nothing had been read: a snapshot is taken first and gone back to, which ends all leases.
 * @param url such as `http://127.0.0.1:8085`. @param subscription its whole name.
 */
export async function readUndelivered(
  url: string,
  subscription: { name: string; pushConfig?: { pushEndpoint?: string } },
): Promise<StoredMessage[]> {
  const { name, pushConfig } = subscription;
  const api = `${url}/v1/${name}`;
  const project = name.split('/subscriptions/')[0]!;
  const snapshot = `${project}/snapshots/healthmon-export-${randomBytes(6).toString('hex')}`;
  const found = new Map<string, StoredMessage>();
  // Only what is not pushed can be pulled.
  const isPushed = Boolean(pushConfig?.pushEndpoint);
  await request(`${url}/v1/${snapshot}`, 'PUT', { subscription: name });
  try {
    if (isPushed) await request(`${api}:modifyPushConfig`, 'POST', { pushConfig: {} });
    await request(`${api}:seek`, 'POST', { snapshot });
    await drain(api, async (received) => {
      for (const { message } of received) {
        const { publishTime: _time, ...stored } = message;
        found.set(message.messageId, stored);
      }
      // Of a key only the first messages are given out before they are acknowledged.
      await acknowledge(api, received);
      return false;
    });
  } finally {
    await request(`${api}:seek`, 'POST', { snapshot });
    await request(`${url}/v1/${snapshot}`, 'DELETE');
    if (isPushed) await request(`${api}:modifyPushConfig`, 'POST', { pushConfig });
  }
  return [...found.values()];
}

/** Takes these messages from a subscription and leaves the others in it. @throws when one of them does not come. */
export async function removeMessages(
  url: string,
  name: string,
  ids: ReadonlySet<string>,
  hasFilter: boolean,
): Promise<void> {
  const api = `${url}/v1/${name}`;
  const left = new Set(ids);
  const kept: Received[] = [];
  await drain(api, async (received) => {
    const taken = received.filter(({ message }) => left.delete(message.messageId));
    const others = received.filter((each) => !taken.includes(each));
    await acknowledge(api, taken);
    await lease(api, others, LONGEST_LEASE_SECONDS);
    kept.push(...others);
    return left.size === 0;
  });
  for (let at = 0; at < kept.length; at += MAX_MESSAGES_PER_PULL) {
    await lease(api, kept.slice(at, at + MAX_MESSAGES_PER_PULL), 0);
  }
  // What a filter leaves out never comes.
  if (left.size > 0 && !hasFilter)
    throw new Error(`${name}: ${left.size} messages could not be taken out again`);
}

async function drain(api: string, take: (received: Received[]) => Promise<boolean>): Promise<void> {
  for (let empty = 0; empty < EMPTY_PULLS; ) {
    const answer = await request(`${api}:pull`, 'POST', {
      maxMessages: MAX_MESSAGES_PER_PULL,
      returnImmediately: true,
    });
    const { receivedMessages = [] } = answer as { receivedMessages?: Received[] };
    if (receivedMessages.length === 0) {
      empty++;
      await sleep(EMPTY_PAUSE_MS);
      continue;
    }
    empty = 0;
    if (await take(receivedMessages)) return;
  }
}

async function acknowledge(api: string, received: readonly Received[]): Promise<void> {
  const ackIds = received.map(({ ackId }) => ackId);
  if (ackIds.length > 0) await request(`${api}:acknowledge`, 'POST', { ackIds });
}

/** @param seconds 0: give back. */
async function lease(api: string, received: readonly Received[], seconds: number): Promise<void> {
  const ackIds = received.map(({ ackId }) => ackId);
  if (ackIds.length === 0) return;
  await request(`${api}:modifyAckDeadline`, 'POST', { ackIds, ackDeadlineSeconds: seconds });
}
