import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BigQuery } from '@google-cloud/bigquery';
import { Storage } from '@google-cloud/storage';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BigQueryServer } from '../../../src/emulators/bigquery/server/index.js';
import { ThreadPool } from '../../../src/emulators/javascript/pool.js';
import type { HttpListener } from '../../../src/emulators/serving/http-listener.js';
import { startStorageServer } from '../../../src/emulators/storage/server.js';
import { clientOf, PROJECT, request, startEmulator } from './harness.js';

let folder: string;
let storage: HttpListener;
let server: BigQueryServer;
let bigquery: BigQuery;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bigquery-javascript-'));
  storage = await startStorageServer({ dataDir: join(folder, 'storage') });
  server = await startEmulator({ storageEndpoint: storage.url });
  bigquery = clientOf(server);
  await bigquery.createDataset('d');
  const [bucket] = await new Storage({ projectId: PROJECT, apiEndpoint: storage.url }).createBucket('code');
  await bucket.file('plus.js').save('function plus(a, b) { return a + b; }');
  await bucket.file('ten.js').save('const ten = 10;');
  await bucket.file('long.js').save(' '.repeat(1024 * 1024 + 1));
});
afterAll(async () => {
  await server?.close();
  await storage?.close();
  await rm(folder, { recursive: true, force: true });
});

const rows = async (query: string) => (await bigquery.query({ query }))[0];

describe('libraries of JavaScript functions', () => {
  it('come from Cloud Storage, for temporary functions and those of datasets', async () => {
    const library = "OPTIONS (library = ['gs://code/plus.js', 'gs://code/ten.js'])";
    const body = 'RETURNS FLOAT64 LANGUAGE js';
    expect(
      await rows(
        `CREATE TEMP FUNCTION f(x FLOAT64) ${body} ${library} AS "return plus(x, ten)"; SELECT f(1) AS y`,
      ),
    ).toEqual([{ y: 11 }]);
    await rows(`CREATE FUNCTION d.more(x FLOAT64) ${body} AS "return plus(x, ten)" ${library}`);
    expect(await rows('SELECT d.more(d.more(1)) AS y')).toEqual([{ y: 21 }]);
    const [{ metadata }] = await bigquery.dataset('d').routine('more').get();
    expect(metadata).toMatchObject({
      language: 'JAVASCRIPT',
      importedLibraries: ['gs://code/plus.js', 'gs://code/ten.js'],
    });
  });

  it('that are not there or too long are refused', async () => {
    const query = (uri: string) =>
      rows(
        `CREATE TEMP FUNCTION f() RETURNS INT64 LANGUAGE js OPTIONS (library = '${uri}') AS "return 1"; SELECT f()`,
      );
    await expect(query('gs://code/none.js')).rejects.toThrow('Not found: URI gs://code/none.js');
    await expect(query('gs://code/long.js')).rejects.toThrow('more than 1048576 bytes');
    await expect(query('https://example.com/x.js')).rejects.toThrow('https://example.com/x.js');
  });
});

describe('a JavaScript function', () => {
  it('is made by REST', async () => {
    await bigquery.dataset('d').createRoutine('half', {
      routineType: 'SCALAR_FUNCTION',
      language: 'JAVASCRIPT',
      arguments: [{ name: 'x', dataType: { typeKind: 'FLOAT64' } }],
      returnType: { typeKind: 'FLOAT64' },
      definitionBody: 'return x / 2;',
      importedLibraries: ['gs://code/ten.js'],
    } as never);
    expect(await rows('SELECT d.half(21) AS y')).toEqual([{ y: 10.5 }]);
  });

  it('that does not end lets others work, and ends when its job is cancelled', async () => {
    const path = `/projects/${PROJECT}/jobs`;
    const endless = 'CREATE TEMP FUNCTION f() RETURNS INT64 LANGUAGE js AS "for (;;);"; SELECT f()';
    const started = await request(server, 'POST', path, {
      configuration: { query: { query: endless, useLegacySql: false } },
    });
    const { jobId } = started.body.jobReference;
    expect(await rows('SELECT 1 AS y')).toEqual([{ y: 1 }]);
    // Another function too, in a thread of its own or behind it.
    const job = await request(server, 'GET', `${path}/${jobId}`);
    expect(job.body.status.state).toBe('RUNNING');
    await request(server, 'POST', `${path}/${jobId}/cancel`);
    await expect
      .poll(async () => (await request(server, 'GET', `${path}/${jobId}`)).body.status)
      .toMatchObject({ state: 'DONE', errorResult: { reason: 'stopped' } });
    expect(
      await rows('CREATE TEMP FUNCTION f() RETURNS INT64 LANGUAGE js AS "return 5"; SELECT f() AS y'),
    ).toEqual([{ y: 5 }]);
  });

  it('is not taken from the cache unless it is deterministic', async () => {
    await rows('CREATE OR REPLACE FUNCTION d.chance() RETURNS FLOAT64 LANGUAGE js AS "return Math.random()"');
    const [first, second] = [await rows('SELECT d.chance() AS y'), await rows('SELECT d.chance() AS y')];
    expect(first).not.toEqual(second);
    await rows('CREATE OR REPLACE FUNCTION d.sure() RETURNS FLOAT64 DETERMINISTIC LANGUAGE js AS "return 1"');
    await rows('SELECT d.sure() AS y');
    const [job] = await bigquery.createQueryJob('SELECT d.sure() AS y');
    await job.getQueryResults();
    expect((await job.getMetadata())[0].statistics.query.cacheHit).toBe(true);
  });

  it('that calls itself without end fails', async () => {
    const query =
      'CREATE TEMP FUNCTION f() RETURNS INT64 LANGUAGE js AS "const g = () => g() + 1; return g()"; SELECT f()';
    await expect(rows(query)).rejects.toThrow('RangeError: Maximum call stack size exceeded at f()');
  });
});

describe('the limits of code', () => {
  const definition = (code: string) =>
    JSON.stringify({
      signature: 'f()',
      parameterNames: [],
      parameters: [],
      returns: { kind: 'STRING' },
      code,
      libraries: [],
    });

  it.each([
    [
      'time',
      'for (;;);',
      'Resources exceeded during query execution: UDF worker timed out during execution. at f()',
    ],
    [
      'memory',
      'let a = []; for (;;) a = [a, 1.5]',
      'Resources exceeded during query execution: UDF out of memory. at f()',
    ],
  ])('of %s end it', async (_, code, message) => {
    const pool = new ThreadPool({ runMs: 10_000, memoryBytes: 4 * 1024 * 1024 });
    try {
      const calls = pool.start(definition(code), ['{}']);
      await expect.poll(() => calls.isDone()).toBe(true);
      expect(calls.outcome).toMatchObject({ results: [], error: message });
      const next = pool.start(definition('return "on"'), ['{}', '{}']);
      await expect.poll(() => next.isDone()).toBe(true);
      expect(next.outcome).toMatchObject({ results: ['on', 'on'] });
    } finally {
      await pool.close();
    }
  });

  it('of a thread that died are told', async () => {
    const pool = new ThreadPool();
    const calls = pool.start(definition('for (;;);'), ['{}']);
    await pool.close();
    await expect.poll(() => calls.isDone()).toBe(true);
    expect(calls.outcome?.error).toContain('The JavaScript engine failed');
  });
});
