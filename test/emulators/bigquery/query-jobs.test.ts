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
  await dataset.createTable('t', { schema: 'n:INTEGER,s:STRING' });
  await dataset.table('t').insert([
    { n: 1, s: 'one' },
    { n: 2, s: 'two' },
  ]);
});
afterAll(() => server.close());

const post = (path: string, body: object) => request(server, 'POST', `/projects/${PROJECT}${path}`, body);
const get = (path: string) => request(server, 'GET', `/projects/${PROJECT}${path}`);
const query = (sql: string, more: object = {}) =>
  post('/queries', { query: sql, useLegacySql: false, ...more });

async function runJob(configuration: object): Promise<Awaited<ReturnType<typeof get>>['body']> {
  const inserted = await post('/jobs', { configuration });
  if (inserted.status !== 200) return inserted.body;
  const { jobId } = inserted.body.jobReference;
  const deadline = Date.now() + 20_000;
  for (;;) {
    const { body } = await get(`/jobs/${jobId}`);
    if (body.status.state === 'DONE') return body;
    if (Date.now() > deadline) throw new Error(`${jobId} is not done`);
  }
}

describe('the official client', () => {
  test('query with named parameters', async () => {
    const [rows] = await bigquery.query({
      query: 'SELECT n, s, @at AS moment FROM d.t WHERE n = @n',
      params: { n: 2, at: bigquery.timestamp('2024-01-02T03:04:05.678Z') },
    });
    expect(rows).toEqual([{ n: 2, s: 'two', moment: bigquery.timestamp('2024-01-02T03:04:05.678Z') }]);
  });

  test('createQueryJob, then its results in pages', async () => {
    const [job] = await bigquery.createQueryJob(
      'SELECT n FROM UNNEST(GENERATE_ARRAY(1, 25)) AS n ORDER BY n',
    );
    const seen: number[] = [];
    let next: object | null = { maxResults: 10, autoPaginate: false };
    while (next !== null) {
      const page: unknown[] = await job.getQueryResults(next);
      seen.push(...(page[0] as { n: number }[]).map((row) => row.n));
      next = page[1] as object | null;
    }
    expect(seen).toEqual(Array.from({ length: 25 }, (_, index) => index + 1));
  });

  test('DML says how many rows it touched', async () => {
    const [job] = await bigquery.createQueryJob("UPDATE d.t SET s = 'two' WHERE n = 2");
    await job.getQueryResults();
    const [metadata] = await job.getMetadata();
    expect(metadata.statistics.query).toMatchObject({
      statementType: 'UPDATE',
      numDmlAffectedRows: '1',
      dmlStats: { updatedRowCount: '1' },
    });
  });

  test('an error has the reason and the place', async () => {
    await expect(bigquery.query('SELECT nope FROM d.t')).rejects.toMatchObject({
      code: 400,
      errors: [{ reason: 'invalidQuery', location: 'query' }],
      message: expect.stringMatching(/Unrecognized name: nope.* at \[1:8\]$/),
    });
  });
});

