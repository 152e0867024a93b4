import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Api, codeOf, eventually, type Received, type Running, startEmbedded } from './harness.js';

let pubsub: Running;
let api: Api;

beforeAll(async () => {
  pubsub = await startEmbedded();
});
afterAll(() => pubsub.stop());
beforeEach(() => {
  api = pubsub.api();
});

const udf = (code: string, functionName = 'f') => ({
  messageTransforms: [{ javascriptUdf: { functionName, code } }],
});
const UPPER = udf(`function f(message, metadata) {
  if (message.attributes.drop) return null;
  return { data: message.data.toUpperCase(), attributes: { ...message.attributes, key: metadata.ordering_key ?? '' } };
}`);

async function received(subscription: string, count: number): Promise<Received[]> {
  const all: Received[] = [];
  await eventually(
    async () => all.push(...(await api.pull(subscription))),
    (length) => length >= count,
  );
  return all;
}

describe('single-message transforms', () => {
  it.each(['topic', 'subscription'] as const)(
    'of a %s change messages and filter them out',
    async (place) => {
      const topic = await api.createTopic(undefined, place === 'topic' ? UPPER : {});
      const settings = { enableMessageOrdering: true, ...(place === 'subscription' ? UPPER : {}) };
      const subscription = await api.createSubscription(topic, settings);
      const ids = await api.publish(
        topic,
        { data: 'a', attributes: { own: '1' }, orderingKey: 'k' },
        { data: 'b', attributes: { drop: '1' }, orderingKey: 'k' },
        { data: 'c', orderingKey: 'k' },
      );
      const messages = await received(subscription, 2);
      expect(messages.map(({ data, attributes, orderingKey }) => [data, attributes, orderingKey])).toEqual([
        ['A', { own: '1', key: 'k' }, 'k'],
        ['C', { key: 'k' }, 'k'],
      ]);
      expect(new Set(ids).size).toBe(3);
      expect(ids).toEqual(expect.arrayContaining(messages.map(({ messageId }) => messageId)));
    },
  );

  it('of a subscription that fail send the message to the dead-letter topic', async () => {
    const deadLetterTopic = await api.createTopic('dead');
    const inspect = await api.createSubscription(deadLetterTopic);
    const topic = await api.createTopic();
    const subscription = await api.createSubscription(topic, {
      ...udf('function f(m) { if (m.data === "bad") throw new Error("no"); return m; }'),
      deadLetterPolicy: { deadLetterTopic, maxDeliveryAttempts: 5 },
    });
    await api.publish(topic, 'bad', 'good');
    const good: string[] = [];
    const dead = await eventually(
      async () => {
        good.push(...(await api.pull(subscription)).map(({ data }) => data));
        return api.pull(inspect);
      },
      (messages) => messages.length > 0,
    );
    expect([good, dead.map(({ data }) => data)]).toEqual([['good'], ['bad']]);
  });

  it('of a topic that fail refuse the request', async () => {
    const topic = await api.createTopic(undefined, udf('function f(m) { throw new Error("no"); }'));
    await expect(api.publish(topic, 'x')).rejects.toThrow('f failed: no');
  });

  it('have limits of time and memory, and no world around them', async () => {
    const attempt = async (body: string) => {
      const topic = await api.createTopic(undefined, udf(`function f(m) { ${body} }`));
      return codeOf(api.publish(topic, 'x'));
    };
    expect([
      await attempt('for (;;) {}'),
      await attempt('const all = []; for (;;) all.push("x".repeat(100000) + all.length);'),
      await attempt('function g() { return g() + 1; } g();'),
      await attempt('return { data: typeof process + typeof require + typeof fetch };'),
      await attempt('return { data: 1 };'),
      await attempt('return "text";'),
    ]).toEqual([...new Array(3).fill('INVALID_ARGUMENT'), 'OK', ...new Array(2).fill('INVALID_ARGUMENT')]);
  });

  it('are refused when they cannot be compiled, and by name when there is no such thing here', async () => {
    const create = (settings: Record<string, unknown>) => codeOf(api.createTopic(undefined, settings));
    const valid = udf('function f(m) { return m; }').messageTransforms[0]!;
    expect([
      await create(udf('function f(m {')),
      await create(udf('const other = 1;')),
      await create(udf('function f(m) { return m; }', 'not a name')),
      await create(udf(`function f(m) { return m; } // ${'x'.repeat(20_480)}`)),
      await create({ messageTransforms: new Array(6).fill(valid) }),
      await create({ messageTransforms: [...new Array(5).fill(valid), { ...valid, disabled: true }] }),
      await create({ messageTransforms: [{ aiInference: { endpoint: 'e' } }] }),
    ]).toEqual([...new Array(5).fill('INVALID_ARGUMENT'), 'OK', 'UNIMPLEMENTED']);
  });
});
