// Needs Google's emulators: pubsub
import { beforeAll, describe, expect, it } from 'vitest';
import type { Implementation } from '../../../src/core/services.js';
import { request } from '../../../src/emulators/probes/rest.js';
import { readUndelivered } from '../../../src/emulators/pubsub/undelivered.js';
import { loadSnapshot, saveSnapshot } from '../../../src/emulators/snapshot/snapshot.js';
import { startStack } from '../../../src/emulators/stack/start.js';
import { stackStatus } from '../../../src/emulators/stack/status.js';
import { runHealthmon } from '../../helpers/run.js';
import { useFolder } from './harness.js';

const folder = useFolder();
const PROJECT = 'ward-seven';
const MESSAGES = 1500;
const base = `projects/${PROJECT}`;

async function pubsub(): Promise<{ url: string; implementation: string }> {
  const { services } = await stackStatus(folder.location());
  const { endpoint, implementation } = services.find(({ name }) => name === 'pubsub')!;
  return { url: `http://${endpoint}`, implementation };
}

const subscribe = (url: string, name: string, more: object = {}) =>
  request(`${url}/v1/${base}/subscriptions/${name}`, 'PUT', {
    topic: `${base}/topics/readings`,
    ackDeadlineSeconds: 600,
    ...more,
  });

async function publish(url: string, from: number, to: number): Promise<void> {
  for (let at = from; at < to; at += 500) {
    const numbers = Array.from({ length: Math.min(500, to - at) }, (_, index) => at + index);
    const messages = numbers.map((number) => ({
      data: Buffer.from(String(number)).toString('base64'),
      attributes: { ward: '7' },
      orderingKey: `patient-${number % 3}`,
    }));
    await request(`${url}/v1/${base}/topics/readings:publish`, 'POST', { messages });
  }
}

async function pull(
  url: string,
  name: string,
  maxMessages: number,
): Promise<{ ackId: string; number: number }[]> {
  const api = `${url}/v1/${base}/subscriptions/${name}:pull`;
  const answer = (await request(api, 'POST', { maxMessages })) as {
    receivedMessages?: { ackId: string; message: { data: string } }[];
  };
  return (answer.receivedMessages ?? []).map(({ ackId, message }) => ({
    ackId,
    number: Number(Buffer.from(message.data, 'base64').toString()),
  }));
}

/** What waits in each subscription, as numbers. */
async function waiting(): Promise<Record<string, number[]>> {
  const { url } = await pubsub();
  const found: Record<string, number[]> = {};
  for (const name of ['all', 'late', 'holes', 'ordered', 'empty']) {
    const messages = await readUndelivered(url, { name: `${base}/subscriptions/${name}` });
    for (const { attributes, orderingKey, data } of messages) {
      const number = Number(Buffer.from(data!, 'base64').toString());
      expect({ attributes, orderingKey }).toEqual({
        attributes: { ward: '7' },
        orderingKey: `patient-${number % 3}`,
      });
    }
    found[name] = messages.map(({ data }) => Number(Buffer.from(data!, 'base64').toString()));
  }
  return found;
}

const sorted = (all: Record<string, number[]>) =>
  Object.fromEntries(Object.entries(all).map(([name, numbers]) => [name, numbers.toSorted((a, b) => a - b)]));
const restart = (...argv: string[]) =>
  runHealthmon(['emulators', 'restart', '--project', PROJECT, ...argv], folder);

let expected: Record<string, number[]>;

beforeAll(async () => {
  await startStack({ ...folder.location(), project: PROJECT, only: ['pubsub', 'storage'] });
  const { url } = await pubsub();
  await request(`${url}/v1/${base}/topics/readings`, 'PUT', {});
  await subscribe(url, 'all');
  await subscribe(url, 'holes');
  await subscribe(url, 'ordered', { enableMessageOrdering: true });
  await publish(url, 0, 1000);
  await subscribe(url, 'late', { deadLetterPolicy: { deadLetterTopic: `${base}/topics/readings` } });
  await publish(url, 1000, MESSAGES);
  await subscribe(url, 'empty');
  // Somebody holds some of these and has acknowledged others, when the snapshot is taken.
  const held = await pull(url, 'holes', 900);
  const done = held.filter(({ number }) => number % 7 === 0);
  const ackIds = done.map(({ ackId }) => ackId);
  await request(`${url}/v1/${base}/subscriptions/holes:acknowledge`, 'POST', { ackIds });
  const acknowledged = new Set(done.map(({ number }) => number));
  const numbers = Array.from({ length: MESSAGES }, (_, index) => index);
  expected = {
    all: numbers,
    late: numbers.slice(1000),
    holes: numbers.filter((number) => !acknowledged.has(number)),
    ordered: numbers,
    empty: [],
  };
  expect(acknowledged.size).toBeGreaterThan(50);
});

describe('undelivered messages', () => {
  it('are read without being changed', async () => {
    expect(sorted(await waiting())).toEqual(expected);
    expect(sorted(await waiting())).toEqual(expected);
  });

  it('are in a snapshot', async () => {
    const options = { ...folder.location(), snapshot: 'waiting', bigtableInstances: [] };
    await saveSnapshot(options);
    const { url } = await pubsub();
    await request(`${url}/v1/${base}/subscriptions/all`, 'DELETE');
    await loadSnapshot(options);
    expect(sorted(await waiting())).toEqual(expected);
  });

  it.each<[Implementation, string[]]>([
    ['embedded', []],
    ['official', ['--official', 'pubsub']],
    ['official', ['--official', 'pubsub']],
    ['embedded', []],
  ])('come through a restart with the %s emulator %j', { timeout: 120_000 }, async (implementation, argv) => {
    const restarted = await restart(...argv);
    expect(restarted, restarted.stderr).toMatchObject({ code: 0 });
    expect((await pubsub()).implementation).toBe(implementation);
    const all = await waiting();
    expect(sorted(all)).toEqual(expected);
    for (const key of [0, 1, 2]) {
      const ofKey = all.ordered!.filter((number) => number % 3 === key);
      expect(ofKey).toEqual(ofKey.toSorted((a, b) => a - b));
    }
  });
});
