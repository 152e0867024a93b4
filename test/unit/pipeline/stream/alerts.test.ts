import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alertsInOrder, PatientCourse, READINGS_TO_SETTLE } from '../../../../src/pipeline/stream/alerts.js';
import { scoreReading, subScore } from '../../../../src/pipeline/stream/news2.js';
import { type Reading, rowKeyOf, VITALS } from '../../../../src/pipeline/stream/reading.js';

let clock = Date.UTC(2026, 2, 1);

function reading(values: Record<string, number>, over: Partial<Reading> = {}): Reading {
  clock += 60_000;
  return {
    patientId: '7',
    deviceId: '',
    eventTimeMs: clock,
    values: VITALS.map((vital) => values[vital.name]),
    ...over,
  };
}

const WELL = { Temperature_C: 37, Systolic: 120, Diastolic: 80, Heart_Rate: 70 };
const ILL = { Temperature_C: 39.4, Systolic: 98, Diastolic: 60, Heart_Rate: 120 };

describe('NEWS2', () => {
  it.each([
    ['respiratoryRate', [8, 3], [9, 1], [11, 1], [12, 0], [20, 0], [21, 2], [24, 2], [25, 3]],
    ['oxygenSaturation', [91, 3], [92, 2], [93, 2], [94, 1], [95, 1], [96, 0]],
    ['systolic', [90, 3], [91, 2], [100, 2], [101, 1], [110, 1], [111, 0], [219, 0], [220, 3]],
    [
      'heartRate',
      [40, 3],
      [41, 1],
      [50, 1],
      [51, 0],
      [90, 0],
      [91, 1],
      [110, 1],
      [111, 2],
      [130, 2],
      [131, 3],
    ],
    [
      'temperature',
      [35.0, 3],
      [35.1, 1],
      [36.0, 1],
      [36.04, 1],
      [36.1, 0],
      [38.0, 0],
      [38.1, 1],
      [39.0, 1],
      [39.1, 2],
    ],
  ] as const)('scores %s at the edges of its bands', (parameter, ...edges) => {
    for (const [value, score] of edges as readonly (readonly [number, number])[])
      expect([value, subScore(parameter, value)]).toEqual([value, score]);
  });

  it('says what is missing, and never calls an incomplete score low', () => {
    expect(scoreReading(reading(WELL))).toMatchObject({
      score: 0,
      maximum: 11,
      missing: ['respiratoryRate', 'oxygenSaturation', 'supplementalOxygen', 'consciousness'],
      risk: 'undetermined',
    });
    expect(scoreReading(reading({ ...WELL, Respiratory_Rate: 16, Oxygen_Saturation: 98 }))).toMatchObject({
      score: 0,
      maximum: 5,
      missing: ['supplementalOxygen', 'consciousness'],
    });
    expect(scoreReading(reading({ ...WELL, Respiratory_Rate: 26 })).risk).toBe('single-parameter');
    expect(scoreReading(reading(ILL))).toMatchObject({ score: 6, risk: 'urgent' });
    expect(scoreReading(reading({ ...ILL, Respiratory_Rate: 26 })).risk).toBe('emergency');
    const worst = {
      Temperature_C: 34,
      Systolic: 80,
      Heart_Rate: 140,
      Respiratory_Rate: 30,
      Oxygen_Saturation: 80,
    };
    expect(scoreReading(reading(worst))).toMatchObject({ score: 15, maximum: 20 });
  });
});

describe('alerts', () => {
  const follow = (...each: Record<string, number>[]) =>
    alertsInOrder(each.map((values) => reading(values))).map(({ type, risk }) => `${type} ${risk}`);

  it('are raised and resolved only when several readings agree', () => {
    expect(follow(WELL, ILL, WELL, ILL, WELL)).toEqual([]);
    expect(follow(ILL, ILL, ILL, WELL, ILL, WELL, WELL, WELL)).toEqual([
      'raised urgent',
      'resolved undetermined',
    ]);
  });

  it('escalate', () => {
    const worse = { ...ILL, Respiratory_Rate: 28 };
    expect(follow(ILL, ILL, worse, worse)).toEqual(['raised urgent', 'escalated emergency']);
  });

  it('hold no vitals, only scores', () => {
    const readings = [reading(ILL), reading(ILL)];
    const [found] = alertsInOrder(readings);
    expect(found).toMatchObject({
      alert_id: rowKeyOf(readings[1]!),
      Patient_ID: '7',
      event_timestamp: new Date(readings[1]!.eventTimeMs).toISOString(),
      score: 6,
      partial: true,
    });
    expect(JSON.stringify(found)).not.toMatch(/39\.4|"98"|:98|:120\b/);
  });

  it('need nothing from before three readings with one risk', () => {
    const kinds = [WELL, { ...WELL, Respiratory_Rate: 26 }, ILL, { ...ILL, Respiratory_Rate: 28 }];
    const readings = fc.array(
      fc.constantFrom(...kinds).map((values) => reading(values)),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(readings, readings, fc.constantFrom(...kinds), readings, (some, others, kind, rest) => {
        const settling = Array.from({ length: READINGS_TO_SETTLE }, () => reading(kind));
        const courseOf = (before: Reading[]) => {
          const course = new PatientCourse();
          for (const each of [...before, ...settling]) course.next(each);
          return rest.map((each) => course.next(each));
        };
        const settled = new PatientCourse(scoreReading(reading(kind)).risk);
        expect(courseOf(some)).toEqual(courseOf(others));
        expect(courseOf(some)).toEqual(rest.map((each) => settled.next(each)));
      }),
      { numRuns: 500 },
    );
  });
});
