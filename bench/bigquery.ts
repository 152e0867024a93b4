import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type DuckDBConnection, DuckDBInstance, DuckDBTimestampTZValue } from '@duckdb/node-api';
import type { BigQuery } from '@google-cloud/bigquery';
import { resolveConfig } from '../src/config/config.js';
import { createGoogleClients, type GoogleClients } from '../src/gcp/clients.js';
import { emulatorRssMb, stackEmulator } from './emulators.js';
import type { Bench, BenchContext } from './registry.js';

/** A year of hourly readings of a ward, and the patients of a hospital group. */
export const VITALS = 1_000_000;
const PATIENTS = 100_000;
export const DATASET = 'bench';

interface Tools {
  client: BigQuery;
  clients: GoogleClients;
  duck: DuckDBConnection;
  rssMb(): Promise<number>;
}

/** Both engines hold the same tables, made by the same formulas. */
const GOOGLE_TABLES = `
CREATE OR REPLACE TABLE ${DATASET}.patients AS
SELECT CAST(n AS STRING) AS Patient_ID, MOD(n * 7, 90) AS Age, CONCAT('condition ', CAST(MOD(n, 15) AS STRING)) AS Condition
FROM UNNEST(GENERATE_ARRAY(1, ${PATIENTS})) AS n;
CREATE OR REPLACE TABLE ${DATASET}.vitals AS
SELECT CAST(MOD(n * 31, ${PATIENTS}) + 1 AS STRING) AS Patient_ID, 36 + MOD(n, 40) / 10 AS Temperature_C,
  100 + MOD(n, 60) AS Systolic, 60 + MOD(n, 40) AS Diastolic, 50 + MOD(n * 3, 80) AS Heart_Rate
FROM UNNEST(GENERATE_ARRAY(1, ${VITALS})) AS n;`;

const DUCK_TABLES = `
CREATE TABLE patients AS
SELECT n::VARCHAR AS Patient_ID, (n * 7) % 90 AS Age, 'condition ' || (n % 15) AS Condition FROM range(1, ${PATIENTS + 1}) t(n);
CREATE TABLE vitals AS
SELECT ((n * 31) % ${PATIENTS} + 1)::VARCHAR AS Patient_ID, 36 + (n % 40) / 10 AS Temperature_C,
  100 + n % 60 AS Systolic, 60 + n % 40 AS Diastolic, 50 + (n * 3) % 80 AS Heart_Rate FROM range(1, ${VITALS + 1}) t(n);`;

const JOIN = (prefix: string) => `
SELECT p.Condition, COUNT(*) AS readings, AVG(v.Temperature_C) AS temperature, MIN(v.Systolic) AS low, MAX(v.Systolic) AS high,
  AVG(v.Diastolic) AS diastolic, STDDEV_SAMP(v.Heart_Rate) AS spread, SUM(v.Heart_Rate) AS beats, AVG(p.Age) AS age
FROM ${prefix}vitals AS v JOIN ${prefix}patients AS p ON p.Patient_ID = v.Patient_ID
GROUP BY p.Condition ORDER BY p.Condition`;

let opened: Promise<Tools> | undefined;

export function tools(context: BenchContext): Promise<Tools> {
  opened ??= open(context);
  return opened;
}

