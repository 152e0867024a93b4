import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resolveConfig } from '../../../src/config/config.js';
import { createRandom } from '../../../src/core/random.js';
import type { BigQueryServer } from '../../../src/emulators/bigquery/server/index.js';
import { type BigQueryAdmin, bigQueryAdmin } from '../../../src/gcp/bigquery/admin.js';
import { bigQueryPort } from '../../../src/gcp/bigquery/port.js';
import type { GoogleClients } from '../../../src/gcp/clients.js';
import { VIEW_NAMES, viewDefinition } from '../../../src/pipeline/analytics/templates.js';
import { planBigQuery } from '../../../src/pipeline/provision/bigquery-steps.js';
import { BANDS, SCORED, STEPS, scoreReading, VITAL_NAMES } from '../../../src/pipeline/stream/news2.js';
import { VITALS } from '../../../src/pipeline/stream/reading.js';
import {
  modelDriftSchema,
  modelMetricsSchema,
  modelPredictionsSchema,
  patientAlertsSchema,
  patientInfoSchema,
  patientVitalsSchema,
} from '../../../src/schema/read-table-schema.js';
import { clientOf, PROJECT, startEmulator } from './harness.js';

const config = resolveConfig({ flags: { project: PROJECT }, env: {}, cwd: '/' });
const READINGS = 100_000;
const START = Date.UTC(2026, 2, 1);

let server: BigQueryServer;
let admin: BigQueryAdmin;
let clients: GoogleClients;
let folder: string;

const plan = () =>
  planBigQuery(admin, {
    dataset: config.bigquery.dataset,
    tables: [
      { name: config.bigquery.batchTable, schema: patientInfoSchema() },
      { name: config.bigquery.streamTable, schema: patientVitalsSchema() },
      { name: config.bigquery.alertsTable, schema: patientAlertsSchema() },
      { name: config.bigquery.predictionsTable, schema: modelPredictionsSchema() },
      { name: config.bigquery.metricsTable, schema: modelMetricsSchema() },
      { name: config.bigquery.driftTable, schema: modelDriftSchema() },
    ],
    views: VIEW_NAMES.map((name) => ({ name, ...viewDefinition(name, config) })),
  });

