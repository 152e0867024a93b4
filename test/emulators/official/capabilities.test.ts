// Needs Google's emulators: spanner, bigtable, pubsub
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OFFICIAL_NAMES, SERVICE_NAMES } from '../../../src/core/services.js';
import { allCapabilities } from '../../../src/emulators/capabilities.js';
import { GrpcChannel } from '../../../src/emulators/probes/grpc.js';
import { request } from '../../../src/emulators/probes/rest.js';
import { startStack } from '../../../src/emulators/stack/start.js';
import { stackEnv } from '../../../src/emulators/stack/status.js';
import { stopStack } from '../../../src/emulators/stack/stop.js';
import { runHealthmon } from '../../helpers/run.js';
import { ALL_OFFICIAL } from '../supervisor/misbehaving.js';

const folder = mkdtempSync(join(tmpdir(), 'healthmon-capabilities-'));
const location = { env: { PATH: process.env.PATH, HEALTHMON_STATE_DIR: folder }, cwd: folder };
let spanner: GrpcChannel;
let bigtable: GrpcChannel;
let pubsub: string;

const ADMIN = '/google.spanner.admin.database.v1.DatabaseAdmin';
const INSTANCE = 'projects/p1/instances/i1';

beforeAll(async () => {
  await startStack({ ...location, project: 'p1', only: OFFICIAL_NAMES, implementations: ALL_OFFICIAL });
  const env = (await stackEnv(location))!;
  spanner = new GrpcChannel(env.SPANNER_EMULATOR_HOST!);
  bigtable = new GrpcChannel(env.BIGTABLE_EMULATOR_HOST!);
  pubsub = `http://${env.PUBSUB_EMULATOR_HOST}/v1/projects/p1`;
  await spanner.call('/google.spanner.admin.instance.v1.InstanceAdmin/CreateInstance', {
    1: 'projects/p1',
    2: 'i1',
    3: { 1: INSTANCE, 2: 'projects/p1/instanceConfigs/emulator-config', 3: 'one', 5: 1 },
  });
  await spanner.call(`${ADMIN}/CreateDatabase`, {
    1: INSTANCE,
    2: 'CREATE DATABASE `d1`',
    3: 'CREATE TABLE T (A INT64, B INT64) PRIMARY KEY (A)',
  });
});
afterAll(async () => {
  spanner.close();
  bigtable.close();
  await stopStack(location);
  rmSync(folder, { recursive: true, force: true });
});

const refused = async (call: Promise<unknown>) => {
  await expect(call).rejects.toThrow();
};

async function spannerSession(): Promise<string> {
  const session = await spanner.call('/google.spanner.v1.Spanner/CreateSession', {
    1: `${INSTANCE}/databases/d1`,
  });
  return session.text(1);
}

const begin = (session: string) =>
  spanner.call('/google.spanner.v1.Spanner/BeginTransaction', { 1: session, 2: { 1: {} } });

