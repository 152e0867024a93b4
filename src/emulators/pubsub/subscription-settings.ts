import type { Message } from '../serving/method.js';
import { milliseconds, secondsAndNanos } from '../serving/time.js';
import {
  DEFAULT_ACK_DEADLINE_SECONDS,
  DEFAULT_BACKOFF_MS,
  DEFAULT_MAX_DELIVERY_ATTEMPTS,
} from './delivery-settings.js';
import { applyMask, checkDuration, checkLabels } from './fields.js';
import { parseFilter } from './filter.js';
import { checkName, DELETED_TOPIC, failure, invalid, notFound } from './names.js';
import type { Store } from './store.js';
import { DEFAULT_RETENTION_MS, type Subscription } from './subscription.js';
import { RETENTION_RANGE } from './topic-settings.js';
import { checkTransforms } from './transforms.js';

const DAY_MS = 86_400_000;
const EXPIRATION_RANGE = { minimumMs: DAY_MS, maximumMs: 365 * DAY_MS } as const;
const DEFAULT_EXPIRATION_MS = 31 * DAY_MS;
const BACKOFF_RANGE = { minimumMs: 0, maximumMs: 600_000 } as const;
const ATTEMPTS = { minimum: 5, maximum: 100 } as const;

const MUTABLE = [
  'ack_deadline_seconds',
  'retain_acked_messages',
  'message_retention_duration',
  'labels',
  'expiration_policy',
  'dead_letter_policy',
  'retry_policy',
  'push_config',
  'bigquery_config',
  'cloud_storage_config',
  'bigtable_config',
  'enable_exactly_once_delivery',
  'message_transforms',
];
const IMMUTABLE = [
  'name',
  'topic',
  'filter',
  'enable_message_ordering',
  'detached',
  'state',
  'topic_message_retention_duration',
  'analytics_hub_subscription_info',
  'tags',
];
/** Given by the service, so never kept. */
const OUTPUT_ONLY = [
  'state',
  'detached',
  'topicMessageRetentionDuration',
  'analyticsHubSubscriptionInfo',
  'tags',
];
/** Ways to deliver other than to those who pull; a subscription has one at most. */
export const DESTINATIONS = ['bigqueryConfig', 'cloudStorageConfig', 'bigtableConfig'] as const;

/** Knows what the destinations of this server need. */
export interface DestinationChecks {
  /** @throws ServiceError when messages cannot be delivered there */
  check(settings: Message): Promise<void>;
}

/** @throws ServiceError INVALID_ARGUMENT, NOT_FOUND for a topic that does not exist, UNIMPLEMENTED by name */
export async function newSubscriptionSettings(
  store: Store,
  request: Message,
  destinations: DestinationChecks,
): Promise<Message> {
  const settings = structuredClone(request);
  for (const field of OUTPUT_ONLY) delete settings[field];
  checkName('subscriptions', settings.name);
  if (settings.topic === undefined) throw invalid('No topic specified');
  checkName('topics', settings.topic);
  settings.ackDeadlineSeconds ||= DEFAULT_ACK_DEADLINE_SECONDS;
  settings.messageRetentionDuration ??= secondsAndNanos(DEFAULT_RETENTION_MS);
  settings.expirationPolicy ??= { ttl: secondsAndNanos(DEFAULT_EXPIRATION_MS) };
  if (typeof settings.filter === 'string') parseFilter(settings.filter);
  await checkSubscription(store, settings, destinations);
  return settings;
}

/** @throws ServiceError as {@link newSubscriptionSettings}, and for masks */
export async function updatedSubscriptionSettings(
  store: Store,
  subscription: Subscription,
  { subscription: update, updateMask }: Message,
  destinations: DestinationChecks,
): Promise<Message> {
  const settings = applyMask(subscription.settings, update as Message, updateMask, {
    resource: 'Subscription',
    request: 'UpdateSubscriptionRequest',
    mutable: MUTABLE,
    immutable: IMMUTABLE,
  });
  settings.ackDeadlineSeconds ||= DEFAULT_ACK_DEADLINE_SECONDS;
  settings.messageRetentionDuration ??= secondsAndNanos(DEFAULT_RETENTION_MS);
  settings.expirationPolicy ??= { ttl: secondsAndNanos(DEFAULT_EXPIRATION_MS) };
  await checkSubscription(store, settings, destinations);
  return settings;
}

/** The subscription as the service shows it. */
export function subscriptionResource({ settings, topic }: Subscription): Message {
  const topicRetention = topic.settings.messageRetentionDuration;
  return {
    ...settings,
    topic: topic.deleted ? DELETED_TOPIC : topic.name,
    pushConfig: settings.pushConfig ?? {},
    state: 'ACTIVE',
    ...(topicRetention === undefined ? {} : { topicMessageRetentionDuration: topicRetention }),
  };
}

