import { rmSync } from 'node:fs';
import { Spanner } from '@google-cloud/spanner';
import { credentials } from '@grpc/grpc-js';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Json } from '../../helpers/message-client.js';
import {
  createDatabase,
  createInstance,
  DATABASES,
  INSTANCES,
  OPERATIONS,
  PROJECT,
  startEmbedded,
} from './backends.js';

const WARD = 'CREATE TABLE Ward (Id INT64 NOT NULL, Name STRING(MAX)) PRIMARY KEY(Id)';
let running: Awaited<ReturnType<typeof startEmbedded>>;
let instance: string;
beforeAll(async () => {
  running = await startEmbedded();
});
afterAll(() => running.stop());
beforeEach(async () => {
  instance = await createInstance(running.client);
});

/** What it answers, or the code and text that it is refused with. */
async function call(method: string, request: Json): Promise<Json> {
  const outcome = await running.client.call(method, request);
  return 'ok' in outcome ? outcome.ok[0]! : outcome;
}

describe('instances', () => {
  it('are made, shown, updated and deleted, each with an operation that stays', async () => {
    const shown = await call(`${INSTANCES}/GetInstance`, { name: instance });
    expect(shown).toMatchObject({ name: instance, state: 'READY', nodeCount: 1, processingUnits: 1000 });
    const operation = await call(`${INSTANCES}/UpdateInstance`, {
      instance: { name: instance, processingUnits: 500, labels: { team: 'a' } },
      fieldMask: { paths: ['processing_units', 'labels'] },
    });
    expect(operation).toMatchObject({ done: true });
    expect(await call(`${OPERATIONS}/GetOperation`, { name: operation.name })).toEqual(operation);
    const updated = await call(`${INSTANCES}/GetInstance`, { name: instance });
    expect(updated).toMatchObject({ processingUnits: 500, labels: { team: 'a' }, displayName: 'For a test' });
    await createDatabase(running.client, instance);
    await call(`${INSTANCES}/DeleteInstance`, { name: instance });
    expect(await call(`${INSTANCES}/GetInstance`, { name: instance })).toMatchObject({ code: 5 });
    expect(await call(`${DATABASES}/ListDatabases`, { parent: instance })).toMatchObject({ code: 5 });
  });

  it.each<[string, Record<string, unknown>, number, string]>([
    [
      'an id that no instance may have',
      { instanceId: 'I' },
      3,
      'Instance ID must start with a lowercase letter',
    ],
    ['another name', { instance: { name: `${PROJECT}/instances/other` } }, 3, 'Mismatching instance'],
    ['nodes and units', { instance: { nodeCount: 1, processingUnits: 1000 } }, 3, 'Only one of nodes or'],
    ['odd units', { instance: { processingUnits: 150 } }, 3, 'Processing units should be multiple of 100'],
    ['a label that is none', { instance: { labels: { A: 'b' } } }, 3, 'Label keys must be'],
    ['no project', { parent: 'p' }, 3, 'Invalid project uri: p'],
  ])('are refused with %s', async (_name, request, code, text) => {
    const outcome = await call(`${INSTANCES}/CreateInstance`, {
      parent: PROJECT,
      instanceId: 'refused',
      instance: {},
      ...request,
    });
    expect(outcome).toEqual({ code, text: expect.stringContaining(text) });
  });

  it('are there once, and not there with the detail by which clients know it', async () => {
    const again = { parent: PROJECT, instanceId: instance.split('/').at(-1), instance: {} };
    expect(await call(`${INSTANCES}/CreateInstance`, again)).toMatchObject({ code: 6 });
    const name = `${PROJECT}/instances/nothing`;
    expect(await call(`${INSTANCES}/GetInstance`, { name })).toEqual({
      code: 5,
      text: `Instance not found: ${name}`,
    });
  });

  it('are listed a page at a time', async () => {
    const project = 'projects/pages';
    for (const instanceId of ['one-1', 'two-2', 'zzz-3']) {
      await call(`${INSTANCES}/CreateInstance`, { parent: project, instanceId, instance: {} });
    }
    const first = await call(`${INSTANCES}/ListInstances`, { parent: project, pageSize: 2 });
    const rest = await call(`${INSTANCES}/ListInstances`, {
      parent: project,
      pageToken: first.nextPageToken,
    });
    const names = [first, rest].map(({ instances }) =>
      (instances as { name: string }[]).map(({ name }) => name),
    );
    expect(names).toEqual([
      [`${project}/instances/one-1`, `${project}/instances/two-2`],
      [`${project}/instances/zzz-3`],
    ]);
  });

  it('are shown with the fields that are asked for', async () => {
    const [shown] = await running.client.must(`${INSTANCES}/GetInstance`, {
      name: instance,
      fieldMask: { paths: ['name', 'display_name'] },
    });
    expect(shown).toEqual({ name: instance, displayName: 'For a test' });
  });

  it('are listed as a filter asks, and so are operations', async () => {
    const other = await createInstance(running.client, {
      displayName: 'Another one',
      labels: { env: 'dev' },
    });
    const namesBy = async (filter: string) => {
      const [page] = await running.client.must(`${INSTANCES}/ListInstances`, { parent: PROJECT, filter });
      return ((page!.instances ?? []) as Json[]).map(({ name }) => name);
    };
    expect(await namesBy('labels.env:*')).toEqual([other]);
    expect(await namesBy('labels.env=dev AND name:nothing')).toEqual([]);
    expect(await namesBy('DISPLAY_NAME:another (labels.env:test OR labels.env:dev)')).toEqual([other]);
    expect(await namesBy('labels.env!=dev')).not.toContain(other);
    for (const filter of ['name', '(name:x', 'name:x) OR', 'AND', '('.repeat(1_000_000)])
      await expect(namesBy(filter)).rejects.toThrow('Invalid filter');
    const database = await createDatabase(running.client, other, [WARD]);
    await createDatabase(running.client, other, [WARD]);
    const [operations] = await running.client.must(`${DATABASES}/ListDatabaseOperations`, {
      parent: other,
      filter: `(metadata.@type:type.googleapis.com/google.spanner.admin.database.v1.CreateDatabaseMetadata) AND (metadata.database:${database})`,
    });
    expect(operations!.operations).toHaveLength(1);
  });

  it('have configurations that are there, and such as are made', async () => {
    const base = `${PROJECT}/instanceConfigs/emulator-config`;
    expect(await call(`${INSTANCES}/GetInstanceConfig`, { name: base })).toMatchObject({ name: base });
    const made = await call(`${INSTANCES}/CreateInstanceConfig`, {
      parent: PROJECT,
      instanceConfigId: 'custom-here',
      instanceConfig: { displayName: 'Here', baseConfig: base },
    });
    const name = `${PROJECT}/instanceConfigs/custom-here`;
    expect(made).toMatchObject({ done: true, name: expect.stringMatching(`^${name}/operations/`) });
    const listed = await call(`${INSTANCES}/ListInstanceConfigs`, { parent: PROJECT });
    expect((listed.instanceConfigs as { name: string }[]).map((config) => config.name)).toEqual([name, base]);
    expect(await call(`${INSTANCES}/DeleteInstanceConfig`, { name: base })).toMatchObject({ code: 3 });
    expect(await call(`${INSTANCES}/DeleteInstanceConfig`, { name })).toEqual({});
    expect(await call(`${INSTANCES}/GetInstanceConfig`, { name })).toMatchObject({ code: 5 });
  });
});

