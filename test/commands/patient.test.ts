import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resolveConfig } from '../../src/config/config.js';
import { packageRoot } from '../../src/core/package-root.js';
import type { ServiceName } from '../../src/core/services.js';
import { bigtablePort } from '../../src/gcp/bigtable/port.js';
import { createGoogleClients } from '../../src/gcp/clients.js';
import { bigtableTables } from '../../src/schema/bigtable-columns.js';
import { patientVitalsSchema } from '../../src/schema/read-table-schema.js';
import { asFlags, ownNames } from '../helpers/own-names.js';
import { runHealthmon } from '../helpers/run.js';
import { useTestStack } from '../helpers/stack.js';

const stack = useTestStack();
const bin = join(packageRoot(), 'bin/healthmon.js');
const names = ownNames(`patient-${process.pid}`);
const flags = asFlags(names);
let folder: string;

async function run(argv: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const done = await runHealthmon([...argv, ...flags, '--json'], {
    cwd: folder,
    env: { PATH: process.env.PATH, HEALTHMON_NO_AUTOSTART: '1', ...stack.env, ...env },
  });
  const { result, error } = done.json() as { result?: never; error?: Record<string, string> };
  return { code: done.code, stderr: done.stderr, result: result as unknown as Result, error };
}

/** Keys of the results that the tests look at. */
interface Result {
  patients: Record<string, unknown>[];
  total: number;
  rows: Record<string, unknown>[];
  alerts: Record<string, unknown>[];
  vitals: { readings: number }[];
  readings: unknown[];
  prediction: { explanation: { unexplained: number; attributions: unknown[] } };
  sources: { block: string; store: string; ageSeconds: number | null; error: string | null }[];
  positivePredictiveValue: number;
  medianMinutes: number;
  asOf: string;
  html: string;
  fhir: { entry: { resource: { resourceType: string } }[] };
  stored: number;
  metrics: Record<string, number>;
  whatIf: { threshold: number; alerts: number; found: number }[];
}

interface Prediction {
  probability: number;
  explanation: { baseline: number; attributions: { feature: string; attribution: number }[] };
}

async function done(...argv: string[]): Promise<Result> {
  const { result, error } = await run(argv);
  expect(error, argv.join(' ')).toBeUndefined();
  return result;
}

