import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createRandom, type Random } from '../../../src/core/random.js';
import { type Child, PROJECT, request, startProcess } from './harness.js';

interface Table {
  columns: string[];
  ids: number[];
  description: string;
}

/** What a client knows to be there, by name. */
interface Dataset {
  description: string;
  tables: Record<string, Table>;
  views: Record<string, string>;
  routines: Record<string, string>;
  models: Record<string, string>;
}
type State = Record<string, Dataset>;

interface Step {
  method: string;
  path: string;
  body: object;
  /** What the state is once the step was acknowledged. */
  after: State;
}

const ROUNDS = 20;
const STEPS = 14;
const SEED = Number(process.env.HEALTHMON_TEST_SEED ?? Date.now() % 1_000_000);

let folder: string;
let child: Child | undefined;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bigquery-kill-'));
});
afterAll(async () => {
  await child?.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

/** A next step that the state allows, chosen at random. */
function nextStep(before: State, random: Random, number: number): Step {
  const after = structuredClone(before);
  const query = (sql: string, more: object = {}): Step => ({
    method: 'POST',
    path: `/projects/${PROJECT}/queries`,
    body: { query: sql, useLegacySql: false, ...more },
    after,
  });
  const names = Object.keys(before);
  const fresh = `${random.pick(['_', '__', 't', 'T'])}${number}`;
  if (names.length < 2) {
    after[fresh] = { description: '', tables: {}, views: {}, routines: {}, models: {} };
    return query(`CREATE SCHEMA ${fresh}`);
  }
  const dataset = random.pick(names);
  const target = after[dataset]!;
  const tables = Object.keys(target.tables);
  if (tables.length < 2) {
    target.tables[fresh] = { columns: ['id'], ids: [1, 2, 3], description: '' };
    return query(`CREATE TABLE ${dataset}.${fresh} AS SELECT id FROM UNNEST([1, 2, 3]) AS id`);
  }
  const name = random.pick(tables);
  const table = target.tables[name]!;
  const full = `${dataset}.${name}`;
  const resource = `/projects/${PROJECT}/datasets/${dataset}`;
  const last = table.columns.at(-1)!;
  const steps: (() => Step)[] = [
    () => {
      table.ids.push(number);
      const rows = [{ json: { id: number } }];
      return { method: 'POST', path: `${resource}/tables/${name}/insertAll`, body: { rows }, after };
    },
    () => {
      table.ids.push(number, number);
      return query(`INSERT INTO ${full} (id) VALUES (${number}), (${number})`);
    },
    () => {
      table.ids = table.ids.map((id) => id + 1);
      return query(`UPDATE ${full} SET id = id + 1 WHERE TRUE`);
    },
    () => {
      table.ids = table.ids.filter((id) => id % 3 !== 0);
      return query(`DELETE FROM ${full} WHERE MOD(id, 3) = 0`);
    },
    () => {
      table.columns.push(`c${number}`);
      return query(`ALTER TABLE ${full} ADD COLUMN c${number} STRING`);
    },
    () => {
      if (last === 'id') return query('SELECT 1');
      table.columns.pop();
      return query(`ALTER TABLE ${full} DROP COLUMN ${last}`);
    },
    () => {
      if (last === 'id') return query('SELECT 1');
      table.columns.splice(-1, 1, `r${number}`);
      return query(`ALTER TABLE ${full} RENAME COLUMN ${last} TO r${number}`);
    },
    () => {
      target.tables[fresh] = table;
      delete target.tables[name];
      return query(`ALTER TABLE ${full} RENAME TO ${fresh}`);
    },
    () => {
      target.tables[name] = { columns: ['id', 'x'], ids: [number], description: '' };
      return query(`CREATE OR REPLACE TABLE ${full} AS SELECT ${number} AS id, 'a' AS x`);
    },
    () => {
      target.tables[name] = { columns: ['id', 'y'], ids: [], description: 'new' };
      return query(`CREATE OR REPLACE TABLE ${full} (id INT64, y STRING) OPTIONS (description = 'new')`);
    },
    () => {
      delete target.tables[name];
      return query(`DROP TABLE ${full}`);
    },
    () => {
      target.tables[name] = { ...table, columns: ['id'], ids: [7] };
      const destinationTable = { projectId: PROJECT, datasetId: dataset, tableId: name };
      const job = {
        query: 'SELECT 7 AS id',
        destinationTable,
        writeDisposition: 'WRITE_TRUNCATE',
        useLegacySql: false,
      };
      return {
        method: 'POST',
        path: `/projects/${PROJECT}/jobs`,
        body: { configuration: { query: job } },
        after,
      };
    },
    () => {
      table.description = `d${number}`;
      return {
        method: 'PATCH',
        path: `${resource}/tables/${name}`,
        body: { description: `d${number}` },
        after,
      };
    },
    () => {
      target.description = `d${number}`;
      return { method: 'PATCH', path: resource, body: { description: `d${number}` }, after };
    },
    () => {
      target.views.v = `SELECT ${number} AS n`;
      return query(`CREATE OR REPLACE VIEW ${dataset}.v AS SELECT ${number} AS n`);
    },
    () => {
      target.routines.f = `x + ${number}`;
      return query(`CREATE OR REPLACE FUNCTION ${dataset}.f(x INT64) AS (x + ${number})`);
    },
    () => {
      target.models.m = String(number);
      const options = `model_type = 'linear_reg', input_label_cols = ['y'], l2_reg = ${number}`;
      const rows = 'SELECT n AS x, 2 * n AS y FROM UNNEST([1, 2, 3, 4]) AS n';
      return query(`CREATE OR REPLACE MODEL ${dataset}.m OPTIONS (${options}) AS ${rows}`);
    },
    () => {
      delete after[dataset];
      return query(`DROP SCHEMA ${dataset} CASCADE`);
    },
  ];
  return random.pick(steps)();
}

/** What is there, by the lists, the resources and the rows themselves. */
async function actual({ server }: Child): Promise<State> {
  const get = async (path: string) => {
    const { status, body } = await request(server, 'GET', `/projects/${PROJECT}/${path}`);
    expect(status, path).toBe(200);
    return body;
  };
  const state: State = {};
  for (const { datasetReference } of (await get('datasets?all=true&maxResults=1000')).datasets ?? []) {
    const id = datasetReference.datasetId as string;
    if (/^_[\da-f]{40}$/.test(id)) continue;
    const base = `datasets/${id}`;
    const { description = '' } = await get(base);
    const dataset: Dataset = { description, tables: {}, views: {}, routines: {}, models: {} };
    for (const { tableReference } of (await get(`${base}/tables?maxResults=1000`)).tables ?? []) {
      const { tableId } = tableReference;
      const table = await get(`${base}/tables/${tableId}`);
      if (table.type === 'VIEW') dataset.views[tableId] = table.view.query;
      else dataset.tables[tableId] = await readTable(server, id, table);
    }
    for (const { routineReference } of (await get(`${base}/routines`)).routines ?? []) {
      const { routineId } = routineReference;
      dataset.routines[routineId] = (await get(`${base}/routines/${routineId}`)).definitionBody;
    }
    for (const { modelReference } of (await get(`${base}/models`)).models ?? []) {
      const { modelId } = modelReference;
      const { trainingRuns } = await get(`${base}/models/${modelId}`);
      dataset.models[modelId] = String(trainingRuns[0].trainingOptions.l2Regularization);
    }
    state[id] = dataset;
  }
  return state;
}

// biome-ignore lint/suspicious/noExplicitAny: the resource of a table
async function readTable(server: Child['server'], dataset: string, table: any): Promise<Table> {
  const columns = (table.schema.fields as { name: string }[]).map(({ name }) => name);
  const sql = `SELECT ${columns.join(', ')} FROM ${dataset}.${table.tableReference.tableId}`;
  const read = await request(server, 'POST', `/projects/${PROJECT}/queries`, {
    query: sql,
    useLegacySql: false,
  });
  expect([sql, read.status, read.body.error]).toEqual([sql, 200, undefined]);
  const ids = ((read.body.rows ?? []) as { f: { v: string }[] }[]).map(({ f }) => Number(f[0]!.v));
  return { columns, ids, description: table.description ?? '' };
}

function sorted(state: State): State {
  const copy = structuredClone(state);
  for (const { tables } of Object.values(copy)) {
    for (const table of Object.values(tables)) table.ids.sort((left, right) => left - right);
  }
  return copy;
}

it(`keeps what was acknowledged, and its catalog true, wherever it is killed (seed ${SEED})`, {
  timeout: 600_000,
}, async () => {
  const random = createRandom(SEED);
  let possible: State[] = [{}];
  let underway = 'the start';
  let number = 0;
  let cutOff = 0;
  for (let round = 0; round < ROUNDS; round++) {
    child = await startProcess(['--data-dir', folder]);
    let state = sorted(await actual(child));
    expect(possible.map(sorted), underway).toContainEqual(state);
    for (let left = random.integer(0, STEPS); left > 0; left--) {
      const step = nextStep(state, random, ++number);
      await acknowledged(child, step);
      state = step.after;
    }
    const step = nextStep(state, random, ++number);
    let isDone = false;
    const asked = acknowledged(child, step).then(
      () => {
        isDone = true;
      },
      () => undefined,
    );
    await sleep(random.integer(0, 40));
    await child.kill('SIGKILL');
    await asked;
    if (!isDone) cutOff++;
    possible = isDone ? [step.after] : [state, step.after];
    underway = JSON.stringify(step.body);
  }
  expect(cutOff).toBeGreaterThan(0);
});

/** Resolves once the server has said that the step is done. */
async function acknowledged({ server }: Child, step: Step): Promise<void> {
  const { status, body } = await request(server, step.method, step.path, step.body);
  const errors = [body?.error, body?.insertErrors, body?.status?.errorResult];
  expect([step.body, status, ...errors]).toEqual([step.body, 200, undefined, undefined, undefined]);
  if (body?.kind !== 'bigquery#job') return;
  const path = `/projects/${PROJECT}/queries/${body.jobReference.jobId}?timeoutMs=10000`;
  expect((await request(server, 'GET', path)).body.jobComplete).toBe(true);
}
