import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { BigQuery } from '@google-cloud/bigquery';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BigQueryServer } from '../../../src/emulators/bigquery/server/index.js';
import { clientOf, PROJECT, request, startEmulator } from './harness.js';

let server: BigQueryServer;
let bigquery: BigQuery;

beforeAll(async () => {
  server = await startEmulator();
  bigquery = clientOf(server);
});
afterAll(() => server.close());

const base = `/bigquery/v2/projects/${PROJECT}`;

describe('datasets through the official client', () => {
  test('create, get, list, change and delete', async () => {
    const [created] = await bigquery.createDataset('crud', { description: 'first', labels: { team: 'a' } });
    expect(created.metadata).toMatchObject({
      kind: 'bigquery#dataset',
      id: `${PROJECT}:crud`,
      description: 'first',
      location: 'US',
      type: 'DEFAULT',
      maxTimeTravelHours: '168',
    });
    const [names] = await bigquery.getDatasets({ filter: 'labels.team:a' });
    expect(names.map((dataset) => dataset.id)).toEqual(['crud']);
    expect(names[0]!.metadata).toMatchObject({ type: 'DEFAULT', location: 'US' });
    expect((await bigquery.getDatasets({ filter: 'labels.team:b' }))[0]).toEqual([]);
    await created.setMetadata({ description: 'second', labels: { team: null as unknown as string, x: 'y' } });
    const [metadata] = await created.getMetadata();
    expect(metadata.description).toBe('second');
    expect(metadata.labels).toEqual({ x: 'y' });
    await created.delete();
    expect((await created.exists())[0]).toBe(false);
  });

  test('a second one of the same name is duplicate; a missing one is notFound', async () => {
    await bigquery.createDataset('twice');
    await expect(bigquery.createDataset('twice')).rejects.toMatchObject({
      code: 409,
      message: `Already Exists: Dataset ${PROJECT}:twice`,
      errors: [{ reason: 'duplicate', domain: 'global' }],
    });
    const missing = await request(server, 'GET', `${base}/datasets/missing`);
    expect(missing.status).toBe(404);
    expect(missing.body).toEqual({
      error: {
        code: 404,
        message: `Not found: Dataset ${PROJECT}:missing`,
        errors: [{ message: `Not found: Dataset ${PROJECT}:missing`, domain: 'global', reason: 'notFound' }],
        status: 'NOT_FOUND',
      },
    });
  });

  test('a dataset with tables is deleted only with its contents', async () => {
    const [dataset] = await bigquery.createDataset('full');
    await dataset.createTable('t', { schema: 'a:INTEGER' });
    await expect(dataset.delete()).rejects.toMatchObject({
      code: 400,
      errors: [{ reason: 'resourceInUse' }],
    });
    await dataset.delete({ force: true });
    expect((await dataset.exists())[0]).toBe(false);
  });

  test('names that differ in case are different', async () => {
    const [lower] = await bigquery.createDataset('casing');
    await bigquery.createDataset('CASING');
    await lower.createTable('People', { schema: 'a:STRING' });
    await lower.createTable('people', { schema: 'b:STRING' });
    const [tables] = await lower.getTables();
    expect(tables.map((table) => table.id)).toEqual(['People', 'people']);
  });

  test('If-Match with a stale etag is refused', async () => {
    await bigquery.createDataset('etagged');
    const before = await request(server, 'GET', `${base}/datasets/etagged`);
    const changed = await request(
      server,
      'PATCH',
      `${base}/datasets/etagged`,
      { description: 'x' },
      { 'If-Match': before.body.etag },
    );
    expect(changed.status).toBe(200);
    const stale = await request(
      server,
      'PATCH',
      `${base}/datasets/etagged`,
      { description: 'y' },
      { 'If-Match': before.body.etag },
    );
    expect(stale.status).toBe(412);
    expect(stale.body.error.errors[0].reason).toBe('conditionNotMet');
  });

  test('what is unknown is 400, what is not emulated 501, both by name', async () => {
    const unknown = await request(server, 'POST', `${base}/datasets`, {
      datasetReference: { datasetId: 'nope' },
      colour: 'blue',
    });
    expect(unknown.status).toBe(400);
    expect(unknown.body.error.message).toContain('Unknown name "colour"');
    const refused = await request(server, 'POST', `${base}/datasets`, {
      datasetReference: { datasetId: 'nope' },
      linkedDatasetSource: { sourceDataset: {}, x: 1 },
    });
    expect(refused.status).toBe(501);
    expect(refused.body.error.message).toContain('linkedDatasetSource');
    expect((await request(server, 'GET', `${base}/datasets/nope`)).status).toBe(404);
  });
});

