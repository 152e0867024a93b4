import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BigQueryServer } from '../../../src/emulators/bigquery/server/index.js';
import { isLeftOut } from '../../helpers/optional-tools.js';
import { PROJECT, request, startEmulator, startProcess } from './harness.js';

const run = promisify(execFile);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bigquery-process-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('as a process', () => {
  test('what was acknowledged survives a kill', async () => {
    const dataDir = join(folder, 'killed');
    const first = await startProcess(['--data-dir', dataDir]);
    await request(first.server, 'POST', `/projects/${PROJECT}/datasets`, {
      datasetReference: { datasetId: 'd' },
    });
    await request(first.server, 'POST', `/projects/${PROJECT}/datasets/d/tables`, {
      tableReference: { tableId: 't' },
      schema: { fields: [{ name: 'n', type: 'INTEGER' }] },
    });
    await request(first.server, 'POST', `/projects/${PROJECT}/datasets/d/tables/t/insertAll`, {
      rows: [{ json: { n: 1 } }, { json: { n: 2 } }],
    });
    await first.kill('SIGKILL');
    const second = await startProcess(['--data-dir', dataDir]);
    const { body } = await request(second.server, 'POST', `/projects/${PROJECT}/queries`, {
      query: 'SELECT SUM(n) AS s FROM d.t',
      useLegacySql: false,
    });
    expect(body.rows).toEqual([{ f: [{ v: '3' }] }]);
    expect(await second.kill('SIGTERM')).toBe(0);
  });

  test('it ends with its parent', async () => {
    const child = await startProcess(['--data-dir', join(folder, 'orphan'), '--parent-watch']);
    expect(await child.endInput()).toBe(0);
  });
});

describe.skipIf(isLeftOut('bq'))('bq', () => {
  let server: BigQueryServer;
  beforeAll(async () => {
    server = await startEmulator();
  });
  afterAll(() => server?.close());

  async function bq(...args: string[]): Promise<string> {
    const common = [
      '--oauth_access_token=fake',
      '--api',
      server.url,
      '--project_id',
      PROJECT,
      '--quiet',
      '--headless',
    ];
    const { stdout } = await run('bq', [...common, ...args], {
      env: { ...process.env, CLOUDSDK_CONFIG: folder, CLOUDSDK_CORE_DISABLE_PROMPTS: '1' },
      timeout: 60_000,
    });
    return stdout;
  }

  test('makes, loads, queries and lists without a discovery file', async () => {
    await writeFile(join(folder, 'rows.csv'), '1,x\n2,y\n');
    await bq('mk', '-d', 'ds');
    await bq('load', 'ds.t', join(folder, 'rows.csv'), 'a:integer,b:string');
    const rows = await bq(
      '--format=json',
      'query',
      '--nouse_legacy_sql',
      '--parameter=n:INT64:2',
      'SELECT b FROM ds.t WHERE a = @n',
    );
    expect(JSON.parse(rows)).toEqual([{ b: 'y' }]);
    expect(JSON.parse(await bq('--format=json', 'head', 'ds.t'))).toHaveLength(2);
    expect(await bq('query', '--nouse_legacy_sql', '--dry_run', 'SELECT a FROM ds.t')).toContain(
      'will process 16 bytes',
    );
    await expect(bq('query', '--nouse_legacy_sql', 'SELECT nope FROM ds.t')).rejects.toMatchObject({
      stdout: expect.stringContaining('Unrecognized name: nope'),
    });
    await bq('cp', 'ds.t', 'ds.copy');
    const tables = JSON.parse(await bq('--format=json', 'ls', 'ds')) as {
      tableReference: { tableId: string };
    }[];
    expect(tables.map((table) => table.tableReference.tableId)).toEqual(['copy', 't']);
  }, 180_000);
});