describe('jobs.query', () => {
  test('a repeated requestId is the same job', async () => {
    const first = await query('SELECT RAND() AS r', { requestId: 'same' });
    const second = await query('SELECT RAND() AS r', { requestId: 'same' });
    expect(second.body.jobReference).toEqual(first.body.jobReference);
    expect(second.body.rows).toEqual(first.body.rows);
  });

  test('maxResults 0 and a page behind the end', async () => {
    const none = await query('SELECT 1 AS x', { maxResults: 0 });
    expect(none.body).toMatchObject({ totalRows: '1', jobComplete: true });
    expect(none.body.rows).toBeUndefined();
    const { jobId } = none.body.jobReference;
    expect((await get(`/queries/${jobId}?startIndex=5`)).body.rows).toBeUndefined();
  });

  test('no rows asked for, the token says where they begin', async () => {
    const none = await query('SELECT n FROM UNNEST([1, 2, 3]) AS n ORDER BY n', { maxResults: 0 });
    expect(none.body).toMatchObject({ totalRows: '3', pageToken: expect.any(String) });
    const { jobId } = none.body.jobReference;
    const page = await get(`/queries/${jobId}?maxResults=2&pageToken=${none.body.pageToken}`);
    expect(page.body.rows).toEqual([{ f: [{ v: '1' }] }, { f: [{ v: '2' }] }]);
    const later = await get(`/queries/${jobId}?maxResults=0&pageToken=${page.body.pageToken}`);
    expect(later.body).toMatchObject({ totalRows: '3', pageToken: page.body.pageToken });
    expect((await get(`/queries/${jobId}?maxResults=0&startIndex=3`)).body.pageToken).toBeUndefined();
    const empty = await query('SELECT 1 AS n FROM UNNEST([1]) WHERE FALSE', { maxResults: 0 });
    expect(empty.body).toMatchObject({ totalRows: '0', jobComplete: true });
    expect(empty.body.pageToken).toBeUndefined();
  });

  test.each([
    [{}, '1.7041646456789E9'],
    [{ formatOptions: { useInt64Timestamp: true } }, '1704164645678900'],
    [{ formatOptions: { timestampOutputFormat: 'ISO8601_STRING' } }, '2024-01-02T03:04:05.678900Z'],
  ])('timestamps with %j', async (options, shown) => {
    const { body } = await query("SELECT TIMESTAMP '2024-01-02 03:04:05.6789' AS t", options);
    expect(body.rows[0].f[0].v).toBe(shown);
  });

  test('the table of a result is asked for as others are', async () => {
    const { body } = await query("SELECT x AS a, 'b' AS b, 3 FROM UNNEST([1, 2]) AS x");
    const job = await get(`/jobs/${body.jobReference.jobId}`);
    const { datasetId, tableId } = job.body.configuration.query.destinationTable;
    const table = await get(`/datasets/${datasetId}/tables/${tableId}`);
    expect(table.status).toBe(200);
    expect(table.body).toMatchObject({ numRows: '2', numBytes: '38' });
    const again = await query(`SELECT SUM(a), MAX(b), MAX(f0_) FROM \`${datasetId}.${tableId}\``);
    expect(again.body.rows[0].f).toEqual([{ v: '3' }, { v: 'b' }, { v: '3' }]);
  });

  test('flags of a request in any case, as clients in Python write them', async () => {
    const { body } = await query("SELECT TIMESTAMP '2024-01-02 03:04:05.6789' AS t");
    const { jobId } = body.jobReference;
    for (const flag of ['true', 'True']) {
      const page = await get(`/queries/${jobId}?formatOptions.useInt64Timestamp=${flag}`);
      expect(page.body.rows[0].f[0].v).toBe('1704164645678900');
    }
  });

  test('the time zone of a request is that of its query alone', async () => {
    const sql = "SELECT CAST(DATETIME(TIMESTAMP '2024-01-01 00:00:00+00') AS STRING) AS d, @@time_zone AS z";
    const connectionProperties = [{ key: 'time_zone', value: 'America/New_York' }];
    const rows = async (options: object) => (await query(sql, options)).body.rows[0].f;
    expect(await rows({})).toEqual([{ v: '2024-01-01 00:00:00' }, { v: 'UTC' }]);
    expect(await rows({ connectionProperties })).toEqual([
      { v: '2023-12-31 19:00:00' },
      { v: 'America/New_York' },
    ]);
  });

  test.each([
    ['EST5EDT', '2023-12-31 19:00:00'],
    ['etc/gmt+5', '2023-12-31 19:00:00'],
    ['+05:30', '2024-01-01 05:30:00'],
    ['PST', undefined],
    ['+99:99', undefined],
    ['+5:99', undefined],
  ])('a script takes the time zone %s as a function does', async (zone, clock) => {
    const instant = "TIMESTAMP '2024-01-01 00:00:00+00'";
    const set = await query(`SET @@time_zone = '${zone}'; SELECT CAST(DATETIME(${instant}) AS STRING)`);
    const asked = await query(`SELECT CAST(DATETIME(${instant}, '${zone}') AS STRING)`);
    for (const { body } of [set, asked]) {
      expect(body.error?.message ?? body.rows[0].f[0].v).toContain(clock ?? `Invalid time zone: ${zone}`);
    }
  });

  test('the project of datasets that are named without one', async () => {
    const connectionProperties = [{ key: 'dataset_project_id', value: 'x-y-z' }];
    const response = await query('SELECT n FROM d.t', { connectionProperties });
    expect(response.body.error.message).toContain('x-y-z:d');
    expect((await query('SELECT 1 AS n', { connectionProperties })).body.jobReference.projectId).not.toBe(
      'x-y-z',
    );
  });

  test.each([
    [{ useLegacySql: true }, 501, 'Legacy SQL'],
    [{ query: '' }, 400, 'Required parameter is missing: query'],
    [{ nonsense: 1 }, 400, 'Unknown name "nonsense"'],
    [{ connectionProperties: [{ key: 'service_account', value: 'x' }] }, 501, 'service_account'],
    [
      { connectionProperties: [{ key: 'time_zone', value: 'Mars/Base' }] },
      400,
      'Invalid time zone: Mars/Base',
    ],
  ])('%j is refused', async (options, status, message) => {
    const response = await query('SELECT 1', options);
    expect(response.status).toBe(status);
    expect(response.body.error.message).toContain(message);
  });

  test('dry run: schema and bytes, no effect', async () => {
    const response = await query('SELECT n FROM d.t', { dryRun: true });
    expect(response.body).toMatchObject({
      jobComplete: true,
      totalBytesProcessed: '16',
      schema: { fields: [{ name: 'n', type: 'INTEGER' }] },
    });
    await query('CREATE TABLE d.never (a INT64)', { dryRun: true });
    expect((await get('/datasets/d/tables/never')).status).toBe(404);
    expect((await query('SELECT nope FROM d.t', { dryRun: true })).status).toBe(400);
  });

  test('dry run: what would be billed, when and where it was asked', async () => {
    const { body } = await query('SELECT n FROM d.t', { dryRun: true });
    expect(body).toMatchObject({
      kind: 'bigquery#queryResponse',
      totalBytesBilled: '0',
      cacheHit: false,
      location: 'US',
      jobReference: { projectId: PROJECT, location: 'US' },
      creationTime: expect.stringMatching(/^\d{13}$/),
    });
    expect(body.jobReference.jobId).toBeUndefined();
    expect(body.rows).toBeUndefined();
  });

  test('dry run of jobs.insert: a job without an id, and the anonymous table it would write', async () => {
    const dryRun = async (sql: string, more: object = {}) =>
      (
        await post('/jobs', {
          configuration: { dryRun: true, query: { query: sql, useLegacySql: false, ...more } },
        })
      ).body;
    const select = await dryRun('SELECT n FROM d.t');
    expect(select).toMatchObject({
      kind: 'bigquery#job',
      id: `${PROJECT}:US.`,
      etag: expect.any(String),
      user_email: expect.any(String),
      configuration: {
        dryRun: true,
        jobType: 'QUERY',
        query: {
          destinationTable: {
            projectId: PROJECT,
            datasetId: expect.stringMatching(/^_/),
            tableId: expect.stringMatching(/^anon/),
          },
          writeDisposition: 'WRITE_TRUNCATE',
          priority: 'INTERACTIVE',
        },
      },
      statistics: {
        totalBytesProcessed: '16',
        query: { totalBytesProcessedAccuracy: 'PRECISE', totalBytesBilled: '0', statementType: 'SELECT' },
      },
      status: { state: 'DONE' },
    });
    const destinationTable = { projectId: PROJECT, datasetId: 'd', tableId: 'never' };
    const written = await dryRun('SELECT n FROM d.t', { destinationTable });
    expect(written.configuration.query).toMatchObject({ destinationTable, writeDisposition: 'WRITE_EMPTY' });
    const ddl = await dryRun('CREATE TABLE d.never (a INT64)');
    expect(ddl.configuration.query.destinationTable).toBeUndefined();
    expect((await get('/datasets/d/tables/never')).status).toBe(404);
  });

  test('dry run: bytes of DML are what it reads, and the table when its rows change', async () => {
    const bytes = async (sql: string) =>
      Number((await query(sql, { dryRun: true })).body.totalBytesProcessed as string);
    const [n, all] = [await bytes('SELECT n FROM d.t'), await bytes('SELECT * FROM d.t')];
    expect(n).toBe(16);
    expect(all).toBeGreaterThan(n);
    const merge = 'MERGE d.t USING (SELECT 1 AS k) ON n = k WHEN';
    expect([
      await bytes("UPDATE d.t SET s = 'x' WHERE n = 2"),
      await bytes('DELETE d.t WHERE TRUE'),
      await bytes('DELETE d.t AS gone WHERE EXISTS(SELECT 1 FROM d.t WHERE t.n = gone.n)'),
      await bytes(`${merge} NOT MATCHED THEN INSERT (n) VALUES (k)`),
      await bytes(`${merge} MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT (n) VALUES (k)`),
    ]).toEqual([n + all, all, n + all, n, n + all]);
  });
});

