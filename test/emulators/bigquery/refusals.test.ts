import type { BigQuery } from '@google-cloud/bigquery';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BigQueryServer } from '../../../src/emulators/bigquery/server/index.js';
import { clientOf, PROJECT, request, startEmulator } from './harness.js';

let server: BigQueryServer;
let bigquery: BigQuery;

beforeAll(async () => {
  server = await startEmulator();
  bigquery = clientOf(server);
  await bigquery.createDataset('d');
  await bigquery.query(`
    CREATE TABLE d.t (n INT64, s STRING);
    INSERT d.t VALUES (1, 'x');
    CREATE VIEW d.v AS SELECT 1 AS x`);
});
afterAll(() => server.close());

const send = (method: string, path: string, body: object) =>
  request(server, method, `/projects/${PROJECT}${path}`, body);
const table = (more: object) => ({ tableReference: { tableId: 'new' }, ...more });
const column = (more: object) => table({ schema: { fields: [{ name: 'c', type: 'STRING', ...more }] } });
const view = (more: object) => table({ view: { query: 'SELECT 1 AS x', useLegacySql: false }, ...more });
const query = (more: object) => ({
  configuration: { query: { query: 'SELECT 1', useLegacySql: false, ...more } },
});

describe('what would have no effect is refused by name', () => {
  test.each<[string, string, object, number, string]>([
    ['POST', '/datasets', { datasetReference: { datasetId: 'x', foo: 1 } }, 400, 'foo'],
    ['POST', '/datasets', { datasetReference: { datasetId: 'x', projectId: 'other' } }, 400, 'other'],
    ['POST', '/datasets', { datasetReference: { datasetId: 'x' }, defaultCollation: 'de:ci' }, 400, 'de:ci'],
    [
      'POST',
      '/datasets',
      { datasetReference: { datasetId: 'x' }, isCaseInsensitive: true },
      501,
      'case-insensitive',
    ],
    [
      'POST',
      '/datasets',
      { datasetReference: { datasetId: 'x' }, defaultRoundingMode: 'ROUND_HALF_EVEN' },
      501,
      'ROUND_HALF_EVEN',
    ],
    ['PATCH', '/datasets/d', { location: 'EU' }, 400, 'location'],
    ['PATCH', '/datasets/d', { maxTimeTravelHours: '5' }, 400, 'maxTimeTravelHours'],
    ['PATCH', '/datasets/d?updateMode=UPDATE_ACL', {}, 501, 'UPDATE_ACL'],
    ['POST', '/datasets/d:undelete', {}, 501, 'Undeleting'],
    ['POST', '/datasets/d/tables', { tableReference: { tableId: 'new', datasetId: 'other' } }, 400, 'other'],
    ['POST', '/datasets/d/tables', table({ timePartitioning: { type: 'DAY', foo: 1 } }), 400, 'foo'],
    ['POST', '/datasets/d/tables', table({ clustering: { fields: [], foo: 1 } }), 400, 'foo'],
    [
      'POST',
      '/datasets/d/tables',
      table({ tableConstraints: { primaryKey: { columns: ['zz'] } } }),
      400,
      'zz',
    ],
    ['POST', '/datasets/d/tables', column({ foo: 1 }), 400, 'foo'],
    ['POST', '/datasets/d/tables', column({ collation: 'de:ci' }), 400, 'de:ci'],
    ['POST', '/datasets/d/tables', column({ dataPolicies: [{ name: 'p' }] }), 501, 'dataPolicies'],
    ['POST', '/datasets/d/tables', column({ type: 'NUMERIC', precision: '39' }), 400, 'precision'],
    ['POST', '/datasets/d/tables', column({ type: 'NUMERIC', scale: '2' }), 400, 'precision'],
    ['POST', '/datasets/d/tables', column({ type: 'INTEGER', maxLength: '3' }), 400, 'maxLength'],
    ['POST', '/datasets/d/tables', column({ defaultValueExpression: 'nonsense(' }), 400, 'column c'],
    [
      'POST',
      '/datasets/d/tables',
      column({ type: 'INTEGER', defaultValueExpression: "'x'" }),
      400,
      'column c',
    ],
    [
      'POST',
      '/datasets/d/tables',
      column({ type: 'NUMERIC', precision: '5', scale: '1', roundingMode: 'ROUND_HALF_EVEN' }),
      501,
      'ROUND_HALF_EVEN',
    ],
    [
      'POST',
      '/datasets/d/tables',
      view({ schema: { fields: [{ name: 'x', type: 'INTEGER' }] } }),
      400,
      'Schema field',
    ],
    ['POST', '/datasets/d/tables', view({ timePartitioning: { type: 'DAY' } }), 400, 'timePartitioning'],
    [
      'POST',
      '/datasets/d/tables',
      view({ materializedView: { query: 'SELECT 1 AS x' } }),
      400,
      'materializedView',
    ],
    ['POST', '/datasets/d/tables', table({ view: { query: 'SELECT 1 AS x', foo: 1 } }), 400, 'foo'],
    [
      'PATCH',
      '/datasets/d/tables/v',
      { view: { query: 'SELECT 1 AS x', useLegacySql: true } },
      501,
      'Legacy SQL',
    ],
    ['PATCH', '/datasets/d/tables/t', { expirationTime: '1000' }, 400, 'in the past'],
    ['PATCH', '/datasets/d/tables/t', { tableReference: { tableId: 'other' } }, 400, 'other'],
    ['PATCH', '/datasets/d/tables/t?autodetect_schema=true', {}, 501, 'autodetect_schema'],
    ['POST', '/datasets/d/tables/t/insertAll', { rows: [{ json: { n: 1 }, foo: 1 }] }, 400, 'foo'],
    ['POST', '/jobs', { jobReference: { foo: 1 }, ...query({}) }, 400, 'foo'],
    ['POST', '/jobs', query({ defaultDataset: { datasetId: 'd', foo: 1 } }), 400, 'foo'],
    ['POST', '/jobs', query({ destinationTable: { datasetId: 'd', tableId: 'x', foo: 1 } }), 400, 'foo'],
    [
      'POST',
      '/jobs',
      query({
        destinationTable: { datasetId: 'd', tableId: 'x' },
        schemaUpdateOptions: ['ALLOW_FIELD_ADDITION'],
      }),
      400,
      'Schema update options',
    ],
    ['POST', '/queries', { query: 'SELECT 1', formatOptions: { foo: 1 } }, 400, 'foo'],
    ['POST', '/queries', { query: 'SELECT 1', jobCreationMode: 'SOMETIMES' }, 400, 'jobCreationMode'],
    [
      'POST',
      '/queries',
      {
        query: 'SELECT @x',
        queryParameters: [
          { name: 'x', parameterType: { type: 'INT64' }, parameterValue: { value: '1', foo: 1 } },
        ],
      },
      400,
      'foo',
    ],
    ['POST', '/datasets/d/routines/r:getIamPolicy', {}, 501, 'getIamPolicy'],
  ])('%s %s %j → %i', async (method, path, body, status, named) => {
    const response = await send(method, path, body);
    expect(response.status).toBe(status);
    expect(JSON.stringify(response.body.error)).toContain(named);
    expect(await bigquery.dataset('d').table('new').exists()).toEqual([false]);
  });

  test.each([
    ['CREATE TABLE d.made AS SELECT 1 AS x', 'Cannot set destination table in jobs with DDL statements'],
    ["INSERT d.t VALUES (2, 'y')", 'Cannot set destination table in jobs with DML statements'],
    ['DECLARE x INT64; SELECT 1', 'configuration.query.destinationTable cannot be set for scripts'],
  ])('a destination table for %s, and nothing runs', async (sql, message) => {
    const { body } = await send('POST', '/jobs', {
      configuration: { query: { query: sql, destinationTable: { datasetId: 'd', tableId: 'target' } } },
    });
    expect(body.status.errorResult).toMatchObject({ reason: 'invalid', message });
    const [rows] = await bigquery.query('SELECT COUNT(*) AS c FROM d.t');
    expect(rows).toEqual([{ c: 1 }]);
    expect(await bigquery.dataset('d').table('made').exists()).toEqual([false]);
  });

  test.each([
    "CREATE TABLE d.made (s ARRAY<STRING COLLATE 'und:ci'>)",
    "CREATE TABLE d.made (n NUMERIC(5, 1) OPTIONS (rounding_mode = 'ROUND_HALF_EVEN'))",
  ])('%s', async (sql) => {
    await expect(bigquery.query(sql)).rejects.toMatchObject({ errors: [{ reason: 'notImplemented' }] });
  });
});

describe('what the official client sends besides its API is taken', () => {
  test('options of its own in a query job', async () => {
    const [job] = await bigquery.createQueryJob({
      query: 'SELECT @a AS a',
      params: { a: null },
      types: { a: 'INT64' },
      maxResults: 1,
      wrapIntegers: false,
      parseJSON: true,
      dryRun: false,
    } as Parameters<BigQuery['createQueryJob']>[0]);
    expect((await job.getQueryResults())[0]).toEqual([{ a: null }]);
  });

  test('a location in the configuration of a copy', async () => {
    const target = bigquery.dataset('d').table('located');
    await bigquery.dataset('d').table('t').copy(target, { location: 'US' });
    expect((await target.getRows())[0]).toHaveLength(1);
  });

  test('a timestamp with nine digits', async () => {
    const at = bigquery.timestamp('2024-01-02T03:04:05.123456Z');
    const [rows] = await bigquery.query({ query: 'SELECT UNIX_MICROS(@at) AS micros', params: { at } });
    expect(rows).toEqual([{ micros: 1704164645123456 }]);
  });
});
