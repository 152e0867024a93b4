import { describe, expect, it } from 'vitest';
import { resolveConfig } from '../../../../src/config/config.js';
import { alertQuality, ThresholdRule } from '../../../../src/pipeline/alerts/quality.js';
import { VIEW_NAMES } from '../../../../src/pipeline/analytics/templates.js';
import { lookerLinks } from '../../../../src/pipeline/looker/links.js';

const MINUTE_MS = 60_000;
const at = (minute: number) => minute * MINUTE_MS;

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