describe('query jobs', () => {
  test('a deleted job is answered with an empty object', async () => {
    const { jobId } = (await query('SELECT 1 AS x')).body.jobReference;
    const path = `/projects/${PROJECT}/jobs/${jobId}`;
    expect(await request(server, 'DELETE', `${path}/delete`)).toMatchObject({ status: 200, body: {} });
    expect((await request(server, 'GET', path)).status).toBe(404);
    expect((await request(server, 'DELETE', `${path}/delete`)).status).toBe(404);
  });

  test('the second run comes from the cache until the table changes', async () => {
    const sql = 'SELECT n FROM d.t ORDER BY n';
    const hits = [];
    hits.push((await query(sql)).body.cacheHit, (await query(sql)).body.cacheHit);
    hits.push((await query(sql, { useQueryCache: false })).body.cacheHit);
    await dataset.table('t').insert([{ n: 3, s: 'three' }]);
    const after = await query(sql);
    hits.push(
      after.body.cacheHit,
      (await query('SELECT RAND()')).body.cacheHit,
      (await query('SELECT RAND()')).body.cacheHit,
    );
    expect(hits).toEqual([false, true, false, false, false, false]);
    expect(after.body.totalRows).toBe('3');
  });

  test('maximumBytesBilled stops a query before it runs', async () => {
    const refused = await query('SELECT s FROM d.t', { maximumBytesBilled: '1000', useQueryCache: false });
    expect(refused.status).toBe(400);
    expect(refused.body.error).toMatchObject({
      message: 'Query exceeded limit for bytes billed: 1000. 10485760 or higher required.',
      errors: [{ reason: 'bytesBilledLimitExceeded' }],
    });
    expect((await query('SELECT s FROM d.t', { maximumBytesBilled: '10485760' })).status).toBe(200);
  });

  test('destination tables and write dispositions', async () => {
    const into = (more: object = {}) =>
      runJob({
        query: {
          query: 'SELECT n, s FROM d.t WHERE n = 1',
          useLegacySql: false,
          destinationTable: { projectId: PROJECT, datasetId: 'd', tableId: 'out' },
          ...more,
        },
      });
    expect((await into()).status.errorResult).toBeUndefined();
    expect((await into()).status.errorResult).toMatchObject({ reason: 'duplicate' });
    await into({ writeDisposition: 'WRITE_APPEND' });
    expect((await query('SELECT COUNT(*) AS c FROM d.out')).body.rows[0].f[0].v).toBe('2');
    await into({ writeDisposition: 'WRITE_TRUNCATE' });
    expect((await query('SELECT COUNT(*) AS c FROM d.out')).body.rows[0].f[0].v).toBe('1');
    const never = await into({
      createDisposition: 'CREATE_NEVER',
      destinationTable: { datasetId: 'd', tableId: 'no' },
    });
    expect(never.status.errorResult).toMatchObject({ reason: 'notFound' });
  });

  test('labels, statistics and the anonymous destination', async () => {
    const job = await runJob({
      query: { query: 'SELECT n FROM d.t', useLegacySql: false },
      labels: { team: 'x' },
    });
    expect(job).toMatchObject({
      kind: 'bigquery#job',
      configuration: { jobType: 'QUERY', labels: { team: 'x' } },
      statistics: {
        query: {
          statementType: 'SELECT',
          cacheHit: false,
          totalBytesBilled: '10485760',
          referencedTables: [{ projectId: PROJECT, datasetId: 'd', tableId: 't' }],
        },
      },
    });
    const { datasetId, tableId } = job.configuration.query.destinationTable;
    const rows = await get(`/datasets/${datasetId}/tables/${tableId}/data`);
    expect(rows.body.totalRows).toBe(job.statistics.query.totalBytesProcessed === '24' ? '3' : '?');
    const listed = await get('/jobs?maxResults=1&projection=full&stateFilter=done');
    expect(listed.body.jobs[0].configuration.labels).toEqual({ team: 'x' });
  });

  test('the same job id twice is duplicate', async () => {
    const body = {
      jobReference: { jobId: 'mine' },
      configuration: { query: { query: 'SELECT 1', useLegacySql: false } },
    };
    expect((await post('/jobs', body)).status).toBe(200);
    const second = await post('/jobs', body);
    expect(second.status).toBe(409);
    expect(second.body.error.errors[0].reason).toBe('duplicate');
  });

  test('a failed job keeps its error, for jobs.get and for getQueryResults', async () => {
    const job = await runJob({ query: { query: 'SELECT 1/0', useLegacySql: false } });
    expect(job.status).toMatchObject({ state: 'DONE', errorResult: { reason: 'invalidQuery' } });
    const results = await get(`/queries/${job.jobReference.jobId}`);
    expect(results.status).toBe(400);
    expect(results.body.error.message).toContain('division by zero');
  });

  test('cancel ends a long query and the server goes on', async () => {
    const { body } = await post('/jobs', {
      configuration: {
        query: {
          query:
            'SELECT COUNT(*) FROM UNNEST(GENERATE_ARRAY(1, 100000)) a, UNNEST(GENERATE_ARRAY(1, 1000000)) b WHERE MOD(a * b, 7) = 3',
          useLegacySql: false,
        },
      },
    });
    const { jobId } = body.jobReference;
    expect(body.status.state).toBe('RUNNING');
    expect((await query('SELECT 1 AS x')).body.rows[0].f[0].v).toBe('1');
    const waiting = await get(`/queries/${jobId}?timeoutMs=0`);
    expect(waiting.body).toMatchObject({ jobComplete: false });
    await post(`/jobs/${jobId}/cancel`, {});
    const deadline = Date.now() + 10_000;
    let job = await get(`/jobs/${jobId}`);
    while (job.body.status.state !== 'DONE' && Date.now() < deadline) job = await get(`/jobs/${jobId}`);
    expect(job.body.status).toMatchObject({ state: 'DONE', errorResult: { reason: 'stopped' } });
  });

  test('scripts have child jobs', async () => {
    const job = await runJob({
      query: { query: 'DECLARE x INT64 DEFAULT 2; SELECT x AS a; SELECT x + 1 AS b;', useLegacySql: false },
    });
    expect(job.statistics.query.statementType).toBe('SCRIPT');
    const results = await get(`/queries/${job.jobReference.jobId}`);
    expect(results.body.rows).toEqual([{ f: [{ v: '3' }] }]);
    const children = await get(`/jobs?parentJobId=${job.jobReference.jobId}`);
    expect(children.body.jobs.length).toBe(Number(job.statistics.numChildJobs));
  });

  test('sessions keep temporary tables', async () => {
    const first = await query('CREATE TEMP TABLE kept AS SELECT 7 AS n', { createSession: true });
    const { sessionId } = first.body.sessionInfo;
    const connectionProperties = [{ key: 'session_id', value: sessionId }];
    expect((await query('SELECT n FROM kept', { connectionProperties })).body.rows[0].f[0].v).toBe('7');
    expect((await query('SELECT n FROM kept')).status).toBe(400);
  });

  test('many at once, some of them bad', async () => {
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, index) => query(index % 3 === 0 ? 'SELEC' : `SELECT ${index} AS x`)),
    );
    answers.forEach((answer, index) => {
      if (index % 3 === 0) expect(answer.status).toBe(400);
      else expect(answer.body.rows[0].f[0].v).toBe(String(index));
    });
  });

  test('views, and routines over REST', async () => {
    await dataset.createTable('v', {
      view: { query: 'SELECT n * 2 AS m FROM d.t', useLegacySql: false } as never,
    });
    const [metadata] = await dataset.table('v').getMetadata();
    expect(metadata).toMatchObject({ type: 'VIEW', schema: { fields: [{ name: 'm', type: 'INTEGER' }] } });
    expect((await query('SELECT MAX(m) AS m FROM d.v')).body.rows[0].f[0].v).toBe('6');
    const [routine] = await dataset.createRoutine('twice', {
      routineType: 'SCALAR_FUNCTION',
      language: 'SQL',
      arguments: [{ name: 'x', dataType: { typeKind: 'INT64' } }],
      returnType: { typeKind: 'INT64' },
      definitionBody: 'x * 2',
    } as never);
    expect((await query('SELECT d.twice(21) AS y')).body.rows[0].f[0].v).toBe('42');
    expect((await dataset.getRoutines())[0].map((item) => item.id)).toEqual(['twice']);
    await routine.delete();
    expect((await query('SELECT d.twice(21) AS y')).status).toBe(400);
    const python = await post('/datasets/d/routines', {
      routineReference: { routineId: 'python' },
      routineType: 'SCALAR_FUNCTION',
      language: 'PYTHON',
      definitionBody: 'return 1;',
    });
    expect(python.status).toBe(501);
  });
});

