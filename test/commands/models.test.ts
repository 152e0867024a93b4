import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-web';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/core/package-root.js';
import { type ExportedModel, scoreModel } from '../../src/pipeline/model/export/scorer.js';
import { asFlags, ownNames } from '../helpers/own-names.js';
import { runHealthmon } from '../helpers/run.js';
import { useTestStack } from '../helpers/stack.js';

const stack = useTestStack();
const flags = asFlags(ownNames(`models-${process.pid}`));
/** Of trainings on a busy machine. */
const TIMEOUT_MS = 240_000;
let folder: string;

interface Result {
  version: string;
  promoted: boolean;
  passed: boolean;
  previous: string | null;
  champion: string | null;
  warnings: string[];
  features: string[];
  metrics: Record<string, number> & { metric: string; difference: number; lower: number; upper: number }[];
  gates: { gate: string; passed: boolean; actual: number; detail?: string }[];
  models: {
    version: string;
    stage: string;
    vertexAiModelId: string | null;
    metrics: Record<string, { value: number }>;
  }[];
  rows: Record<string, unknown>[];
  drifted: boolean;
  verified: { rows: number; largestDifference: number; passed: boolean };
  confusionMatrix: Record<string, string | number>[];
  unfilled: number[];
  outcomes: { trainRows: number }[];
  predictors: { missingInTraining: number }[];
  coefficients: unknown[];
  events: { event: string; reason: string }[];
  record: { statement: string; trainRows: number } | null;
  patients: number;
  decidedDifferently: number;
  pruned: string[];
  kept: string[];
  stored: number;
  trainRows: number;
  evalRows: number;
}

async function run(argv: readonly string[]) {
  const { code, stdout } = await runHealthmon([...argv, ...flags, '--json'], {
    cwd: folder,
    env: { PATH: process.env.PATH, HEALTHMON_NO_AUTOSTART: '1', USER: 'ada', ...stack.env },
  });
  const { result, error } = JSON.parse(stdout) as { result: Result; error?: Record<string, string> };
  return { code, result, error };
}

async function done(...argv: string[]): Promise<Result> {
  const { result, error } = await run(argv);
  expect(error, argv.join(' ')).toBeUndefined();
  return result;
}

async function refused(...argv: string[]) {
  const { code, error } = await run(argv);
  expect(error, argv.join(' ')).toBeDefined();
  return { exit: code, ...error! };
}

const eventsOf = async (model: string) =>
  (
    await done(
      'query',
      `SELECT version, event FROM model_events WHERE model = '${model}' ORDER BY happened_at`,
    )
  ).rows;

/** 300 patients with four readings each; older and hotter ones tend to be Stable. */
const JOINED = `CREATE OR REPLACE TABLE joined_patient_records AS
WITH patient AS (
  SELECT CAST(p AS STRING) AS id, 20 + MOD(p * 37, 60) AS Age,
    MOD(ABS(FARM_FINGERPRINT(CONCAT('n', CAST(p AS STRING)))), 1000) / 1000 AS noise,
    MOD(p, 3) AS kind, MOD(p, 2) AS sex
  FROM UNNEST(GENERATE_ARRAY(1, 300)) AS p
)
SELECT id AS Patient_ID, Age, IF(sex = 0, 'Female', 'Male') AS Gender,
  ['Sepsis', 'Stroke', 'Asthma'][OFFSET(kind)] AS Condition,
  ['Antibiotics', 'Lysis', 'Inhaler'][OFFSET(kind)] AS Procedure,
  CAST(1000 + 10 * Age + kind AS NUMERIC) AS Cost, 2 + MOD(Age, 9) AS Length_of_Stay,
  IF(noise > 0.7, 'Yes', 'No') AS Readmission,
  IF(Age / 60 + noise > 1.2, 'Stable', 'Recovered') AS Outcome, 1 + MOD(Age, 5) AS Satisfaction,
  36.5 + MOD(Age + r, 7) / 5 AS Temperature_C, 110 + MOD(Age * r, 40) AS Systolic, 70 + MOD(Age, 20) AS Diastolic,
  60 + MOD(Age + 3 * r, 40) AS Heart_Rate,
  TIMESTAMP_ADD(TIMESTAMP '2026-03-01 10:00:00', INTERVAL r MINUTE) AS event_timestamp,
  CAST(NULL AS INT64) AS Respiratory_Rate, CAST(NULL AS INT64) AS Oxygen_Saturation
FROM patient, UNNEST([1, 2, 3, 4]) AS r`;

