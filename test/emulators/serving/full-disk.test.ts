import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { builtScript } from '../../../src/emulators/built-script.js';
import { answerOf } from '../bigquery/harness.js';
import { BigtableClient, b, TABLES } from '../bigtable/bigtable-client.js';
import { type Api, codeOf, connect, eventually, ONCE } from '../pubsub/harness.js';

// Files that may grow no further stand for a disk that is full. The shell counts in blocks of 512 bytes or 1 KiB.
const MAX_BLOCKS = 4096;
const PIECE = 'x'.repeat(500_000);
const RESOURCE_EXHAUSTED = 8;
const PROJECT = 'full';
const QUERY_DEADLINE_MS = 120_000;

let folder: string;
let child: ChildProcess | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'healthmon-full-disk-'));
});
afterEach(async () => {
  await kill();
  rmSync(folder, { recursive: true, force: true });
});

type Service = 'pubsub' | 'bigtable' | 'bigquery' | 'storage';

/** @returns the port of the service, as a process of its own that may be short of room. */
async function start(service: Service, room: 'little' | 'enough'): Promise<number> {
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
      ...(service === 'bigquery' ? ['--project', PROJECT] : []),
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
    let api: Api = connect(`127.0.0.1:${await start('pubsub', 'little')}`, PROJECT);
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

    api = connect(`127.0.0.1:${await start('pubsub', 'enough')}`, PROJECT);
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

  it('is an error of BigQuery at once, and nothing acknowledged is lost by it', async () => {
    let port = await start('bigquery', 'little');
    const answer = (sql: string) =>
      answerOf({ url: `http://127.0.0.1:${port}` }, sql, QUERY_DEADLINE_MS, PROJECT);
    const rows = (from: number, to: number) =>
      `SELECT n, TO_HEX(SHA512(CAST(n AS STRING))) AS s FROM UNNEST(GENERATE_ARRAY(${from}, ${to})) AS n`;
    const full =
      'resourcesExceeded: Resources exceeded: The disk of the emulator is full. Nothing of the statement was stored.';
    expect(await answer(`CREATE SCHEMA d; CREATE TABLE d.t AS ${rows(1, 3)}`)).toBe('done');
    expect(await answer(`INSERT d.t ${rows(4, 1_000_000)}`)).toBe(full);
    expect(await answer(`CREATE TABLE d.u AS ${rows(1, 1_000_000)}`)).toBe(full);
    expect(await answer(`INSERT d.t ${rows(4, 4)}`)).toBe('done');
    await kill();

    port = await start('bigquery', 'enough');
    expect(await answer(`ASSERT (SELECT COUNT(*) FROM d.t) = 4`)).toBe('done');
    expect(await answer(`INSERT d.t ${rows(5, 300_000)}`)).toBe('done');
  });

  it('is an error of Cloud Storage, and nothing acknowledged is lost by it', async () => {
    let port = await start('storage', 'little');
    const call = (method: string, path: string, body?: string) =>
      fetch(`http://127.0.0.1:${port}${path}`, {
        method,
        headers: { 'content-type': 'application/json' },
        ...(body !== undefined && { body }),
      });
    const upload = (name: string, body: string) =>
      call('POST', `/upload/storage/v1/b/full-disk/o?uploadType=media&name=${name}`, body);
    expect((await call('POST', `/storage/v1/b?project=${PROJECT}`, '{"name":"full-disk"}')).status).toBe(200);
    expect((await upload('small', '{}')).status).toBe(200);
    const refused = await upload('large', PIECE.repeat(20));
    expect(refused.status).toBe(507);
    expect(await refused.json()).toMatchObject({
      error: { message: 'The disk of the emulator is full.', errors: [{ reason: 'insufficientStorage' }] },
    });
    await kill();

    port = await start('storage', 'enough');
    const { items } = (await (await call('GET', '/storage/v1/b/full-disk/o')).json()) as {
      items: { name: string }[];
    };
    expect(items.map(({ name }) => name)).toEqual(['small']);
    expect((await upload('large', PIECE.repeat(20))).status).toBe(200);
  });
});
