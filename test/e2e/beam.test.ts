import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Config, resolveConfig } from '../../src/config/config.js';
import { SERVICES, type ServiceName } from '../../src/core/services.js';
import { findRunner } from '../../src/emulators/beam/runner.js';
import { type LocalCloud, startLocalCloud } from '../../src/emulators/local-cloud.js';
import { createGoogleClients, type GoogleClients } from '../../src/gcp/clients.js';
import { spannerAdmin } from '../../src/gcp/spanner/admin.js';
import { compareStored } from '../../src/pipeline/jobs/compare.js';
import { readStored } from '../../src/pipeline/jobs/stored.js';
import { runHealthmon } from '../helpers/run.js';

/** Where Apache Beam is not installed, these are reported as skipped, with the command that installs it in their name. */
const isLeftOut = findRunner(process.env) === undefined;
const USED: readonly ServiceName[] = ['pubsub', 'bigtable', 'bigquery', 'storage', 'spanner', 'dataflow'];
const LIMIT_MS = 600_000;

let cloud: LocalCloud;
let cwd: string;
beforeAll(async () => {
  if (isLeftOut) return;
  cloud = await startLocalCloud({ services: USED });
  cwd = mkdtempSync(join(tmpdir(), 'healthmon-beam-'));
});
afterAll(async () => {
  await cloud?.stop();
  if (cwd !== undefined) rmSync(cwd, { recursive: true, force: true });
});

/** Of a command on the cloud of these tests, which finds Beam. */
function environment(): NodeJS.ProcessEnv {
  const { PATH, HOME, HEALTHMON_CACHE_DIR, XDG_CACHE_HOME } = process.env;
  const beam = { HOME, HEALTHMON_CACHE_DIR, XDG_CACHE_HOME };
  return { PATH, HEALTHMON_NO_AUTOSTART: '1', ...beam, ...cloud.env };
}

async function run(words: readonly string[]) {
  const ended = await runHealthmon([...words, '--json'], { cwd, env: environment() });
  const document = ended.json();
  expect(document.error).toBeUndefined();
  return { code: ended.code, result: document.result as unknown as Record<string, never> };
}

/** What is stored under the settings that `jobs verify --keep` has left. */
async function storedOf(kept: { topic: string }, engine: 'worker' | 'job') {
  const own = `${kept.topic.replace('healthmon-verify-', 'verify_')}_${engine}`;
  const flags = {
    'bigtable.table': `${own}_vitals`,
    'bigtable.nowTable': `${own}_now`,
    'bigquery.dataset': own,
    'pubsub.deadLetterSubscription': `healthmon-${own}-dead-letter-inspect`,
  };
  return withClients(flags, (clients, config) =>
    readStored({ clients, config, signal: new AbortController().signal }),
  );
}

/** Changes the tables of Spanner. */
function alter(statement: string): Promise<void> {
  return withClients({}, async (clients, config) =>
    (await spannerAdmin(clients, config)).updateDdl([statement]),
  );
}

async function withClients<T>(
  flags: Record<string, string>,
  work: (clients: GoogleClients, config: Config) => Promise<T>,
): Promise<T> {
  const config = resolveConfig({ flags, env: {}, cwd });
  const clients = createGoogleClients(
    config,
    (name) => ({ endpoint: cloud.env[SERVICES[name].hostVariable]!, implementation: 'embedded' }),
    {},
  );
  try {
    return await work(clients, config);
  } finally {
    await clients.close();
  }
}

