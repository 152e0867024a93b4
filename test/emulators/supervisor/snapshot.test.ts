// Needs Google's emulators: spanner, bigtable, pubsub
import { randomBytes } from 'node:crypto';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Bigtable } from '@google-cloud/bigtable';
import { PubSub } from '@google-cloud/pubsub';
import { Spanner } from '@google-cloud/spanner';
import { Storage } from '@google-cloud/storage';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  deleteSnapshot,
  listSnapshots,
  loadSnapshot,
  saveSnapshot,
} from '../../../src/emulators/snapshot/snapshot.js';
import { type StartOptions, startStack } from '../../../src/emulators/stack/start.js';
import { stopStack } from '../../../src/emulators/stack/stop.js';
import { waitUntil } from '../../../src/emulators/supervisor/processes.js';
import { runHealthmon } from '../../helpers/run.js';
import { spawnCli, useFolder } from './harness.js';
import { ALL_OFFICIAL } from './misbehaving.js';

const folder = useFolder();
const ONLY = ['spanner', 'bigtable', 'pubsub', 'storage'] as const;
const options = (): StartOptions => ({
  ...folder.location('snap'),
  project: 'ward-seven',
  only: ONLY,
  implementations: ALL_OFFICIAL,
});
const named = (snapshot: string) => ({ ...folder.location('snap'), snapshot, bigtableInstances: ['i1'] });

let clients: Clients;
type Clients = Awaited<ReturnType<typeof openClients>>;

async function openClients() {
  const ports = Object.fromEntries(
    folder.state('snap').services.map(({ name, port }) => [name, port]),
  ) as Record<(typeof ONLY)[number], number>;
  process.env.GOOGLE_CLOUD_SPANNER_MULTIPLEXED_SESSIONS = 'false';
  process.env.METADATA_SERVER_DETECTION = 'none';
  process.env.SPANNER_DISABLE_BUILTIN_METRICS = 'true';
  process.env.SPANNER_EMULATOR_HOST = `127.0.0.1:${ports.spanner}`;
  process.env.BIGTABLE_EMULATOR_HOST = `127.0.0.1:${ports.bigtable}`;
  process.env.PUBSUB_EMULATOR_HOST = `127.0.0.1:${ports.pubsub}`;
  const projectId = 'ward-seven';
  const spanner = new Spanner({ projectId });
  const bigtable = new Bigtable({ projectId, metricsEnabled: false });
  const pubsub = new PubSub({ projectId });
  return {
    spanner,
    bigtable,
    pubsub,
    storage: new Storage({ projectId, apiEndpoint: `http://127.0.0.1:${ports.storage}` }),
    close: () => Promise.allSettled([bigtable.close(), pubsub.close(), spanner.close()]),
  };
}

const DDL = [
  `CREATE TABLE Patient (
    Id STRING(36) NOT NULL, Age INT64, Cost NUMERIC, Weight FLOAT64, Born DATE, Seen TIMESTAMP, Note STRING(MAX),
    Photo BYTES(MAX), Tags ARRAY<STRING(MAX)>, Extra JSON, Alive BOOL, Upper STRING(36) AS (UPPER(Id)) STORED,
  ) PRIMARY KEY (Id)`,
  `CREATE TABLE Visit (Id STRING(36) NOT NULL, Nr INT64 NOT NULL, Ward STRING(9),
    CONSTRAINT FK_Ward FOREIGN KEY (Ward) REFERENCES Ward (Code)
  ) PRIMARY KEY (Id, Nr), INTERLEAVE IN PARENT Patient ON DELETE CASCADE`,
  // Called like one of its columns.
  'CREATE TABLE Stroke (Id STRING(9), Stroke STRING(9)) PRIMARY KEY (Id)',
  'CREATE INDEX ByAge ON Patient(Age)',
  'CREATE TABLE Nurse (Id STRING(9), Ward STRING(9), FOREIGN KEY (Ward) REFERENCES Ward (Code)) PRIMARY KEY (Id)',
  'ALTER TABLE Ward ADD CONSTRAINT FK_Lead FOREIGN KEY (Lead) REFERENCES Nurse (Id)',
];
const LONG = 'ü'.repeat(1_300_000);

beforeAll(async () => {
  await startStack(options());
  clients = await openClients();
  await fill(clients);
});
afterAll(() => clients.close());