async function open({ env, note }: BenchContext): Promise<Tools> {
  const folder = mkdtempSync(join(tmpdir(), 'healthmon-bench-duckdb-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const config = resolveConfig({ flags: {}, env: {}, cwd: tmpdir() });
  const clients = createGoogleClients(config, stackEmulator({ env }), env);
  const client = await clients.bigquery();
  // On disk, as the emulator keeps its tables.
  const duck = await (await DuckDBInstance.create(join(folder, 'bare.duckdb'))).connect();
  // As the emulator, which stores instants and prints them in UTC.
  await duck.run("SET TimeZone = 'UTC'");
  note('making the tables');
  await client.createDataset(DATASET);
  await client.query({ query: GOOGLE_TABLES });
  await duck.run(DUCK_TABLES);
  return { client, clients, duck, rssMb: () => emulatorRssMb(env, 'bigquery') };
}

/** Looks at the memory now and then; the function that is returned ends that and tells the most that was seen. */
function watchPeak(rssMb: () => Promise<number>): () => Promise<number> {
  let peak = 0;
  const look = async () => {
    peak = Math.max(peak, await rssMb());
  };
  const timer = setInterval(() => void look(), 250);
  return async () => {
    clearInterval(timer);
    await look();
    return peak;
  };
}

async function medianMs(times: number, work: () => Promise<unknown>): Promise<number> {
  const measured: number[] = [];
  for (let i = 0; i < times; i++) {
    const startedMs = performance.now();
    await work();
    measured.push(performance.now() - startedMs);
  }
  return measured.sort((a, b) => a - b)[Math.floor(times / 2)]!;
}

const idleMemory: Bench = {
  name: 'bigquery.idle_memory',
  unit: 'MB',
  baselineName: 'a bare Node process with DuckDB open',
  stack: true,
  async run({ env }) {
    const value = await emulatorRssMb(env, 'bigquery');
    const script = `await (await import('@duckdb/node-api')).DuckDBInstance.create(':memory:');
      process.stdout.write(String(process.memoryUsage.rss()));`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
      cwd: fileURLToPath(new URL('.', import.meta.url)),
    });
    return { value, baseline: Number(stdout) / 1024 / 1024, rssMb: value };
  },
};

const trivialQuery: Bench = {
  name: 'bigquery.trivial_query',
  unit: 'ms',
  baselineName: 'reading a dataset with the same client',
  stack: true,
  async run(context) {
    const { client, rssMb } = await tools(context);
    // A new text each time, so that no cache answers.
    let n = 0;
    const value = await medianMs(200, () => client.query({ query: `SELECT ${++n} AS x` }));
    const baseline = await medianMs(200, () => client.dataset(DATASET).getMetadata());
    return { value, baseline, rssMb: await rssMb() };
  },
};

const joinTables: Bench = {
  name: 'bigquery.join',
  unit: 'ms',
  baselineName: 'the same SQL in DuckDB directly',
  stack: true,
  async run(context) {
    const { client, duck, rssMb } = await tools(context);
    const query = JOIN(`${DATASET}.`);
    const value = await medianMs(5, () => client.query({ query, useQueryCache: false }));
    const baseline = await medianMs(5, async () => (await duck.runAndReadAll(JOIN(''))).getRows());
    return { value, baseline, rssMb: await rssMb() };
  },
};

const insertAll: Bench = {
  name: 'bigquery.insert_all',
  unit: 'rows/s',
  baselineName: 'parsing the same JSON and appending it to DuckDB',
  stack: true,
  async run(context) {
    const { client, duck, rssMb } = await tools(context);
    const rows = 100_000;
    const batchRows = 500;
    const table = client.dataset(DATASET).table('inserted');
    await client.query({
      query: `CREATE OR REPLACE TABLE ${DATASET}.inserted (id STRING, event_timestamp TIMESTAMP, t FLOAT64, hr INT64)`,
    });
    const batch = (start: number) =>
      Array.from({ length: batchRows }, (_, i) => ({
        insertId: `r${start + i}`,
        json: {
          id: `p${(start + i) % 500}`,
          event_timestamp: '2026-03-01T10:00:00Z',
          t: 36.6,
          hr: 70 + (i % 30),
        },
      }));
    let startedMs = performance.now();
    let next = 0;
    const sender = async () => {
      while (next < rows) {
        const start = next;
        next += batchRows;
        await table.insert(batch(start), { raw: true });
      }
    };
    await Promise.all([sender(), sender(), sender(), sender()]);
    const value = rows / ((performance.now() - startedMs) / 1000);

    await duck.run(
      'CREATE OR REPLACE TABLE inserted (id VARCHAR, event_timestamp TIMESTAMPTZ, t DOUBLE, hr BIGINT)',
    );
    const bodies = Array.from({ length: rows / batchRows }, (_, i) => JSON.stringify(batch(i * batchRows)));
    startedMs = performance.now();
    const appender = await duck.createAppender('inserted');
    for (const body of bodies) {
      for (const { json } of JSON.parse(body) as ReturnType<typeof batch>) {
        appender.appendVarchar(json.id);
        appender.appendTimestampTZ(
          new DuckDBTimestampTZValue(BigInt(Date.parse(json.event_timestamp)) * 1000n),
        );
        appender.appendDouble(json.t);
        appender.appendBigInt(BigInt(json.hr));
        appender.endRow();
      }
      appender.flushSync();
    }
    appender.closeSync();
    const baseline = rows / ((performance.now() - startedMs) / 1000);
    return { value, baseline, rssMb: await rssMb() };
  },
};