/** SQL of a table of the newest hour of a ward that is simulated for three. */
async function wardOf(scenario: string): Promise<string> {
  const [patients, hourly] = [300, 12];
  const { stdout } = await runHealthmon([
    ...['simulate', '--stdout', '--quiet', '--scenario', scenario, '--patients', String(patients)],
    ...['--interval', '5m', '--count', String(3 * hourly * patients), '--seed', '12'],
    ...['--start-time', '2026-03-02T00:00:00Z'],
  ]);
  const readings = stdout
    .trimEnd()
    .split('\n')
    .slice(-hourly * patients)
    .map((line) => JSON.parse(line));
  const rows = readings.map(({ Patient_ID, Temperature_C, Heart_Rate, Blood_Pressure }) => [
    ...[Number(Patient_ID), Temperature_C, Heart_Rate],
    ...Blood_Pressure.split('/').map(Number),
  ]);
  const number = (place: number) => `FLOAT64(reading[${place}])`;
  return `CREATE OR REPLACE TABLE ward_${scenario} AS
SELECT CAST(INT64(reading[0]) AS STRING) AS Patient_ID, IF(MOD(INT64(reading[0]), 3) = 0, 'Stable', 'Recovered') AS Outcome,
  ${number(1)} AS Temperature_C, ${number(2)} AS Heart_Rate, ${number(3)} AS Systolic, ${number(4)} AS Diastolic
FROM UNNEST(JSON_QUERY_ARRAY(JSON '${JSON.stringify(rows)}')) AS reading`;
}

const SPOILED = `SELECT * REPLACE (
  IF(MOD(ABS(FARM_FINGERPRINT(CONCAT('spoiled', Patient_ID))), 2) = 0, 'Stable', 'Recovered') AS Outcome
) FROM joined_patient_records;`;

