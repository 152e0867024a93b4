import { describe, expect, it } from 'vitest';
import { resolveConfig } from '../../../../src/config/config.js';
import { alertQuality, ThresholdRule } from '../../../../src/pipeline/alerts/quality.js';
import { VIEW_NAMES } from '../../../../src/pipeline/analytics/templates.js';
import { lookerLinks } from '../../../../src/pipeline/looker/links.js';
import { messageEncoder } from '../../../../src/pipeline/simulate/encode.js';
import { numberedPatients } from '../../../../src/pipeline/simulate/patients.js';
import { createWard, groundTruth } from '../../../../src/pipeline/simulate/readings.js';
import { SCENARIOS } from '../../../../src/pipeline/simulate/scenarios.js';
import { alertsInOrder, type Finding } from '../../../../src/pipeline/stream/alerts.js';
import { decodeFlatMessage } from '../../../../src/pipeline/stream/flat-message.js';
import type { Reading } from '../../../../src/pipeline/stream/reading.js';

const MINUTE_MS = 60_000;
const at = (minute: number) => minute * MINUTE_MS;

/** When each alert of a patient reached urgent, as `urgent_at` of the view `v_alerts` has it. */
function urgentTimes(findings: readonly Finding[]): number[] {
  const times: number[] = [];
  let isUrgent = false;
  for (const { type, risk, event_timestamp } of findings) {
    if (type === 'resolved') isUrgent = false;
    else if (!isUrgent && (risk === 'urgent' || risk === 'emergency')) {
      isUrgent = true;
      times.push(Date.parse(event_timestamp));
    }
  }
  return times;
}

describe('the quality of alerts', () => {
  const truth = [
    { patientId: '1', onsetMs: at(10), recoveredMs: undefined },
    { patientId: '2', onsetMs: at(10), recoveredMs: at(50) },
    { patientId: '3', onsetMs: at(10), recoveredMs: undefined },
    { patientId: '4', onsetMs: undefined, recoveredMs: undefined },
  ];

  it('counts what came in time, too soon, too late and of the well', () => {
    const raised = [
      { patientId: '1', atMs: at(9) },
      { patientId: '1', atMs: at(60) },
      { patientId: '1', atMs: at(30) },
      { patientId: '2', atMs: at(20) },
      { patientId: '2', atMs: at(51) },
      { patientId: '4', atMs: at(30) },
      { patientId: 'of another run', atMs: at(30) },
    ];
    expect(alertQuality(truth, raised, 2)).toEqual({
      alerts: 6,
      trueAlerts: 3,
      deteriorating: 3,
      found: 2,
      sensitivity: 0.667,
      positivePredictiveValue: 0.5,
      medianMinutes: 15,
      alertsPerPatientDay: 3,
    });
  });

  it('is unknown where there is nothing to divide by', () => {
    expect(alertQuality([], [], 0)).toMatchObject({
      sensitivity: null,
      positivePredictiveValue: null,
      medianMinutes: null,
      alertsPerPatientDay: null,
    });
  });

  it('of a ward of sepsis at a reading a minute finds everybody, rarely for nothing, within 35 minutes', () => {
    const PATIENTS = 40;
    const startMs = Date.parse('2026-03-01T00:00:00Z');
    const courses = SCENARIOS.sepsis!;
    const ward = createWard({
      patients: numberedPatients(PATIENTS, 5),
      seed: 5,
      startMs,
      intervalMs: MINUTE_MS,
      courses,
    });
    const encode = messageEncoder('json', 'all');
    const readings = new Map<string, Reading[]>();
    for (const simulated of ward.readings()) {
      if (simulated.eventTimeMs >= startMs + 8 * 60 * MINUTE_MS) break;
      const reading = decodeFlatMessage(JSON.parse(encode(simulated)), { timeZone: undefined });
      readings.set(reading.patientId, [...(readings.get(reading.patientId) ?? []), reading]);
    }
    const raised = [...readings].flatMap(([patientId, own]) =>
      urgentTimes(alertsInOrder(own)).map((atMs) => ({ patientId, atMs })),
    );
    const quality = alertQuality(
      groundTruth(ward, startMs).map(({ Patient_ID: patientId, onset }) => ({
        patientId,
        onsetMs: onset === null ? undefined : Date.parse(onset),
        recoveredMs: undefined,
      })),
      raised,
      PATIENTS / 3,
    );
    expect(quality.sensitivity).toBe(1);
    expect(quality.positivePredictiveValue).toBeGreaterThanOrEqual(0.9);
    expect(quality.medianMinutes).toBeLessThanOrEqual(35);
    expect(quality.deteriorating).toBeGreaterThan(PATIENTS / 4);
  });

  it('of another threshold follows the rule of two and three readings, patient by patient', () => {
    const rule = new ThresholdRule(5);
    const follow = (patientId: string, points: number[]) => {
      for (const [minute, value] of points.entries()) rule.next(patientId, at(minute), value);
    };
    follow('1', [5, 4, 6, 7, 4, 4, 5, 4, 4, 4, 5, 5]);
    follow('2', [9]);
    follow('3', [9, 9]);
    expect(rule.raised).toEqual([
      { patientId: '1', atMs: at(3) },
      { patientId: '1', atMs: at(11) },
      { patientId: '3', atMs: at(1) },
    ]);
  });
});

describe('the links to Looker Studio', () => {
  it('name project, dataset and view, so that they can be read back', () => {
    const flags = { project: 'ward-7', 'bigquery.dataset': 'icu' };
    const links = lookerLinks(resolveConfig({ flags, env: {}, cwd: '/' }));
    expect(links.map(({ view }) => view)).toEqual([...VIEW_NAMES]);
    for (const { view, url } of links) {
      expect(url).not.toMatch(/[+ ]/);
      const { origin, pathname, searchParams } = new URL(url);
      expect(origin + pathname).toBe('https://lookerstudio.google.com/reporting/create');
      expect(Object.fromEntries(searchParams)).toMatchObject({
        'ds.connector': 'bigQuery',
        'ds.type': 'TABLE',
        'ds.projectId': 'ward-7',
        'ds.datasetId': 'icu',
        'ds.tableId': view,
      });
    }
  });
});
