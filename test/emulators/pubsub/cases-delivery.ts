import { setTimeout as sleep } from 'node:timers/promises';
import type { Case } from './cases-admin.js';
import { type Api, codeOf, eventually, ONCE, type Received } from './harness.js';

const texts = (messages: readonly Received[]) => messages.map(({ data }) => data);

const acknowledge = (api: Api, subscription: string, messages: readonly Received[]) =>
  api.subscriber.acknowledge({ subscription, ackIds: messages.map(({ ackId }) => ackId) }, ONCE);

const refuse = (api: Api, subscription: string, messages: readonly Received[]) =>
  api.subscriber.modifyAckDeadline(
    { subscription, ackIds: messages.map(({ ackId }) => ackId), ackDeadlineSeconds: 0 },
    ONCE,
  );

/** Pulls until as many have come as are asked for. */
async function pullAll(api: Api, subscription: string, count: number): Promise<Received[]> {
  const received: Received[] = [];
  await eventually(
    async () => received.push(...(await api.pull(subscription))),
    (length) => length >= count,
  );
  return received;
}

async function pair(
  api: Api,
  settings: Record<string, unknown> = {},
): Promise<{ topic: string; subscription: string }> {
  const topic = await api.createTopic();
  return { topic, subscription: await api.createSubscription(topic, settings) };
}