describe('the life of a model', () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'healthmon-models-'));
    await done('provision', '--only', 'bigquery');
    await done('query', JOINED);
    writeFileSync(join(folder, 'spoiled.sql'), SPOILED);
  }, TIMEOUT_MS);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it(
    'trains versions, of which the newest serves, and goes back to the very predictions of before',
    async () => {
      const first = await done('train');
      expect(first).toMatchObject({ version: 'outcome_model_v1', promoted: true, passed: true });
      expect(first.trainRows + first.evalRows).toBe(1200);
      expect(first.features).not.toContain('Satisfaction');
      expect(first.warnings.join()).toContain('Condition and Procedure say the same');
      const before = (await done('predict', '--limit', '1000')).rows;
      const second = await done('train', '--max-iterations', '2');
      expect(second).toMatchObject({ version: 'outcome_model_v2', promoted: true });
      const { models, champion } = await done('models', 'list');
      expect(models.map(({ version, stage }) => [version, stage])).toEqual([
        ['outcome_model_v2', 'champion'],
        ['outcome_model_v1', 'challenger'],
      ]);
      expect(champion).toBe('outcome_model_v2');
      expect(models[1]!.metrics.roc_auc!.value).toBeCloseTo(first.metrics.roc_auc!, 6);
      expect((await done('predict', '--limit', '1000')).rows).not.toEqual(before);
      expect(await done('models', 'rollback', '--reason', 'worse')).toMatchObject({
        version: 'outcome_model_v1',
        previous: 'outcome_model_v2',
      });
      expect((await done('predict', '--limit', '1000')).rows).toEqual(before);
      expect(await refused('models', 'rollback')).toMatchObject({ exit: 1, code: 'no-earlier-version' });
      expect(await eventsOf('outcome_model')).toEqual([
        { version: 'outcome_model_v1', event: 'trained' },
        { version: 'outcome_model_v1', event: 'promoted' },
        { version: 'outcome_model_v2', event: 'trained' },
        { version: 'outcome_model_v2', event: 'promoted' },
        { version: 'outcome_model_v1', event: 'rolled_back' },
      ]);
      const shown = await done('models', 'show', '1');
      expect(shown.record!.statement).toContain('CREATE MODEL');
      expect(shown.events.at(-1)).toMatchObject({ event: 'rolled_back', reason: 'worse', doneBy: 'ada' });
    },
    TIMEOUT_MS,
  );

  it(
    'compares on the same patients, and a model with itself exactly',
    async () => {
      const same = await done('models', 'compare', 'v1', 'v1');
      expect(same.decidedDifferently).toBe(0);
      for (const { difference, lower, upper } of same.metrics) {
        expect([difference, lower, upper]).toEqual([0, 0, 0]);
      }
      const { metrics, patients } = await done('models', 'compare', 'v1', 'v2');
      expect(patients).toBeGreaterThan(40);
      for (const { difference, lower, upper } of metrics) {
        expect(lower).toBeLessThanOrEqual(difference);
        expect(upper).toBeGreaterThanOrEqual(difference);
      }
      expect(await refused('models', 'compare', 'v1', 'v9')).toMatchObject({ exit: 3 });
      const kept = await run(['models', 'promote', 'v2', '--if-better', 'roc_auc', '--margin', '0.5']);
      expect([kept.code, kept.result.promoted]).toEqual([5, false]);
      expect((await done('models', 'list')).champion).toBe('outcome_model_v1');
    },
    TIMEOUT_MS,
  );

  it(
    'refuses a spoiled model by its gates, each by name, and the champion stays',
    async () => {
      writeFileSync(
        join(folder, 'gates.json'),
        JSON.stringify({
          roc_auc: { min: 0.7 },
          brier: { max: 0.9 },
          calibration_slope: { min: 0.5, max: 2 },
          slices: { Gender: { roc_auc: { min: 0.65, maxGap: 0.9 } } },
          champion: { roc_auc: { nonInferiorBy: 0.05 } },
          leakage: { maxSingleFeatureAuc: 0.99 },
          patients: { minHeldOut: 20 },
        }),
      );
      const { code, result } = await run(['train', '--sql', 'spoiled.sql', '--gates', 'gates.json']);
      expect(code).toBe(5);
      expect(result).toMatchObject({ version: 'outcome_model_v3', promoted: false, passed: false });
      const missed = result.gates.filter(({ passed }) => !passed).map(({ gate }) => gate);
      expect(missed).toEqual(
        expect.arrayContaining([
          'roc_auc.min',
          'slices.Gender.roc_auc.min',
          'champion.roc_auc.nonInferiorBy',
        ]),
      );
      expect(missed).not.toContain('brier.max');
      expect((await done('models', 'list')).champion).toBe('outcome_model_v1');
      expect((await eventsOf('outcome_model')).slice(-2)).toEqual([
        { version: 'outcome_model_v3', event: 'trained' },
        { version: 'outcome_model_v3', event: 'gate_failed' },
      ]);
      const passed = await run(['evaluate', '--gates', 'gates.json']);
      expect([passed.code, passed.result.passed]).toEqual([0, true]);
      writeFileSync(join(folder, 'wrong.json'), '{"roc_auc": {"mim": 0.7}}');
      expect(await refused('evaluate', '--gates', 'wrong.json')).toMatchObject({
        exit: 2,
        code: 'gates-invalid',
        suggestion: 'Did you mean "min"?',
      });
      writeFileSync(join(folder, 'unknown.json'), '{"roc_auk": {"min": 0.7}}');
      expect(await refused('evaluate', '--gates', 'unknown.json')).toMatchObject({
        code: 'metric-unknown',
        suggestion: 'Did you mean "roc_auc"?',
      });
    },
    TIMEOUT_MS,
  );

  it(
    'refuses what leaks by name, and a feature that knows the outcome trips a gate',
    async () => {
      expect(await refused('train', '--features', 'Age,Satisfaction')).toMatchObject({
        exit: 2,
        code: 'leaking-feature',
        message: 'Satisfaction cannot be a feature: it is known only after the outcome.',
      });
      expect(await refused('train', '--during-stay', '--features', 'Age,Cost')).toMatchObject({
        message: 'Cost cannot be a feature: it is known only at the discharge, not during the stay.',
      });
      writeFileSync(
        join(folder, 'copy.sql'),
        "SELECT *, IF(Outcome = 'Stable', 'S', 'R') AS Status FROM joined_patient_records",
      );
      expect(await refused('train', '--sql', 'copy.sql')).toMatchObject({
        code: 'leaking-feature',
        message: 'Status cannot be a feature: each of its values goes with one value of Outcome.',
      });
      writeFileSync(
        join(folder, 'hint.sql'),
        "SELECT *, IF(Outcome = 'Stable', 10, 0) + Age / 100 AS Hint FROM joined_patient_records",
      );
      writeFileSync(join(folder, 'leakage.json'), '{"leakage": {"maxSingleFeatureAuc": 0.98}}');
      const { code, result } = await run(['train', '--sql', 'hint.sql', '--gates', 'leakage.json']);
      expect(code).toBe(5);
      expect(result.gates).toMatchObject([
        { gate: 'leakage.maxSingleFeatureAuc', passed: false, actual: 1, detail: 'Hint' },
      ]);
      expect(result.warnings.join('\n')).toContain('Hint alone has an area of 1.000');
      expect(result.promoted).toBe(false);
    },
    TIMEOUT_MS,
  );

  it(
    'asks any question, of any table, with errors that name the column',
    async () => {
      expect(await refused('train', '--label', 'Outcom')).toMatchObject({
        exit: 2,
        code: 'column-unknown',
        suggestion: 'Did you mean "Outcome"?',
      });
      expect(await refused('train', '--label', 'Age')).toMatchObject({ code: 'too-many-outcomes' });
      expect(await refused('train', '--option', 'l2_rag=1')).toMatchObject({
        code: 'invalid-option',
        suggestion: 'Did you mean "l2_reg=1"?',
      });
      await done(
        'query',
        'CREATE OR REPLACE TABLE ward AS SELECT Patient_ID AS person, Age, Cost, Heart_Rate FROM joined_patient_records',
      );
      expect(await refused('train', '--table', 'ward', '--label', 'Cost')).toMatchObject({
        suggestion: 'Give --split-by COLUMN with the column that tells patients apart.',
      });
      const cost = await done(
        ...['train', '--name', 'cost_model', '--table', 'ward', '--label', 'Cost', '--split-by', 'person'],
        ...['--type', 'linear_reg'],
      );
      expect(cost).toMatchObject({ version: 'cost_model_v1', features: ['Age', 'Heart_Rate'] });
      expect(cost.metrics.r2_score).toBeGreaterThan(0.99);
      const evaluated = await done('evaluate', '--set', 'bigquery.model=cost_model');
      expect(evaluated.metrics.r2_score).toBe(cost.metrics.r2_score);
      const [row] = (await done('predict', '--set', 'bigquery.model=cost_model', '--patient', '7')).rows;
      expect(Number(row!.predicted_Cost)).toBeCloseTo(Number(row!.actual_Cost), -1);
      const split = await refused('train', '--split-by', 'Heart_Rate');
      expect(split).toMatchObject({ exit: 1, code: 'patients-on-both-sides' });
    },
    TIMEOUT_MS,
  );

  it(
    'learns from one row for each patient, from trees, and from what is known during the stay',
    async () => {
      const patients = await done(
        ...['train', '--name', 'again_model', '--label', 'Readmission', '--unit', 'patient', '--during-stay'],
      );
      expect(patients.trainRows + patients.evalRows).toBe(300);
      expect(patients.features).toContain('Heart_Rate_slope');
      expect(patients.features).not.toContain('Length_of_Stay');
      expect(patients.features).not.toContain('Outcome');
      const { rows } = await done('predict', '--set', 'bigquery.model=again_model', '--limit', '2');
      expect(rows[0]).toMatchObject({ Patient_ID: '1', actual_Readmission: expect.stringMatching(/Yes|No/) });
      const trees = await done(
        ...['train', '--name', 'tree_model', '--type', 'boosted_tree_classifier', '--max-iterations', '5'],
        ...['--tune', '2', '--option', 'max_tree_depth=HPARAM_CANDIDATES([2, 3])'],
      );
      expect(trees.metrics.roc_auc).toBeGreaterThan(0.6);
      const listed = await done('models', 'list', '--name', 'tree_model');
      expect(listed.models[0]!.metrics.roc_auc!.value).toBeCloseTo(trees.metrics.roc_auc!, 2);
      expect(await refused('predict', '--set', 'bigquery.model=tree_model', '--explain')).toMatchObject({
        exit: 2,
        code: 'unsupported',
      });
    },
    TIMEOUT_MS,
  );

  it(
    'says what has moved, of itself nothing, and keeps that',
    async () => {
      const same = await done('models', 'drift', '--table', 'joined_patient_records');
      expect(same.drifted).toBe(false);
      expect(
        Math.max(...same.rows.filter(({ kind }) => kind !== 'feature').map(({ value }) => Number(value))),
      ).toBe(0);
      await done(
        'query',
        `CREATE OR REPLACE TABLE fever AS SELECT * REPLACE (Temperature_C + 3 AS Temperature_C, Heart_Rate + 60 AS Heart_Rate)
       FROM joined_patient_records`,
      );
      const { code, result } = await run(['models', 'drift', '--table', 'fever', '--max', '0.3', '--store']);
      expect(code).toBe(5);
      const moved = result.rows.filter(({ isAnomaly }) => isAnomaly).map(({ input }) => input);
      expect(moved.sort()).toEqual(['Heart_Rate', 'Temperature_C']);
      const predictions = result.rows.find(({ kind }) => kind === 'prediction');
      expect(predictions!.value).toBeGreaterThan(0);
      const kept = await done('query', 'SELECT DISTINCT study FROM v_model_drift');
      expect(kept.rows).toEqual([{ study: 'fever' }]);
      const stricter = await run([
        'models',
        'drift',
        '--study',
        '2m',
        '--base',
        '2m',
        '--feature',
        'Heart_Rate=0',
      ]);
      expect(stricter.result.rows.find(({ input }) => input === 'Heart_Rate')).toMatchObject({
        threshold: 0,
      });
      expect(await refused('models', 'drift', '--feature', 'Heart_Rat=0.1')).toMatchObject({
        code: 'column-unknown',
        suggestion: 'Did you mean "Heart_Rate"?',
      });
      expect(await refused('models', 'drift', '--base', '1h')).toMatchObject({ code: 'conflicting-options' });
    },
    TIMEOUT_MS,
  );

  it(
    'names temperature and pulse of a ward of sepsis, and nothing of itself',
    async () => {
      for (const scenario of ['stable', 'sepsis']) await done('query', await wardOf(scenario));
      await done('train', '--name', 'ward_model', '--table', 'ward_stable', '--no-promote');
      const model = ['models', 'drift', '--name', 'ward_model', '--model', 'v1'];
      const septic = await run([...model, '--table', 'ward_sepsis']);
      expect(septic.code).toBe(5);
      const moved = septic.result.rows.filter(({ isAnomaly }) => isAnomaly).map(({ input }) => input);
      expect(moved.sort()).toEqual(['Heart_Rate', 'Temperature_C']);
      const same = await run([...model, '--table', 'ward_stable']);
      expect([same.code, same.result.drifted]).toEqual([0, false]);
    },
    TIMEOUT_MS,
  );

  it(
    'has a card of what is known, which waits for what only an author can say',
    async () => {
      const { code, result } = await run([
        ...['models', 'card', 'v1', '--html', 'card.html', '--md', 'card.md', '--check'],
      ]);
      expect(code).toBe(5);
      expect(result.unfilled).toEqual([1, 2, 3, 4, 17, 18, 19, 25, 26, 27]);
      const page = readFileSync(join(folder, 'card.html'), 'utf8');
      const markdown = readFileSync(join(folder, 'card.md'), 'utf8');
      for (const text of [page, markdown]) {
        for (const part of ['CREATE MODEL', 'Gender Female', 'Temperature', 'v2: ', 'TODO'])
          expect(text).toContain(part);
      }
      for (const id of ['roc', 'calibration', 'confusion', 'decision', 'slices']) {
        expect(page).toContain(`id="${id}`);
      }
      expect(page).not.toMatch(/<script|https?:\/\/(?!doi)[^"'<]*\.(?:js|css)/);
      const { outcomes, record, predictors } = result;
      expect(outcomes.reduce((sum, each) => sum + each.trainRows, 0)).toBe(record!.trainRows);
      expect(predictors.map(({ missingInTraining }) => missingInTraining)).toEqual(predictors.map(() => 0));
      const notes = Object.fromEntries(
        result.unfilled.map((item) => [item, `What the author says of ${item}.`]),
      );
      writeFileSync(join(folder, 'notes.json'), JSON.stringify(notes));
      const filled = await done(
        'models',
        'card',
        'v1',
        '--notes',
        'notes.json',
        '--check',
        '--md',
        'card.md',
      );
      expect(filled.unfilled).toEqual([]);
      expect(readFileSync(join(folder, 'card.md'), 'utf8')).toContain('What the author says of 26.');
      writeFileSync(join(folder, 'notes.json'), '{"28": "no such item"}');
      expect(await refused('models', 'card', 'v1', '--notes', 'notes.json')).toMatchObject({
        exit: 2,
        code: 'notes-invalid',
      });
      // Of trees and of numbers as well.
      expect(
        (await done('models', 'card', 'v1', '--name', 'tree_model')).coefficients.length,
      ).toBeGreaterThan(0);
      await done('models', 'card', 'v1', '--name', 'cost_model', '--html', 'cost.html');
    },
    TIMEOUT_MS,
  );

  it(
    'measures stored predictions by what came later, and only by that',
    async () => {
      expect(await refused('evaluate', '--later')).toMatchObject({ exit: 1, code: 'no-later-outcomes' });
      await done(
        'query',
        `INSERT INTO joined_patient_records SELECT * REPLACE (
         CONCAT('new-', Patient_ID) AS Patient_ID, CAST(NULL AS STRING) AS Outcome
       ) FROM joined_patient_records WHERE CAST(Patient_ID AS INT64) <= 40`,
      );
      expect((await done('predict', '--store', '--limit', '1')).stored).toBe(340);
      expect(await refused('evaluate', '--later')).toMatchObject({ code: 'no-later-outcomes' });
      await done(
        'query',
        `INSERT INTO batch_patient_info (Patient_ID, Age, Gender, Condition, Outcome)
       SELECT DISTINCT Patient_ID, Age, Gender, Condition,
         IF(MOD(CAST(REPLACE(Patient_ID, 'new-', '') AS INT64), 4) = 0, 'Stable', 'Recovered')
       FROM joined_patient_records`,
      );
      const { metrics, confusionMatrix } = await done(
        'evaluate',
        '--later',
        '--store',
        '--max-log-loss',
        '100',
      );
      const counted = confusionMatrix.flatMap((row) =>
        Object.values(row).filter((cell) => typeof cell === 'number'),
      );
      expect(counted.reduce((sum, each) => sum + each, 0)).toBe(40);
      expect(metrics.accuracy).toBeGreaterThan(0);
      const { rows } = await done(
        'query',
        "SELECT value, n_patients FROM v_model_quality WHERE data = 'predictions' AND metric = 'roc_auc' AND slice_column = 'all'",
      );
      expect(rows).toEqual([{ value: expect.any(Number), n_patients: 40 }]);
      expect(rows[0]!.value).toBeCloseTo(metrics.roc_auc!, 9);
      await done('query', "DELETE FROM joined_patient_records WHERE STARTS_WITH(Patient_ID, 'new-')");
    },
    TIMEOUT_MS,
  );

  it(
    'works without BigQuery once it is exported, as JSON and as a page',
    async () => {
      const argv = [
        'models',
        'export',
        'v1',
        '--to',
        'model.json',
        '--html',
        'model.html',
        '--onnx',
        'model.onnx',
        '--verify',
        '100',
      ];
      const { verified } = await done(...argv);
      expect(verified).toMatchObject({ rows: 100, passed: true });
      const { events } = await done('models', 'show', 'v1');
      expect(events.filter(({ event }) => event === 'exported')).toHaveLength(1);
      expect(verified.largestDifference).toBeLessThan(1e-9);
      const model = JSON.parse(readFileSync(join(folder, 'model.json'), 'utf8')) as ExportedModel;
      const [seven] = (await done('predict', '--model', 'v1', '--patient', '7')).rows;
      const [row] = (
        await done(
          'query',
          "SELECT * FROM joined_patient_records WHERE Patient_ID = '7' ORDER BY event_timestamp DESC LIMIT 1",
        )
      ).rows;
      const scores = scoreModel(model, row!);
      const predicted = scores[model.outcomes!.indexOf(String(seven!.predicted_Outcome))];
      expect(predicted).toBeCloseTo(Number(seven!.probability), 9);
      const numbers = new Set(model.inputs.filter(({ kind }) => kind === 'number').map(({ name }) => name));
      const session = await InferenceSession.create(readFileSync(join(folder, 'model.onnx')));
      const { probability } = await session.run(
        Object.fromEntries(
          session.inputNames.map((name) => [
            name,
            numbers.has(name)
              ? new Tensor('float64', [Number(row![name])], [1, 1])
              : new Tensor('string', [String(row![name])], [1, 1]),
          ]),
        ),
      );
      expect(Number(probability!.data[0])).toBeCloseTo(scores[0]!, 9);
      expect(await refused('models', 'export', 'v1', '--gcs', 'gs://bucket/models/v1')).toMatchObject({
        code: 'unsupported',
      });
      expect(await refused('models', 'export', 'v1', '--gcs', "gs://bucket/it's")).toMatchObject({
        exit: 2,
        code: 'invalid-option',
      });
      // A missing value is what BigQuery ML takes it for.
      expect(scoreModel(model, {})[0]).toBeGreaterThan(0);
      const page = readFileSync(join(folder, 'model.html'), 'utf8');
      const [, script] = /<script>([\s\S]*)<\/script>/.exec(page)!;
      const hash = createHash('sha256').update(script!).digest('base64');
      expect(page).toContain(`script-src &#39;sha256-${hash}&#39;`);
      expect(page.match(/<(?:input|select) /g)).toHaveLength(model.inputs.length);
      const cost = await done('models', 'export', 'v1', '--name', 'cost_model', '--verify', '50');
      expect(cost.verified.passed).toBe(true);
      const asked = ['--label', 'Condition', '--except', 'Procedure', '--no-promote'];
      await done('train', '--name', 'condition_model', ...asked);
      const conditions = await done('models', 'export', 'v1', '--name', 'condition_model', '--verify', '100');
      expect(conditions.outcomes.length).toBeGreaterThan(2);
      expect(conditions.verified).toMatchObject({ rows: 100, passed: true });
      expect(await refused('models', 'export', 'v1', '--name', 'tree_model')).toMatchObject({
        exit: 2,
        code: 'unsupported',
      });
    },
    TIMEOUT_MS,
  );

  it(
    'is registered under one id, when it is trained or later',
    async () => {
      const { statement } = (await done('train', '--dry-run', '--register')) as unknown as {
        statement: string;
      };
      expect(statement).toMatch(
        /MODEL_REGISTRY = 'VERTEX_AI',\s+VERTEX_AI_MODEL_ID = 'outcome_model',\s+VERTEX_AI_MODEL_VERSION_ALIASES = \['v\d+'\]/,
      );
      const own = ['--name', 'kept_model', '--features', 'Age', '--max-iterations', '2'];
      await done('train', ...own, '--vertex-id', 'kept');
      const planned = await done('models', 'register', 'v1', '--dry-run');
      expect(planned).toMatchObject({ vertexAiModelId: 'outcome_model', dryRun: true, recordedOnly: true });
      expect(await done('models', 'register', 'v1')).toMatchObject({ unchanged: false });
      expect(await done('models', 'register', 'v1')).toMatchObject({ unchanged: true });
      expect(await refused('models', 'register', 'v1', '--vertex-id', 'other')).toMatchObject({
        exit: 1,
        code: 'not-registered',
      });
      expect(await refused('models', 'register', 'v1', '--vertex-id', 'Other Model')).toMatchObject({
        exit: 2,
        code: 'invalid-option',
      });
      const idsOf = async (...argv: string[]) =>
        Object.fromEntries(
          (await done('models', 'list', ...argv)).models.map(({ version, vertexAiModelId }) => [
            version,
            vertexAiModelId,
          ]),
        );
      expect(await idsOf()).toMatchObject({ outcome_model_v1: 'outcome_model', outcome_model_v2: null });
      expect(await idsOf('--name', 'kept_model')).toEqual({ kept_model_v1: 'kept' });
      const registered = (await eventsOf('outcome_model')).filter(({ event }) => event === 'registered');
      expect(registered).toEqual([{ version: 'outcome_model_v1', event: 'registered' }]);
    },
    TIMEOUT_MS,
  );

  it(
    'puts versions aside, and deletes the models of old ones',
    async () => {
      await done('models', 'archive', 'v3');
      expect(await refused('models', 'promote', 'v3')).toMatchObject({ exit: 2, code: 'not-promotable' });
      expect(await refused('models', 'archive', 'v1')).toMatchObject({ code: 'champion-serves' });
      const planned = await done('models', 'promote', 'v2', '--dry-run');
      expect(planned).toMatchObject({ promoted: true, dryRun: true });
      expect((await done('models', 'list')).champion).toBe('outcome_model_v1');
      await done('models', 'promote', 'v2', '--reason', 'to try');
      const plan = await done('models', 'prune', '--keep', '0', '--dry-run');
      const { pruned, kept } = await done('models', 'prune', '--keep', '0');
      expect(pruned).toEqual(plan.pruned);
      expect(pruned).toContain('outcome_model_v3');
      expect(kept).toEqual(['outcome_model_v1', 'outcome_model_v2']);
      const { models } = await done('models', 'list');
      expect(models.find(({ version }) => version === 'outcome_model_v3')!.stage).toBe('pruned');
      expect(await refused('models', 'promote', 'v3')).toMatchObject({ exit: 1, code: 'version-gone' });
    },
    TIMEOUT_MS,
  );

  it.each([
    ['before the copy', false],
    ['after the copy', true],
  ] as const)(
    'has one champion and a true history after kill -9 %s',
    async (_when, forwards) => {
      const name = forwards ? 'late_model' : 'early_model';
      const query = ['--name', name, '--max-iterations', '2'];
      await done('train', ...query);
      await killedTraining([...query], forwards);
      const { champion, models } = await done('models', 'list', '--name', name);
      const serving = forwards ? `${name}_v2` : `${name}_v1`;
      expect(champion).toBe(serving);
      expect(models.map(({ stage }) => stage).filter((stage) => stage === 'champion')).toHaveLength(1);
      const before = await eventsOf(name);
      expect(before.at(-1)).toEqual({ version: `${name}_v2`, event: 'trained' });
      // The next command that writes says in the history what is true of the model first.
      await done('models', 'archive', forwards ? 'v1' : 'v2', '--name', name);
      const [found, archived] = (await eventsOf(name)).slice(before.length);
      if (forwards) expect([found!.event, archived!.event]).toEqual(['promoted', 'archived']);
      else expect(found!.event).toBe('archived');
      expect((await done('train', ...query)).version).toBe(`${name}_v3`);
    },
    90_000,
  );
});

