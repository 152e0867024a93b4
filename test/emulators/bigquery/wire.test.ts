import { request as httpRequest } from 'node:http';
import { gzipSync } from 'node:zlib';
import type { BigQuery } from '@google-cloud/bigquery';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BigQueryServer } from '../../../src/emulators/bigquery/server/index.js';
import { clientOf, PROJECT, request, startEmulator } from './harness.js';

let server: BigQueryServer;
let bigquery: BigQuery;
const base = `/bigquery/v2/projects/${PROJECT}`;

beforeAll(async () => {
  server = await startEmulator();
  bigquery = clientOf(server);
  const [dataset] = await bigquery.createDataset('d', { labels: { team: 'a' } });
  await dataset.createTable('t', { schema: 'n:integer,s:string' });
  await dataset.table('t').insert([{ n: 1, s: 'x' }]);
});
afterAll(() => server.close());

const get = (path: string, headers: Record<string, string> = {}) =>
  request(server, 'GET', `${base}${path}`, undefined, headers);

describe('partial responses', () => {
  test.each([
    [
      '/datasets/d?fields=id,datasetReference/datasetId',
      { id: `${PROJECT}:d`, datasetReference: { datasetId: 'd' } },
    ],
    ['/datasets/d?fields=labels(team)', { labels: { team: 'a' } }],
    ['/datasets?fields=datasets(id,location)', { datasets: [{ id: `${PROJECT}:d`, location: 'US' }] }],
    ['/datasets/d?fields=datasetReference/*', { datasetReference: { datasetId: 'd', projectId: PROJECT } }],
    [
      '/datasets/d/tables/t/data?fields=totalRows,rows',
      { totalRows: '1', rows: [{ f: [{ v: '1' }, { v: 'x' }] }] },
    ],
    ['/datasets/d?fields=nothing', {}],
  ])('%s', async (path, expected) => {
    expect((await get(path)).body).toEqual(expected);
  });

  test.each(['fields=id(', 'fields=a//b', 'fields=,', 'alt=xml', 'alt=media'])(
    '%s is refused',
    async (query) => {
      const { status, body } = await get(`/datasets/d?${query}`);
      expect(status).toBe(400);
      expect(body.error.errors[0]).toMatchObject({ reason: 'invalidParameter', locationType: 'parameter' });
    },
  );
});

test('an unchanged resource is 304 for who has its etag, until it changes', async () => {
  const first = await get('/datasets/d');
  expect(first.headers.get('etag')).toBe(`"${first.body.etag}"`);
  for (const tag of [first.body.etag, `"${first.body.etag}"`, `"other", "${first.body.etag}"`]) {
    const again = await get('/datasets/d', { 'If-None-Match': tag });
    expect(again).toMatchObject({ status: 304, body: undefined });
  }
  await bigquery.dataset('d').setMetadata({ description: 'changed' });
  expect((await get('/datasets/d', { 'If-None-Match': first.body.etag })).status).toBe(200);
});

test('HEAD is GET without the body', async () => {
  const head = await fetch(`${server.url}${base}/datasets/d`, { method: 'HEAD' });
  const whole = await fetch(`${server.url}${base}/datasets/d`);
  expect(head.status).toBe(200);
  expect(head.headers.get('content-length')).toBe(String((await whole.arrayBuffer()).byteLength));
});

test('views of datasets and tables', async () => {
  expect(Object.keys((await get('/datasets/d?datasetView=METADATA')).body)).not.toContain('access');
  expect(Object.keys((await get('/datasets/d?datasetView=ACL')).body)).not.toContain('labels');
  expect(Object.keys((await get('/datasets/d/tables/t?view=BASIC')).body)).not.toContain('numRows');
  expect((await get('/datasets/d/tables/t?view=FULL')).body.numRows).toBe('1');
  const selected = await get('/datasets/d/tables/t?selectedFields=s');
  expect(selected.body.schema.fields).toEqual([{ name: 's', type: 'STRING', mode: 'NULLABLE' }]);
  for (const query of [
    'datasets/d?datasetView=SOME',
    'datasets/d/tables/t?view=SOME',
    'jobs?projection=some',
  ])
    expect((await get(`/${query}`)).status).toBe(400);
});

test('a body that unpacks beyond the limit is 413, and the server goes on', async () => {
  const response = await fetch(`${server.url}${base}/queries`, {
    method: 'POST',
    headers: { 'Content-Encoding': 'gzip' },
    body: gzipSync(Buffer.alloc(130 * 1024 * 1024)),
  });
  expect(response.status).toBe(413);
  expect((await get('/datasets/d')).status).toBe(200);
});

test('a request target that is no URL is 400', async () => {
  const status = await new Promise((resolve, reject) => {
    const { hostname, port } = new URL(server.url);
    httpRequest({ hostname, port, path: '//[', method: 'GET' }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    })
      .on('error', reject)
      .end();
  });
  expect(status).toBe(400);
});

test('pages neither repeat nor hide what comes and goes between them', async () => {
  const [dataset] = await bigquery.createDataset('paged');
  for (const id of ['a', 'b', 'c', 'd']) await dataset.createTable(id, { schema: 'n:integer' });
  const first = await get('/datasets/paged/tables?maxResults=2');
  await dataset.table('a').delete();
  await dataset.table('b').delete();
  const rest = await get(`/datasets/paged/tables?pageToken=${first.body.nextPageToken}`);
  expect(rest.body.tables.map((table: { id: string }) => table.id)).toEqual([
    `${PROJECT}:paged.c`,
    `${PROJECT}:paged.d`,
  ]);
  for (let index = 0; index < 4; index++) await bigquery.query(`SELECT ${index}`);
  const newest = await get('/jobs?maxResults=2');
  await bigquery.query('SELECT 9');
  const older = await get(`/jobs?maxResults=2&pageToken=${newest.body.nextPageToken}`);
  const ids = [...newest.body.jobs, ...older.body.jobs].map((job: { id: string }) => job.id);
  expect(new Set(ids).size).toBe(4);
});
