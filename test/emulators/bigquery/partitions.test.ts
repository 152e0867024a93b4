import type { BigQuery, Dataset } from '@google-cloud/bigquery';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BigQueryServer } from '../../../src/emulators/bigquery/server/index.js';
import { clientOf, PROJECT, request, startEmulator } from './harness.js';

let server: BigQueryServer;
let bigquery: BigQuery;
let dataset: Dataset;

beforeAll(async () => {
  server = await startEmulator();
  bigquery = clientOf(server);
  [dataset] = await bigquery.createDataset('d');
  await bigquery.query(`
    CREATE TABLE d.days (n INT64, day DATE) PARTITION BY day;
    CREATE TABLE d.arrivals (n INT64) PARTITION BY _PARTITIONDATE;
    CREATE TABLE d.ranges (n INT64) PARTITION BY RANGE_BUCKET(n, GENERATE_ARRAY(0, 100, 10));
    CREATE TABLE d.plain (n INT64);
    INSERT d.days VALUES (1, '2024-01-01'), (2, '2024-01-02'), (3, NULL);
    INSERT d.ranges VALUES (5), (15), (16), (95)`);
});
afterAll(() => server.close());

const tables = `/projects/${PROJECT}/datasets/d/tables`;
const numbers = async (table: string) => {
  const [rows] = await bigquery.query(`SELECT n FROM d.${table} ORDER BY n`);
  return rows.map((row: { n: number }) => row.n);
};
const queryInto = async (tableId: string, query: string) => {
  const [job] = await bigquery.createQueryJob({
    query,
    destination: dataset.table(tableId),
    writeDisposition: 'WRITE_TRUNCATE',
  });
  await job.promise();
};

describe('a decorator', () => {
  test('reads and counts one partition', async () => {
    expect((await dataset.table('ranges$10').getRows())[0]).toEqual([{ n: 15 }, { n: 16 }]);
    expect((await dataset.table('days$20240102').getRows())[0]).toMatchObject([{ n: 2 }]);
    expect((await dataset.table('days$__NULL__').getRows())[0]).toMatchObject([{ n: 3 }]);
    const [metadata] = await dataset.table('ranges$10').getMetadata();
    expect(metadata).toMatchObject({ id: `${PROJECT}:d.ranges$10`, numRows: '2' });
  });

  test('replaces one partition and leaves the others', async () => {
    await queryInto('ranges$10', 'SELECT 17 AS n');
    expect(await numbers('ranges')).toEqual([5, 17, 95]);
    await queryInto('days$20240101', "SELECT 10 AS n, DATE '2024-01-01' AS day");
    expect(await numbers('days')).toEqual([2, 3, 10]);
  });

  test.each([
    ['days$20240101', "SELECT 1 AS n, DATE '2024-01-02' AS day"],
    ['days$20240101', 'SELECT 1 AS n, CAST(NULL AS DATE) AS day'],
    ['days$20240101', 'SELECT 1 AS n'],
    ['ranges$10', 'SELECT n FROM UNNEST([11, 21]) AS n'],
  ])('of %s refuses rows of another partition, and nothing is lost', async (tableId, sql) => {
    const table = tableId.split('$')[0]!;
    const before = await numbers(table);
    await expect(queryInto(tableId, sql)).rejects.toThrow('Some rows belong to different partitions');
    expect(await numbers(table)).toEqual(before);
  });

  test('streams into a partition of its own choice only by ingestion time', async () => {
    await dataset.table('arrivals$20240105').insert([{ n: 1 }]);
    const [rows] = await bigquery.query('SELECT n, _PARTITIONDATE AS day FROM d.arrivals');
    expect(rows).toEqual([{ n: 1, day: bigquery.date('2024-01-05') }]);
    await expect(dataset.table('days$20240101').insert([{ n: 1 }])).rejects.toThrow(
      'Streaming to metadata partition of column based partitioning table',
    );
  });

  test('deletes one partition', async () => {
    await dataset.table('arrivals').insert([{ n: 2 }]);
    await dataset.table('arrivals$20240105').delete();
    expect(await numbers('arrivals')).toEqual([2]);
    expect(await dataset.table('arrivals').exists()).toEqual([true]);
  });

  test.each([
    ['ranges$7', 400, 'Invalid range partitioning decorator $7'],
    ['ranges$100', 400, 'Invalid range partitioning decorator $100'],
    ['days$2024', 400, 'Invalid time partitioning decorator $2024'],
    ['plain$20240101', 400, 'is used on a table without partitioning'],
    ['plain@-3600000', 501, 'Time travel'],
  ])('%s is refused', async (tableId, status, message) => {
    const response = await request(server, 'GET', `${tables}/${encodeURIComponent(tableId)}/data`);
    expect(response.status).toBe(status);
    expect(response.body.error.message).toContain(message);
  });
});

test('a partition filter that is required is echoed and asked for', async () => {
  const { body } = await request(server, 'POST', tables, {
    tableReference: { tableId: 'short' },
    schema: { fields: [{ name: 'day', type: 'DATE' }] },
    timePartitioning: { type: 'DAY', field: 'day', expirationMs: '3600000', requirePartitionFilter: true },
  });
  expect(body).toMatchObject({
    timePartitioning: { type: 'DAY', field: 'day', expirationMs: '3600000' },
    requirePartitionFilter: true,
  });
  await expect(bigquery.query('SELECT * FROM d.short')).rejects.toThrow('Cannot query over table');
});
