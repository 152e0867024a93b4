import { setTimeout as sleep } from 'node:timers/promises';
import { status } from '@grpc/grpc-js';
import type { Case } from './cases-admin.js';
import { type Api, codeOf, eventually, ONCE } from './harness.js';

interface Answer {
  receivedMessages: { ackId: string; message: { data: Buffer } }[];
  subscriptionProperties: { exactlyOnceDeliveryEnabled: boolean; messageOrderingEnabled: boolean } | null;
  acknowledgeConfirmation: { ackIds: string[]; invalidAckIds: string[] } | null;
}

/** A stream as the client libraries open it, without what they do on top. */
function open(api: Api, ...requests: object[]) {
  const stream = api.subscriber.streamingPull({ timeout: 30_000 });
  const answers: Answer[] = [];
  let code: string | undefined;
  stream.on('data', (answer: Answer) => answers.push(answer));
  stream.on('error', (error: { code: number }) => {
    code = status[error.code];
  });
  for (const request of requests) stream.write(request);
  return {
    stream,
    answers,
    texts: () =>
      answers.flatMap(({ receivedMessages }) => receivedMessages.map(({ message }) => `${message.data}`)),
    ackIds: () => answers.flatMap(({ receivedMessages }) => receivedMessages.map(({ ackId }) => ackId)),
    code: () =>
      eventually(
        async () => code,
        (value) => value !== undefined,
        60_000,
      ),
    async end() {
      stream.cancel();
      await sleep(50);
    },
  };
}

async function pair(api: Api, settings: Record<string, unknown> = {}) {
  const topic = await api.createTopic();
  const subscription = await api.createSubscription(topic, settings);
  return { topic, subscription, first: { subscription, streamAckDeadlineSeconds: 10 } };
}

async function received(texts: () => string[], count: number): Promise<string[]> {
  return eventually(
    async () => texts(),
    (found) => found.length >= count,
  );
}

export const STREAM_CASES: Case[] = [
  {
    name: 'the first request of a stream says what it is for, the others do not',
    async act(api) {
      const { subscription, first } = await pair(api);
      const codes: (string | undefined)[] = [];
      for (const requests of [
        [{ streamAckDeadlineSeconds: 10 }],
        [{ subscription }],
        [{ subscription, streamAckDeadlineSeconds: 9 }],
        [{ subscription, streamAckDeadlineSeconds: 601 }],
        [{ subscription: api.subscription('none'), streamAckDeadlineSeconds: 10 }],
        [first, first],
        [first, { modifyDeadlineAckIds: ['a'], modifyDeadlineSeconds: [1, 2] }],
        [first, { modifyDeadlineAckIds: ['a'], modifyDeadlineSeconds: [-1] }],
        [first, { ackIds: ['nonsense'] }],
      ]) {
        const stream = open(api, ...requests);
        codes.push(await stream.code());
        await stream.end();
      }
      return codes;
    },
    expect: [...new Array(4).fill('INVALID_ARGUMENT'), 'NOT_FOUND', ...new Array(4).fill('INVALID_ARGUMENT')],
  },
  {
    name: 'a stream delivers, takes acknowledgements and tells how the subscription delivers',
    async act(api) {
      const { topic, subscription, first } = await pair(api, { enableMessageOrdering: true });
      const stream = open(api, first);
      await api.publish(topic, { data: 'a', orderingKey: 'k' });
      const texts = await received(stream.texts, 1);
      stream.stream.write({ ackIds: stream.ackIds() });
      await sleep(300);
      await stream.end();
      const { subscriptionProperties } = stream.answers.at(-1)!;
      return [texts, subscriptionProperties!.messageOrderingEnabled, (await api.pull(subscription)).length];
    },
    expect: [['a'], true, 0],
  },
  {
    name: 'acknowledgements on a stream are confirmed under exactly-once delivery',
    async act(api) {
      const { topic, first } = await pair(api, { enableExactlyOnceDelivery: true });
      const stream = open(api, first);
      await api.publish(topic, 'a');
      await received(stream.texts, 1);
      const ackIds = stream.ackIds();
      stream.stream.write({ ackIds });
      const [confirmation] = await eventually(
        async () => stream.answers.flatMap(({ acknowledgeConfirmation }) => acknowledgeConfirmation ?? []),
        (confirmations) => confirmations.length > 0,
      );
      await stream.end();
      return [
        confirmation!.ackIds.length,
        confirmation!.ackIds[0] === ackIds[0],
        confirmation!.invalidAckIds,
      ];
    },
    expect: [1, true, []],
  },
  {
    name: 'a stream gets no more than it has room for',
    async act(api) {
      const { topic, subscription, first } = await pair(api);
      const stream = open(api, { ...first, maxOutstandingMessages: 2 });
      await api.publish(topic, 'a', 'b', 'c');
      await received(stream.texts, 2);
      await sleep(500);
      const before = stream.texts().length;
      // Whoever acknowledges makes room.
      await api.subscriber.acknowledge({ subscription, ackIds: stream.ackIds().slice(0, 1) }, ONCE);
      const after = (await received(stream.texts, 3)).length;
      await stream.end();
      return [before, after];
    },
    expect: [2, 3],
  },
  {
    name: 'what a dead stream has got comes again when its deadline has passed',
    async act(api) {
      const { topic, subscription, first } = await pair(api);
      const stream = open(api, first);
      await api.publish(topic, 'a');
      await received(stream.texts, 1);
      await stream.end();
      await sleep(3_000);
      const early = (await api.pull(subscription)).length;
      const late = await eventually(
        () => api.pull(subscription),
        (messages) => messages.length > 0,
      );
      return [early, late.map(({ data }) => data)];
    },
    expect: [0, ['a']],
  },
  {
    name: 'a stream ends with its subscription',
    async act(api) {
      const { subscription, first } = await pair(api);
      const stream = open(api, first);
      await sleep(300);
      await api.subscriber.deleteSubscription({ subscription }, ONCE);
      const code = await stream.code();
      await stream.end();
      return [code, await codeOf(api.pull(subscription))];
    },
    expect: ['NOT_FOUND', 'NOT_FOUND'],
  },
];
