import type { Message } from '../serving/method.js';
import { milliseconds } from '../serving/time.js';
import { parseFilter } from './filter.js';

/** How a subscription delivers; durations in milliseconds. */
export interface DeliverySettings {
  ackDeadlineMs: number;
  ordering: boolean;
  /** Whether a message with these attributes is for this subscription; undefined for all. */
  matches: ((attributes: ReadonlyMap<string, string>) => boolean) | undefined;
  retry: { minimumMs: number; maximumMs: number } | undefined;
  /** Failures after which a message is forwarded. */
  maxDeliveryAttempts: number | undefined;
}

export const DEFAULT_ACK_DEADLINE_SECONDS = 10;
export const DEFAULT_BACKOFF_MS = { minimum: 10_000, maximum: 600_000 } as const;
export const DEFAULT_MAX_DELIVERY_ATTEMPTS = 5;

/** @param settings those of a `google.pubsub.v1.Subscription`, which were checked. */
export function deliverySettings(settings: Message): DeliverySettings {
  const retry = settings.retryPolicy as { minimumBackoff?: unknown; maximumBackoff?: unknown } | undefined;
  const deadLetter = settings.deadLetterPolicy as { maxDeliveryAttempts?: number } | undefined;
  return {
    ackDeadlineMs: Number(settings.ackDeadlineSeconds ?? DEFAULT_ACK_DEADLINE_SECONDS) * 1000,
    ordering: settings.enableMessageOrdering === true,
    matches: settings.filter ? parseFilter(settings.filter as string) : undefined,
    retry: retry && {
      minimumMs: milliseconds(retry.minimumBackoff) ?? DEFAULT_BACKOFF_MS.minimum,
      maximumMs: milliseconds(retry.maximumBackoff) ?? DEFAULT_BACKOFF_MS.maximum,
    },
    maxDeliveryAttempts: deadLetter && (deadLetter.maxDeliveryAttempts ?? DEFAULT_MAX_DELIVERY_ATTEMPTS),
  };
}

/**
 * How long a message waits that has failed so often.
 * https://cloud.google.com/pubsub/docs/handling-failures#exponential_backoff
 */
export function backoffMs({ retry }: DeliverySettings, failures: number): number {
  return retry === undefined || failures === 0
    ? 0
    : Math.min(retry.minimumMs * 2 ** (failures - 1), retry.maximumMs);
}
