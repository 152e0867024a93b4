import { type Api, codeOf, ONCE } from './harness.js';

/** One behaviour: what is done with a client, and what must come of it. */
export interface Case {
  name: string;
  act(api: Api): Promise<unknown>;
  expect: unknown;
}

/** Names of codes of calls that are made one after the other. */
async function codes(...calls: (() => Promise<unknown>)[]): Promise<string[]> {
  const results: string[] = [];
  for (const call of calls) results.push(await codeOf(call()));
  return results;
}

const seconds = (value: number) => ({ seconds: value });

export const ADMIN_CASES: Case[] = [
  {
    name: 'a topic is made, shown and deleted',
    async act(api) {
      const name = await api.createTopic('one', { labels: { team: 'red' } });
      const [topic] = await api.publisher.getTopic({ topic: name });
      await api.publisher.deleteTopic({ topic: name });
      return [topic.labels, await codeOf(api.publisher.getTopic({ topic: name }, ONCE))];
    },
    expect: [{ team: 'red' }, 'NOT_FOUND'],
  },
  {
    name: 'a topic is made once',
    act: (api) =>
      codes(
        () => api.createTopic('once'),
        () => api.createTopic('once'),
      ),
    expect: ['OK', 'ALREADY_EXISTS'],
  },
  {
    name: 'ids of topics keep to the rules',
    act: (api) =>
      codes(
        ...['ab', '1bc', 'a/b', 'googol', 'a b c', 'abc!', 'x'.repeat(256)].map(
          (id) => () => api.createTopic(id),
        ),
      ),
    expect: new Array(7).fill('INVALID_ARGUMENT'),
  },
  {
    name: 'ids may hold every allowed character, up to 255',
    act: (api) => codes(...['a-_.~+%9', 'x'.repeat(255), 'Abc'].map((id) => () => api.createTopic(id))),
    expect: ['OK', 'OK', 'OK'],
  },
  {
    name: 'missing resources are NOT_FOUND',
    act: (api) =>
      codes(
        () => api.publisher.getTopic({ topic: api.topic('none') }, ONCE),
        () => api.publisher.deleteTopic({ topic: api.topic('none') }, ONCE),
        () => api.publish(api.topic('none'), 'x'),
        () => api.publisher.listTopicSubscriptions({ topic: api.topic('none') }, ONCE),
        () => api.createSubscription(api.topic('none')),
        () => api.subscriber.getSubscription({ subscription: api.subscription('none') }, ONCE),
        () => api.subscriber.deleteSubscription({ subscription: api.subscription('none') }, ONCE),
        () => api.pull(api.subscription('none')),
        () => api.subscriber.acknowledge({ subscription: api.subscription('none'), ackIds: ['x'] }, ONCE),
        () =>
          api.subscriber.modifyAckDeadline(
            { subscription: api.subscription('none'), ackIds: ['x'], ackDeadlineSeconds: 10 },
            ONCE,
          ),
        () =>
          api.subscriber.createSnapshot(
            { name: api.snapshot('snap'), subscription: api.subscription('none') },
            ONCE,
          ),
        () => api.subscriber.deleteSnapshot({ snapshot: api.snapshot('none') }, ONCE),
        () => api.subscriber.seek({ subscription: api.subscription('none'), time: { seconds: 1 } }, ONCE),
        () => api.publisher.detachSubscription({ subscription: api.subscription('none') }, ONCE),
      ),
    expect: new Array(14).fill('NOT_FOUND'),
  },
  {
    name: 'lists come in pages, in the order of names',
    async act(api) {
      for (const id of ['ccc', 'aaa', 'bbb']) await api.createTopic(id);
      const project = `projects/${api.project}`;
      const [first, , { nextPageToken }] = await api.publisher.listTopics(
        { project, pageSize: 2 },
        { ...ONCE, autoPaginate: false },
      );
      const [second, , last] = await api.publisher.listTopics(
        { project, pageSize: 2, pageToken: nextPageToken! },
        { ...ONCE, autoPaginate: false },
      );
      const names = (topics: { name?: string | null }[]) => topics.map(({ name }) => name!.split('/').at(-1));
      return [names(first), names(second), last.nextPageToken];
    },
    expect: [['aaa', 'bbb'], ['ccc'], ''],
  },
  {
    name: 'a page token that was never given is refused',
    async act(api) {
      await api.createTopic();
      return codeOf(
        api.publisher.listTopics(
          { project: `projects/${api.project}`, pageToken: 'nonsense' },
          { ...ONCE, autoPaginate: false },
        ),
      );
    },
    expect: 'INVALID_ARGUMENT',
  },
  {
    name: 'retention of a topic is 10 minutes to 31 days',
    act: (api) =>
      codes(
        ...[599, 600, 2_678_400, 2_678_401].map(
          (value) => () => api.createTopic(undefined, { messageRetentionDuration: seconds(value) }),
        ),
      ),
    expect: ['INVALID_ARGUMENT', 'OK', 'OK', 'INVALID_ARGUMENT'],
  },
  {
    name: 'labels of a topic are updated by mask',
    async act(api) {
      const name = await api.createTopic(undefined, { labels: { a: '1' } });
      const update = (paths: string[]) =>
        codeOf(
          api.publisher.updateTopic({ topic: { name, labels: { b: '2' } }, updateMask: { paths } }, ONCE),
        );
      const answers = [
        await update(['labels']),
        await update([]),
        await update(['nonsense']),
        await update(['name']),
      ];
      const [{ labels }] = await api.publisher.getTopic({ topic: name });
      return [answers, labels];
    },
    expect: [['OK', 'INVALID_ARGUMENT', 'INVALID_ARGUMENT', 'INVALID_ARGUMENT'], { b: '2' }],
  },
  {
    name: 'a subscription has the service’s defaults',
    async act(api) {
      const name = await api.createSubscription(await api.createTopic());
      const [subscription] = await api.subscriber.getSubscription({ subscription: name });
      const { ackDeadlineSeconds, messageRetentionDuration, expirationPolicy, pushConfig, detached } =
        subscription;
      return {
        ackDeadlineSeconds,
        retention: Number(messageRetentionDuration!.seconds),
        ttl: Number(expirationPolicy?.ttl?.seconds ?? 0),
        endpoint: pushConfig?.pushEndpoint,
        detached,
      };
    },
    expect: { ackDeadlineSeconds: 10, retention: 604_800, ttl: 2_678_400, endpoint: '', detached: false },
  },
  {
    name: 'settings of a subscription have limits',
    async act(api) {
      const topic = await api.createTopic();
      const dead = await api.createTopic('dead');
      const refused: Record<string, unknown>[] = [
        { ackDeadlineSeconds: 9 },
        { ackDeadlineSeconds: 601 },
        { ackDeadlineSeconds: -1 },
        { messageRetentionDuration: seconds(599) },
        { messageRetentionDuration: seconds(2_678_401) },
        { retryPolicy: { minimumBackoff: seconds(601) } },
        { retryPolicy: { minimumBackoff: seconds(20), maximumBackoff: seconds(10) } },
        { deadLetterPolicy: { deadLetterTopic: dead, maxDeliveryAttempts: 4 } },
        { deadLetterPolicy: { deadLetterTopic: dead, maxDeliveryAttempts: 101 } },
        { expirationPolicy: { ttl: seconds(86_399) } },
        { pushConfig: { pushEndpoint: 'not a url' } },
      ];
      return codes(...refused.map((settings) => () => api.createSubscription(topic, settings)));
    },
    expect: [
      ...new Array(7).fill('INVALID_ARGUMENT'),
      'OUT_OF_RANGE',
      'OUT_OF_RANGE',
      'INVALID_ARGUMENT',
      'INVALID_ARGUMENT',
    ],
  },
  {
    name: 'a dead-letter topic must exist',
    async act(api) {
      const topic = await api.createTopic();
      return codeOf(
        api.createSubscription(topic, { deadLetterPolicy: { deadLetterTopic: api.topic('gone') } }),
      );
    },
    expect: 'NOT_FOUND',
  },
  {
    name: 'five attempts are the default of a dead-letter policy',
    async act(api) {
      const deadLetterTopic = await api.createTopic('dead');
      const name = await api.createSubscription(await api.createTopic(), {
        deadLetterPolicy: { deadLetterTopic },
      });
      const [{ deadLetterPolicy }] = await api.subscriber.getSubscription({ subscription: name });
      return deadLetterPolicy!.maxDeliveryAttempts;
    },
    expect: 5,
  },
  {
    name: 'backoff is 10 to 600 seconds by default',
    async act(api) {
      const name = await api.createSubscription(await api.createTopic(), { retryPolicy: {} });
      const [{ retryPolicy }] = await api.subscriber.getSubscription({ subscription: name });
      return [Number(retryPolicy!.minimumBackoff!.seconds), Number(retryPolicy!.maximumBackoff!.seconds)];
    },
    expect: [10, 600],
  },
  {
    name: 'a subscription is made once',
    async act(api) {
      const topic = await api.createTopic();
      return codes(
        () => api.createSubscription(topic, {}, 'once'),
        () => api.createSubscription(topic, {}, 'once'),
      );
    },
    expect: ['OK', 'ALREADY_EXISTS'],
  },
  {
    name: 'a subscription is updated by mask, but for what cannot change',
    async act(api) {
      const name = await api.createSubscription(await api.createTopic());
      const update = (settings: Record<string, unknown>, ...paths: string[]) =>
        codeOf(
          api.subscriber.updateSubscription(
            { subscription: { name, ...settings }, updateMask: { paths } },
            ONCE,
          ),
        );
      const answers = [
        await update({ ackDeadlineSeconds: 42 }, 'ack_deadline_seconds'),
        await update({ labels: { a: 'b' } }, 'labels'),
        await update({ retryPolicy: { minimumBackoff: seconds(1) } }, 'retry_policy'),
        await update({ expirationPolicy: { ttl: seconds(864_000) } }, 'expiration_policy'),
        await update({ enableExactlyOnceDelivery: true }, 'enable_exactly_once_delivery'),
        await update({ ackDeadlineSeconds: 5 }, 'ack_deadline_seconds'),
        await update({ filter: 'attributes:a' }, 'filter'),
        await update({ enableMessageOrdering: true }, 'enable_message_ordering'),
        await update({ topic: api.topic('other') }, 'topic'),
        await update({}, 'nonsense'),
        await update({}, 'ackDeadlineSeconds'),
        await update({}),
      ];
      const [{ ackDeadlineSeconds }] = await api.subscriber.getSubscription({ subscription: name });
      return [answers, ackDeadlineSeconds];
    },
    expect: [[...new Array(5).fill('OK'), ...new Array(7).fill('INVALID_ARGUMENT')], 42],
  },
  {
    name: 'a deleted topic leaves its subscriptions behind',
    async act(api) {
      const topic = await api.createTopic('passing');
      const name = await api.createSubscription(topic);
      await api.publish(topic, 'kept');
      await api.publisher.deleteTopic({ topic });
      const [subscription] = await api.subscriber.getSubscription({ subscription: name });
      const kept = (await api.pull(name)).map(({ data }) => data);
      await api.createTopic('passing');
      await api.publish(topic, 'of another topic');
      return [subscription.topic, kept, (await api.pull(name)).map(({ data }) => data)];
    },
    expect: ['_deleted-topic_', ['kept'], []],
  },
  {
    name: 'a topic lists its subscriptions',
    async act(api) {
      const topic = await api.createTopic();
      for (const id of ['sub-b', 'sub-a']) await api.createSubscription(topic, {}, id);
      const [names] = await api.publisher.listTopicSubscriptions({ topic });
      return names.map((name) => name.split('/').at(-1));
    },
    expect: ['sub-a', 'sub-b'],
  },
  {
    name: 'a detached subscription delivers nothing any more',
    async act(api) {
      const topic = await api.createTopic();
      const name = await api.createSubscription(topic);
      await api.publish(topic, 'lost');
      await api.publisher.detachSubscription({ subscription: name }, ONCE);
      const [{ detached }] = await api.subscriber.getSubscription({ subscription: name });
      const [names] = await api.publisher.listTopicSubscriptions({ topic });
      return [
        detached,
        names,
        await codeOf(api.pull(name)),
        await codeOf(api.publisher.detachSubscription({ subscription: name }, ONCE)),
      ];
    },
    expect: [true, [], 'FAILED_PRECONDITION', 'FAILED_PRECONDITION'],
  },
  {
    name: 'a snapshot is made, shown, labelled, listed and deleted',
    async act(api) {
      const topic = await api.createTopic();
      const subscription = await api.createSubscription(topic);
      const name = api.snapshot('snap');
      const labels = { a: 'b' };
      await api.subscriber.createSnapshot({ name, subscription }, ONCE);
      const again = await codeOf(api.subscriber.createSnapshot({ name, subscription }, ONCE));
      const updated = await codeOf(
        api.subscriber.updateSnapshot(
          { snapshot: { name, labels }, updateMask: { paths: ['labels'] } },
          ONCE,
        ),
      );
      const [snapshot] = await api.subscriber.getSnapshot({ snapshot: name }, ONCE);
      const [listed] = await api.publisher.listTopicSnapshots({ topic }, ONCE);
      await api.subscriber.deleteSnapshot({ snapshot: name }, ONCE);
      return [again, updated, snapshot.topic === topic, snapshot.labels, listed.length];
    },
    expect: ['ALREADY_EXISTS', 'OK', true, { a: 'b' }, 1],
  },
];