const READINGS = (prefix: string) => `SELECT Patient_ID, Systolic, Temperature_C FROM ${prefix}vitals`;

/** Rows a second of a query whose result is read page by page. */
export async function readByPages(client: BigQuery): Promise<number> {
  const startedMs = performance.now();
  const [job] = await client.createQueryJob({ query: READINGS(`${DATASET}.`), useQueryCache: false });
  let count = 0;
  let pageToken: string | undefined;
  do {
    const answer = (await job.getQueryResults({
      autoPaginate: false,
      skipParsing: true,
      maxResults: 50_000,
      pageToken,
    } as never)) as unknown as [unknown[], unknown, { pageToken?: string }];
    count += answer[0].length;
    pageToken = answer[2].pageToken;
  } while (pageToken !== undefined);
  if (count !== VITALS) throw new Error(`read ${count} rows instead of ${VITALS}`);
  return count / ((performance.now() - startedMs) / 1000);
}

const readRows: Bench = {
  name: 'bigquery.read_rows',
  unit: 'rows/s',
  baselineName: 'reading the same rows from DuckDB into objects',
  stack: true,
  async run(context) {
    const { client, duck, rssMb } = await tools(context);
    const value = await readByPages(client);
    const startedMs = performance.now();
    const rows = (await duck.runAndReadAll(READINGS(''))).getRowObjectsJson().length;
    const baseline = rows / ((performance.now() - startedMs) / 1000);
    return { value, baseline, rssMb: await rssMb() };
  },
};

