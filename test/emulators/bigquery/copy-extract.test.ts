import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { BigQuery, Dataset } from '@google-cloud/bigquery';
import { Storage } from '@google-cloud/storage';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BigQueryServer } from '../../../src/emulators/bigquery/server/index.js';
import type { HttpListener } from '../../../src/emulators/serving/http-listener.js';
import { startStorageServer } from '../../../src/emulators/storage/server.js';
import { clientOf, PROJECT, request, startEmulator } from './harness.js';

let folder: string;
let storage: HttpListener;
let server: BigQueryServer;
let bigquery: BigQuery;
let dataset: Dataset;
let bucket: ReturnType<Storage['bucket']>;

const flat = [
  { name: 'id', type: 'INTEGER' },
  { name: 'text', type: 'STRING' },
  { name: 'at', type: 'TIMESTAMP' },
  { name: 'amount', type: 'NUMERIC' },
];
const nested = [
  { name: 'id', type: 'INTEGER' },
  { name: 'tags', type: 'STRING', mode: 'REPEATED' },
  {
    name: 'item',
    type: 'RECORD',
    fields: [
      { name: 'day', type: 'DATE' },
      { name: 'ok', type: 'BOOLEAN' },
    ],
  },
];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bigquery-extract-'));
  storage = await startStorageServer({ dataDir: join(folder, 'storage') });
  server = await startEmulator({ storageEndpoint: storage.url });
  bigquery = clientOf(server);
  [dataset] = await bigquery.createDataset('d');
  [bucket] = await new Storage({ projectId: PROJECT, apiEndpoint: storage.url }).createBucket('target');
  await dataset.createTable('flat', { schema: { fields: flat }, description: 'original' });
  await dataset.table('flat').insert([
    { id: 1, text: 'a,"b"', at: '2024-01-02 03:04:05.678', amount: '1.50' },
    { id: 2, text: '', at: null, amount: null },
  ]);
  await dataset.createTable('nested', { schema: { fields: nested } });
  await dataset.table('nested').insert([
    { id: 1, tags: ['x', 'y'], item: { day: '2024-01-02', ok: true } },
    { id: 2, tags: [], item: null },
  ]);
});
afterAll(async () => {
  await server?.close();
  await storage?.close();
  await rm(folder, { recursive: true, force: true });
});

async function rowsOf(id: string): Promise<unknown> {
  const response = await request(server, 'GET', `/projects/${PROJECT}/datasets/d/tables/${id}/data`);
  return response.body.rows;
}

async function contentOf(name: string): Promise<Buffer> {
  const [content] = await bucket.file(name).download();
  return content;
}

describe('extract', () => {
  test('CSV by the official client', async () => {
    const [job] = await dataset.table('flat').extract(bucket.file('flat.csv'));
    expect(job.statistics?.extract?.destinationUriFileCounts).toEqual(['1']);
    expect((await contentOf('flat.csv')).toString()).toBe(
      'id,text,at,amount\n1,"a,""b""",2024-01-02 03:04:05.678000 UTC,1.5\n2,"",,\n',
    );
  });

  test('no header, another delimiter, gzip and a wildcard', async () => {
    await dataset.table('flat').extract(bucket.file('part-*.csv.gz'), {
      format: 'CSV',
      gzip: true,
      printHeader: false,
      fieldDelimiter: '|',
    } as object);
    const zipped = await bucket.file('part-000000000000.csv.gz').download({ decompress: false });
    expect(gunzipSync(zipped[0]).toString()).toBe('1|"a,""b"""|2024-01-02 03:04:05.678000 UTC|1.5\n2|""||\n');
  });

  test('JSON keeps nesting, writes INT64 as text and leaves NULLs out', async () => {
    await dataset.table('nested').extract(bucket.file('nested.json'), { format: 'JSON' });
    expect((await contentOf('nested.json')).toString()).toBe(
      '{"id":"1","tags":["x","y"],"item":{"day":"2024-01-02","ok":true}}\n{"id":"2","tags":[]}\n',
    );
  });

  test.each(['flat', 'nested'])('Parquet of %s comes back the same', async (id) => {
    await dataset.table(id).extract(bucket.file(`${id}.parquet`), { format: 'PARQUET' });
    await dataset.table(`${id}_again`).load(bucket.file(`${id}.parquet`), { sourceFormat: 'PARQUET' });
    expect(await rowsOf(`${id}_again`)).toEqual(await rowsOf(id));
    const [original] = await dataset.table(id).getMetadata();
    const [again] = await dataset.table(`${id}_again`).getMetadata();
    expect(again.schema).toEqual(original.schema);
  });

  test.each([
    [
      'nested',
      { destinationUri: 'gs://target/x.csv' },
      'Operation cannot be performed on a nested schema. Field: tags',
    ],
    ['missing', { destinationUri: 'gs://target/x.csv' }, `Not found: Table ${PROJECT}:d.missing`],
    ['flat', { destinationUri: 'gs://nowhere/x.csv' }, 'Not found: Bucket nowhere'],
  ])('of %s to %j fails the job', async (tableId, options, message) => {
    const { body } = await request(server, 'POST', `/projects/${PROJECT}/jobs`, {
      configuration: { extract: { sourceTable: { datasetId: 'd', tableId }, ...options } },
    });
    expect(body.status.errorResult.message).toBe(message);
  });
});