async function checkSubscription(
  store: Store,
  settings: Message,
  destinations: DestinationChecks,
): Promise<void> {
  const deadline = Number(settings.ackDeadlineSeconds);
  if (deadline < 10 || deadline > 600) {
    throw invalid(`ack_deadline_secs out of bounds: ${deadline}; it must be between 10 and 600.`);
  }
  checkLabels(settings.labels);
  checkDuration('message_retention_duration', settings.messageRetentionDuration, RETENTION_RANGE);
  const { ttl } = settings.expirationPolicy as { ttl?: unknown };
  checkDuration('expiration_policy.ttl', ttl, EXPIRATION_RANGE);
  const ttlMs = milliseconds(ttl);
  if (ttlMs !== undefined && ttlMs < milliseconds(settings.messageRetentionDuration)!) {
    throw invalid('expiration_policy.ttl must not be shorter than message_retention_duration.');
  }
  checkRetry(settings);
  checkDeadLetter(store, settings);
  await checkTransforms(settings.messageTransforms);
  await checkDestination(settings, destinations);
}

function checkRetry(settings: Message): void {
  const retry = settings.retryPolicy as Message | undefined;
  if (retry === undefined) return;
  retry.minimumBackoff ??= secondsAndNanos(DEFAULT_BACKOFF_MS.minimum);
  retry.maximumBackoff ??= secondsAndNanos(DEFAULT_BACKOFF_MS.maximum);
  checkDuration('retry_policy.minimum_backoff', retry.minimumBackoff, BACKOFF_RANGE);
  checkDuration('retry_policy.maximum_backoff', retry.maximumBackoff, BACKOFF_RANGE);
  const minimumMs = milliseconds(retry.minimumBackoff)!;
  const maximumMs = milliseconds(retry.maximumBackoff)!;
  if (maximumMs < minimumMs) {
    throw invalid(
      `The value for maximum_backoff is too small. You passed ${maximumMs / 1000}s in the request, but the minimum value ` +
        `is ${minimumMs / 1000}s.`,
    );
  }
}

function checkDeadLetter(store: Store, settings: Message): void {
  const policy = settings.deadLetterPolicy as
    | { deadLetterTopic?: string; maxDeliveryAttempts?: number }
    | undefined;
  if (policy === undefined) return;
  if (!policy.deadLetterTopic) {
    if (policy.maxDeliveryAttempts) throw invalid('dead_letter_policy needs a dead_letter_topic.');
    delete settings.deadLetterPolicy;
    return;
  }
  checkName('topics', policy.deadLetterTopic);
  if (!store.resources.topics.has(policy.deadLetterTopic))
    throw notFound('Dead letter topic', policy.deadLetterTopic);
  policy.maxDeliveryAttempts ||= DEFAULT_MAX_DELIVERY_ATTEMPTS;
  const attempts = policy.maxDeliveryAttempts;
  if (attempts < ATTEMPTS.minimum || attempts > ATTEMPTS.maximum) {
    const isSmall = attempts < ATTEMPTS.minimum;
    throw failure(
      'OUT_OF_RANGE',
      `The value for max_delivery_attempts is too ${isSmall ? 'small' : 'large'}. You passed ${attempts} in the request, ` +
        `but the ${isSmall ? 'minimum' : 'maximum'} value is ${isSmall ? ATTEMPTS.minimum : ATTEMPTS.maximum}.`,
    );
  }
}

function checkEndpoint(endpoint: string): void {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return;
  throw invalid(`Invalid push_endpoint: ${endpoint} is no address of http or https.`);
}

async function checkDestination(settings: Message, destinations: DestinationChecks): Promise<void> {
  const push = settings.pushConfig as Message | undefined;
  if (!push?.pushEndpoint) delete settings.pushConfig;
  else checkEndpoint(push.pushEndpoint as string);
  const named = DESTINATIONS.filter((field) => settings[field] !== undefined);
  if (named.length + (push?.pushEndpoint ? 1 : 0) > 1) {
    throw invalid(
      'A subscription has at most one of push_config, bigquery_config, cloud_storage_config and bigtable_config.',
    );
  }
  const delivers = named.length > 0 || push?.pushEndpoint !== undefined;
  if (delivers && settings.enableExactlyOnceDelivery === true) {
    throw failure('INVALID_ARGUMENT', 'Exactly-once delivery is for pull subscriptions only.');
  }
  await destinations.check(settings);
}