describe('tables through the official client', () => {
  const nested = [
    { name: 'id', type: 'INT64', mode: 'REQUIRED' },
    { name: 'tags', type: 'STRING', mode: 'REPEATED' },
    {
      name: 'visits',
      type: 'STRUCT',
      mode: 'REPEATED',
      fields: [
        { name: 'at', type: 'TIMESTAMP' },
        { name: 'cost', type: 'NUMERIC' },
      ],
    },
  ];

  test('a nested, partitioned and clustered table comes back as it was made', async () => {
    const [dataset] = await bigquery.createDataset('shapes');
    const [table] = await dataset.createTable('t', {
      schema: { fields: [...nested, { name: 'day', type: 'DATE' }] },
      timePartitioning: { type: 'DAY', field: 'day', expirationMs: '864000000000' },
      clustering: { fields: ['id'] },
      labels: { env: 'test' },
      description: 'shaped',
    });
    const [metadata] = await table.getMetadata();
    expect(metadata).toMatchObject({
      kind: 'bigquery#table',
      type: 'TABLE',
      numRows: '0',
      numBytes: '0',
      description: 'shaped',
      labels: { env: 'test' },
      timePartitioning: { type: 'DAY', field: 'day', expirationMs: '864000000000' },
      clustering: { fields: ['id'] },
    });
    expect(metadata.schema.fields.map((f: { type: string }) => f.type)).toEqual([
      'INTEGER',
      'STRING',
      'RECORD',
      'DATE',
    ]);
    expect(metadata.schema.fields[2].fields[1]).toMatchObject({
      name: 'cost',
      type: 'NUMERIC',
      mode: 'NULLABLE',
    });
  });

  test('a schema may grow and relax, nothing else', async () => {
    const [dataset] = await bigquery.createDataset('evolving');
    const [table] = await dataset.createTable('t', { schema: { fields: nested } });
    const grown = structuredClone(nested);
    grown[0]!.mode = 'NULLABLE';
    grown[2]!.fields!.push({ name: 'note', type: 'STRING' });
    await table.setMetadata({ schema: { fields: [...grown, { name: 'added', type: 'FLOAT' }] } });
    const [metadata] = await table.getMetadata();
    expect(metadata.schema.fields).toHaveLength(4);
    expect(metadata.schema.fields[2].fields).toHaveLength(3);
    await expect(table.setMetadata({ schema: { fields: grown } })).rejects.toThrow(
      `Provided Schema does not match Table ${PROJECT}:evolving.t. Field added is missing in new schema`,
    );
    await expect(
      table.setMetadata({
        schema: {
          fields: [{ ...grown[0]!, type: 'STRING' }, ...grown.slice(1), { name: 'added', type: 'FLOAT' }],
        },
      }),
    ).rejects.toThrow('Field id has changed type from INTEGER to STRING');
  });

  test('a table expires', async () => {
    const [dataset] = await bigquery.createDataset('fading');
    const [table] = await dataset.createTable('t', {
      schema: 'a:STRING',
      expirationTime: String(Date.now() + 1000),
    });
    expect((await table.exists())[0]).toBe(true);
    await expect.poll(async () => (await table.exists())[0]).toBe(false);
    // The name is free again although the old rows may not be swept yet.
    await dataset.createTable('t', { schema: 'b:STRING' });
  });

  test('lists in pages', async () => {
    const [dataset] = await bigquery.createDataset('many');
    for (const id of ['a', 'b', 'c', 'd', 'e']) await dataset.createTable(id, { schema: 'x:STRING' });
    const first = await request(server, 'GET', `${base}/datasets/many/tables?maxResults=2`);
    expect(first.body.tables.map((t: { id: string }) => t.id)).toEqual([
      `${PROJECT}:many.a`,
      `${PROJECT}:many.b`,
    ]);
    expect(first.body.totalItems).toBe(5);
    const rest = await request(
      server,
      'GET',
      `${base}/datasets/many/tables?pageToken=${first.body.nextPageToken}`,
    );
    expect(rest.body.tables).toHaveLength(3);
    expect(rest.body.nextPageToken).toBeUndefined();
  });

  test.each([
    [{ fields: [{ name: 'a', type: 'NOPE' }] }, 'NOPE'],
    [{ fields: [{ name: 'a', type: 'STRING', mode: 'MAYBE' }] }, 'MAYBE'],
    [{ fields: [{ name: '1a', type: 'STRING' }] }, 'Invalid field name'],
    [
      {
        fields: [
          { name: 'a', type: 'STRING' },
          { name: 'A', type: 'STRING' },
        ],
      },
      'already exists in schema',
    ],
    [{ fields: [{ name: 'a', type: 'RECORD' }] }, 'has no schema'],
  ])('the schema %j is refused', async (schema, message) => {
    const response = await request(server, 'POST', `${base}/datasets/shapes/tables`, {
      tableReference: { tableId: 'bad' },
      schema,
    });
    expect(response.status).toBe(400);
    expect(response.body.error.message).toContain(message);
  });
});

