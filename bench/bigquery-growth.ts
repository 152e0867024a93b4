import { tmpdir } from 'node:os';
import type { BigQuery } from '@google-cloud/bigquery';
import { resolveConfig } from '../src/config/config.js';
import { createGoogleClients } from '../src/gcp/clients.js';
import { stackEmulator } from './emulators.js';
import type { Bench, BenchContext, Measurement } from './registry.js';

const DATASET = 'bench_growth';
/** How many tables there are at first, and how many then. */
const FEW = 200;
const MANY = 2000;
const MEASURED = 100;

function clientOf({ env }: BenchContext): Promise<BigQuery> {
  const config = resolveConfig({ flags: {}, env: {}, cwd: tmpdir() });
  return createGoogleClients(config, stackEmulator({ env }), env).bigquery();
}

async function ms(work: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await work();
  return performance.now() - startedMs;
}

/** Tables up to a number of them, in an empty dataset. */
async function tablesOf(client: BigQuery) {
  const dataset = client.dataset(DATASET);
  await dataset.delete({ force: true }).catch(() => {});
  await dataset.create();
  let count = 0;
  const growTo = async (size: number) => {
    for (; count < size; count++) await dataset.createTable(`t${count}`, { schema: 'a:INTEGER,b:STRING' });
  };
  return { dataset, growTo };
}

/** What each takes among many tables, against the same among few: 1 is no growth. */
const createTable: Bench = {
  name: 'bigquery.growth.create_table',
  unit: 'ms',
  baselineName: `the same with ${FEW} tables instead of ${MANY}`,
  stack: true,
  async run(context) {
    const { growTo } = await tablesOf(await clientOf(context));
    await growTo(FEW);
    const baseline = (await ms(() => growTo(FEW + MEASURED))) / MEASURED;
    await growTo(MANY);
    const value = (await ms(() => growTo(MANY + MEASURED))) / MEASURED;
    return { value, baseline, rssMb: 0 };
  },
};

const listTables: Bench = {
  name: 'bigquery.growth.list_tables',
  unit: 'ms',
  baselineName: `the same with ${FEW} tables instead of ${MANY}, for each page`,
  stack: true,
  async run(context): Promise<Measurement> {
    const { dataset, growTo } = await tablesOf(await clientOf(context));
    const pageMs = async (size: number) => {
      await growTo(size);
      const listed = () => dataset.getTables({ maxResults: 50 });
      await listed();
      return ((await ms(listed)) * 50) / size;
    };
    const baseline = await pageMs(FEW);
    return { value: await pageMs(MANY), baseline, rssMb: 0 };
  },
};

/** A function in JavaScript over a million rows, and how long a trivial query beside it takes at most. */
const besideFunctions: Bench = {
  name: 'bigquery.beside_functions',
  unit: 'ms',
  baselineName: 'the slowest of as many beside a function of DuckDB',
  stack: true,
  async run(context) {
    const client = await clientOf(context);
    let n = 0;
    const slowestBeside = async (hash: string) => {
      const query = `SELECT MAX(${hash}) FROM UNNEST(GENERATE_ARRAY(1, 1000000)) AS n`;
      const long = client.query({ query, useQueryCache: false }).then(() => (isDone = true));
      let isDone = false;
      let slowestMs = 0;
      while (!isDone) {
        const startedMs = performance.now();
        await client.query({ query: `SELECT ${++n} AS x` });
        slowestMs = Math.max(slowestMs, performance.now() - startedMs);
      }
      await long;
      return slowestMs;
    };
    const value = await slowestBeside("FARM_FINGERPRINT(CONCAT('patient:', CAST(n AS STRING)))");
    const baseline = await slowestBeside("TO_HEX(SHA256(CONCAT('patient:', CAST(n AS STRING))))");
    return { value, baseline, rssMb: 0 };
  },
};

export const benches: readonly Bench[] = [createTable, listTables, besideFunctions];