describe('copy', () => {
  test('by the official client, with the description', async () => {
    await dataset.table('flat').copy(dataset.table('copied'));
    expect(await rowsOf('copied')).toEqual(await rowsOf('flat'));
    const [metadata] = await dataset.table('copied').getMetadata();
    expect(metadata.description).toBe('original');
  });

  test('several sources, and dispositions', async () => {
    const copy = (configuration: object) =>
      request(server, 'POST', `/projects/${PROJECT}/jobs`, {
        configuration: {
          copy: {
            sourceTables: ['flat', 'flat'].map((tableId) => ({ datasetId: 'd', tableId })),
            destinationTable: { datasetId: 'd', tableId: 'twice' },
            ...configuration,
          },
        },
      });
    expect((await copy({})).body.statistics.copy.copiedRows).toBe('4');
    expect((await copy({})).body.status.errorResult.reason).toBe('duplicate');
    await copy({ writeDisposition: 'WRITE_APPEND' });
    expect(await rowsOf('twice')).toHaveLength(8);
    await copy({ writeDisposition: 'WRITE_TRUNCATE' });
    expect(await rowsOf('twice')).toHaveLength(4);
  });

  test('the same job id twice is duplicate', async () => {
    const body = {
      jobReference: { jobId: 'named' },
      configuration: {
        copy: {
          sourceTable: { datasetId: 'd', tableId: 'flat' },
          destinationTable: { datasetId: 'd', tableId: 'named' },
        },
      },
    };
    expect((await request(server, 'POST', `/projects/${PROJECT}/jobs`, body)).status).toBe(200);
    const second = await request(server, 'POST', `/projects/${PROJECT}/jobs`, body);
    expect(second.status).toBe(409);
    expect(second.body.error).toMatchObject({
      message: `Already Exists: Job ${PROJECT}:US.named`,
      errors: [{ reason: 'duplicate' }],
    });
  });

  const copyOf = async (tableId: string, target: string, more: object) => {
    const { body } = await request(server, 'POST', `/projects/${PROJECT}/jobs`, {
      configuration: {
        copy: {
          sourceTable: { datasetId: 'd', tableId },
          destinationTable: { datasetId: 'd', tableId: target },
          ...more,
        },
      },
    });
    if (body.error !== undefined) return body.error;
    for (let job = body; ; ) {
      if (job.status.state === 'DONE') return job.status.errorResult;
      job = (await request(server, 'GET', `/projects/${PROJECT}/jobs/${body.jobReference.jobId}`)).body;
    }
  };

  test('a table that replaces itself keeps its rows', async () => {
    await dataset.table('flat').copy(dataset.table('own'));
    const replace = { writeDisposition: 'WRITE_TRUNCATE' };
    expect(await copyOf('own', 'own', replace)).toBeUndefined();
    expect(await rowsOf('own')).toEqual(await rowsOf('flat'));
    const sourceTables = ['own', 'flat'].map((tableId) => ({ datasetId: 'd', tableId }));
    expect(await copyOf('own', 'own', { ...replace, sourceTable: undefined, sourceTables })).toBeUndefined();
    expect(await rowsOf('own')).toHaveLength(4);
  });

  test('snapshots name their base, cannot be changed, and are restored', async () => {
    expect(await copyOf('flat', 'snapshot', { operationType: 'SNAPSHOT' })).toBeUndefined();
    const [metadata] = await dataset.table('snapshot').getMetadata();
    expect(metadata).toMatchObject({
      type: 'SNAPSHOT',
      snapshotDefinition: { baseTableReference: { projectId: PROJECT, datasetId: 'd', tableId: 'flat' } },
    });
    expect(Date.parse(metadata.snapshotDefinition.snapshotTime)).toBeGreaterThan(Date.now() - 60_000);
    await expect(dataset.table('snapshot').insert([{ id: 3 }])).rejects.toThrow('type SNAPSHOT');
    await expect(dataset.table('snapshot').setMetadata({ schema: 'id:integer,more:string' })).rejects.toThrow(
      'type: SNAPSHOT',
    );
    for (const writeDisposition of ['WRITE_APPEND', 'WRITE_TRUNCATE']) {
      expect(await copyOf('flat', 'snapshot', { writeDisposition })).toMatchObject({ reason: 'invalid' });
    }
    await bucket.file('more.csv').save('3,x,,\n');
    await expect(dataset.table('snapshot').load(bucket.file('more.csv'))).rejects.toThrow('type: SNAPSHOT');
    expect(await rowsOf('snapshot')).toEqual(await rowsOf('flat'));
    expect(await copyOf('snapshot', 'restored', { operationType: 'RESTORE' })).toBeUndefined();
    expect(await rowsOf('restored')).toEqual(await rowsOf('flat'));
    expect(await copyOf('flat', 'restored2', { operationType: 'RESTORE' })).toMatchObject({
      reason: 'invalid',
    });
  });

  test('a clone names its base and can be changed', async () => {
    expect(await copyOf('flat', 'clone', { operationType: 'CLONE' })).toBeUndefined();
    await bigquery.query('CREATE TABLE d.clone_by_sql CLONE d.flat');
    for (const id of ['clone', 'clone_by_sql']) {
      const [metadata] = await dataset.table(id).getMetadata();
      expect(metadata.cloneDefinition.baseTableReference.tableId).toBe('flat');
      await dataset.table(id).insert([{ id: 3 }]);
      expect(await rowsOf(id)).toHaveLength(3);
    }
  });

  test.each([
    [{ operationType: 'SNAPSHOT', destinationExpirationTime: 'soon' }, 'destinationExpirationTime'],
    [
      { operationType: 'SNAPSHOT', destinationExpirationTime: '2020-01-01T00:00:00Z' },
      'destinationExpirationTime',
    ],
    [{ foo: 1 }, 'foo'],
  ])('%j is refused', async (more, named) => {
    expect((await copyOf('flat', 'never', more)).message).toContain(named);
  });
});
