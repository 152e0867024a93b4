import type { BigQuery, Dataset } from '@google-cloud/bigquery';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BigQueryServer } from '../../../src/emulators/bigquery/server/index.js';
import { clientOf, PROJECT, request, startEmulator } from './harness.js';

let server: BigQueryServer;
let bigquery: BigQuery;
let dataset: Dataset;

beforeAll(async () => {
  server = await startEmulator();
  bigquery = clientOf(server);
  [dataset] = await bigquery.createDataset('d');
});
afterAll(() => server.close());

const send = (method: string, path: string, body: object) =>
  request(server, method, `/projects/${PROJECT}${path}`, body);
const run = (query: string) => send('POST', '/queries', { query, useLegacySql: false });
const times = <T>(count: number, make: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => make(index)));

test('fifty writers and readers of one table at once lose nothing', async () => {
  await bigquery.query('CREATE TABLE d.mixed AS SELECT id, 0 AS n FROM UNNEST(GENERATE_ARRAY(0, 9)) AS id');
  const answers = await times(50, (index) => {
    const id = 100 + index;
    switch (index % 5) {
      case 0:
        return run(`INSERT d.mixed VALUES (${id}, 1)`);
      case 1:
        return run('UPDATE d.mixed SET n = n + 1 WHERE id < 10');
      case 2:
        return run(
          `MERGE d.mixed AS t USING (SELECT ${id} AS id) AS s ON t.id = s.id WHEN NOT MATCHED THEN INSERT VALUES (s.id, 2)`,
        );
      case 3:
        return send('POST', '/datasets/d/tables/mixed/insertAll', { rows: [{ json: { id, n: 3 } }] });
      default:
        return run(index % 2 === 0 ? 'SELECT COUNT(*) FROM d.mixed' : 'SELECT nonsense FROM d.mixed');
    }
  });
  const failed = answers.filter(({ status }) => status !== 200);
  expect(failed.map(({ body }) => body.error.message)).toEqual(
    Array(5).fill('Unrecognized name: nonsense at [1:8]'),
  );
  const [rows] = await bigquery.query(
    'SELECT COUNT(*) AS c, SUM(IF(id < 10, n, 0)) AS updated, SUM(IF(id < 10, 0, n)) AS added FROM d.mixed',
  );
  expect(rows).toEqual([{ c: 40, updated: 100, added: 60 }]);
});

test.each([
  [
    'tables',
    { tableReference: { tableId: 'once' }, schema: { fields: [{ name: 'n', type: 'INTEGER' }] } },
    '/datasets/d/tables',
  ],
  ['datasets', { datasetReference: { datasetId: 'once' } }, '/datasets'],
  ['jobs', { jobReference: { jobId: 'once' }, configuration: { query: { query: 'SELECT 1' } } }, '/jobs'],
])('of twenty %s of one name, one is made', async (_what, body, path) => {
  const answers = await times(20, () => send('POST', path, body));
  expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(19).fill(409)]);
});

test('columns that updates add at the same time do not get lost', async () => {
  await dataset.createTable('grown', { schema: 'n:integer' });
  const fields = (name: string) => [
    { name: 'n', type: 'INTEGER' },
    { name, type: 'STRING' },
  ];
  const answers = await Promise.all(
    ['a', 'b', 'c'].map((name) =>
      send('PATCH', '/datasets/d/tables/grown', { schema: { fields: fields(name) } }),
    ),
  );
  // The first one adds its column; the others would drop it.
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 400, 400]);
  const refused = answers.find(({ status }) => status === 400)!;
  expect(refused.body.error.message).toContain('is missing in new schema');
  const append = async (name: string) => {
    const [job] = await bigquery.createQueryJob({
      query: `SELECT 1 AS n, 'x' AS ${name}`,
      destination: dataset.table('grown'),
      writeDisposition: 'WRITE_APPEND',
      schemaUpdateOptions: ['ALLOW_FIELD_ADDITION'],
    });
    await job.promise();
  };
  await Promise.all(['p', 'q', 'r'].map(append));
  const [rows] = await bigquery.query('SELECT COUNT(p) AS p, COUNT(q) AS q, COUNT(r) AS r FROM d.grown');
  expect(rows).toEqual([{ p: 1, q: 1, r: 1 }]);
});

test('jobs that append to a table which none of them finds make it once and keep all rows', async () => {
  const results = await times(8, (index) =>
    bigquery
      .createQueryJob({
        query: `SELECT ${index} AS n`,
        destination: dataset.table('shared'),
        writeDisposition: index === 7 ? 'WRITE_EMPTY' : 'WRITE_APPEND',
      })
      .then(([job]) => job.promise())
      .then(
        () => undefined,
        (error: { errors: { reason: string }[] }) => error.errors[0]!.reason,
      ),
  );
  const failed = results.filter((reason) => reason !== undefined);
  for (const reason of failed) expect(reason).toBe('duplicate');
  const [rows] = await bigquery.query('SELECT COUNT(*) AS c, COUNT(DISTINCT n) AS d FROM d.shared');
  expect(rows).toEqual([{ c: 8 - failed.length, d: 8 - failed.length }]);
  expect(failed.length).toBeLessThanOrEqual(1);
});

test('of ten CREATE TABLE AS of one name, one is made', async () => {
  const answers = await times(10, (index) => run(`CREATE TABLE d.created AS SELECT ${index} AS n`));
  expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(9).fill(409)]);
});

