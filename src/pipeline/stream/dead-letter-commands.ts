import type { Config } from '../../config/config.js';
import { HealthmonError, usageError } from '../../errors/healthmon-error.js';
import type { GoogleClients } from '../../gcp/clients.js';
import { publisherPort, type SubscriptionPort, subscriptionPort } from '../../gcp/pubsub/port.js';
import {
  content,
  type DeadLetterContent,
  type DeadLetterSummary,
  letterFilter,
  originalId,
  purgeDeadLetters,
  readDeadLetters,
  replayDeadLetters,
  summary,
} from './dead-letter-box.js';

export interface DeadLetterTools {
  clients: GoogleClients;
  config: Config;
  signal: AbortSignal;
}

export interface ListResult {
  subscription: string;
  deadLetters: DeadLetterSummary[];
  byReason: Record<string, number>;
  /** There may be more than were read. */
  limited: boolean;
}

/** @param opened of a caller that asks again and again. */
export async function listDeadLetters(
  input: { limit: number; reason?: string | undefined },
  tools: DeadLetterTools,
  opened?: SubscriptionPort,
): Promise<ListResult> {
  const subscription = opened ?? (await openDeadLetters(tools));
  const letters = await readDeadLetters(
    { subscription, signal: tools.signal },
    input.limit,
    letterFilter(input.reason),
  );
  const deadLetters = letters
    .map(summary)
    .sort((a, b) => a.rejectedAt.localeCompare(b.rejectedAt) || a.messageId.localeCompare(b.messageId));
  const byReason: Record<string, number> = {};
  for (const { reason } of deadLetters) byReason[reason] = (byReason[reason] ?? 0) + 1;
  return { subscription: subscription.name, deadLetters, byReason, limited: letters.length >= input.limit };
}

export async function showDeadLetter(messageId: string, tools: DeadLetterTools): Promise<DeadLetterContent> {
  const subscription = await openDeadLetters(tools);
  const [found] = await readDeadLetters(
    { subscription, signal: tools.signal },
    1,
    (message) => originalId(message) === messageId || message.messageId === messageId,
  );
  if (found !== undefined) return content(found);
  throw new HealthmonError({
    code: 'dead-letter-not-found',
    message: `There is no dead letter ${messageId}.`,
    suggestion: 'Run "healthmon dead-letters list" to see those there are.',
  });
}

export interface ReplayResult {
  topic: string;
  replayed: number;
}

export async function replay(
  input: { limit: number; reason?: string | undefined },
  tools: DeadLetterTools,
): Promise<ReplayResult> {
  const { clients, config, signal } = tools;
  const subscription = await openDeadLetters(tools);
  const publisher = await publisherPort(clients, config.pubsub.topic);
  const matches = letterFilter(input.reason);
  const replayed = await replayDeadLetters({ subscription, publisher, signal, limit: input.limit, matches });
  return { topic: config.pubsub.topic, replayed };
}

export interface PurgeResult {
  subscription: string;
  purged: number;
}

export async function purge(
  input: { confirmed: boolean; reason?: string | undefined },
  tools: DeadLetterTools,
): Promise<PurgeResult> {
  if (!input.confirmed) {
    throw usageError({
      code: 'confirmation-missing',
      message: 'Purging removes dead letters for good.',
      suggestion: 'Look at them with "healthmon dead-letters list", then add --yes.',
    });
  }
  const subscription = await openDeadLetters(tools);
  const purged = await purgeDeadLetters({ subscription, signal: tools.signal }, letterFilter(input.reason));
  return { subscription: subscription.name, purged };
}

export async function openDeadLetters({ clients, config }: DeadLetterTools): Promise<SubscriptionPort> {
  const subscription = await subscriptionPort(clients, config.pubsub.deadLetterSubscription);
  await subscription.check();
  return subscription;
}