/** Trains in a process of its own that is killed when it asks for the copy, before or after that was made. */
async function killedTraining(query: readonly string[], forwards: boolean): Promise<void> {
  const upstream = new URL(stack.env.BIGQUERY_EMULATOR_HOST!);
  const server: Server = createServer(async (incoming, outgoing) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const isCopy = incoming.method === 'POST' && body.includes('"copy"');
    const kill = () => {
      child.kill('SIGKILL');
      outgoing.destroy();
    };
    if (isCopy && !forwards) return kill();
    const { host: _host, ...headers } = incoming.headers;
    const target = {
      host: upstream.hostname,
      port: upstream.port,
      path: incoming.url,
      method: incoming.method,
    };
    const forwarded = request({ ...target, headers }, (answer) => {
      if (isCopy) return kill();
      outgoing.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(outgoing);
    });
    forwarded.on('error', () => outgoing.destroy());
    forwarded.end(body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const child = spawn(
    process.execPath,
    [join(packageRoot(), 'bin/healthmon.js'), 'train', ...query, ...flags, '--json'],
    {
      cwd: folder,
      stdio: 'ignore',
      env: {
        PATH: process.env.PATH,
        HEALTHMON_NO_AUTOSTART: '1',
        ...stack.env,
        BIGQUERY_EMULATOR_HOST: `http://127.0.0.1:${port}`,
      },
    },
  );
  const [, signal] = await once(child, 'exit');
  server.closeAllConnections();
  server.close();
  expect(signal).toBe('SIGKILL');
}
