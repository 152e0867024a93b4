import { expect, it } from 'vitest';
import { loadSnapshot, saveSnapshot } from '../../../src/emulators/snapshot/snapshot.js';
import { type StartOptions, startStack } from '../../../src/emulators/stack/start.js';
import { stackEnv } from '../../../src/emulators/stack/status.js';
import { resetStack, stopStack } from '../../../src/emulators/stack/stop.js';
import { request } from '../../helpers/raw-request.js';
import { useFolder } from './harness.js';

const folder = useFolder();
const PROJECT = 'healthmon-local';
const options = (): StartOptions => ({
  ...folder.location(),
  project: PROJECT,
  only: ['bigquery', 'storage'],
});

// Names that the services take, and that something of ours could take for something else.
const DATASETS = ['_staging', '__x', '_', 'main', 'Case', 'cASE', '9lives', '__proto__', 'd'.repeat(1024)];
const TABLES = [
  '_t',
  't',
  'T',
  'select',
  'überführt',
  '日本',
  'a b',
  'a-b',
  '__proto__',
  'constructor',
  't'.repeat(1024),
];
const IDS = ['_r', 'R', 'r', 'select', '__proto__', 'constructor', 'r'.repeat(200)];
const BUCKETS = ['a.b-c_d', '000', 'constructor'];
const OBJECTS = [
  '__proto__',
  'a/../b',
  './x',
  '/',
  'a//b',
  'ü/日本',
  ' ',
  'a?b#c%2F',
  '.healthmon',
  'o'.repeat(1024),
];

/** As TO_JSON_STRING prints the row of each dataset's own table, in the JSON of an answer. */
const PROTO_COLUMN = String.raw`{\"__proto__\":1,\"select\":\"a\",\"constructor\":2.5}`;

interface Services {
  bigQuery: { url: string };
  storage: { url: string };
}

async function services(): Promise<Services> {
  const env = (await stackEnv(folder.location()))!;
  return { bigQuery: { url: env.BIGQUERY_EMULATOR_HOST! }, storage: { url: env.STORAGE_EMULATOR_HOST! } };
}

async function ask(server: { url: string }, method: string, path: string, body?: unknown) {
  const answer = await request(server, method, path, body);
  expect([method, path.slice(0, 200), answer.status, answer.body?.error]).toEqual([
    method,
    path.slice(0, 200),
    200,
    undefined,
  ]);
  return answer.body;
}

const quoted = (...names: string[]) => names.map((name) => `\`${name}\``).join('.');

async function fill({ bigQuery, storage }: Services): Promise<void> {
  const query = (sql: string) =>
    ask(bigQuery, 'POST', `/projects/${PROJECT}/queries`, { query: sql, useLegacySql: false });
  for (const datasetId of DATASETS) {
    const dataset = { datasetReference: { datasetId }, description: datasetId, labels: { constructor: 'x' } };
    await ask(bigQuery, 'POST', `/projects/${PROJECT}/datasets`, dataset);
    const table = quoted(datasetId, '_kept');
    await query(`CREATE TABLE ${table} AS SELECT 1 AS \`__proto__\`, 'a' AS \`select\`, 2.5 AS constructor`);
  }
  const [dataset] = DATASETS as [string];
  for (const tableId of TABLES) {
    const table = quoted(dataset, tableId);
    await query(
      `CREATE TABLE ${table} (n INT64) OPTIONS (labels = [('constructor', 'y')]); INSERT ${table} VALUES (7)`,
    );
  }
  const first = quoted(dataset, 't');
  await query(`CREATE TABLE ${quoted(dataset, '_parts')} (n INT64, day DATE) PARTITION BY day CLUSTER BY n`);
  await query(`CREATE SNAPSHOT TABLE ${quoted(dataset, '_snap')} CLONE ${first}`);
  await query(`CREATE TABLE ${quoted(dataset, '_clone')} CLONE ${first}`);
  await query(`CREATE MATERIALIZED VIEW ${quoted(dataset, '_mv')} AS SELECT n FROM ${first}`);
  for (const id of IDS) {
    await query(`CREATE VIEW ${quoted(dataset, `v_${id}`)} AS SELECT n FROM ${first}`);
    await query(`CREATE FUNCTION ${quoted(dataset, id)}(x INT64) AS (x + 1)`);
    await query(`CREATE PROCEDURE ${quoted(dataset, `p_${id}`)}() BEGIN SELECT 1; END`);
    await query(`CREATE TABLE FUNCTION ${quoted(dataset, `f_${id}`)}(x INT64) AS SELECT x AS y`);
  }
  for (const id of IDS) {
    const rows = 'SELECT n AS x, 2 * n AS y FROM UNNEST([1, 2, 3, 4]) AS n';
    const model = quoted(dataset, `m_${id}`);
    await query(
      `CREATE MODEL ${model} OPTIONS (model_type = 'linear_reg', input_label_cols = ['y']) AS ${rows}`,
    );
  }
  for (const name of BUCKETS) {
    await ask(storage, 'POST', `/b?project=${PROJECT}`, {
      name,
      labels: { constructor: 'z' },
      versioning: { enabled: true },
    });
    for (const object of OBJECTS) {
      const path = `/upload/storage/v1/b/${name}/o?uploadType=media&name=${encodeURIComponent(object)}`;
      for (const text of ['"old"', '"new"']) await ask(storage, 'POST', path, text);
      const metadata = JSON.parse('{"metadata":{"__proto__":"v","constructor":"w","a":"ü"}}') as object;
      await ask(storage, 'PATCH', `/b/${name}/o/${encodeURIComponent(object)}`, metadata);
    }
  }
}