describe('a job that is given a location', () => {
  const elsewhere = (dataset: string, location: string) => ({
    code: 404,
    errors: [{ reason: 'notFound' }],
    message: `Not found: Dataset ${PROJECT}:${dataset} was not found in location ${location}`,
  });

  beforeAll(async () => {
    const [europe] = await bigquery.createDataset('europe', { location: 'EU' });
    await europe.createTable('t', { schema: 'n:INTEGER' });
  });

  test('has the datasets there', async () => {
    const sql = 'SELECT COUNT(*) AS n FROM europe.t';
    const answer = await query(sql, { location: 'eu' });
    expect(answer.body).toMatchObject({ jobReference: { location: 'eu' }, rows: [{ f: [{ v: '0' }] }] });
    expect((await query(sql)).status).toBe(200);
    expect((await query(sql, { location: 'EU', dryRun: true })).body.jobReference.location).toBe('EU');
    const [job] = await bigquery.createQueryJob({ query: 'CREATE SCHEMA made', location: 'EU' });
    await job.getQueryResults();
    expect((await get('/datasets/made')).body.location).toBe('EU');
  });

  test.each([
    'SELECT COUNT(*) AS n FROM europe.t',
    'SELECT n FROM `europe.*`',
    'SELECT table_name FROM europe.INFORMATION_SCHEMA.TABLES',
    'INSERT europe.t (n) VALUES (1)',
    'CREATE TABLE europe.never (n INT64)',
  ])('does not have others: %s', async (sql) => {
    await expect(bigquery.query({ query: sql, location: 'US' })).rejects.toMatchObject(
      elsewhere('europe', 'US'),
    );
    expect((await query(sql, { location: 'US', dryRun: true })).body.error.code).toBe(404);
  });

  test('copies, loads and extracts nothing elsewhere, nor puts results there', async () => {
    const refused = async (configuration: object, location: string) =>
      (await post('/jobs', { configuration, jobReference: { location } })).body.error?.message;
    const [here, there] = ['d', 'europe'].map((datasetId) => ({
      projectId: PROJECT,
      datasetId,
      tableId: 't',
    }));
    const from = (dataset: string, location: string) => elsewhere(dataset, location).message;
    expect(await refused({ copy: { sourceTable: here, destinationTable: there } }, 'EU')).toBe(
      from('d', 'EU'),
    );
    expect(await refused({ copy: { sourceTable: here, destinationTable: there } }, 'US')).toBe(
      from('europe', 'US'),
    );
    const load = { destinationTable: there, sourceUris: ['gs://b/o'], autodetect: true };
    expect(await refused({ load }, 'US')).toBe(from('europe', 'US'));
    const extract = { sourceTable: there, destinationUri: 'gs://b/o' };
    expect(await refused({ extract }, 'US')).toBe(from('europe', 'US'));
    const placed = { query: 'SELECT 1 AS n', destinationTable: there, useLegacySql: false };
    const job = await post('/jobs', { configuration: { query: placed }, jobReference: { location: 'US' } });
    expect(job.body.status.errorResult?.message).toBe(from('europe', 'US'));
  });
});
