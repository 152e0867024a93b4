import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PubSub } from '@google-cloud/pubsub';
import { Storage } from '@google-cloud/storage';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { SERVICES, type ServiceName, STANDARD_SERVICES } from '../../src/core/services.js';
import { type LocalCloud, startLocalCloud } from '../../src/emulators/local-cloud.js';
import { EMULATED } from '../../src/emulators/registry.js';
import { isListening } from '../../src/emulators/serving/listening.js';

const running: LocalCloud[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((cloud) => cloud.stop()));
});

async function start(...options: Parameters<typeof startLocalCloud>): Promise<LocalCloud> {
  const cloud = await startLocalCloud(...options);
  running.push(cloud);
  return cloud;
}

function storageOf({ endpoints, project }: LocalCloud): Storage {
  return new Storage({ apiEndpoint: endpoints.storage!, projectId: project });
}

function portOf({ endpoints }: LocalCloud, name: ServiceName): number {
  return Number(endpoints[name]!.split(':').at(-1));
}

const folders = () => readdirSync(tmpdir()).filter((name) => name.startsWith('healthmon-cloud-'));

describe('a local cloud within the process', () => {
  it('does real work in every service, and names each by its variable', async () => {
    const cloud = await start();
    for (const name of STANDARD_SERVICES) {
      const target = { host: '127.0.0.1', port: portOf(cloud, name), project: cloud.project };
      await EMULATED[name].probe(target, `probe-${name}`);
      expect(cloud.env[SERVICES[name].hostVariable]).toBe(cloud.endpoints[name]);
    }
    expect(cloud.env).toMatchObject({
      GOOGLE_CLOUD_PROJECT: 'healthmon-local',
      SPANNER_EMULATOR_REST: `http://${cloud.endpoints.spanner}`,
    });
  });

  it('starts only what is chosen', async () => {
    const cloud = await start({ services: ['storage'], project: 'mine' });
    expect(Object.keys(cloud.endpoints)).toEqual(['storage']);
    expect(Object.keys(cloud.env).sort()).toEqual(['GOOGLE_CLOUD_PROJECT', 'STORAGE_EMULATOR_HOST']);
    expect(cloud.env.GOOGLE_CLOUD_PROJECT).toBe('mine');
  });

  it('runs beside others that see nothing of it', async () => {
    const [one, other] = await Promise.all([
      start({ services: ['storage'] }),
      start({ services: ['storage'] }),
    ]);
    await storageOf(one).createBucket('only-here');
    expect(await storageOf(one).bucket('only-here').exists()).toEqual([true]);
    expect(await storageOf(other).bucket('only-here').exists()).toEqual([false]);
  });

  it('delivers from one service to another', async () => {
    const cloud = await start({ services: ['pubsub', 'bigquery'] });
    const url = `${cloud.endpoints.bigquery}/bigquery/v2/projects/${cloud.project}`;
    const post = async (path: string, body: object) => {
      const headers = { 'content-type': 'application/json' };
      const response = await fetch(`${url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
      return (await response.json()) as { rows?: { f: { v: string }[] }[] };
    };
    const query = (text: string) => post('/queries', { query: text, useLegacySql: false });
    await post('/datasets', { datasetReference: { datasetId: 'd' } });
    await query('CREATE TABLE d.messages (data STRING)');
    const pubsub = new PubSub({
      projectId: cloud.project,
      apiEndpoint: cloud.endpoints.pubsub!,
      emulatorMode: true,
    });
    const [topic] = await pubsub.createTopic('vitals');
    await topic.createSubscription('to-table', { bigqueryConfig: { table: `${cloud.project}.d.messages` } });
    await topic.publishMessage({ data: Buffer.from('hello') });
    await vi.waitFor(
      async () => expect((await query('SELECT data FROM d.messages')).rows?.[0]?.f[0]?.v).toBe('hello'),
      { timeout: 30_000, interval: 100 },
    );
    await pubsub.close();
  });

  it('leaves no port and no file behind', async () => {
    const before = folders();
    const cloud = await startLocalCloud({ services: ['spanner', 'bigtable', 'storage'] });
    const ports = (['spanner', 'bigtable', 'storage'] as const).map((name) => portOf(cloud, name));
    await cloud.stop();
    expect(await Promise.all(ports.map((port) => isListening(port, '127.0.0.1')))).toEqual([
      false,
      false,
      false,
    ]);
    expect(folders().filter((name) => !before.includes(name))).toEqual([]);
  });

  it('begins with what another one was stopped with', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'healthmon-saved-'));
    try {
      const saved = join(folder, 'saved');
      const first = await startLocalCloud({ services: ['storage'] });
      await storageOf(first).createBucket('kept');
      await first.stop({ saveTo: saved });
      expect(existsSync(join(saved, 'storage'))).toBe(true);
      const [one, other] = [
        await start({ services: ['storage'], snapshot: saved }),
        await start({ services: ['storage'], snapshot: saved }),
      ];
      await storageOf(one).bucket('kept').delete();
      expect(await storageOf(other).bucket('kept').exists()).toEqual([true]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('says what there is not', async () => {
    await expect(startLocalCloud({ services: ['firestore' as ServiceName] })).rejects.toMatchObject({
      code: 'invalid-option',
    });
    await expect(startLocalCloud({ snapshot: '/nowhere/at/all' })).rejects.toMatchObject({
      code: 'snapshot-not-found',
    });
  });
});
