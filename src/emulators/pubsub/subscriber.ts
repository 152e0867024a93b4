import type { Message, Methods } from '../serving/method.js';
import { acknowledge, checkDeadline, checkOutcome, modifyDeadlines } from './acks.js';
import { pageOf } from './fields.js';
import { decodeAcknowledge, decodeModifyAckDeadline, decodePull } from './frames.js';
import { alreadyExists, checkName, checkProject, failure, invalid, projectOf } from './names.js';
import { pull } from './pull.js';
import type { Store } from './store.js';
import { streamingPull } from './streaming-pull.js';
import type { Subscription } from './subscription.js';
import {
  DESTINATIONS,
  type DestinationChecks,
  newSubscriptionSettings,
  subscriptionResource,
  updatedSubscriptionSettings,
} from './subscription-settings.js';

const NOTHING = Buffer.alloc(0);

/** `google.pubsub.v1.Subscriber`, without snapshots and Seek. */
export function subscriberMethods(store: Store, destinations: DestinationChecks): Methods[string] {
  const named = (name: unknown) => store.resources.subscription(checkName('subscriptions', name));
  const change = (name: unknown, settingsOf: (subscription: Subscription) => Message | Promise<Message>) =>
    store.exclusively(async () => {
      const subscription = named(name);
      const settings = await settingsOf(subscription);
      await putSettings(store, subscription, settings);
      return subscription;
    });
  return {
    CreateSubscription: {
      kind: 'unary',
      handle: (request) =>
        store.exclusively(async () => {
          const settings = await newSubscriptionSettings(store, request, destinations);
          const name = settings.name as string;
          if (store.resources.subscriptions.has(name)) throw alreadyExists('Subscription', name);
          const topic = store.resources.topic(settings.topic as string);
          const { ref: topicRef, nextSeq: cursor } = topic;
          await store.put({
            type: 'subscription',
            name,
            ref: store.resources.newRef(),
            topicRef,
            cursor,
            settings,
          });
          return subscriptionResource(store.resources.subscription(name));
        }),
    },
    GetSubscription: {
      kind: 'unary',
      handle: ({ subscription }) => subscriptionResource(named(subscription)),
    },
    UpdateSubscription: {
      kind: 'unary',
      handle: async (request) => {
        const { name } = (request.subscription ?? {}) as Message;
        const settingsOf = (subscription: Subscription) =>
          updatedSubscriptionSettings(store, subscription, request, destinations);
        return subscriptionResource(await change(name, settingsOf));
      },
    },
    ModifyPushConfig: {
      kind: 'unary',
      async handle({ subscription: name, pushConfig = {} }) {
        await change(name, (subscription) =>
          updatedSubscriptionSettings(
            store,
            subscription,
            { subscription: { pushConfig }, updateMask: { paths: ['push_config'] } },
            destinations,
          ),
        );
        return {};
      },
    },
    ListSubscriptions: {
      kind: 'unary',
      handle(request) {
        const project = checkProject(request.project);
        const subscriptions = [...store.resources.subscriptions.values()].filter(
          ({ name }) => projectOf(name) === project,
        );
        const { items, ...page } = pageOf(subscriptions, ({ name }) => name, request);
        return { subscriptions: items.map(subscriptionResource), ...page };
      },
    },
    DeleteSubscription: {
      kind: 'unary',
      handle: ({ subscription }) =>
        store.exclusively(async () => {
          await store.deleteSubscription(named(subscription));
          return {};
        }),
    },
    Acknowledge: {
      kind: 'unary-raw',
      async handle(bytes) {
        const { subscription, ackIds } = decodeAcknowledge(bytes);
        if (ackIds.length === 0) throw invalid('No ack ids specified');
        checkOutcome(await acknowledge(store, attached(named(subscription)), ackIds));
        return NOTHING;
      },
    },
    ModifyAckDeadline: {
      kind: 'unary-raw',
      async handle(bytes) {
        const { subscription, ackIds, ackDeadlineSeconds } = decodeModifyAckDeadline(bytes);
        if (ackIds.length === 0) throw invalid('No ack ids specified');
        checkDeadline(ackDeadlineSeconds);
        const outcome = modifyDeadlines(attached(named(subscription)), ackIds, () => ackDeadlineSeconds);
        if (ackDeadlineSeconds === 0) await store.failuresKept();
        checkOutcome(outcome);
        return NOTHING;
      },
    },
    Pull: {
      kind: 'unary-raw',
      handle(bytes, call) {
        const request = decodePull(bytes);
        if (request.maxMessages <= 0) throw invalid('No max_messages specified: it must be greater than 0.');
        return pull(pullable(named(request.subscription)), request, call.signal);
      },
    },
    StreamingPull: {
      kind: 'duplex-raw',
      handle: (requests, call) => streamingPull(store, requests, call, (name) => pullable(named(name))),
    },
  };
}

/** @throws ServiceError when the subscription was detached from its topic */
export function attached(subscription: Subscription): Subscription {
  if (!subscription.detached) return subscription;
  throw failure('FAILED_PRECONDITION', `Subscription is detached (resource=${subscription.name}).`);
}

/** @throws ServiceError when the messages go elsewhere */
function pullable(subscription: Subscription): Subscription {
  const { name, settings } = attached(subscription);
  const destination =
    (settings.pushConfig as Message | undefined)?.pushEndpoint === undefined
      ? DESTINATIONS.find((field) => settings[field] !== undefined)
      : 'pushConfig';
  if (destination === undefined) return subscription;
  throw failure(
    'FAILED_PRECONDITION',
    `Messages of the subscription are delivered by its ${destination}, and cannot be pulled (resource=${name}).`,
  );
}

async function putSettings(store: Store, subscription: Subscription, settings: Message): Promise<void> {
  const { name, ref, topic, backlog } = subscription;
  await store.put({ type: 'subscription', name, ref, topicRef: topic.ref, cursor: backlog.cursor, settings });
}
