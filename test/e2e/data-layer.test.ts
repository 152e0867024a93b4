import { execFile } from 'node:child_process';
import { appendFileSync, cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { PubSub } from '@google-cloud/pubsub';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../src/core/random.js';
import { messageEncoder } from '../../src/pipeline/simulate/encode.js';
import { numberedPatients } from '../../src/pipeline/simulate/patients.js';
import { createWard } from '../../src/pipeline/simulate/readings.js';
import { SCENARIOS } from '../../src/pipeline/simulate/scenarios.js';
import { asFlags, ownNames } from '../helpers/own-names.js';
import { usePrograms } from '../helpers/programs.js';
import { runHealthmon } from '../helpers/run.js';
import { useTestStack } from '../helpers/stack.js';

const root = resolve(import.meta.dirname, '../..');
const stack = useTestStack();
const start = usePrograms();
const folder = mkdtempSync(join(tmpdir(), 'healthmon-data-layer-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Result {
  changes: { service: string; resource: string; action: string }[];
  patients: { Patient_ID: string; vitals: Record<string, { value: number }> }[];
  rows: Record<string, unknown>[];
  created: number;
  updated: number;
}

/** Names of its own on the shared stack, and the commands on them. */
function pipelineOf(id: string) {
  const names = ownNames(`${id}-${process.pid}`);
  const flags = asFlags(names);
  const env = () => ({ PATH: process.env.PATH, HEALTHMON_NO_AUTOSTART: '1', ...stack.env });
  return {
    names,
    flags,
    env,
    async done(...argv: string[]): Promise<Result> {
      const { json } = await runHealthmon([...argv, ...flags, '--json'], { cwd: folder, env: env() });
      const { result, error } = json();
      expect(error, argv.join(' ')).toBeUndefined();
      return result as unknown as Result;
    },
    start: (...argv: string[]) => start([...argv, ...flags], { cwd: folder, env: env() }),
  };
}

const TABLES = [
  'patient_alerts',
  'model_predictions',
  'model_versions',
  'model_events',
  'model_metrics',
  'model_drift',
].map((name) => `table ${name}`);
const VIEWS = [
  'v_reading_news2',
  'v_ward_now',
  'v_patient_timeline',
  'v_alerts',
  'v_cohort',
  'v_predictions',
  'v_model_quality',
  'v_model_drift',
  'v_data_quality',
].map((name) => `view ${name}`);

describe('what is provisioned', () => {
  const { done, flags, env } = pipelineOf('layer');

  it('has nine views and six tables, once, and tells of a view whose file has changed', async () => {
    const { changes } = await done('provision');
    const created = changes.filter(({ action }) => action === 'create').map(({ resource }) => resource);
    expect(created).toEqual(expect.arrayContaining([...TABLES, ...VIEWS]));
    expect(created.filter((resource) => resource.startsWith('view '))).toHaveLength(VIEWS.length);
    expect(await done('provision')).toMatchObject({ created: 0, updated: 0 });

    const changed = join(folder, 'changed');
    for (const part of ['bin', 'dist/src', 'dist/commands', 'templates', 'package.json']) {
      cpSync(join(root, part), join(changed, part), { recursive: true });
    }
    symlinkSync(join(root, 'node_modules'), join(changed, 'node_modules'));
    appendFileSync(join(changed, 'templates/bigquery/views/v_alerts.sql'), '\nHAVING COUNT(*) > 0\n');
    const provision = async (...argv: string[]) => {
      const command = [join(changed, 'bin/healthmon.js'), 'provision', ...argv, ...flags, '--json'];
      const { stdout } = await promisify(execFile)(process.execPath, command, { env: env() });
      const { result } = JSON.parse(stdout) as { result: Result };
      return result.changes.filter(({ action }) => action !== 'unchanged' && action !== 'none');
    };
    const update = [expect.objectContaining({ service: 'bigquery', resource: 'view v_alerts' })];
    expect(await provision('--dry-run')).toEqual(update);
    expect(await provision()).toEqual(update);
    expect(await provision('--dry-run')).toEqual([]);
  }, 300_000);
});

describe('the newest values and the alerts of a burst', () => {
  const { done, start } = pipelineOf('burst');
  const READINGS = 3_840;
  const VITALS = [
    'Temperature_C',
    'Systolic',
    'Diastolic',
    'Heart_Rate',
    'Respiratory_Rate',
    'Oxygen_Saturation',
  ];

  beforeAll(async () => {
    await done('simulate', 'admissions', '--rows', '45', '--seed', '5', '--output', 'a.csv');
    await done('provision');
    await done('load', 'a.csv');
    await done('sync');
    const ward = ['--patients', '40', '--count', String(READINGS), '--interval', '5m', '--seed', '5'];
    await done('simulate', ...ward, '--scenario', 'sepsis', '--duplicate', '10', '--late', '5');
    const work = ['stream', '--alerts', '--ack-deadline', '10s', '--idle-timeout'];
    const killed = start(...work, '60s');
    // Killed while it stores, as soon as something is stored.
    const stored = async () =>
      (await done('query', 'SELECT COUNT(*) AS n FROM stream_patient_vitals')).rows[0]!.n;
    while ((await stored()) === 0) await delay(50);
    await killed.end('SIGKILL');
    // What it held comes again when its lease is over, after 10 s.
    await done(...work, '15s');
  }, 600_000);

  it('are the newest in BigQuery, of every patient and every vital', async () => {
    const newest = VITALS.map(
      (name) => `MAX_BY(${name}, IF(${name} IS NULL, NULL, event_timestamp)) AS ${name}`,
    );
    const { rows } = await done(
      'query',
      `SELECT Patient_ID, ${newest.join(', ')} FROM stream_patient_vitals GROUP BY Patient_ID`,
    );
    expect(rows).toHaveLength(40);
    const { patients } = await done('ward', '--limit', '100');
    const measured = patients.filter(({ vitals }) => Object.keys(vitals).length > 0);
    const shown = measured.map(({ Patient_ID, vitals }) => [
      Patient_ID,
      ...VITALS.map((name) => vitals[name]!.value),
    ]);
    expect(new Map(shown.map((row) => [row[0], row]))).toEqual(
      new Map(rows.map((row) => [row.Patient_ID, Object.values(row)])),
    );
  });

  it('are of everybody who was admitted, without a reading too', async () => {
    const { rows } = await done(
      'query',
      'SELECT COUNT(*) AS n, COUNTIF(risk IS NULL) AS unmeasured FROM v_ward_now',
    );
    expect(rows).toEqual([{ n: 45, unmeasured: 5 }]);
  });

  it('are stored once each, although the worker was killed', async () => {
    const { rows } = await done(
      'query',
      'SELECT COUNT(*) AS n, COUNT(DISTINCT CONCAT(alert_id, "/", CAST(revision AS STRING))) AS alerts FROM patient_alerts',
    );
    expect(Number(rows[0]!.n)).toBeGreaterThan(20);
    expect(rows[0]!.n).toBe(rows[0]!.alerts);
  });
});

describe('the history of alerts', () => {
  const PATIENTS = 40;
  /** A reading a minute for eight hours. */
  const READINGS = PATIENTS * 8 * 60;

  /** In another order for each seed. */
  function shuffled(messages: readonly string[], seed: number): string[] {
    const random = createRandom(seed);
    const order = messages.map((message) => ({ message, at: random.uniform() }));
    return order.sort((a, b) => a.at - b.at).map(({ message }) => message);
  }

  it('is the same to the byte for any order of arrival', async () => {
    const encode = messageEncoder('json', 'all');
    const ward = createWard({
      patients: numberedPatients(PATIENTS, 5),
      seed: 5,
      startMs: Date.UTC(2026, 2, 1),
      intervalMs: 60_000,
      courses: SCENARIOS.sepsis!,
    }).readings();
    const messages = Array.from({ length: READINGS }, () => encode(ward.next().value));
    const histories: string[] = [];
    for (const seed of [1, 2, 3]) {
      const { names, done } = pipelineOf(`shuffle${seed}`);
      await done('provision');
      const client = new PubSub({ projectId: 'healthmon-local' });
      const topic = client.topic(names['pubsub.topic']);
      await Promise.all(
        shuffled(messages, seed).map((message) => topic.publishMessage({ data: Buffer.from(message) })),
      );
      await client.close();
      await done('stream', '--alerts', '--max-messages', String(READINGS), '--idle-timeout', '60s');
      const { rows } = await done(
        'query',
        'SELECT * FROM v_alerts ORDER BY raised_at, alert_id',
        '--limit',
        '1000',
      );
      histories.push(JSON.stringify(rows));
    }
    expect(JSON.parse(histories[0]!).length).toBeGreaterThan(10);
    expect(histories[1]).toBe(histories[0]);
    expect(histories[2]).toBe(histories[0]);
  }, 600_000);
});
