import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resolveConfig } from '../../src/config/config.js';
import { SERVICES, type ServiceName } from '../../src/core/services.js';
import { findRunner } from '../../src/emulators/beam/runner.js';
import { type LocalCloud, startLocalCloud } from '../../src/emulators/local-cloud.js';
import { createGoogleClients } from '../../src/gcp/clients.js';
import { compareStored } from '../../src/pipeline/jobs/compare.js';
import { readStored } from '../../src/pipeline/jobs/stored.js';
import { runHealthmon } from '../helpers/run.js';

/** Where Apache Beam is not installed, these are reported as skipped, with the command that installs it in their name. */
const isLeftOut = findRunner(process.env) === undefined;
const USED: readonly ServiceName[] = ['pubsub', 'bigtable', 'bigquery', 'storage', 'dataflow'];
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

async function run(words: readonly string[]) {
  const env = { PATH: process.env.PATH, HEALTHMON_NO_AUTOSTART: '1', ...beamOf(process.env), ...cloud.env };
  const ended = await runHealthmon([...words, '--json'], { cwd, env });
  const document = ended.json();
  expect(document.error).toBeUndefined();
  return { code: ended.code, result: document.result as unknown as Record<string, never> };
}

/** The variables by which Beam is found. */
function beamOf({ HOME, HEALTHMON_CACHE_DIR, XDG_CACHE_HOME }: NodeJS.ProcessEnv) {
  return { HOME, HEALTHMON_CACHE_DIR, XDG_CACHE_HOME };
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
  const config = resolveConfig({ flags, env: {}, cwd });
  const clients = createGoogleClients(
    config,
    (name) => ({ endpoint: cloud.env[SERVICES[name].hostVariable]!, implementation: 'embedded' }),
    {},
  );
  try {
    return await readStored({ clients, config, signal: new AbortController().signal });
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
});