const loadCsv: Bench = {
  name: 'bigquery.load_csv',
  unit: 'ms',
  baselineName: 'read_csv of DuckDB into a table',
  stack: true,
  async run(context) {
    const { client, clients, duck, rssMb } = await tools(context);
    const folder = mkdtempSync(join(tmpdir(), 'healthmon-bench-csv-'));
    try {
      const file = join(folder, 'vitals.csv');
      await writeCsv(file);
      const bucket = (await clients.storage()).bucket('healthmon-bench');
      await bucket.create().catch(() => {});
      await bucket.upload(file, { destination: 'vitals.csv', resumable: false });
      const fields = [
        { name: 'id', type: 'STRING' },
        { name: 'systolic', type: 'INTEGER' },
        { name: 'diastolic', type: 'INTEGER' },
        { name: 'temperature', type: 'FLOAT' },
        { name: 'at', type: 'TIMESTAMP' },
      ];
      const value = await medianMs(3, async () => {
        const [job] = await client.createJob({
          configuration: {
            load: {
              sourceUris: ['gs://healthmon-bench/vitals.csv'],
              destinationTable: { projectId: client.projectId, datasetId: DATASET, tableId: 'loaded' },
              sourceFormat: 'CSV',
              skipLeadingRows: 1,
              writeDisposition: 'WRITE_TRUNCATE',
              schema: { fields },
            },
          },
        });
        // The client asks only every 500 ms whether the job is done, which would be what is measured.
        for (;;) {
          const [metadata] = (await job.getMetadata()) as unknown as [
            { status?: { state?: string; errorResult?: unknown } },
          ];
          if (metadata.status?.errorResult) throw new Error(JSON.stringify(metadata.status.errorResult));
          if (metadata.status?.state === 'DONE') break;
        }
      });
      const columns =
        "{'id': 'VARCHAR', 'systolic': 'BIGINT', 'diastolic': 'BIGINT', 'temperature': 'DOUBLE', 'at': 'TIMESTAMPTZ'}";
      const baseline = await medianMs(3, () =>
        duck.run(
          `CREATE OR REPLACE TABLE loaded AS FROM read_csv('${file}', header = true, auto_detect = false, columns = ${columns})`,
        ),
      );
      return { value, baseline, rssMb: await rssMb() };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

async function writeCsv(file: string): Promise<void> {
  const stream = createWriteStream(file);
  stream.write('id,systolic,diastolic,temperature,at\n');
  for (let start = 0; start < VITALS; start += 10_000) {
    let text = '';
    for (let i = start; i < start + 10_000; i++) {
      text += `p${i % PATIENTS},${100 + (i % 60)},${60 + (i % 40)},${36 + (i % 40) / 10},2026-03-01T10:00:${String(i % 60).padStart(2, '0')}Z\n`;
    }
    if (!stream.write(text)) await once(stream, 'drain');
  }
  stream.end();
  await once(stream, 'finish');
}

const train: Bench = {
  name: 'bigquery.train',
  unit: 'ms',
  baselineName: 'one pass of DuckDB over the same columns',
  stack: true,
  async run(context) {
    const { client, duck, rssMb } = await tools(context);
    const data = (random: string) => `
      SELECT IF(x1 + x2 / 2 + ${random} * 2 > 1.7, 'yes', 'no') AS label, * FROM (
        SELECT ${random} AS x1, ${random} AS x2, ${random} AS x3, ${random} AS x4, ${random} AS x5, ${random} AS x6,`;
    await client.query({
      query: `CREATE OR REPLACE TABLE ${DATASET}.training AS ${data('RAND()')}
        CONCAT('a', CAST(MOD(n, 20) AS STRING)) AS c1, CONCAT('b', CAST(MOD(n * 7, 15) AS STRING)) AS c2,
        CONCAT('c', CAST(MOD(n * 3, 10) AS STRING)) AS c3, CONCAT('d', CAST(MOD(n, 5) AS STRING)) AS c4
        FROM UNNEST(GENERATE_ARRAY(1, ${VITALS})) AS n)`,
    });
    const peak = watchPeak(rssMb);
    const startedMs = performance.now();
    await client.query({
      query: `CREATE OR REPLACE MODEL ${DATASET}.model OPTIONS (MODEL_TYPE = 'LOGISTIC_REG', INPUT_LABEL_COLS = ['label'],
        DATA_SPLIT_METHOD = 'NO_SPLIT', EARLY_STOP = FALSE, MAX_ITERATIONS = 20) AS SELECT * FROM ${DATASET}.training`,
    });
    const value = performance.now() - startedMs;
    const peakMb = await peak();
    await duck.run(`CREATE OR REPLACE TABLE training AS ${data('random()').replace('IF(', 'if(')}
      'a' || (n % 20) AS c1, 'b' || (n * 7 % 15) AS c2, 'c' || (n * 3 % 10) AS c3, 'd' || (n % 5) AS c4
      FROM range(1, ${VITALS + 1}) t(n))`);
    const baseline = await medianMs(3, () =>
      duck.runAndReadAll(
        'SELECT count(label), sum(x1), sum(x2), sum(x3), sum(x4), sum(x5), sum(x6), max(c1), max(c2), max(c3), max(c4) FROM training',
      ),
    );
    return { value, baseline, rssMb: peakMb };
  },
};

export const benches: readonly Bench[] = [
  idleMemory,
  trivialQuery,
  joinTables,
  insertAll,
  readRows,
  loadCsv,
  train,
];