beforeAll(async () => {
  server = await startEmulator();
  const client = clientOf(server);
  clients = { local: true, bigquery: async () => client } as unknown as GoogleClients;
  admin = await bigQueryAdmin(clients, config);
  folder = mkdtempSync(join(tmpdir(), 'healthmon-views-'));
  for (const step of await plan()) await step.apply?.();
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

async function query(sql: string): Promise<Record<string, unknown>[]> {
  const port = await bigQueryPort(clients);
  return (await port.query(sql, { defaultDataset: config.bigquery.dataset })).rows();
}

/** Appends rows to a table, as a file. */
async function fill(table: string, rows: readonly object[]): Promise<void> {
  const path = join(folder, `${table}.ndjson`);
  writeFileSync(path, rows.map((row) => JSON.stringify(row)).join('\n'));
  const client = await clients.bigquery();
  const [job] = await client
    .dataset(config.bigquery.dataset)
    .table(table)
    .load(path, { sourceFormat: 'NEWLINE_DELIMITED_JSON', writeDisposition: 'WRITE_TRUNCATE' } as never);
  expect((job as { status?: { errorResult?: unknown } }).status?.errorResult).toBeUndefined();
}

const at = (minute: number) => new Date(START + minute * 60_000).toISOString();

/** Values around every edge of the bands, a step to both sides and halfway between steps, or anywhere in the range. */
function valuesOf(parameter: (typeof SCORED)[number]): (random: ReturnType<typeof createRandom>) => number {
  const vital = VITALS.find(({ name }) => name === VITAL_NAMES[parameter])!;
  const step = 1 / STEPS[parameter];
  const edges = BANDS[parameter]
    .map(([upTo]) => upTo)
    .filter(Number.isFinite)
    .flatMap((edge) =>
      [-step, -step / 2, 0, step / 2, step].map((offset) =>
        vital.integer ? Math.round(edge + offset) : Number((edge + offset).toFixed(3)),
      ),
    );
  return (random) => {
    if (random.uniform() < 0.5) return random.pick(edges);
    const value = vital.minimum + random.uniform() * (vital.maximum - vital.minimum);
    return vital.integer ? Math.round(value) : Number(value.toFixed(2));
  };
}

describe('the views', () => {
  it('are made once, and differ by their text', async () => {
    expect((await plan()).every(({ action }) => action === 'unchanged')).toBe(true);
    await admin.updateView('v_alerts', { query: 'SELECT 1 AS one', description: 'mine' });
    const changes = (await plan()).filter(({ action }) => action !== 'unchanged');
    expect(changes).toMatchObject([
      {
        resource: 'view v_alerts',
        action: 'update',
        detail: ['the query differs from the template', 'the description differs from the template'],
      },
    ]);
    await changes[0]!.apply!();
    expect((await plan()).every(({ action }) => action === 'unchanged')).toBe(true);
    for (const name of VIEW_NAMES) expect(viewDefinition(name, config).description).toMatch(/^[A-Z].+\.$/);
  });

  it(`score ${READINGS} readings as the worker does, at all edges of the bands`, async () => {
    const random = createRandom(7, 'views');
    const generators = new Map(SCORED.map((parameter) => [VITAL_NAMES[parameter], valuesOf(parameter)]));
    const readings = Array.from({ length: READINGS }, (_, index) => ({
      Patient_ID: String(index % 500),
      event_timestamp: new Date(START + index * 1000).toISOString(),
      Message_ID: String(index),
      Ingested_At: at(0),
      ...Object.fromEntries(
        [...generators].flatMap(([name, next]) => (random.uniform() < 0.2 ? [] : [[name, next(random)]])),
      ),
    }));
    await fill(config.bigquery.streamTable, readings);
    const rows = await query('SELECT * FROM v_reading_news2');
    expect(rows).toHaveLength(READINGS);
    const expected = new Map(
      readings.map((row) => [
        `${row.Patient_ID} ${row.event_timestamp}`,
        scoreReading({
          patientId: row.Patient_ID,
          deviceId: '',
          eventTimeMs: Date.parse(row.event_timestamp),
          values: VITALS.map(({ name }) => (row as Record<string, unknown>)[name] as number | undefined),
        }),
      ]),
    );
    const differences: unknown[] = [];
    for (const row of rows) {
      const time = new Date(String(row.event_timestamp)).toISOString();
      const { score, maximum, parameters, risk } = expected.get(`${row.Patient_ID} ${time}`)!;
      const wanted = [
        score,
        maximum,
        risk,
        parameters.respiratoryRate ?? null,
        parameters.oxygenSaturation ?? null,
        parameters.systolic ?? null,
        parameters.heartRate ?? null,
        parameters.temperature ?? null,
      ];
      const found = [
        Number(row.news_known),
        Number(row.news_possible),
        row.risk,
        ...['news_respiration', 'news_spo2', 'news_systolic', 'news_pulse', 'news_temperature'].map((name) =>
          row[name] === null ? null : Number(row[name]),
        ),
      ];
      if (JSON.stringify(found) !== JSON.stringify(wanted)) differences.push({ row, wanted });
    }
    expect(differences.slice(0, 3)).toEqual([]);
    expect(new Set([...expected.values()].map(({ risk }) => risk)).size).toBe(4);
  }, 120_000);

  it('keep patients without a reading on the ward, and tell change and age by the feed', async () => {
    const admission = {
      Gender: 'Female',
      Condition: 'Sepsis',
      Procedure: 'Fluids',
      Age: 67,
      Cost: '10',
      Outcome: 'Stable',
    };
    await fill(
      config.bigquery.batchTable,
      ['1', '2', '3'].map((id) => ({ Patient_ID: id, ...admission })),
    );
    const vitals = (id: string, minute: number, Heart_Rate: number, over = {}) => ({
      Patient_ID: id,
      event_timestamp: at(minute),
      Message_ID: `${id}-${minute}`,
      Ingested_At: at(minute + 1),
      Heart_Rate,
      ...over,
    });
    await fill(config.bigquery.streamTable, [
      vitals('1', 0, 70),
      vitals('1', 61, 135, { Respiratory_Rate: 26, Systolic: 105 }),
      // The same moment in two messages, one of them twice.
      vitals('2', 30, 80),
      vitals('2', 30, 80),
      { ...vitals('2', 30, 80), Heart_Rate: undefined, Temperature_C: 39.4, Message_ID: 'b' },
      // From a device whose clock is ahead.
      vitals('2', 900, 200, { Time_Flag: 'future' }),
      vitals('9', 61, 70),
    ]);
    const ward = await query('SELECT * FROM v_ward_now ORDER BY risk_order DESC, Patient_ID');
    expect(ward).toMatchObject([
      { Patient_ID: '1', risk: 'emergency', news_known: 7, news_change_1h: 7, behind_feed_seconds: 0 },
      { Patient_ID: '2', risk: 'undetermined', news_known: 2, news_change_1h: null, Heart_Rate: 80 },
      { Patient_ID: '3', risk: null, news_known: null, last_reading_at: null },
    ]);
    expect(ward[1]!.behind_feed_seconds).toBe(31 * 60);
    const timeline = await query(
      "SELECT parameter, value FROM v_patient_timeline WHERE Patient_ID = '2' ORDER BY 1",
    );
    expect(timeline).toEqual([
      { parameter: 'NEWS2 known part', value: 2 },
      { parameter: 'pulse', value: 80 },
      { parameter: 'temperature', value: 39.4 },
    ]);
    expect(await query('SELECT * FROM v_data_quality')).toMatchObject([
      { rows_stored: 4, repeated_rows: 2, patients: 2 },
      { rows_stored: 2, rows_without_patient: 1 },
      { rows_stored: 1, rows_with_odd_time: 1 },
    ]);
  });

  it('show alerts from begin to end, whatever was announced on the way', async () => {
    const alert = (minute: number, type: string, risk: string, score: number, revision = 1) => ({
      alert_id: `1#${9_999_999_999_999 - START - minute * 60_000}`,
      revision,
      type,
      Patient_ID: '1',
      event_timestamp: at(minute),
      risk,
      score,
      recorded_at: at(minute),
    });
    const announced = [
      alert(10, 'raised', 'urgent', 5),
      alert(10, 'raised', 'urgent', 5),
      alert(20, 'raised', 'emergency', 8),
      alert(20, 'escalated', 'emergency', 8, 2),
      alert(30, 'resolved', 'undetermined', 1),
      alert(35, 'raised', 'urgent', 5),
      alert(35, 'withdrawn', 'urgent', 5, 2),
      alert(40, 'raised', 'single-parameter', 3),
    ];
    const expected = [
      { peak_risk: 'emergency', peak_score: 8, escalations: 1, minutes: 20 },
      { peak_risk: 'single-parameter', peak_score: 3, escalations: 0, minutes: null, resolved_at: null },
    ];
    for (const order of [announced, [...announced].reverse()]) {
      await fill(config.bigquery.alertsTable, order);
      expect(await query('SELECT * FROM v_alerts ORDER BY raised_at')).toMatchObject(expected);
    }
  });

  it('join outcome, worst reading and newest prediction', async () => {
    const prediction = (minute: number, predicted_Outcome: string) => ({
      scored_at: at(minute),
      model_version: 'outcome_model',
      Patient_ID: '1',
      predicted_Outcome,
      probability: 0.9,
    });
    await fill(config.bigquery.predictionsTable, [prediction(0, 'Recovered'), prediction(9, 'Stable')]);
    expect(await query('SELECT * FROM v_predictions')).toMatchObject([
      { Patient_ID: '1', predicted_Outcome: 'Stable', actual_Outcome: 'Stable' },
    ]);
    expect(await query('SELECT * FROM v_cohort ORDER BY Patient_ID')).toMatchObject([
      {
        Patient_ID: '1',
        readings: 2,
        worst_news_known: 7,
        mean_heart_rate: 102.5,
        predicted_Outcome: 'Stable',
      },
      { Patient_ID: '2', readings: 1, worst_news_known: 2, predicted_Outcome: null },
      { Patient_ID: '3', readings: 0, worst_news_known: null, mean_heart_rate: null },
    ]);
  });
});