async function fill({ spanner, bigtable, pubsub, storage }: Clients) {
  const [instance, made] = await spanner.createInstance('i1', {
    config: 'emulator-config',
    nodes: 1,
    displayName: 'one',
  });
  await made.promise();
  const schema = ['CREATE TABLE Ward (Code STRING(9), Lead STRING(9)) PRIMARY KEY (Code)', ...DDL];
  const [database, created] = await instance.createDatabase('d1', { schema });
  await created.promise();
  const patients = database.table('Patient');
  await patients.insert([
    {
      Id: 'a',
      Age: Spanner.int('9007199254740993'),
      Cost: Spanner.numeric('12345678901234567890.123456789'),
      Weight: Spanner.float(Number.NaN),
      Born: Spanner.date('1931-02-28'),
      Seen: '2026-03-01T10:00:00.123456789Z',
      Note: LONG,
      Photo: Buffer.from([0, 255, 1]),
      Tags: ['x', null, 'y'.repeat(1_200_000)],
      Extra: { deep: [1, null, { k: 'v' }] },
      Alive: true,
    },
  ]);
  await patients.insert([{ Id: 'b', Age: null, Tags: null }]);
  const rows = Array.from({ length: 6000 }, (_, index) => ({ Id: 'a', Nr: index, Ward: 'W1' }));
  await database.table('Ward').insert([{ Code: 'W1' }]);
  await database.table('Nurse').insert([{ Id: 'N1', Ward: 'W1' }]);
  await database.table('Ward').update([{ Code: 'W1', Lead: 'N1' }]);
  await database.table('Visit').insert(rows);
  await database.table('Stroke').insert([{ Id: 'a', Stroke: 'yes' }]);
  await database.close();

  const table = bigtable.instance('i1').table('vitals');
  await table.create({
    families: [
      { name: 'v', rule: { versions: 3 } },
      { name: 'empty', rule: { age: { seconds: 86400, nanos: 0 } } },
    ],
  });
  await table.insert([
    { key: 'r1', data: { v: { a: { value: 'old', timestamp: 1_000_000 } } } },
    { key: 'r1', data: { v: { a: { value: 'new', timestamp: 2_000_000 } } } },
    { key: Buffer.from([1, 2, 255]), data: { v: { 'q/ü': { value: randomBytesOnce, timestamp: 5_000 } } } },
  ]);
  const many = Array.from({ length: 3000 }, (_, index) => ({
    key: `many#${String(index).padStart(5, '0')}`,
    data: { v: { n: { value: String(index), timestamp: 1000 * (index + 1) } } },
  }));
  await table.insert(many);

  const [topic] = await pubsub.createTopic({ name: 'readings', labels: { ward: '7' } });
  await pubsub.createTopic('dead');
  await topic.createSubscription('worker', {
    ackDeadlineSeconds: 33,
    deadLetterPolicy: { deadLetterTopic: 'projects/ward-seven/topics/dead', maxDeliveryAttempts: 7 },
  });

  await storage.createBucket('wards');
  await storage
    .bucket('wards')
    .file('in/a.csv')
    .save('Patient_ID\n1\n', { metadata: { metadata: { k: 'v' } } });
}

const randomBytesOnce = randomBytes(100);

/** Everything that was filled in, as a client sees it. */
async function contents({ spanner, bigtable, pubsub, storage }: Clients) {
  const database = spanner.instance('i1').database('d1');
  const [patients] = await database.run({ sql: 'SELECT * FROM Patient ORDER BY Id', json: false });
  const [visits] = await database.run({
    sql: 'SELECT COUNT(*) AS n, SUM(Nr) AS s, MIN(Ward) AS w FROM Visit',
    json: true,
  });
  const [wards] = await database.run({
    sql: 'SELECT w.Code, w.Lead, n.Id, n.Ward FROM Ward AS w, Nurse AS n',
    json: true,
  });
  const [schema] = await database.getSchema();
  await database.close();
  const table = bigtable.instance('i1').table('vitals');
  const [rows] = await table.getRows();
  const [families] = await table.getFamilies();
  const [topics] = await pubsub.getTopics();
  const [subscription] = await pubsub.subscription('worker').getMetadata();
  const [object] = await storage.bucket('wards').file('in/a.csv').getMetadata();
  return {
    patients: JSON.stringify(patients.map((row) => row.toJSON({ wrapNumbers: true }))),
    visits,
    wards,
    schema,
    rows: rows.map((row) => [row.id, row.data]),
    families: families
      .map((family) => [family.name, family.metadata] as const)
      .sort((a, b) => (a[0] < b[0] ? -1 : 1)),
    topics: topics.map((topic) => [topic.name, topic.metadata?.labels]).sort(),
    subscription: [subscription.topic, subscription.ackDeadlineSeconds],
    object: [object.generation, object.crc32c, object.metadata],
  };
}

