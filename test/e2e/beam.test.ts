import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Config, resolveConfig } from '../../src/config/config.js';
import { SERVICES, type ServiceName } from '../../src/core/services.js';
import { findRunner } from '../../src/emulators/beam/runner.js';
import { type LocalCloud, startLocalCloud } from '../../src/emulators/local-cloud.js';
import { bigtablePort } from '../../src/gcp/bigtable/port.js';
import { createGoogleClients } from '../../src/gcp/clients.js';
import { subscriptionPort } from '../../src/gcp/pubsub/port.js';
import { readDeadLetters } from '../../src/pipeline/stream/dead-letter-box.js';
import { bigtableTables } from '../../src/schema/bigtable-columns.js';
import { patientVitalsSchema } from '../../src/schema/read-table-schema.js';
import { runHealthmon } from '../helpers/run.js';

/** Where Apache Beam is not installed, these are reported as skipped, with the command that installs it in their name. */
const isLeftOut = findRunner(process.env) === undefined;
const USED: readonly ServiceName[] = ['pubsub', 'bigtable', 'bigquery', 'storage', 'dataflow'];

/** Names of what the job writes, beside those of the worker. */
const OF_JOB = {
  'bigtable.table': 'job_vitals',
  'bigtable.nowTable': 'job_now',
  'bigquery.streamTable': 'job_stream',
  'pubsub.deadLetterTopic': 'job-dead',
  'pubsub.deadLetterSubscription': 'job-dead-inspect',
};
/** Without duplicates, of which either may be the one that BigQuery keeps. */
const FAULTS = ['--garbage', '10', '--out-of-order', '2'];
const HOUR_MS = 3_600_000;
const LIMIT_MS = 600_000;

let cloud: LocalCloud;
let cwd: string;
beforeAll(async () => {
  if (isLeftOut) return;
  cloud = await startLocalCloud({ services: USED });
  cwd = mkdtempSync(join(tmpdir(), 'healthmon-beam-'));
  const only = ['--only', 'pubsub,bigtable,bigquery,storage'];
  await run(['provision', ...only]);
  await run(['provision', ...only], OF_JOB);
});
afterAll(async () => {
  await cloud?.stop();
  if (cwd !== undefined) rmSync(cwd, { recursive: true, force: true });
});

async function run(words: readonly string[], settings: Record<string, string> = {}) {
  const set = Object.entries(settings).flatMap(([name, value]) => ['--set', `${name}=${value}`]);
  const env = { PATH: process.env.PATH, HEALTHMON_NO_AUTOSTART: '1', ...cloud.env };
  const ended = await runHealthmon([...words, ...set, '--json'], { cwd, env });
  const document = ended.json();
  expect(document.error).toBeUndefined();
  return document.result as unknown as Record<string, never>;
}

/** What is stored of all messages, in an order of its own. */
async function stored(flags: Record<string, string>) {
  const config: Config = resolveConfig({ flags, env: {}, cwd });
  const clients = createGoogleClients(
    config,
    (name) => ({ endpoint: cloud.env[SERVICES[name].hostVariable]!, implementation: 'embedded' }),
    {},
  );
  try {
    const rowsOf = async (table: 'vitals' | 'now') => {
      const port = await bigtablePort(
        clients,
        config,
        bigtableTables(patientVitalsSchema(), config.bigtable)[table],
      );
      const rows = await port.readRows({ start: '', end: '' }, { limit: 10_000 });
      return rows.map(({ key, cells }) => [
        key,
        ...cells
          .map(
            ({ family, qualifier, value, timestampMs }) => `${family}:${qualifier}=${value}@${timestampMs}`,
          )
          .sort(),
      ]);
    };
    const letters = await readDeadLetters(
      {
        subscription: await subscriptionPort(clients, config.pubsub.deadLetterSubscription),
        signal: new AbortController().signal,
      },
      10_000,
      () => true,
    );
    const bigquery = await clients.bigquery();
    const [rows] = await bigquery.query(
      `SELECT * EXCEPT (Ingested_At) FROM healthmon.${config.bigquery.streamTable} ORDER BY Patient_ID, event_timestamp, Message_ID`,
    );
    return {
      vitals: await rowsOf('vitals'),
      now: await rowsOf('now'),
      bigquery: rows.map((row) => JSON.stringify(row)),
      deadLetters: letters
        .map(({ data, attributes }) => {
          const { healthmon_subscription: _, healthmon_rejected_at: __, ...rest } = attributes;
          return `${data.toString('base64')} ${JSON.stringify(Object.entries(rest).sort())}`;
        })
        .sort(),
    };
  } finally {
    await clients.close();
  }
}

describe.skipIf(isLeftOut)('a job under Apache Beam (healthmon jobs runner install)', () => {
  it(
    'stores what the worker stores, to the byte, and is drained',
    async () => {
      const { state } = await run(['jobs', 'run', 'stream'], OF_JOB);
      expect(state).toBe('RUNNING');
      let published = 0;
      for (const [hours, format] of ['json', 'fhir'].entries()) {
        const start = new Date(Date.now() - (hours + 1) * HOUR_MS).toISOString();
        const made = await run([
          ...['simulate', '--count', '200', '--patients', '10', '--seed', '7', '--format', format],
          ...['--start-time', start, ...FAULTS],
        ]);
        published += made.published as unknown as number;
      }
      const worker = await run(['stream', '--max-messages', String(published)]);
      expect(worker).toMatchObject({ received: published });
      const counters = async () =>
        (await run(['jobs', 'metrics'])).counters as unknown as Record<string, number>;
      await expect
        .poll(async () => (await counters()).received, { timeout: LIMIT_MS / 2, interval: 1000 })
        .toBe(published);
      expect(await run(['jobs', 'drain'])).toMatchObject({ state: 'DRAINED' });
      const { rejected, deadLetters } = await counters();
      expect({ rejected, deadLetters }).toEqual({
        rejected: worker.deadLettered,
        deadLetters: worker.deadLettered,
      });
      const [byWorker, byJob] = [await stored({}), await stored(OF_JOB)];
      expect(byJob).toEqual(byWorker);
      expect(byWorker.deadLetters.length).toBeGreaterThan(10);
      expect(byWorker.vitals.length).toBeGreaterThan(300);
    },
    LIMIT_MS,
  );
});