describe('one ward and one patient of it', () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'healthmon-patient-'));
    await done('simulate', 'admissions', '--rows', '40', '--seed', '5', '--output', 'a.csv');
    await done('provision');
    await done('load', 'a.csv');
    await done('sync');
    const ward = [
      '--patients-from',
      'spanner',
      '--scenario',
      'sepsis',
      '--count',
      '3840',
      '--interval',
      '5m',
    ];
    await done('simulate', ...ward, '--seed', '5', '--ground-truth', 'truth.jsonl');
    await done('stream', '--alerts', '--max-messages', '3840', '--idle-timeout', '20s');
    await done('join');
    await done('train');
  }, 240_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('is in Bigtable what the views say in BigQuery', async () => {
    const { patients, total } = await done('ward', '--limit', '1000');
    expect(total).toBe(40);
    const { rows } = await done(
      'query',
      'SELECT Patient_ID, risk, news_known, news_possible, news_change_1h FROM v_ward_now',
    );
    const byId = (a: unknown[], b: unknown[]) => Number(a[0]) - Number(b[0]);
    const viewed = rows.map((row) => Object.values(row)).sort(byId);
    const shown = patients
      .map(({ Patient_ID, risk, known, possible, change }) => [Patient_ID, risk, known, possible, change])
      .sort(byId);
    expect(shown).toEqual(viewed);
    const emergency = await done('ward', '--risk', 'emergency');
    expect(new Set(emergency.patients.map(({ risk }) => risk))).toEqual(new Set(['emergency']));
  });

  it('tells of a patient from every store, with an explanation that adds up', async () => {
    const [sickest] = (await done('ward', '--limit', '1')).patients;
    const id = String(sickest!.Patient_ID);
    const result = await done('patient', id, '--readings', '3');
    expect(result).toMatchObject({
      patient: { Patient_ID: id },
      news2: { risk: 'emergency', missing: ['supplementalOxygen', 'consciousness'] },
      alerts: [{ resolvedAt: null, peakRisk: 'emergency' }],
    });
    const { vitals, readings, prediction, sources } = result;
    expect(vitals.map((vital) => vital.readings)).toEqual(Array(6).fill(96));
    expect(readings).toHaveLength(3);
    expect(Math.abs(prediction.explanation.unexplained)).toBeLessThan(1e-9);
    expect(prediction.explanation.attributions.length).toBeGreaterThan(5);
    expect(sources.map(({ block }) => block)).toEqual(['patient', 'vitals', 'news2', 'alerts', 'prediction']);
    for (const { store, ageSeconds, error } of sources) {
      expect(store).toMatch(/^(Spanner|Bigtable|BigQuery) /);
      expect(ageSeconds).toBeGreaterThanOrEqual(0);
      expect(error).toBeNull();
    }
  });

  it('gives the patient as a page and as FHIR, with all readings', async () => {
    const result = await done('patient', '7', '--html', 'seven.html', '--fhir');
    expect(result.html).toBe('seven.html');
    const page = readFileSync(join(folder, 'seven.html'), 'utf8');
    expect(page.match(/class="column"/g)).toHaveLength(96);
    expect(page).toContain('All 96 readings');
    const types = result.fhir.entry.map(({ resource }) => resource.resourceType);
    expect(types.filter((type) => type === 'Observation')).toHaveLength(96 * 5);
    expect(new Set(types)).toEqual(new Set(['Patient', 'Condition', 'Observation', 'RiskAssessment']));
    const { code, error } = await run(['patient', '7', '--html', 'nowhere/seven.html']);
    expect([code, error!.code]).toEqual([1, 'file-not-written']);
  });

  it('keeps each prediction once for each training, with reasons that add up to its log-odds', async () => {
    const count = async () =>
      (await done('query', 'SELECT COUNT(*) AS n, COUNT(attributions) AS explained FROM v_predictions'))
        .rows[0];
    expect((await done('predict', '--store', '--limit', '3')).stored).toBe(40);
    expect((await done('predict', '--store')).stored).toBe(0);
    expect(await count()).toEqual({ n: 40, explained: 0 });
    const explained = await done('predict', '--store', '--explain', '--limit', '40');
    expect(explained.stored).toBe(40);
    expect((await done('predict', '--store', '--explain')).stored).toBe(0);
    expect(await count()).toEqual({ n: 40, explained: 40 });
    const predicted = new Set(explained.rows.map(({ predicted_Outcome }) => predicted_Outcome));
    expect(predicted).toEqual(new Set(['Recovered', 'Stable']));
    for (const { probability, explanation } of explained.rows as unknown as Prediction[]) {
      const sum = explanation.attributions.reduce(
        (total, { attribution }) => total + attribution,
        explanation.baseline,
      );
      expect(Math.abs(sum - Math.log(probability / (1 - probability)))).toBeLessThan(1e-9);
    }
    const [stored] = (
      await done(
        'query',
        "SELECT model_version, baseline, attributions FROM v_predictions WHERE Patient_ID = '7'",
      )
    ).rows as unknown as { model_version: string; baseline: number; attributions: object }[];
    expect(stored!.model_version).toBe('outcome_model_v1');
    const seven = explained.rows.find(({ Patient_ID }) => Patient_ID === '7') as unknown as Prediction;
    expect(stored!.baseline).toBe(seven.explanation.baseline);
    expect(stored!.attributions).toEqual(
      Object.fromEntries(
        seven.explanation.attributions.map(({ feature, attribution }) => [feature, attribution]),
      ),
    );
    await done('train');
    expect((await done('predict', '--store')).stored).toBe(40);
    expect(await count()).toEqual({ n: 40, explained: 0 });
  });

  it('keeps the metrics of a model and of its slices, and draws them', async () => {
    const { metrics, stored } = await done('evaluate', '--store', '--plot', 'model.svg');
    expect(readFileSync(join(folder, 'model.svg'), 'utf8')).toMatch(/^<svg [\s\S]*<\/svg>\n$/);
    const { rows } = await done(
      'query',
      "SELECT slice_column, metric, value, n_patients FROM v_model_quality WHERE model_version = 'outcome_model_v2' AND metric IN ('roc_auc', 'log_loss')",
    );
    const all = Object.fromEntries(
      rows.filter(({ slice_column }) => slice_column === 'all').map(({ metric, value }) => [metric, value]),
    );
    expect(all.log_loss).toBe(metrics.log_loss);
    expect(all.roc_auc).toBeCloseTo(metrics.roc_auc!, 6);
    expect(new Set(rows.map(({ slice_column }) => slice_column))).toEqual(
      new Set(['all', 'Gender', 'Age', 'Condition']),
    );
    await done('evaluate', '--store');
    const again = await done(
      'query',
      "SELECT COUNT(*) AS n FROM v_model_quality WHERE model_version = 'outcome_model_v2'",
    );
    expect(again.rows).toEqual([{ n: stored }]);
    expect(await run(['evaluate', '--plot', 'model.pdf'])).toMatchObject({
      code: 2,
      error: { code: 'invalid-option' },
    });
  });

  it('has drifted in temperature and pulse once the sepsis is there, and not from itself', async () => {
    const minutesIn = (minutes: number) =>
      `(SELECT TIMESTAMP_ADD(MIN(event_timestamp), INTERVAL ${minutes} MINUTE) FROM joined_patient_records)`;
    const table = (name: string, condition: string) =>
      done('query', `CREATE TABLE ${name} AS SELECT * FROM joined_patient_records WHERE ${condition}`);
    await table('calm', `event_timestamp < ${minutesIn(15)}`);
    await table('septic', `event_timestamp >= ${minutesIn(180)}`);
    await done('train', '--name', 'calm_model', '--table', 'calm');
    const drift = async (name: string) => {
      const { code, result } = await run([
        ...['models', 'drift', '--name', 'calm_model', '--table', name, '--max', '0.1'],
      ]);
      return { code, moved: result.rows.filter(({ isAnomaly }) => isAnomaly).map(({ input }) => input) };
    };
    expect(await drift('calm')).toEqual({ code: 0, moved: [] });
    const { code, moved } = await drift('septic');
    expect(code).toBe(5);
    expect(moved).toEqual(expect.arrayContaining(['Temperature_C', 'Heart_Rate']));
  });

  it('is watched in a pipe, without a single escape, until the risk that is waited for', async () => {
    const watch = (...argv: string[]) =>
      runHealthmon(['watch', ...argv, ...flags], {
        cwd: folder,
        env: { PATH: process.env.PATH, HEALTHMON_NO_AUTOSTART: '1', ...stack.env },
      });
    const waited = await watch('--exit-on', 'emergency', '--limit', '2');
    expect(waited.code).toBe(5);
    expect(waited.stdout.split('\n')).toHaveLength(4);
    expect(waited.stdout).toContain('■');
    expect(waited.stdout).not.toContain('\u001b');
    expect(await watch('--jsonl', '--exit-on', 'emergency')).toMatchObject({ code: 5, stdout: '' });
    expect(await watch('--once', '--limit', '1')).toMatchObject({ code: 0 });
    expect((await done('watch', '--limit', '3')).patients).toHaveLength(3);
  });

  it.skipIf(spawnSync('script', ['--version']).status !== 0)(
    'is watched on a terminal, which is put back by q and by SIGTERM',
    async () => {
      const pidFile = join(folder, 'watch.pid');
      const command = `stty rows 30 cols 120; echo $$ > ${pidFile}; exec ${process.execPath} ${bin} watch ${flags.join(' ')}`;
      for (const end of ['q', 'SIGTERM'] as const) {
        const { CI: _ci, ...rest } = process.env;
        const env = { ...rest, HEALTHMON_NO_AUTOSTART: '1', TERM: 'xterm', ...stack.env };
        const child = spawn('script', ['-qefc', command, '/dev/null'], { cwd: folder, env });
        const ended = once(child, 'close');
        let shown = '';
        child.stdout.on('data', (chunk) => {
          shown += chunk;
        });
        await expect.poll(() => shown, { timeout: 60_000 }).toContain('order: sickest');
        if (end === 'q') child.stdin.write('q');
        else process.kill(Number(readFileSync(pidFile, 'utf8')), end);
        const [code] = await ended;
        expect([end, code]).toEqual([end, end === 'q' ? 0 : 130]);
        expect(shown).toContain('\u001b[?1049h');
        const after = shown.slice(shown.indexOf('order: sickest'));
        expect(after).toContain('\u001b[?1049l');
        expect(after.lastIndexOf('\u001b[?25h')).toBeGreaterThan(after.indexOf('\u001b[?1049l'));
      }
    },
    150_000,
  );

  it.skipIf(spawnSync('script', ['--version']).status !== 0)(
    'sends a terminal less than 3 kB for each of twenty refreshes in which one row changes',
    async () => {
      const { asOf } = await done('ward', '--limit', '1');
      const config = resolveConfig({ flags: names, env: {}, cwd: folder });
      const find = (service: ServiceName) => ({
        endpoint: stack.endpoints[service],
        implementation: 'embedded' as const,
      });
      const clients = createGoogleClients(config, find, process.env);
      const now = await bigtablePort(
        clients,
        config,
        bigtableTables(patientVitalsSchema(), config.bigtable).now,
      );
      const command = `stty rows 24 cols 120; exec ${process.execPath} ${bin} watch --interval 200ms ${flags.join(' ')}`;
      const { CI: _ci, ...rest } = process.env;
      const env = { ...rest, HEALTHMON_NO_AUTOSTART: '1', TERM: 'xterm', ...stack.env };
      const child = spawn('script', ['-qefc', command, '/dev/null'], { cwd: folder, env });
      const ended = once(child, 'close');
      let shown = '';
      child.stdout.on('data', (chunk) => {
        shown += chunk;
      });
      try {
        await expect.poll(() => shown, { timeout: 60_000 }).toContain('order: sickest');
        // The sickest is on the first line; its pulse is what changes.
        const [sickest] = (await done('ward', '--limit', '1')).patients;
        for (let refresh = 0; refresh < 20; refresh++) {
          const pulse = String(150 + refresh);
          const before = shown.length;
          const vitals = Object.entries(sickest!.vitals as Record<string, { value: number }>);
          await now.mutateRows([
            {
              key: String(sickest!.Patient_ID),
              timestampMs: Date.parse(asOf) + 1 + refresh,
              cells: vitals.map(([name, { value }]) => ({
                qualifier: Buffer.from(name.toLowerCase()),
                value: Buffer.from(name === 'Heart_Rate' ? pulse : String(value)),
              })),
            },
          ]);
          await expect.poll(() => shown.slice(before), { timeout: 60_000 }).toContain(pulse);
          expect(Buffer.byteLength(shown.slice(before))).toBeLessThan(3_000);
        }
      } finally {
        child.stdin.write('q');
        await ended;
        await clients.close();
      }
    },
    600_000,
  );

  it('does without a store that is down, and says so', async () => {
    const { code, result, stderr } = await run(['patient', '7'], {
      BIGQUERY_EMULATOR_HOST: 'http://127.0.0.1:9',
    });
    expect(code).toBe(0);
    expect(result).toMatchObject({ patient: { Patient_ID: '7' }, prediction: null });
    expect(result.vitals).toHaveLength(6);
    expect(stderr).toContain('prediction: ');
  });

  it('names the nearest patients of one who is not there', async () => {
    const { code, error } = await run(['patient', '1000']);
    expect([code, error!.code]).toEqual([1, 'patient-not-found']);
    expect(error!.suggestion).toContain('Did you mean "40", "39", "38"?');
  });

  it('lists alerts once each, and finds everybody who gets worse', async () => {
    const { alerts } = await done('alerts', 'list');
    const ill = readFileSync(join(folder, 'truth.jsonl'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { Patient_ID: string; deteriorates: boolean })
      .filter(({ deteriorates }) => deteriorates);
    expect(alerts.length).toBeGreaterThanOrEqual(ill.length);
    const { Patient_ID } = ill[0]!;
    const own = await done('alerts', 'list', '--patient', Patient_ID, '--open');
    expect(own.alerts).toMatchObject([{ Patient_ID, resolved_at: null, peak_risk: 'emergency' }]);
    const quality = await done('alerts', 'evaluate', '--ground-truth', 'truth.jsonl');
    expect(quality).toMatchObject({
      patients: 40,
      deteriorating: ill.length,
      found: ill.length,
      sensitivity: 1,
    });
    expect(quality.positivePredictiveValue).toBeGreaterThanOrEqual(0.9);
    // The rule takes two readings in a row, which are five minutes apart here, of vitals that follow the hour of the day:
    // 39 to 42.3 minutes from whatever hour the ward begins at.
    expect(quality.medianMinutes).toBeLessThanOrEqual(45);
    const whatIf = quality.whatIf as { threshold: number; alerts: number; found: number }[];
    expect(whatIf.map(({ threshold }) => threshold)).toEqual([3, 4, 5, 6, 7, 8]);
    expect(whatIf[0]!.alerts).toBeGreaterThanOrEqual(whatIf[5]!.alerts);
    expect(await run(['alerts', 'evaluate', '--ground-truth', 'a.csv'])).toMatchObject({
      code: 2,
      error: { code: 'ground-truth-invalid' },
    });
  });

  it('are asked for by a time, which reaches BigQuery as it was given', async () => {
    const types = {
      TIMESTAMP: '2026-03-01T10:00:00Z',
      DATE: '2026-03-01',
      DATETIME: '2026-03-01T10:00:00',
      TIME: '10:00:00',
    };
    for (const [type, value] of Object.entries(types)) {
      const { rows } = await done('query', 'SELECT CAST(@x AS STRING) AS x', '--param', `x:${type}=${value}`);
      expect(String(rows[0]!.x)).toMatch(new RegExp(`^${value.slice(0, 8)}`));
    }
    expect((await done('alerts', 'list', '--since', '2100-01-01T00:00:00Z')).alerts).toEqual([]);
  });

  it('has no links to Looker Studio on this machine', async () => {
    expect(await run(['looker'])).toMatchObject({ code: 2, error: { code: 'unsupported' } });
  });
});
