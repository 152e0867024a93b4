import { Bigtable, type Instance } from '@google-cloud/bigtable';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startEmbedded } from './backends.js';

let server: Awaited<ReturnType<typeof startEmbedded>>;
let instance: Instance;

beforeAll(async () => {
  server = await startEmbedded();
  vi.stubEnv('METADATA_SERVER_DETECTION', 'none');
  vi.stubEnv('BIGTABLE_EMULATOR_HOST', `localhost:${server.port}`);
  // Without a project it sends a placeholder in every name.
  instance = new Bigtable().instance('instance-1');
  const [, operation] = await instance.create({ clusters: [{ id: 'cluster-1', location: 'r-a', nodes: 2 }] });
  await operation.promise();
});

afterAll(async () => {
  vi.unstubAllEnvs();
  await server.stop();
});

describe('REST', () => {
  it('shows operations, which gcloud asks for until they are done', async () => {
    const url = `http://localhost:${server.port}/v2/projects/p/instances`;
    const created = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        parent: 'projects/p',
        instanceId: 'instance-2',
        instance: { displayName: 'Second' },
        clusters: { 'cluster-2': { location: 'projects/p/locations/r-a', serveNodes: 1 } },
      }),
    });
    const { name } = (await created.json()) as { name: string };
    const shown = await fetch(`http://localhost:${server.port}/v2/${name}`);
    expect(await shown.json()).toMatchObject({ name, done: true, response: { displayName: 'Second' } });
  });
});

describe('the official client of Node, given no project', () => {
  it('writes and reads rows', async () => {
    const table = instance.table('t');
    await table.create({ families: ['f'] });
    await table.insert([{ key: 'r1', data: { f: { q: 'v' } } }]);
    const [rows] = await table.getRows();
    expect(rows.map((row) => [row.id, row.data['f']['q'][0].value])).toEqual([['r1', 'v']]);
  });

  it('sets the policy that it got', async () => {
    const [policy] = await instance.getIamPolicy();
    const [updated] = await instance.setIamPolicy(policy);
    expect(updated.version).toBe(policy.version);
  });

  it('keeps the nodes of a cluster that is set to scale by itself', async () => {
    const cluster = instance.cluster('cluster-1');
    const [operation] = await cluster.setMetadata({
      minServeNodes: 3,
      maxServeNodes: 4,
      cpuUtilizationPercent: 50,
    });
    await operation.promise();
    const [{ serveNodes, clusterConfig }] = await cluster.getMetadata();
    expect(serveNodes).toBe(2);
    expect(clusterConfig?.clusterAutoscalingConfig?.autoscalingLimits).toEqual({
      minServeNodes: 3,
      maxServeNodes: 4,
    });
  });
});