export const DELIVERY_CASES: Case[] = [
  {
    name: 'what is published is delivered with id, time and attributes',
    async act(api) {
      const { topic, subscription } = await pair(api);
      const before = Date.now();
      const [id] = await api.publish(topic, { data: 'hello', attributes: { k: 'v', ü: '☂' } });
      const [message] = await pullAll(api, subscription, 1);
      return [
        message!.data,
        message!.attributes,
        message!.messageId === id,
        Math.abs(message!.publishTimeMs - before) < 5_000,
        message!.deliveryAttempt,
      ];
    },
    expect: ['hello', { k: 'v', ü: '☂' }, true, true, 0],
  },
  {
    name: 'ids of messages grow',
    async act(api) {
      const topic = await api.createTopic();
      const ids = [...(await api.publish(topic, 'a', 'b')), ...(await api.publish(topic, 'c'))].map(BigInt);
      return ids[0]! < ids[1]! && ids[1]! < ids[2]!;
    },
    expect: true,
  },
  {
    name: 'ids and times that a client makes up do not count',
    async act(api) {
      const { topic, subscription } = await pair(api);
      const [id] = await api.publish(topic, { data: 'x', messageId: 'mine', publishTime: { seconds: 1 } });
      const [message] = await pullAll(api, subscription, 1);
      return [id !== 'mine', message!.messageId === id, message!.publishTimeMs > 1e12];
    },
    expect: [true, true, true],
  },
  {
    name: 'requests and messages without content are refused',
    async act(api) {
      const topic = await api.createTopic();
      return [
        await codeOf(api.publish(topic)),
        await codeOf(api.publish(topic, { attributes: {} })),
        await codeOf(api.publish(topic, { orderingKey: 'k' })),
        await codeOf(api.publish(topic, { attributes: { a: '' } })),
      ];
    },
    expect: ['INVALID_ARGUMENT', 'INVALID_ARGUMENT', 'INVALID_ARGUMENT', 'OK'],
  },
  {
    name: 'messages have limits',
    async act(api) {
      const topic = await api.createTopic();
      const attributes = (count: number) =>
        Object.fromEntries(Array.from({ length: count }, (_, n) => [`a${n}`, 'v']));
      return [
        await codeOf(api.publish(topic, ...new Array(1000).fill('x'))),
        await codeOf(api.publish(topic, ...new Array(1001).fill('x'))),
        await codeOf(api.publish(topic, { attributes: attributes(100) })),
        await codeOf(api.publish(topic, { attributes: attributes(101) })),
        await codeOf(api.publish(topic, { attributes: { ['k'.repeat(257)]: 'v' } })),
        await codeOf(api.publish(topic, { attributes: { k: 'v'.repeat(1025) } })),
        await codeOf(api.publish(topic, { attributes: { googMine: 'v' } })),
        await codeOf(api.publish(topic, { attributes: { '': 'v' } })),
        await codeOf(api.publish(topic, { data: 'x', orderingKey: 'k'.repeat(1025) })),
        await codeOf(api.publish(topic, 'x'.repeat(10_000_001))),
      ];
    },
    expect: ['OK', 'INVALID_ARGUMENT', 'OK', ...new Array(7).fill('INVALID_ARGUMENT')],
  },
  {
    name: 'messages of before the subscription are not delivered',
    async act(api) {
      const topic = await api.createTopic();
      await api.publish(topic, 'early');
      const subscription = await api.createSubscription(topic);
      await api.publish(topic, 'late');
      return texts(await pullAll(api, subscription, 1));
    },
    expect: ['late'],
  },
  {
    name: 'every subscription gets every message',
    async act(api) {
      const { topic, subscription } = await pair(api);
      const other = await api.createSubscription(topic);
      await api.publish(topic, 'both');
      return [texts(await pullAll(api, subscription, 1)), texts(await pullAll(api, other, 1))];
    },
    expect: [['both'], ['both']],
  },
  {
    name: 'a leased message is not delivered, an acknowledged one never again',
    async act(api) {
      const { topic, subscription } = await pair(api);
      await api.publish(topic, 'm');
      const first = await pullAll(api, subscription, 1);
      const leased = await api.pull(subscription);
      await acknowledge(api, subscription, first);
      await refuse(api, subscription, first);
      await sleep(300);
      return [leased.length, texts(await api.pull(subscription))];
    },
    expect: [0, []],
  },
  {
    name: 'a refused message comes again with another ack id',
    async act(api) {
      const { topic, subscription } = await pair(api);
      await api.publish(topic, 'm');
      const first = await pullAll(api, subscription, 1);
      await refuse(api, subscription, first);
      const second = await pullAll(api, subscription, 1);
      return [texts(second), second[0]!.ackId === first[0]!.ackId];
    },
    expect: [['m'], false],
  },
  {
    name: 'a message comes again when its deadline has passed',
    async act(api) {
      const { topic, subscription } = await pair(api);
      await api.publish(topic, 'm');
      const first = await pullAll(api, subscription, 1);
      await api.subscriber.modifyAckDeadline(
        { subscription, ackIds: [first[0]!.ackId], ackDeadlineSeconds: 1 },
        ONCE,
      );
      await sleep(500);
      const early = await api.pull(subscription);
      return [early.length, texts(await pullAll(api, subscription, 1))];
    },
    expect: [0, ['m']],
  },
  {
    name: 'calls with acknowledgement ids are checked',
    async act(api) {
      const { subscription } = await pair(api);
      const modify = (ackIds: string[], ackDeadlineSeconds: number) =>
        codeOf(api.subscriber.modifyAckDeadline({ subscription, ackIds, ackDeadlineSeconds }, ONCE));
      return [
        await codeOf(api.subscriber.acknowledge({ subscription, ackIds: [] }, ONCE)),
        await codeOf(api.subscriber.acknowledge({ subscription, ackIds: ['nonsense'] }, ONCE)),
        await modify([], 10),
        await modify(['nonsense'], 10),
        await modify(['nonsense'], -1),
        await modify(['nonsense'], 601),
        await codeOf(api.pull(subscription, 0)),
        await codeOf(api.pull(subscription, -1)),
      ];
    },
    expect: new Array(8).fill('INVALID_ARGUMENT'),
  },
  {
    name: 'an ack id of another subscription is refused',
    async act(api) {
      const { topic, subscription } = await pair(api);
      const other = await api.createSubscription(topic);
      await api.publish(topic, 'm');
      const messages = await pullAll(api, subscription, 1);
      return codeOf(acknowledge(api, other, messages));
    },
    expect: 'INVALID_ARGUMENT',
  },
  {
    name: 'messages of one ordering key come in order, one batch at a time',
    async act(api) {
      const { topic, subscription } = await pair(api, { enableMessageOrdering: true });
      await api.publish(topic, { data: 'a1', orderingKey: 'a' }, { data: 'a2', orderingKey: 'a' });
      const first = await pullAll(api, subscription, 2);
      await api.publish(topic, { data: 'a3', orderingKey: 'a' }, { data: 'b1', orderingKey: 'b' });
      const second = await pullAll(api, subscription, 1);
      await acknowledge(api, subscription, first);
      const third = await pullAll(api, subscription, 1);
      return [texts(first), texts(second), texts(third), third[0]!.orderingKey];
    },
    expect: [['a1', 'a2'], ['b1'], ['a3'], 'a'],
  },
  {
    name: 'a refused message of a key takes those behind it along',
    async act(api) {
      const { topic, subscription } = await pair(api, { enableMessageOrdering: true });
      await api.publish(topic, ...['1', '2', '3'].map((data) => ({ data, orderingKey: 'k' })));
      const first = await pullAll(api, subscription, 3);
      await acknowledge(api, subscription, first.slice(0, 1));
      await refuse(api, subscription, first.slice(1, 2));
      return texts(await pullAll(api, subscription, 2));
    },
    expect: ['2', '3'],
  },
  {
    name: 'a filter lets through what it matches',
    async act(api) {
      const { topic, subscription } = await pair(api, {
        filter: 'attributes.kind = "vital" AND NOT attributes:test',
      });
      await api.publish(
        topic,
        { data: 'yes', attributes: { kind: 'vital' } },
        { data: 'no', attributes: { kind: 'other' } },
        { data: 'no', attributes: { kind: 'vital', test: '1' } },
      );
      return texts(await pullAll(api, subscription, 1));
    },
    expect: ['yes'],
  },
  {
    name: 'a filter that cannot be read is refused',
    async act(api) {
      const topic = await api.createTopic();
      const filters = [
        'nonsense',
        'attributes.a = 1',
        'attributes:a AND attributes:b OR attributes:c',
        `attributes:${'a'.repeat(250)}`,
      ];
      const answers: string[] = [];
      for (const filter of filters) answers.push(await codeOf(api.createSubscription(topic, { filter })));
      return answers;
    },
    expect: new Array(4).fill('INVALID_ARGUMENT'),
  },
  {
    name: 'a message that fails too often goes to the dead-letter topic',
    async act(api) {
      const deadLetterTopic = await api.createTopic('dead');
      const inspect = await api.createSubscription(deadLetterTopic);
      const { topic, subscription } = await pair(api, {
        deadLetterPolicy: { deadLetterTopic, maxDeliveryAttempts: 5 },
      });
      await api.publish(topic, { data: 'poison', attributes: { own: 'kept' }, orderingKey: 'k' });
      const attempts: number[] = [];
      for (let attempt = 0; attempt < 5; attempt++) {
        const messages = await pullAll(api, subscription, 1);
        attempts.push(messages[0]!.deliveryAttempt);
        await refuse(api, subscription, messages);
      }
      const further: Received[] = [];
      const [dead] = await eventually(
        async () => {
          further.push(...(await api.pull(subscription)));
          return api.pull(inspect);
        },
        (messages) => messages.length > 0,
      );
      const { CloudPubSubDeadLetterSourceTopicPublishTime: time, ...attributes } = dead!.attributes;
      return [
        attempts,
        dead!.data,
        dead!.orderingKey,
        attributes,
        !Number.isNaN(Date.parse(time ?? '')),
        further.length,
      ];
    },
    expect: [
      [1, 2, 3, 4, 5],
      'poison',
      'k',
      {
        own: 'kept',
        CloudPubSubDeadLetterSourceDeliveryCount: '5',
        CloudPubSubDeadLetterSourceSubscription: 'subscription-3',
        CloudPubSubDeadLetterSourceSubscriptionProject: 'PROJECT',
      },
      true,
      0,
    ],
  },
  {
    name: 'a refused message waits for its back-off',
    async act(api) {
      const { topic, subscription } = await pair(api, {
        retryPolicy: { minimumBackoff: { seconds: 2 }, maximumBackoff: { seconds: 2 } },
      });
      await api.publish(topic, 'm');
      await refuse(api, subscription, await pullAll(api, subscription, 1));
      await sleep(1000);
      const early = await api.pull(subscription);
      return [texts(early), texts(await pullAll(api, subscription, 1))];
    },
    expect: [[], ['m']],
  },
  {
    name: 'a seek to the future acknowledges everything',
    async act(api) {
      const { topic, subscription } = await pair(api);
      await api.publish(topic, 'a', 'b');
      await pullAll(api, subscription, 2);
      await api.subscriber.seek(
        { subscription, time: { seconds: Math.floor(Date.now() / 1000) + 3600 } },
        ONCE,
      );
      await api.publish(topic, 'c');
      return texts(await pullAll(api, subscription, 1));
    },
    expect: ['c'],
  },
  {
    name: 'a seek to the past brings back what was acknowledged, if that is retained',
    async act(api) {
      const { topic, subscription } = await pair(api, { retainAckedMessages: true });
      await api.publish(topic, 'a', 'b');
      await acknowledge(api, subscription, await pullAll(api, subscription, 2));
      await api.subscriber.seek(
        { subscription, time: { seconds: Math.floor(Date.now() / 1000) - 60 } },
        ONCE,
      );
      return texts(await pullAll(api, subscription, 2)).sort();
    },
    expect: ['a', 'b'],
  },
  {
    name: 'a seek works under exactly-once delivery and ordering',
    async act(api) {
      const { topic, subscription } = await pair(api, {
        retainAckedMessages: true,
        enableExactlyOnceDelivery: true,
        enableMessageOrdering: true,
      });
      await api.publish(topic, { data: 'a', orderingKey: 'k' }, { data: 'b', orderingKey: 'k' });
      await acknowledge(api, subscription, await pullAll(api, subscription, 2));
      await api.subscriber.seek(
        { subscription, time: { seconds: Math.floor(Date.now() / 1000) - 60 } },
        ONCE,
      );
      return texts(await pullAll(api, subscription, 2));
    },
    expect: ['a', 'b'],
  },
  {
    name: 'a snapshot brings back what was open, and all that came later',
    async act(api) {
      const { topic, subscription } = await pair(api);
      await api.publish(topic, 'acked', 'open');
      const messages = await pullAll(api, subscription, 2);
      await acknowledge(
        api,
        subscription,
        messages.filter(({ data }) => data === 'acked'),
      );
      await api.subscriber.createSnapshot({ name: api.snapshot('snap'), subscription }, ONCE);
      await api.publish(topic, 'later');
      const rest = [
        ...messages.filter(({ data }) => data === 'open'),
        ...(await pullAll(api, subscription, 1)),
      ];
      await acknowledge(api, subscription, rest);
      await api.subscriber.seek({ subscription, snapshot: api.snapshot('snap') }, ONCE);
      return texts(await pullAll(api, subscription, 2)).sort();
    },
    expect: ['later', 'open'],
  },
  {
    name: 'a seek needs a target',
    async act(api) {
      const { subscription } = await pair(api);
      return codeOf(api.subscriber.seek({ subscription }, ONCE));
    },
    expect: 'INVALID_ARGUMENT',
  },
  {
    name: 'a snapshot of another topic, or out of order, is not sought',
    async act(api) {
      const { topic, subscription } = await pair(api);
      const ordered = await api.createSubscription(topic, { enableMessageOrdering: true });
      const foreign = (await pair(api)).subscription;
      await api.subscriber.createSnapshot({ name: api.snapshot('snap'), subscription }, ONCE);
      const snapshot = api.snapshot('snap');
      return [
        await codeOf(api.subscriber.seek({ subscription: foreign, snapshot }, ONCE)),
        await codeOf(api.subscriber.seek({ subscription: ordered, snapshot }, ONCE)),
      ];
    },
    expect: ['FAILED_PRECONDITION', 'FAILED_PRECONDITION'],
  },
  {
    name: 'exactly-once delivery tells which acknowledgements did not hold',
    async act(api) {
      const { topic, subscription } = await pair(api, { enableExactlyOnceDelivery: true });
      await api.publish(topic, 'm');
      const first = await pullAll(api, subscription, 1);
      await refuse(api, subscription, first);
      const second = await pullAll(api, subscription, 1);
      const error = await acknowledge(api, subscription, first).catch((reason) => reason);
      return [
        error.code,
        Object.entries(error.errorInfoMetadata ?? {}).map(([id, what]) => [id === first[0]!.ackId, what]),
        await codeOf(acknowledge(api, subscription, second)),
      ];
    },
    expect: [3, [[true, 'PERMANENT_FAILURE_INVALID_ACK_ID']], 'OK'],
  },
];