test('of ten updates with one etag, one is made', async () => {
  const [table] = await dataset.createTable('tagged', { schema: 'n:integer' });
  const { etag } = (await table.getMetadata())[0];
  const answers = await times(10, (index) =>
    request(
      server,
      'PATCH',
      `/projects/${PROJECT}/datasets/d/tables/tagged`,
      { description: `${index}` },
      { 'If-Match': etag },
    ),
  );
  expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(9).fill(412)]);
});

test('a table that goes while it is read is there or not found, never our fault', async () => {
  for (let round = 0; round < 5; round++) {
    await bigquery.query(
      'CREATE OR REPLACE TABLE d.going AS SELECT n FROM UNNEST(GENERATE_ARRAY(1, 50000)) AS n',
    );
    const answers = await Promise.all([
      run('SELECT SUM(n) FROM d.going'),
      request(server, 'GET', `/projects/${PROJECT}/datasets/d/tables/going/data?maxResults=10`),
      run('DROP TABLE d.going'),
      run('SELECT COUNT(*) FROM d.going'),
    ]);
    for (const { status } of answers) expect([200, 404]).toContain(status);
  }
});

test('a new partitioned table gets the partition expiration of its dataset, any other the table expiration', async () => {
  const [lasting] = await bigquery.createDataset('lasting', {
    defaultTableExpirationMs: '3600000',
    defaultPartitionExpirationMs: '7200000',
  });
  await lasting.createTable('plain', { schema: 'n:integer' });
  await lasting.createTable('days', { schema: 'n:integer', timePartitioning: { type: 'DAY' } });
  await bigquery.query('CREATE TABLE lasting.by_sql (day DATE) PARTITION BY day');
  const metadata = async (id: string) => (await lasting.table(id).getMetadata())[0];
  const plain = await metadata('plain');
  expect(Number(plain.expirationTime) - Number(plain.creationTime)).toBe(3_600_000);
  for (const id of ['days', 'by_sql']) {
    expect(await metadata(id)).toMatchObject({ timePartitioning: { expirationMs: '7200000' } });
    expect((await metadata(id)).expirationTime).toBeUndefined();
  }
});

test('four clients that run scripts over the same tables see no fault of ours', {
  timeout: 120_000,
}, async () => {
  for (const name of ['left', 'right']) {
    await bigquery.query(
      `CREATE TABLE d.${name} AS SELECT id, 0 AS n FROM UNNEST(GENERATE_ARRAY(1, 500)) AS id`,
    );
  }
  const scripts = (t: string, u: string): string[] => [
    `INSERT d.${t} (id) VALUES (1)`,
    `UPDATE d.${t} SET id = id + 1 WHERE id < 10; UPDATE d.${u} SET id = id + 1 WHERE id < 20`,
    `DELETE FROM d.${t} WHERE id = 7; SELECT COUNT(*) FROM d.${u}`,
    `MERGE d.${t} x USING (SELECT DISTINCT id FROM d.${u} LIMIT 5) y ON x.id = y.id
       WHEN MATCHED THEN UPDATE SET n = 1 WHEN NOT MATCHED THEN INSERT (id) VALUES (y.id)`,
    `CREATE OR REPLACE TABLE d.${t} AS SELECT id, 0 AS n FROM d.${u} LIMIT 900`,
    `CREATE OR REPLACE TABLE d.${t} (id INT64, n INT64)`,
    `ALTER TABLE d.${t} ADD COLUMN IF NOT EXISTS extra STRING`,
    `ALTER TABLE d.${t} DROP COLUMN IF EXISTS extra`,
    `TRUNCATE TABLE d.${t}`,
    `CREATE TEMP TABLE few AS SELECT id FROM d.${t}; INSERT d.${u} (id) SELECT id FROM few LIMIT 2`,
    `SELECT COUNT(*) FROM d.${t} JOIN d.${u} USING (id)`,
    `BEGIN TRANSACTION; INSERT d.${t} (id) VALUES (1); UPDATE d.${u} SET n = 2 WHERE id < 5; COMMIT TRANSACTION`,
    `BEGIN TRANSACTION; DELETE FROM d.${t} WHERE id < 3; ROLLBACK TRANSACTION`,
  ];
  const failed: string[] = [];
  await times(4, async (client) => {
    for (let round = 0; round < 60; round++) {
      const [t, u] = (client + round) % 2 === 0 ? ['left', 'right'] : ['right', 'left'];
      const all = scripts(t, u);
      const sql = all[(round * 7 + client * 5) % all.length]!;
      const row = { rows: [{ json: { id: round } }] };
      const answers = [await run(sql), await send('POST', `/datasets/d/tables/${u}/insertAll`, row)];
      for (const { status, body } of answers) {
        if (status !== 200 || body.insertErrors) failed.push(`${sql}: ${body.error?.message}`);
      }
    }
  });
  // Of two transactions on one table the service, too, lets only one through.
  const lost = /^BEGIN TRANSACTION.*Transaction is aborted due to concurrent update/s;
  expect(failed.filter((message) => !lost.test(message))).toEqual([]);
});

test('CREATE TABLE IF NOT EXISTS by twenty at once fails for none', async () => {
  const answers = await times(20, () => run('CREATE TABLE IF NOT EXISTS d.wanted AS SELECT 1 AS n'));
  expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
  const [rows] = await bigquery.query('SELECT COUNT(*) AS c FROM d.wanted');
  expect(rows).toEqual([{ c: 1 }]);
});
