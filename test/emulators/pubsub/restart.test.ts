import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Api, connect, eventually, ONCE } from './harness.js';

const MAIN = resolve(import.meta.dirname, '../../../dist/src/emulators/pubsub/main.js');
const PROJECT = 'restarted';

let folder: string;
let child: ChildProcess | undefined;
let api: Api;

async function start(): Promise<void> {
  child = spawn(process.execPath, [MAIN, '--data-dir', folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const line of createInterface({ input: child.stdout! })) {
    const { host, port } = JSON.parse(line);
    api = connect(`${host}:${port}`, PROJECT);
    return;
  }
  throw new Error('the server did not start');
}

async function end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
  const exited = once(child!, 'exit');
  child!.kill(signal);
  await exited;
  child = undefined;
}

async function restart(signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): Promise<void> {
  await api.close();
  await end(signal);
  await start();
}

async function drain(subscription: string, count: number): Promise<string[]> {
  const texts: string[] = [];
  await eventually(
    async () => {
      const messages = await api.pull(subscription, 1000);
      texts.push(...messages.map(({ data }) => data));
      return texts.length;
    },
    (length) => length >= count,
  );
  return texts.sort();
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'healthmon-pubsub-restart-'));
  await start();
});
afterEach(async () => {
  await api.close();
  if (child !== undefined) await end('SIGTERM');
  rmSync(folder, { recursive: true, force: true });
});

describe('a server that was killed', () => {
  it.each(['SIGKILL', 'SIGTERM'] as const)('has after %s what it acknowledged', async (signal) => {
    const topic = await api.createTopic('vitals', {
      labels: { a: 'b' },
      messageRetentionDuration: { seconds: 600 },
    });
    const subscription = await api.createSubscription(topic, { filter: 'attributes:keep' }, 'worker');
    const keep = { keep: '' };
    await api.publish(topic, { data: '1', attributes: keep }, 'dropped', { data: '2', attributes: keep });
    await api.publish(topic, { data: '3', attributes: keep });
    const received = await api.pull(subscription);
    const second = received.filter(({ data }) => data === '2').map(({ ackId }) => ackId);
    await api.subscriber.acknowledge({ subscription, ackIds: second }, ONCE);
    await api.subscriber.createSnapshot({ name: api.snapshot('snap'), subscription }, ONCE);
    await api.pubsub.topic('vitals').iam.setPolicy({ bindings: [{ role: 'r', members: ['m'] }] });
    await restart(signal);
    const [shown] = await api.publisher.getTopic({ topic });
    const [policy] = await api.pubsub.topic('vitals').iam.getPolicy();
    expect([shown.labels, policy.bindings?.[0]?.role]).toEqual([{ a: 'b' }, 'r']);
    expect(await drain(subscription, 2)).toEqual(['1', '3']);
    await api.publish(topic, { data: '4', attributes: keep });
    expect(await drain(subscription, 1)).toEqual(['4']);
    await api.subscriber.seek({ subscription, snapshot: api.snapshot('snap') }, ONCE);
    expect(await drain(subscription, 3)).toEqual(['1', '3', '4']);
  });

  it('gives no id twice, and counts failures on', async () => {
    const deadLetterTopic = await api.createTopic('dead');
    const topic = await api.createTopic('vitals');
    const subscription = await api.createSubscription(topic, { deadLetterPolicy: { deadLetterTopic } });
    const ids = [...(await api.publish(topic, 'm')), ...(await api.publish(deadLetterTopic, 'to nobody'))];
    const [first] = await api.pull(subscription);
    await api.subscriber.modifyAckDeadline(
      { subscription, ackIds: [first!.ackId], ackDeadlineSeconds: 0 },
      ONCE,
    );
    await restart();
    ids.push(...(await api.publish(deadLetterTopic, 'to nobody')));
    const [second] = await api.pull(subscription);
    expect([second!.messageId, second!.deliveryAttempt]).toEqual([first!.messageId, 2]);
    expect(new Set(ids).size).toBe(3);
  });

  it('delivers under exactly-once delivery what was not acknowledged, and takes no older id', async () => {
    const topic = await api.createTopic('vitals');
    const subscription = await api.createSubscription(topic, { enableExactlyOnceDelivery: true });
    await api.publish(topic, 'acked', 'open');
    const before = await api.pull(subscription);
    const ids = (text: string) => before.filter(({ data }) => data === text).map(({ ackId }) => ackId);
    await api.subscriber.acknowledge({ subscription, ackIds: ids('acked') }, ONCE);
    await restart();
    await expect(
      api.subscriber.acknowledge({ subscription, ackIds: ids('open') }, ONCE),
    ).rejects.toMatchObject({
      code: 3,
    });
    expect(await drain(subscription, 1)).toEqual(['open']);
  });

  it('has, killed at any moment, every message that was answered for, and none that was acknowledged', async () => {
    const topic = await api.createTopic('vitals');
    const subscription = await api.createSubscription(topic);
    const published = new Set<string>();
    const acknowledged = new Set<string>();
    /** Asked to be acknowledged: the answer may have been lost. */
    const asked = new Set<string>();
    let next = 0;
    for (let round = 0; round < 4; round++) {
      const publisher = async () => {
        for (;;) {
          const batch = Array.from({ length: 50 }, () => `m${next++}`);
          await api.publish(topic, ...batch);
          for (const text of batch) published.add(text);
        }
      };
      const worker = async () => {
        for (;;) {
          const messages = await api.pull(subscription, 30);
          if (messages.length === 0) continue;
          for (const { data } of messages) {
            expect(acknowledged.has(data)).toBe(false);
            asked.add(data);
          }
          await api.subscriber.acknowledge(
            { subscription, ackIds: messages.map(({ ackId }) => ackId) },
            ONCE,
          );
          for (const { data } of messages) acknowledged.add(data);
        }
      };
      const work = Promise.allSettled([publisher(), publisher(), worker()]);
      await new Promise((resolve) => setTimeout(resolve, 150 + round * 77));
      await end('SIGKILL');
      const results = await work;
      expect(results.map((result) => (result as PromiseRejectedResult).reason.code)).not.toContain(undefined);
      await api.close();
      await start();
    }
    const missing = [...published].filter((text) => !asked.has(text));
    const rest: string[] = [];
    for (let texts = ['']; texts.length > 0; rest.push(...texts)) {
      texts = (await api.pull(subscription, 1000)).map(({ data }) => data);
    }
    expect(rest.filter((text) => acknowledged.has(text))).toEqual([]);
    expect(missing.filter((text) => !rest.includes(text))).toEqual([]);
  });
});