describe.skipIf(isLeftOut)('a job under Apache Beam (healthmon jobs runner install)', () => {
  it(
    'stores what the worker stores, to the byte, and is drained',
    async () => {
      const verify = ['jobs', 'verify', 'stream', '--messages', '400', '--faults', '--keep'];
      const { code, result } = await run(verify);
      expect(result).toMatchObject({ equal: true, different: 0, differences: [] });
      expect(code).toBe(0);
      const { compared, published, kept, rejected } = result as unknown as {
        compared: Record<string, number>;
        published: number;
        kept: { topic: string };
        rejected: Record<string, number>;
      };
      const letters = Object.values(rejected).reduce((sum, count) => sum + count, 0);
      expect(letters).toBeGreaterThan(10);
      expect(compared).toMatchObject({ deadLetters: letters, bigquery: published - letters });
      expect(compared.bigtable).toBeGreaterThan(300);
      const described = await run(['jobs', 'describe']);
      expect(described.result).toMatchObject({
        job: { state: 'DRAINED' },
        counters: { received: published, rejected: letters, deadLetters: letters },
      });
      // What is compared is what lies there: a row that is taken away is missed.
      const dataset = `${kept.topic.replace('healthmon-verify-', 'verify_')}_job`;
      await run(['query', `DELETE FROM ${dataset}.stream_patient_vitals WHERE Patient_ID = '1'`]);
      const [expected, found] = [await storedOf(kept, 'worker'), await storedOf(kept, 'job')];
      const { equal, different, differences } = compareStored(expected, found, 1);
      expect(equal).toBe(false);
      expect(different).toBeGreaterThan(50);
      expect(differences).toMatchObject([{ store: 'bigquery', found: null }]);
    },
    LIMIT_MS,
  );

  it(
    'leaves nothing behind',
    async () => {
      const datasets = async () =>
        (await run(['query', 'SELECT schema_name FROM INFORMATION_SCHEMA.SCHEMATA ORDER BY 1'])).result.rows;
      const before = await datasets();
      const { result } = await run(['jobs', 'verify', 'stream', '--messages', '20']);
      expect(result).toMatchObject({ equal: true, published: 20, kept: null });
      expect(await datasets()).toEqual(before);
    },
    LIMIT_MS,
  );

  it(
    'loads what "load" loads, with the same reject files',
    async () => {
      const { code, result } = await run(['jobs', 'verify', 'load', '--rows', '600']);
      expect(result).toMatchObject({ equal: true, different: 0, rowsRead: 600, kept: null });
      expect(code).toBe(0);
      const { compared, rowsRejected } = result as unknown as {
        compared: { rows: number; rejects: number };
        rowsRejected: number;
      };
      expect(rowsRejected).toBeGreaterThan(20);
      expect(compared.rows).toBe(600 - rowsRejected);
      expect(compared.rejects).toBeGreaterThan(rowsRejected);
    },
    LIMIT_MS,
  );

  it(
    'puts what Spanner refuses into a file that loads again, and writes nothing beyond --max-rejects',
    async () => {
      await run(['provision', '--only', 'storage,spanner']);
      await run(['simulate', 'admissions', '--rows', '40', '--seed', '2', '-o', 'good.csv']);
      const text = readFileSync(join(cwd, 'good.csv'), 'utf8');
      await alter('ALTER TABLE PatientInfo ALTER COLUMN Gender STRING(4) NOT NULL');
      const [header, ...lines] = text.trimEnd().split('\n') as [string, ...string[]];
      const males = lines.map((line) => line.replace(/Female/, 'Male'));
      const some = males.map((line, index) => (index % 13 === 5 ? line.replace(/Male/, 'Fémal') : line));
      writeFileSync(join(cwd, 'a.csv.gz'), gzipSync(`${header}\n${some.join('\n')}\n`));
      const { code, result } = await run(['load', 'a.csv.gz', '--engine', 'dataflow']);
      expect(result).toMatchObject({ table: 'PatientInfo', rowsRead: 40, rowsLoaded: 37, rowsRejected: 3 });
      expect(code).toBe(4);
      const [rejects] = result.rejectsFiles as unknown as string[];
      const again = await run(['load', rejects!, '--check']);
      expect(again.result).toMatchObject({ rowsRead: 3, rowsValid: 3 });
      const lastLines = ['x,1', ...males.slice(1)];
      writeFileSync(join(cwd, 'b.csv'), `${header}\n${lastLines.join('\n')}\n`);
      await alter('DROP TABLE PatientInfo');
      await run(['provision', '--only', 'storage,spanner']);
      const env = environment();
      const words = ['jobs', 'run', 'load', 'b.csv', '--job-name', 'limited', '--max-rejects', '0'];
      const limited = await runHealthmon([...words, '--json'], { cwd, env });
      expect(limited.code).toBe(4);
      expect(limited.json().error).toMatchObject({ code: 'too-many-rejects' });
      expect(limited.json().error!.message).toContain('1 of 40 rows are rejected');
      const { result: job } = await run(['jobs', 'metrics', 'limited']);
      expect(job.counters).toEqual({ rowsRead: 40, rowsRejected: 1 });
    },
    LIMIT_MS,
  );
});