describe('the wire', () => {
  test('routes are there with and without the prefix, and links name the host of the request', async () => {
    await bigquery.createDataset('prefixed');
    const bare = await request(server, 'GET', `/projects/${PROJECT}/datasets/prefixed`);
    expect(bare.status).toBe(200);
    expect(bare.body.selfLink).toBe(`${server.url}${base}/datasets/prefixed`);
  });

  test('gzipped bodies and method override', async () => {
    const response = await fetch(`${server.url}${base}/datasets`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' },
      body: gzipSync(JSON.stringify({ datasetReference: { datasetId: 'zipped' } })),
    });
    expect(response.status).toBe(200);
    const patched = await request(
      server,
      'POST',
      `${base}/datasets/zipped`,
      { description: 'via override' },
      { 'X-HTTP-Method-Override': 'PATCH' },
    );
    expect(patched.body.description).toBe('via override');
  });

  test.each([
    ['not json', 400, 'parseError'],
    ['[1]', 400, 'parseError'],
  ])('the body %s is refused and the connection goes on', async (body, status, reason) => {
    const response = await request(server, 'POST', `${base}/datasets`, body);
    expect(response.status).toBe(status);
    expect(response.body.error.errors[0].reason).toBe(reason);
    expect((await request(server, 'GET', '/projects')).status).toBe(200);
  });

  test('broken gzip is 400, an unknown path 404, a wrong method 405', async () => {
    const broken = await fetch(`${server.url}${base}/datasets`, {
      method: 'POST',
      headers: { 'Content-Encoding': 'gzip', 'Content-Type': 'application/json' },
      body: 'plain',
    });
    expect(broken.status).toBe(400);
    expect((await request(server, 'GET', '/nothing/here')).status).toBe(404);
    expect((await request(server, 'PUT', '/projects')).status).toBe(405);
  });
});

test('datasets and tables survive a restart', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'bigquery-restart-'));
  try {
    const first = await startEmulator({ dataDir });
    const [dataset] = await clientOf(first).createDataset('Kept');
    const [table] = await dataset.createTable('T', { schema: 'a:INTEGER', labels: { k: 'v' } });
    const [before] = await table.getMetadata();
    await first.close();
    const second = await startEmulator({ dataDir });
    const [after] = await clientOf(second).dataset('Kept').table('T').getMetadata();
    await second.close();
    expect(after.etag).toBe(before.etag);
    expect(after.schema).toEqual(before.schema);
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
});
