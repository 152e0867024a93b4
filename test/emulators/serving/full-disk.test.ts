import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { builtScript } from '../../../src/emulators/built-script.js';
import { BigtableClient, b, TABLES } from '../bigtable/bigtable-client.js';
import { type Api, codeOf, connect, eventually, ONCE } from '../pubsub/harness.js';

// Files that may grow no further stand for a disk that is full. The shell counts in blocks of 512 bytes or 1 KiB.
const MAX_BLOCKS = 4096;
const PIECE = 'x'.repeat(500_000);
const RESOURCE_EXHAUSTED = 8;

let folder: string;
let child: ChildProcess | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'healthmon-full-disk-'));
});
afterEach(async () => {
  await kill();
  rmSync(folder, { recursive: true, force: true });
});

/** @returns the port of the service, as a process of its own that may be short of room. */
async function start(service: 'pubsub' | 'bigtable', room: 'little' | 'enough'): Promise<number> {
  const limit = room === 'little' ? `ulimit -f ${MAX_BLOCKS};` : '';
  child = spawn(
    'sh',
    [
      '-c',
      `${limit} exec "$@"`,
      'sh',
      process.execPath,
      builtScript(`${service}/main.js`),
      '--data-dir',
      folder,
    ],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  );
  for await (const line of createInterface({ input: child.stdout! })) return JSON.parse(line).port;
  throw new Error(`${service} did not start`);
}

async function kill(): Promise<void> {
  if (child === undefined || child.exitCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
  child = undefined;
}

describe('a full disk', () => {
  it('is an error of Pub/Sub until room is made, and nothing acknowledged is lost by it', async () => {
    let api: Api = connect(`127.0.0.1:${await start('pubsub', 'little')}`, 'full');
    const bulk = await api.createTopic('bulk');
    const bulky = await api.createSubscription(bulk, {}, 'bulky');
    const vitals = await api.createTopic('vitals');
    const worker = await api.createSubscription(vitals, {}, 'worker');
    await api.publish(vitals, 'before');
    let code = 'OK';
    for (let pieces = 0; code === 'OK' && pieces < 20; pieces++)
      code = await codeOf(api.publish(bulk, PIECE));
    expect(code).toBe('RESOURCE_EXHAUSTED');
    expect(await codeOf(api.createTopic('more'))).toBe('RESOURCE_EXHAUSTED');
    expect((await api.pull(worker)).map(({ data }) => data)).toEqual(['before']);

    await api.subscriber.deleteSubscription({ subscription: bulky }, ONCE).catch(() => {});
    await eventually(
      () => codeOf(api.publish(vitals, 'after')),
      (outcome) => outcome === 'OK',
    );
    await api.close();
    await kill();

    api = connect(`127.0.0.1:${await start('pubsub', 'enough')}`, 'full');
    const found = new Set<string>();
    await eventually(
      async () => {
        for (const { data } of await api.pull(worker)) found.add(data);
        return found.size;
      },
      (size) => size === 2,
    );
    expect(found).toEqual(new Set(['before', 'after']));
    expect(await codeOf(api.pull(bulky))).toBe('NOT_FOUND');
    await api.close();
  });

  it('is an error of Bigtable until room is made, and nothing acknowledged is lost by it', async () => {
    let client = await BigtableClient.connect(await start('bigtable', 'little'));
    const bulk = await client.createTable({ f: {} });
    const vitals = await client.createTable({ f: {} });
    await client.write(vitals, ['before f:a=1']);
    const write = (tableName: string, key: string, value: string) =>
      client.data('MutateRow', tableName, {
        rowKey: b(key),
        mutations: [
          { setCell: { familyName: 'f', columnQualifier: b('a'), timestampMicros: '1000', value: b(value) } },
        ],
      });
    let code: number | undefined;
    for (let pieces = 0; code === undefined && pieces < 20; pieces++) {
      const outcome = await write(bulk, `r${pieces}`, PIECE);
      if ('code' in outcome) code = outcome.code;
    }
    expect(code).toBe(RESOURCE_EXHAUSTED);
    expect(await write(vitals, 'refused', '1')).toMatchObject({ code: RESOURCE_EXHAUSTED });
    expect(await client.read(vitals)).toMatchObject({
      ok: expect.arrayContaining(['before f:a@1000=1']),
    });

    await client.call(`${TABLES}/DeleteTable`, { name: bulk });
    await eventually(
      () => write(vitals, 'after', '2'),
      (outcome) => 'ok' in outcome,
    );
    client.close();
    await kill();

    client = await BigtableClient.connect(await start('bigtable', 'enough'));
    expect(await client.read(vitals)).toMatchObject({
      ok: expect.arrayContaining(['after f:a@1000=2', 'before f:a@1000=1']),
    });
    expect(await client.read(bulk)).toMatchObject({ code: 5 });
    client.close();
  });
});