/** Statement → proof of it on the running emulators. */
const PROOFS: Record<string, () => Promise<void>> = {
  'spanner: Commit limits (80,000 mutations, 100 MB)': async () => {
    const session = await spannerSession();
    const value = (text: string) => ({ 3: text });
    const rows = Array.from({ length: 45_000 }, (_, index) => ({ 1: [value(String(index)), value('1')] }));
    const insert = { 1: { 1: 'T', 2: ['A', 'B'], 3: rows } };
    await spanner.call('/google.spanner.v1.Spanner/Commit', { 1: session, 3: { 1: {} }, 4: insert });
  },
  'spanner: Concurrent read-write transactions': async () => {
    const sessions = [await spannerSession(), await spannerSession()];
    const sql = (session: string, transaction: Buffer) =>
      spanner.call('/google.spanner.v1.Spanner/ExecuteSql', {
        1: session,
        2: { 2: transaction },
        3: 'UPDATE T SET B = 2 WHERE A = 1',
      });
    const [first, second] = [(await begin(sessions[0]!)).bytes(1), (await begin(sessions[1]!)).bytes(1)];
    const results = await Promise.allSettled([sql(sessions[0]!, first), sql(sessions[1]!, second)]);
    const refusals = results.flatMap((result) =>
      result.status === 'rejected' ? [String(result.reason)] : [],
    );
    expect(refusals).toEqual([
      expect.stringContaining('The emulator only supports one transaction at a time'),
    ]);
  },
  'spanner: Fine-grained access control (CREATE ROLE, GRANT)': () =>
    refused(
      spanner.call(`${ADMIN}/UpdateDatabaseDdl`, { 1: `${INSTANCE}/databases/d1`, 2: 'CREATE ROLE r' }),
    ),
  'spanner: Backups': () => refused(spanner.call(`${ADMIN}/ListBackups`, { 1: INSTANCE })),
  'bigtable: Instances and clusters': () =>
    refused(
      bigtable.call('/google.bigtable.admin.v2.BigtableInstanceAdmin/ListInstances', { 1: 'projects/p1' }),
    ),
  'bigtable: SQL': () =>
    refused(
      bigtable.call('/google.bigtable.v2.Bigtable/PrepareQuery', {
        1: 'projects/p1/instances/i',
        3: 'SELECT 1',
      }),
    ),
  'bigtable: Limits of rows, cells and requests': async () => {
    const parent = 'projects/p1/instances/i';
    await bigtable.call('/google.bigtable.admin.v2.BigtableTableAdmin/CreateTable', {
      1: parent,
      2: 't',
      3: { 3: { 1: 'f', 2: {} } },
    });
    const key = 'k'.repeat(5000);
    await bigtable.call('/google.bigtable.v2.Bigtable/MutateRow', {
      1: `${parent}/tables/t`,
      2: key,
      3: { 1: { 1: 'f', 2: 'q', 3: 1000, 4: 'v' } },
    });
  },
  'pubsub: Subscription filters': async () => {
    await request(`${pubsub}/topics/filtered`, 'PUT', {});
    await request(`${pubsub}/subscriptions/filtered`, 'PUT', {
      topic: 'projects/p1/topics/filtered',
      filter: 'attributes.wanted = "yes"',
    });
    await request(`${pubsub}/topics/filtered:publish`, 'POST', {
      messages: [{ attributes: { wanted: 'no' } }],
    });
    const pulled = await request(`${pubsub}/subscriptions/filtered:pull`, 'POST', { maxMessages: 1 });
    expect((pulled as { receivedMessages: unknown[] }).receivedMessages).toHaveLength(1);
  },
  'pubsub: Protocol buffer schemas': () =>
    refused(
      request(`${pubsub}/schemas?schemaId=proto`, 'POST', {
        type: 'PROTOCOL_BUFFER',
        definition: 'syntax = "proto3"; message M { string a = 1; }',
      }),
    ),
  'pubsub: IAM': () => refused(request(`${pubsub}/topics/filtered:getIamPolicy`)),
};

/** What only the version, time, a restart or the loss of the emulator could show. */
const NOT_SHOWN =
  /Persistence|Multiplexed|Garbage collection|bigtable: Backups|BigQuery and Cloud Storage subscriptions/;

describe('what is said about Google’s emulators', () => {
  it('is proven for every difference that can be shown', async () => {
    const stated = (await allCapabilities())
      .filter(({ implementation, status }) => implementation === 'official' && status !== 'supported')
      .map(({ service, name }) => `${service}: ${name}`)
      .filter((statement) => !NOT_SHOWN.test(statement));
    expect(Object.keys(PROOFS).sort()).toEqual(stated.sort());
  });

  it.each(Object.entries(PROOFS))('%s', async (_statement, proof) => {
    await proof();
  });

  it('is printed by the command, with what ours do', async () => {
    const printed = await runHealthmon(['emulators', 'capabilities', '--json']);
    expect(printed.code).toBe(0);
    const { capabilities } = printed.json().result as unknown as { capabilities: { service: string }[] };
    expect([...new Set(capabilities.map(({ service }) => service))]).toEqual(SERVICE_NAMES);
    expect((await runHealthmon(['emulators', 'capabilities', 'spaner'])).code).toBe(2);
    const refusals = await runHealthmon(['emulators', 'capabilities', 'storage', '--status', 'refused']);
    expect(refusals.stdout).toContain('HMAC keys');
  });
});