describe('databases', () => {
  it('are made with statements, or not at all', async () => {
    const database = await createDatabase(running.client, instance, [WARD], 'ward-1');
    expect(await call(`${DATABASES}/GetDatabase`, { name: database })).toMatchObject({
      name: database,
      state: 'READY',
      databaseDialect: 'GOOGLE_STANDARD_SQL',
      versionRetentionPeriod: '1h',
    });
    const broken = await call(`${DATABASES}/CreateDatabase`, {
      parent: instance,
      createStatement: 'CREATE DATABASE broken',
      extraStatements: [WARD, WARD],
    });
    expect(broken).toEqual({ code: 9, text: 'Duplicate name in schema: Ward.' });
    const listed = await call(`${DATABASES}/ListDatabases`, { parent: instance });
    expect((listed.databases as { name: string }[]).map(({ name }) => name)).toEqual([database]);
  });

  it.each<[string, Record<string, unknown>, number, string]>([
    ['no statement', { createStatement: '' }, 3, 'Missing create_statement in the request.'],
    ['another statement', { createStatement: 'DROP DATABASE x' }, 3, 'Invalid "CREATE DATABASE" statement'],
    ['a name that none may have', { createStatement: 'CREATE DATABASE `A`' }, 3, 'Invalid database name.'],
    [
      'the dialect of PostgreSQL',
      { databaseDialect: 'POSTGRESQL' },
      3,
      'Cannot create a PostgreSQL database.',
    ],
    ['protocol buffers', { protoDescriptors: Buffer.from('x') }, 12, 'Proto bundles are not supported'],
    ['an instance that is not there', { parent: `${PROJECT}/instances/nothing` }, 5, 'Instance not found'],
  ])('are refused with %s', async (_name, request, code, text) => {
    const outcome = await call(`${DATABASES}/CreateDatabase`, {
      parent: instance,
      createStatement: 'CREATE DATABASE refused',
      ...request,
    });
    expect(outcome).toEqual({ code, text: expect.stringContaining(text) });
  });

  it('at most a hundred to an instance', async () => {
    for (let at = 0; at < 100; at++) await createDatabase(running.client, instance, [], `d${at}x`);
    const outcome = await running.client.call(`${DATABASES}/CreateDatabase`, {
      parent: instance,
      createStatement: 'CREATE DATABASE one_more',
    });
    expect(outcome).toMatchObject({
      code: 8,
      text: expect.stringContaining('Too many databases for instance'),
    });
  });

  it('are protected from being dropped', async () => {
    const database = await createDatabase(running.client, instance);
    await call(`${DATABASES}/UpdateDatabase`, {
      database: { name: database, enableDropProtection: true },
      updateMask: { paths: ['enable_drop_protection'] },
    });
    expect(await call(`${DATABASES}/DropDatabase`, { database })).toMatchObject({ code: 9 });
    await call(`${DATABASES}/UpdateDatabase`, {
      database: { name: database },
      updateMask: { paths: ['enable_drop_protection'] },
    });
    expect(await call(`${DATABASES}/DropDatabase`, { database })).toEqual({});
    expect(await call(`${DATABASES}/GetDatabase`, { name: database })).toMatchObject({ code: 5 });
  });

  it('change their schema in operations that tell what was done when', async () => {
    const database = await createDatabase(running.client, instance, [WARD]);
    const statements = ['ALTER TABLE Ward ADD COLUMN Beds INT64', 'CREATE INDEX ByName ON Ward(Name)'];
    const operation = await call(`${DATABASES}/UpdateDatabaseDdl`, {
      database,
      statements,
      operationId: 'my_change',
    });
    expect(operation).toMatchObject({ name: `${database}/operations/my_change`, done: true });
    const again = { database, statements, operationId: 'my_change' };
    expect(await call(`${DATABASES}/UpdateDatabaseDdl`, again)).toMatchObject({ code: 6 });
    const listed = await call(`${DATABASES}/ListDatabaseOperations`, { parent: instance });
    const names = (listed.operations as { name: string }[]).map(({ name }) => name);
    expect(names).toContain(operation.name);
    expect(await call(`${OPERATIONS}/CancelOperation`, { name: operation.name })).toEqual({});
    expect(await call(`${OPERATIONS}/DeleteOperation`, { name: operation.name })).toEqual({});
    expect(await call(`${OPERATIONS}/GetOperation`, { name: operation.name })).toMatchObject({ code: 5 });
  });

  it('change nothing when one of several statements is wrong', async () => {
    const database = await createDatabase(running.client, instance, [WARD]);
    const statements = ['ALTER TABLE Ward ADD COLUMN Beds INT64', 'DROP TABLE Bed'];
    expect(await call(`${DATABASES}/UpdateDatabaseDdl`, { database, statements })).toEqual({
      code: 5,
      text: 'Table not found: Bed',
    });
    const shown = await call(`${DATABASES}/GetDatabaseDdl`, { database });
    expect((shown.statements as string[])[0]).not.toContain('Beds');
  });

  it('keep policies and roles, which forbid nothing', async () => {
    const resource = await createDatabase(running.client, instance, [
      WARD,
      'CREATE ROLE nurse',
      'GRANT SELECT ON TABLE Ward TO ROLE nurse',
    ]);
    const bindings = [{ role: 'roles/spanner.databaseReader', members: ['user:a@example.com'] }];
    await call(`${DATABASES}/SetIamPolicy`, { resource, policy: { bindings } });
    expect(await call(`${DATABASES}/GetIamPolicy`, { resource })).toMatchObject({ bindings });
    const permissions = ['spanner.databases.read'];
    expect(await call(`${DATABASES}/TestIamPermissions`, { resource, permissions })).toEqual({ permissions });
    const { databaseRoles } = await call(`${DATABASES}/ListDatabaseRoles`, { parent: resource });
    expect(databaseRoles).toContainEqual({ name: `${resource}/databaseRoles/nurse` });
    const { statements } = await call(`${DATABASES}/GetDatabaseDdl`, { database: resource });
    expect(statements).toEqual([
      expect.stringContaining('CREATE TABLE Ward'),
      'CREATE ROLE nurse',
      'GRANT SELECT ON TABLE Ward TO ROLE nurse',
    ]);
  });
});

