import { describe, expect, it } from 'vitest';
import { type AlertEvent, AlertMonitor } from '../../../../src/pipeline/stream/alerts.js';
import { scoreReading, subScore } from '../../../../src/pipeline/stream/news2.js';
import { type Reading, VITALS } from '../../../../src/pipeline/stream/reading.js';

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
  function follow(readings: readonly Reading[]): AlertEvent[] {
    const events: AlertEvent[] = [];
    const monitor = new AlertMonitor((event) => events.push(event));
    for (const each of readings) monitor.observe(each);
    return events;
  }

  it('are raised and resolved only when several readings agree', () => {
    expect(follow([reading(WELL), reading(ILL), reading(WELL), reading(ILL), reading(WELL)])).toEqual([]);
    const events = follow([ILL, ILL, ILL, WELL, ILL, WELL, WELL, WELL].map((values) => reading(values)));
    expect(events.map(({ type, risk }) => `${type} ${risk}`)).toEqual([
      'raised urgent',
      'resolved undetermined',
    ]);
    expect(events[0]).toMatchObject({ Patient_ID: '7', score: 6, partial: true });
  });

  it('escalate', () => {
    const worse = { ...ILL, Respiratory_Rate: 28 };
    const events = follow([ILL, ILL, worse, worse].map((values) => reading(values)));
    expect(events.map(({ type, risk }) => `${type} ${risk}`)).toEqual([
      'raised urgent',
      'escalated emergency',
    ]);
  });

  it('follow each patient apart, and take no notice of late or repeated readings', () => {
    const bad = reading(ILL);
    expect(follow([bad, bad, reading(WELL, { eventTimeMs: bad.eventTimeMs - 1 }), bad])).toEqual([]);
    const two = [
      reading(ILL),
      reading(ILL, { patientId: '8' }),
      reading(ILL),
      reading(ILL, { patientId: '8' }),
    ];
    expect(follow(two).map((event) => event.Patient_ID)).toEqual(['7', '8']);
  });

  it('hold no vitals, only scores', () => {
    const [event] = follow([reading(ILL), reading(ILL)]);
    expect(JSON.stringify(event)).not.toMatch(/39\.4|"98"|:98|:120\b/);
  });
});
