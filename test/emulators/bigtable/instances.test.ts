import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEmbedded } from './backends.js';
import { type BigtableClient, TABLES } from './bigtable-client.js';

const ADMIN = 'google.bigtable.admin.v2.BigtableInstanceAdmin';
const NAME = 'projects/p/instances/my-instance';

let client: BigtableClient;
let stop: () => Promise<void>;
beforeAll(async () => {
  ({ client, stop } = await startEmbedded());
  const clusters = { 'my-cluster': { location: 'projects/p/locations/here', serveNodes: 1 } };
  const instance = { displayName: 'My instance' };
  const [operation] = await admin('CreateInstance', {
    parent: 'projects/p',
    instanceId: 'my-instance',
    instance,
    clusters,
  });
  expect(operation).toMatchObject({ done: true });
  const [known] = await client.must('google.longrunning.Operations/GetOperation', { name: operation!.name });
  expect(known).toEqual(operation);
});
afterAll(() => stop());

const admin = (method: string, request: Record<string, unknown>) =>
  client.must(`${ADMIN}/${method}`, request);
const refused = (method: string, request: Record<string, unknown>) =>
  client.call(`${ADMIN}/${method}`, request);

describe('instances', () => {
  it('are kept and listed, with those that only tables make known', async () => {
    await client.must(`${TABLES}/CreateTable`, {
      parent: 'projects/p/instances/implied',
      tableId: 't',
      table: {},
    });
    const [listed] = await admin('ListInstances', { parent: 'projects/p' });
    expect(listed!.instances).toMatchObject([
      { name: 'projects/p/instances/implied', state: 'READY' },
      { name: NAME, displayName: 'My instance', type: 'PRODUCTION', state: 'READY' },
    ]);
    expect(await refused('GetInstance', { name: 'projects/p/instances/none' })).toMatchObject({ code: 5 });
  });

  it('are warmed, whether they were made or not', async () => {
    const warmed = (name: string) => client.call('google.bigtable.v2.Bigtable/PingAndWarm', { name });
    for (const name of [NAME, 'projects/p/instances/never-made'])
      expect(await warmed(name)).toEqual({ ok: [{}] });
    expect(await warmed('nonsense')).toMatchObject({ code: 3 });
  });

  it('are updated by what the mask names, and by nothing else', async () => {
    const instance = { name: NAME, displayName: 'Renamed', labels: { a: 'b' } };
    await admin('PartialUpdateInstance', { instance, updateMask: { paths: ['labels'] } });
    const [after] = await admin('GetInstance', { name: NAME });
    expect(after).toMatchObject({ displayName: 'My instance', labels: { a: 'b' } });
    for (const paths of [[], ['name'], ['create_time'], ['nonsense']]) {
      expect(await refused('PartialUpdateInstance', { instance, updateMask: { paths } })).toMatchObject({
        code: 3,
      });
    }
  });

  it.each([
    ['an id that is taken', { instanceId: 'my-instance' }, 6],
    ['an id with capitals', { instanceId: 'My-Instance' }, 3],
    ['a name that is too short', { instanceId: 'other-one', instance: { displayName: 'abc' } }, 3],
    ['no cluster', { instanceId: 'other-one', clusters: {} }, 3],
    ['a cluster without a place', { instanceId: 'other-one', clusters: { 'my-cluster': {} } }, 3],
    ['a parent that is none', { parent: 'p', instanceId: 'other-one' }, 3],
  ])('are refused with %s', async (_what, request, code) => {
    const whole = {
      parent: 'projects/p',
      instance: { displayName: 'Fine' },
      clusters: { 'my-cluster': { location: 'projects/p/locations/here', serveNodes: 1 } },
      ...request,
    };
    expect(await refused('CreateInstance', whole)).toMatchObject({ code });
  });

  it('take their tables with them, unless one is protected', async () => {
    const parent = 'projects/p/instances/doomed';
    await client.must(`${TABLES}/CreateTable`, { parent, tableId: 't', table: { deletionProtection: true } });
    expect(await refused('DeleteInstance', { name: parent })).toMatchObject({ code: 9 });
    const table = { name: `${parent}/tables/t`, deletionProtection: false };
    await client.must(`${TABLES}/UpdateTable`, { table, updateMask: { paths: ['deletion_protection'] } });
    await admin('DeleteInstance', { name: parent });
    expect(await client.call(`${TABLES}/GetTable`, { name: table.name })).toMatchObject({ code: 5 });
  });
});

describe('clusters', () => {
  it('come and go, but for the last', async () => {
    const cluster = { location: 'projects/p/locations/there', serveNodes: 3 };
    await admin('CreateCluster', { parent: NAME, clusterId: 'second-one', cluster });
    const name = `${NAME}/clusters/second-one`;
    await admin('PartialUpdateCluster', {
      cluster: { name, serveNodes: 5 },
      updateMask: { paths: ['serve_nodes'] },
    });
    const [{ clusters } = {}] = await admin('ListClusters', { parent: NAME });
    expect(clusters).toMatchObject([{ serveNodes: 1 }, { name, serveNodes: 5, state: 'READY' }]);
    await admin('DeleteCluster', { name });
    expect(await refused('DeleteCluster', { name: `${NAME}/clusters/my-cluster` })).toMatchObject({
      code: 9,
    });
  });
});

describe('app profiles', () => {
  it('come and go, and route to a cluster that is there', async () => {
    const create = (appProfileId: string, appProfile: object) =>
      refused('CreateAppProfile', { parent: NAME, appProfileId, appProfile });
    expect(await create('batch', { singleClusterRouting: { clusterId: 'none' } })).toMatchObject({ code: 3 });
    expect(await create('batch', {})).toMatchObject({ code: 3 });
    expect(await create('batch', { multiClusterRoutingUseAny: {} })).toMatchObject({
      ok: [{ etag: expect.any(String) }],
    });
    const name = `${NAME}/appProfiles/batch`;
    const appProfile = { name, singleClusterRouting: { clusterId: 'my-cluster' } };
    await admin('UpdateAppProfile', { appProfile, updateMask: { paths: ['single_cluster_routing'] } });
    const [profile] = await admin('GetAppProfile', { name });
    expect(profile).toMatchObject({ singleClusterRouting: { clusterId: 'my-cluster' } });
    expect(profile).not.toHaveProperty('multiClusterRoutingUseAny');
    await admin('DeleteAppProfile', { name, ignoreWarnings: true });
    expect(await refused('GetAppProfile', { name })).toMatchObject({ code: 5 });
  });
});
