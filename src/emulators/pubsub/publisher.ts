import type { Message, Methods } from '../serving/method.js';
import { pageOf } from './fields.js';
import { encodePublishResponse } from './frames.js';
import type { PubsubMessage } from './message.js';
import { alreadyExists, checkName, checkProject, failure, invalid, projectOf } from './names.js';
import { batchOf, type MessageBatch, messagesIn, parsePublishRequest } from './publish-request.js';
import { schemaCheckOf } from './schemas.js';
import type { Store } from './store.js';
import type { Topic } from './subscription.js';
import { newTopicSettings, topicResource, updatedTopicSettings } from './topic-settings.js';
import { compileTransforms, type TransformMetadata } from './transforms.js';

/** `google.pubsub.v1.Publisher` */
export function publisherMethods(store: Store): Methods[string] {
  return {
    Publish: {
      kind: 'unary-raw',
      async handle(bytes) {
        const request = parsePublishRequest(bytes);
        checkName('topics', request.topic);
        const topic = store.resources.topic(request.topic);
        const { batch, kept } = await prepared(store, topic, request);
        const firstId = await store.publish(topic, batch);
        return encodePublishResponse(idsOf(store, firstId, kept));
      },
    },
    CreateTopic: {
      kind: 'unary',
      handle: (request) =>
        store.exclusively(async () => {
          const settings = await newTopicSettings(store, request);
          const name = settings.name as string;
          if (store.resources.topics.has(name)) throw alreadyExists('Topic', name);
          await store.put({ type: 'topic', name, ref: store.resources.newRef(), settings });
          return topicResource(store.resources.topic(name));
        }),
    },
    UpdateTopic: {
      kind: 'unary',
      handle: (request) =>
        store.exclusively(async () => {
          const topic = topicNamed(store, (request.topic as Message | undefined)?.name);
          const settings = await updatedTopicSettings(store, topic, request);
          await store.put({ type: 'topic', name: topic.name, ref: topic.ref, settings });
          return topicResource(topic);
        }),
    },
    GetTopic: { kind: 'unary', handle: ({ topic }) => topicResource(topicNamed(store, topic)) },
    DeleteTopic: {
      kind: 'unary',
      handle: ({ topic }) =>
        store.exclusively(async () => {
          await store.remove({ type: 'topic', name: topicNamed(store, topic).name });
          return {};
        }),
    },
    ListTopics: {
      kind: 'unary',
      handle(request) {
        const project = checkProject(request.project);
        const topics = [...store.resources.topics.values()].filter(({ name }) => projectOf(name) === project);
        const { items, ...page } = pageOf(topics, ({ name }) => name, request);
        return { topics: items.map(topicResource), ...page };
      },
    },
    ListTopicSubscriptions: {
      kind: 'unary',
      handle(request) {
        const { subscriptions } = topicNamed(store, request.topic);
        const attached = [...subscriptions].filter(({ detached }) => !detached);
        const { items, ...page } = pageOf(attached, ({ name }) => name, request);
        return { subscriptions: items.map(({ name }) => name), ...page };
      },
    },
    ListTopicSnapshots: {
      kind: 'unary',
      handle(request) {
        const topic = topicNamed(store, request.topic);
        const snapshots = [...store.resources.snapshots.values()].filter(
          (snapshot) => snapshot.topic === topic,
        );
        const { items, ...page } = pageOf(snapshots, ({ name }) => name, request);
        return { snapshots: items.map(({ name }) => name), ...page };
      },
    },
    DetachSubscription: {
      kind: 'unary',
      handle: (request) =>
        store.exclusively(async () => {
          const name = checkName('subscriptions', request.subscription);
          const subscription = store.resources.subscription(name);
          if (subscription.detached)
            throw failure('FAILED_PRECONDITION', `Subscription is detached (resource=${name}).`);
          await store.detach(subscription);
          return {};
        }),
    },
  };
}

/** Which of the messages are stored, and how: as transforms and the schema of the topic leave them. */
async function prepared(
  store: Store,
  topic: Topic,
  request: MessageBatch,
): Promise<{ batch: MessageBatch; kept: readonly boolean[] }> {
  const { schemaSettings, messageTransforms } = topic.settings;
  const kept = new Array<boolean>(request.bounds.length / 2).fill(true);
  if (schemaSettings === undefined && messageTransforms === undefined) return { batch: request, kept };
  const [check, transform] = await Promise.all([
    schemaCheckOf(store, topic.settings),
    transformOf(topic.settings, messageTransforms),
  ]);
  const messages = messagesIn(request).map((message) => {
    const result = transform === undefined ? message : transform.apply(message, metadataOf(message));
    for (const [key, value] of (result && check?.attributesFor(result.data)) ?? [])
      result?.attributes.set(key, value);
    return result;
  });
  return {
    batch: batchOf(messages.filter((message) => message !== undefined)),
    kept: messages.map((message) => message !== undefined),
  };
}

const compiled = new WeakMap<Message, ReturnType<typeof compileTransforms>>();

/** Compiled once for as long as the topic keeps its settings. */
function transformOf(settings: Message, transforms: unknown): ReturnType<typeof compileTransforms> {
  let transform = compiled.get(settings);
  if (transform === undefined) {
    transform = compileTransforms(transforms);
    compiled.set(settings, transform);
  }
  return transform;
}

function metadataOf({ orderingKey }: PubsubMessage): TransformMetadata {
  return orderingKey === '' ? {} : { ordering_key: orderingKey };
}

/** Messages that were filtered out get an id too, which nobody will see again. */
function idsOf(store: Store, firstId: number, kept: readonly boolean[]): number[] {
  let next = firstId;
  return kept.map((isKept) => (isKept ? next++ : store.unusedId()));
}

function topicNamed(store: Store, name: unknown): Topic {
  if (name === undefined || name === '') throw invalid('No topic specified');
  return store.resources.topic(checkName('topics', name));
}