describe('a snapshot', () => {
  it('brings all services back exactly, into another stack too', async () => {
    const before = await contents(clients);
    const manifest = await saveSnapshot(named('full'));
    expect(manifest.services).toMatchObject({
      spanner: { count: 6005, unit: 'rows' },
      bigtable: { count: 3003, unit: 'cells' },
      pubsub: { count: 3, unit: 'definitions and messages' },
    });
    // Saving took nothing away.
    expect(await contents(clients)).toEqual(before);

    await clients.storage.bucket('wards').file('in/a.csv').delete();
    await clients.spanner.instance('i1').database('d1').delete();
    await clients.bigtable.instance('i1').table('vitals').delete();
    await clients.pubsub.topic('dead').delete();
    await clients.pubsub.createTopic('extra');
    await loadSnapshot(named('full'));
    await clients.close();
    clients = await openClients();
    expect(await contents(clients)).toEqual(before);

    await clients.close();
    await stopStack(folder.location('snap'));
    await startStack(options());
    await loadSnapshot(named('full'));
    clients = await openClients();
    expect(await contents(clients)).toEqual(before);
  });

  it('that fails half-way leaves the old one, and no rubbish', async () => {
    await saveSnapshot(named('kept'));
    const before = listSnapshots(folder);
    // An instance of a database that cannot be saved makes the export fail after it has begun.
    const broken = { ...named('kept'), bigtableInstances: ['i1', 'not/a/valid\u0000name'] };
    const abort = AbortSignal.abort(new Error('stop here'));
    await expect(saveSnapshot({ ...broken, signal: abort })).rejects.toThrow();
    expect(listSnapshots(folder)).toEqual(before);
    expect(readdirSync(join(folder.cwd, 'snapshots')).filter((name) => name.startsWith('.'))).toEqual([]);
    await loadSnapshot(named('kept'));
  });

  it('whose save is killed half-way leaves the old one, and start brings the paused services back', async () => {
    await saveSnapshot(named('survivor'));
    const before = listSnapshots(folder);
    const cli = spawnCli(
      ['emulators', 'snapshot', 'save', 'survivor', '--name', 'snap', '--set', 'bigtable.instance=i1'],
      folder,
    );
    const isAside = () => readdirSync(join(folder.cwd, 'snapshots')).some((name) => name.includes('.new-'));
    await waitUntil(isAside, 60_000, 2);
    const isPaused = () => folder.state('snap').services.some((service) => !service.ready);
    await waitUntil(isPaused, 60_000, 2);
    cli.child.kill('SIGKILL');
    await cli.exited;
    expect(isAside()).toBe(true);
    expect(listSnapshots(folder)).toEqual(before);
    const started = await startStack(options());
    expect(started.alreadyRunning).toBe(true);
    expect(started.status.services.every((service) => service.ready)).toBe(true);
    await saveSnapshot(named('other'));
    expect(isAside()).toBe(false);
    await loadSnapshot(named('survivor'));
  });

  it('that was damaged is refused before anything is changed', async () => {
    await saveSnapshot(named('spoilt'));
    writeFileSync(join(folder.cwd, 'snapshots', 'spoilt', 'spanner.ndjson'), '{}\n');
    const before = folder.state('snap').services.map((service) => service.process);
    await expect(loadSnapshot(named('spoilt'))).rejects.toMatchObject({ code: 'snapshot-damaged' });
    expect(folder.state('snap').services.map((service) => service.process)).toEqual(before);
    deleteSnapshot(named('spoilt'));
    expect(() => deleteSnapshot(named('spoilt'))).toThrow(/no snapshot "spoilt"/);
    await expect(loadSnapshot(named('never'))).rejects.toMatchObject({ code: 'snapshot-not-found' });
  });

  it('that a service refuses is named, and stays whole', async () => {
    await saveSnapshot(named('twice'));
    const before = await contents(clients);
    await expect(loadSnapshot({ ...named('twice'), isFresh: true })).rejects.toMatchObject({
      code: 'snapshot-refused',
      suggestion: expect.stringContaining('emulators snapshot load twice'),
    });
    await loadSnapshot(named('twice'));
    await clients.close();
    clients = await openClients();
    expect(await contents(clients)).toEqual(before);
  });

  it('is handled by the commands, and restart keeps the data', async () => {
    const run = (...argv: string[]) =>
      runHealthmon(['emulators', ...argv, '--name', 'snap', '--project', 'ward-seven'], folder);
    const set = ['--set', 'bigtable.instance=i1'];
    const before = await contents(clients);
    const saved = await run('snapshot', 'save', 'by-command', '--json', ...set);
    expect(saved.json()).toMatchObject({ ok: true, result: { name: 'by-command' } });
    const listed = await runHealthmon(['emulators', 'snapshot', 'list', '--json'], folder);
    expect(JSON.stringify(listed.json().result)).toContain('by-command');
    expect((await run('snapshot', 'load', 'by-command')).code).toBe(0);
    expect((await run('restart', '--only', ONLY.join(','), ...set)).code).toBe(0);
    await clients.close();
    clients = await openClients();
    expect(await contents(clients)).toEqual(before);
    await run('stop');
    expect((await run('start', '--only', ONLY.join(','), '--from', 'by-command')).code).toBe(0);
    await clients.close();
    clients = await openClients();
    expect(await contents(clients)).toEqual(before);
    const removed = await runHealthmon(['emulators', 'snapshot', 'delete', 'by-command'], folder);
    expect(removed.code).toBe(0);
    expect((await run('snapshot', 'load', 'by-command')).code).toBe(1);
  });
});