describe('a restart', () => {
  it('keeps instances, databases, operations and policies', async () => {
    const first = await startEmbedded();
    const name = await createInstance(first.client, { labels: { team: 'a' } });
    const database = await createDatabase(first.client, name, [WARD], 'kept');
    const [operation] = await first.client.must(`${DATABASES}/UpdateDatabaseDdl`, {
      database,
      statements: [
        'CREATE SEQUENCE Ids BIT_REVERSED_POSITIVE',
        'CREATE VIEW Names SQL SECURITY INVOKER AS SELECT w.Name FROM Ward AS w',
      ],
    });
    await first.client.must(`${DATABASES}/SetIamPolicy`, {
      resource: database,
      policy: { bindings: [{ role: 'r', members: ['m'] }] },
    });
    const all = async (client: typeof first.client) => [
      await client.must(`${INSTANCES}/GetInstance`, { name }),
      await client.must(`${DATABASES}/GetDatabase`, { name: database }),
      await client.must(`${DATABASES}/GetDatabaseDdl`, { database }),
      await client.must(`${OPERATIONS}/GetOperation`, { name: operation!.name }),
      await client.must(`${DATABASES}/GetIamPolicy`, { resource: database }),
    ];
    const before = await all(first.client);
    const { dataDir } = first;
    first.client.close();
    await first.close();
    const second = await startEmbedded({ dataDir });
    expect(await all(second.client)).toEqual(before);
    await second.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });
});

