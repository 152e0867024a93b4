import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isLeftOut } from '../helpers/optional-tools.js';

const run = promisify(execFile);
const bin = resolve(import.meta.dirname, '../../bin/healthmon.js');
const realFile =
  process.env.HEALTHMON_CORPUS && join(process.env.HEALTHMON_CORPUS, 'data', 'hospital_data_analysis.csv');
const READINGS = 6000;

let cwd: string;
let csv: string;
let env: NodeJS.ProcessEnv;

interface Outcome {
  code: number;
  result: never;
  stdout: string;
  stderr: string;
}

async function healthmon(...argv: string[]): Promise<Outcome> {
  const done = await run(process.execPath, [bin, ...argv, '--json'], { cwd, env, timeout: 120_000 }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  );
  const document = JSON.parse(done.stdout) as { ok: boolean; result: never; error?: unknown };
  expect(document.error, `${argv.join(' ')}\n${done.stderr}`).toBeUndefined();
  return { code: done.code, result: document.result, stdout: done.stdout, stderr: done.stderr };
}

/** Runs a tool of the Google Cloud CLI against the stack; undefined when it is not installed. */
async function tool(
  command: 'bq' | 'cbt' | 'gcloud',
  argv: string[],
  extra: NodeJS.ProcessEnv = {},
): Promise<string | undefined> {
  if (isLeftOut(command)) return undefined;
  const private_ = {
    ...env,
    CLOUDSDK_CONFIG: join(cwd, 'gcloud'),
    CLOUDSDK_CORE_DISABLE_PROMPTS: '1',
    ...extra,
  };
  return (await run(command, argv, { cwd, env: private_, timeout: 120_000 })).stdout;
}

describe('the pipeline, through bin', () => {
  beforeAll(async () => {
    cwd = mkdtempSync(join(tmpdir(), 'healthmon-e2e-'));
    env = { PATH: process.env.PATH, HOME: cwd, CI: 'true' };
    csv = join(cwd, 'admissions.csv');
    if (realFile && existsSync(realFile)) csv = realFile;
    else await healthmon('simulate', 'admissions', '--rows', '984', '--seed', '5', '--output', csv);
    await healthmon('emulators', 'start');
    Object.assign(env, ((await healthmon('emulators', 'env')).result as { env: NodeJS.ProcessEnv }).env);
  });

  afterAll(async () => {
    await healthmon('emulators', 'stop');
    rmSync(cwd, { recursive: true, force: true });
  });

  it('provisions once', async () => {
    const first = (await healthmon('provision')).result as { created: number };
    expect(first.created).toBeGreaterThan(8);
    expect((await healthmon('provision')).result).toMatchObject({ created: 0, updated: 0 });
  });

  it('loads every admission, and again without a change', async () => {
    for (let time = 0; time < 2; time++) {
      expect((await healthmon('load', csv)).result).toMatchObject({
        rowsRead: 984,
        rowsLoaded: 984,
        rowsRejected: 0,
      });
    }
  });

  it('simulates and streams every reading once', async () => {
    const simulated = await healthmon(
      ...['simulate', '--patients-from', 'spanner', '--count', String(READINGS), '--seed', '7'],
      ...['--start-time', '2026-03-01T10:00:00Z'],
    );
    expect(simulated.result).toMatchObject({ published: READINGS, failed: 0 });
    const streamed = await healthmon('stream', '--max-messages', String(READINGS), '--idle-timeout', '20');
    expect(streamed.result).toMatchObject({ received: READINGS, written: READINGS, deadLettered: 0 });
  });

  it('syncs and joins every reading of a known patient', async () => {
    expect((await healthmon('sync')).result).toMatchObject({ table: 'batch_patient_info', rows: 984 });
    expect((await healthmon('join')).result).toMatchObject({
      table: 'joined_patient_records',
      rows: READINGS,
      readingsWithoutPatient: 0,
    });
  });

  it('trains, evaluates on patients the model never saw, and gates', async () => {
    const trained = (await healthmon('train')).result as Record<string, number>;
    expect(trained.trainRows! + trained.evalRows!).toBe(READINGS);
    expect(trained.trainPatients! + trained.evalPatients!).toBe(984);
    const { result } = await healthmon('evaluate', '--min-roc-auc', '0.5');
    expect(result).toMatchObject({ passed: true });
    const missed = await healthmon('evaluate', '--min-roc-auc', '0.5', '--max-log-loss', '0');
    expect(missed.code).toBe(5);
    expect(missed.result).toMatchObject({
      passed: false,
      gates: [
        { gate: '--min-roc-auc', passed: true },
        { gate: '--max-log-loss', passed: false },
      ],
    });
  });

  it('predicts for one patient and for many', async () => {
    const one = (await healthmon('predict', '--patient', '7')).result as { rows: Record<string, unknown>[] };
    expect(one.rows).toHaveLength(1);
    expect(one.rows[0]).toMatchObject({ Patient_ID: '7', predicted_Outcome: expect.any(String) });
    expect(one.rows[0]!.probability).toBeGreaterThanOrEqual(0.5);
    expect(((await healthmon('predict', '--limit', '3')).result as { rows: unknown[] }).rows).toHaveLength(3);
  });

  it('is read back the same by other clients', async () => {
    const rows = await tool('cbt', [
      '-project',
      'healthmon-local',
      '-instance',
      'healthmon',
      'count',
      'patient_vitals',
    ]);
    if (rows !== undefined) expect(Number(rows.trim())).toBe(READINGS);
    const spanner = await tool(
      'gcloud',
      [
        ...['spanner', 'databases', 'execute-sql', 'healthmon', '--instance=healthmon', '--format=json'],
        '--sql=SELECT COUNT(*) AS n, SUM(Age) AS ages FROM PatientInfo',
      ],
      {
        CLOUDSDK_AUTH_DISABLE_CREDENTIALS: 'true',
        CLOUDSDK_CORE_PROJECT: 'healthmon-local',
        CLOUDSDK_API_ENDPOINT_OVERRIDES_SPANNER: `${env.SPANNER_EMULATOR_REST}/`,
      },
    );
    const ours = await healthmon('query', 'SELECT COUNT(*) AS n, SUM(Age) AS ages FROM batch_patient_info');
    const [row] = (ours.result as { rows: { n: number; ages: number }[] }).rows;
    if (spanner !== undefined)
      expect(JSON.parse(spanner).rows).toEqual([[String(row!.n), String(row!.ages)]]);
    const bq = await tool('bq', [
      ...[
        '--oauth_access_token=fake',
        '--api',
        env.BIGQUERY_EMULATOR_HOST!,
        '--project_id',
        'healthmon-local',
      ],
      ...['--quiet', '--headless', '--format=json', 'query', '--nouse_legacy_sql'],
      'SELECT COUNT(*) AS n FROM healthmon.joined_patient_records',
    ]);
    if (bq !== undefined) expect(JSON.parse(bq)).toEqual([{ n: String(READINGS) }]);
  });
});
