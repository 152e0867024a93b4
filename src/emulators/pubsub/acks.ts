import { ServiceError } from '../serving/service-error.js';
import type { Entry } from './entry.js';
import { parseAckId } from './frames.js';
import { invalid } from './names.js';
import type { Store } from './store.js';
import type { Subscription } from './subscription.js';

const MAX_ACK_DEADLINE_SECONDS = 600;

/** What became of the ids of a request. */
export interface AckOutcome {
  ackIds: string[];
  /** Under exactly-once delivery: their leases have ended, or a later delivery took their place. */
  invalidAckIds: string[];
}

/** @throws ServiceError when it cannot be written down */
export async function acknowledge(
  store: Store,
  subscription: Subscription,
  ids: readonly string[],
): Promise<AckOutcome> {
  const { outcome, entries } = resolve(subscription, ids);
  await store.acknowledge(subscription, entries);
  return outcome;
}

/** @param secondsOf the new deadline of the id at an index; 0 refuses the message */
export function modifyDeadlines(
  subscription: Subscription,
  ids: readonly string[],
  secondsOf: (index: number) => number,
): AckOutcome {
  const { outcome, entries, indexes } = resolve(subscription, ids);
  for (const [position, entry] of entries.entries()) {
    const seconds = secondsOf(indexes[position]!);
    if (entry.state !== 'leased' || parseAckId(ids[indexes[position]!]!)!.lease !== entry.lease) continue;
    if (seconds === 0) subscription.backlog.fail(entry);
    else subscription.backlog.extend(entry, seconds * 1000);
  }
  return outcome;
}

export function checkDeadline(seconds: number): void {
  if (seconds < 0) throw invalid(`Ack deadline cannot be negative: ${seconds}.`);
  if (seconds > MAX_ACK_DEADLINE_SECONDS) {
    throw invalid(
      `Ack deadline is too long: ${seconds} s; at most ${MAX_ACK_DEADLINE_SECONDS} s are allowed.`,
    );
  }
}

/**
 * Tells a client which of its ids did not hold. Clients read the metadata of the ErrorInfo by id.
 * https://cloud.google.com/pubsub/docs/exactly-once-delivery
 */
export function checkOutcome({ invalidAckIds }: AckOutcome): void {
  if (invalidAckIds.length === 0) return;
  const message =
    'Some acknowledgement ids in the request were invalid. This could be because the acknowledgement ids have expired or ' +
    'the acknowledgement ids were malformed.';
  throw new ServiceError('INVALID_ARGUMENT', message, [
    {
      type: 'google.rpc.ErrorInfo',
      fields: {
        reason: 'EXACTLY_ONCE_ACKID_FAILURE',
        domain: 'pubsub.googleapis.com',
        metadata: Object.fromEntries(invalidAckIds.map((id) => [id, 'PERMANENT_FAILURE_INVALID_ACK_ID'])),
      },
    },
  ]);
}

/** Messages that ids stand for. Without exactly-once delivery, late ids count while nobody else was faster. */
function resolve(
  subscription: Subscription,
  ids: readonly string[],
): { outcome: AckOutcome; entries: Entry[]; indexes: number[] } {
  const { backlog, exactlyOnce } = subscription;
  const outcome: AckOutcome = { ackIds: [], invalidAckIds: [] };
  const entries: Entry[] = [];
  const indexes: number[] = [];
  for (const [index, id] of ids.entries()) {
    const delivery = parseAckId(id);
    if (delivery === undefined || delivery.ref !== subscription.ref) {
      throw invalid(`You have passed an invalid ack ID to the service (ack_id=${id.slice(0, 200)}).`);
    }
    const isCurrentRun = delivery.epoch === subscription.epoch;
    const entry = isCurrentRun && backlog.isVoid(delivery.lease) ? undefined : backlog.find(delivery.seq);
    const holds = isCurrentRun && entry?.state === 'leased' && entry.lease === delivery.lease;
    if (exactlyOnce && !holds) {
      outcome.invalidAckIds.push(id);
      continue;
    }
    outcome.ackIds.push(id);
    if (entry === undefined || entry.state === 'forwarded') continue;
    entries.push(entry);
    indexes.push(index);
  }
  return { outcome, entries, indexes };
}