describe('the official client', () => {
  it('makes an instance and a database, changes the schema and reads it back', async () => {
    vi.stubEnv('SPANNER_EMULATOR_HOST', `127.0.0.1:${running.port}`);
    const spanner = new Spanner({ projectId: 'p', sslCreds: credentials.createInsecure() });
    try {
      const [own, creating] = await spanner.createInstance('by-client', {
        config: 'emulator-config',
        nodes: 1,
        displayName: 'By the client',
      });
      await creating.promise();
      const [database, making] = await own.createDatabase('by_client', { schema: [WARD] });
      await making.promise();
      const [changing] = await database.updateSchema('ALTER TABLE Ward ADD COLUMN Beds INT64');
      await changing.promise();
      const [statements] = await database.getSchema();
      expect(statements).toEqual([
        'CREATE TABLE Ward (\n  Id INT64 NOT NULL,\n  Name STRING(MAX),\n  Beds INT64,\n) PRIMARY KEY(Id)',
      ]);
      const [databases] = await own.getDatabases();
      expect(databases.map(({ id }) => id)).toEqual([database.formattedName_]);
      await database.close();
    } finally {
      spanner.close();
      vi.unstubAllEnvs();
    }
  });
});

describe('REST', () => {
  const get = async (path: string) => (await fetch(`http://127.0.0.1:${running.port}/v1/${path}`)).json();

  it('serves the same on the port of gRPC', async () => {
    const database = await createDatabase(running.client, instance, [WARD]);
    expect(await get(`${PROJECT}/instanceConfigs`)).toMatchObject({
      instanceConfigs: [{ name: `${PROJECT}/instanceConfigs/emulator-config` }],
    });
    expect(await get(`${database}/ddl`)).toEqual({
      statements: [expect.stringContaining('CREATE TABLE Ward')],
    });
    const response = await fetch(`http://127.0.0.1:${running.port}/v1/${database}/ddl`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ statements: ['DROP TABLE Ward'] }),
    });
    const operation = (await response.json()) as { name: string };
    expect(operation).toMatchObject({
      done: true,
      metadata: {
        '@type': 'type.googleapis.com/google.spanner.admin.database.v1.UpdateDatabaseDdlMetadata',
        database,
      },
      response: { '@type': 'type.googleapis.com/google.protobuf.Empty' },
    });
    expect(await get(operation.name)).toEqual(operation);
    expect(await get(`${database}/operations`)).toMatchObject({ operations: expect.any(Array) });
  });

  it('says in its own way what is not there', async () => {
    expect(await get(`${instance}/databases/nothing`)).toMatchObject({
      error: { code: 404, status: 'NOT_FOUND', message: `Database not found: ${instance}/databases/nothing` },
    });
  });
});