type Named = Record<string, Record<string, string>>;

/** Every resource as the services tell of it, and every row and byte. */
async function everything({ bigQuery, storage }: Services): Promise<string[]> {
  const told: unknown[] = [];
  const get = async (server: { url: string }, path: string) => {
    const { etag: _etag, lastModifiedTime: _time, ...body } = await ask(server, 'GET', path);
    return body;
  };
  const { datasets } = await get(bigQuery, `/projects/${PROJECT}/datasets?all=true&maxResults=1000`);
  for (const { datasetReference } of datasets as { datasetReference: { datasetId: string } }[]) {
    const { datasetId } = datasetReference;
    if (/^_[\da-f]{40}$/.test(datasetId)) continue;
    const base = `/projects/${PROJECT}/datasets/${datasetId}`;
    told.push(await get(bigQuery, base));
    for (const kind of ['table', 'routine', 'model']) {
      const list = (await get(bigQuery, `${base}/${kind}s?maxResults=1000`))[`${kind}s`] as
        | Named[]
        | undefined;
      for (const item of list ?? []) {
        const id = item[`${kind}Reference`]![`${kind}Id`]!;
        told.push(await get(bigQuery, `${base}/${kind}s/${encodeURIComponent(id)}`));
        if (kind !== 'table') continue;
        const query = `SELECT TO_JSON_STRING(t) FROM ${quoted(datasetId, id)} AS t`;
        const read = { query, useLegacySql: false };
        told.push((await ask(bigQuery, 'POST', `/projects/${PROJECT}/queries`, read)).rows);
      }
    }
  }
  for (const bucket of (await get(storage, `/b?project=${PROJECT}`)).items as { name: string }[]) {
    told.push(bucket);
    for (const object of (await get(storage, `/b/${bucket.name}/o?versions=true`)).items) {
      const path = `/b/${bucket.name}/o/${encodeURIComponent(object.name)}?alt=media&generation=${object.generation}`;
      told.push(object, await (await fetch(`${storage.url}${path}`)).text());
    }
  }
  // Addresses hold the port.
  return told.map((each) => (JSON.stringify(each) ?? '').replaceAll(/http:\/\/127\.0\.0\.1:\d+/g, ''));
}

it('whatever a user can create, by whatever legal name, is there after a restart and in a snapshot', {
  timeout: 300_000,
}, async () => {
  await startStack(options());
  await fill(await services());
  const made = await everything(await services());
  const text = made.join('\n');
  for (const name of [...DATASETS, ...TABLES, ...IDS, ...BUCKETS, ...OBJECTS]) {
    expect(text.includes(JSON.stringify(name).slice(1, -1)), name).toBe(true);
  }
  for (const kept of ['"__proto__":"v"', PROTO_COLUMN]) expect(text.includes(kept), kept).toBe(true);

  await stopStack(folder.location());
  await startStack(options());
  expect(await everything(await services())).toEqual(made);

  const snapshot = { ...folder.location(), snapshot: 'all' };
  await saveSnapshot({ ...snapshot, bigtableInstances: [] });
  await resetStack(folder.location());
  await startStack(options());
  await loadSnapshot({ ...snapshot, isFresh: true });
  expect(await everything(await services())).toEqual(made);
});
