import { describe, expect, it } from 'vitest';
import { alertEpisodes, vitalCourses } from '../../../../src/pipeline/patient/course.js';
import { nearestIds } from '../../../../src/pipeline/patient/read-patient.js';
import { type Reading, VITALS } from '../../../../src/pipeline/stream/reading.js';

const START = Date.UTC(2026, 2, 1);
const at = (minute: number) => new Date(START + minute * 60_000).toISOString();

function reading(minute: number, values: Record<string, number>): Reading {
  return {
    patientId: '7',
    deviceId: '',
    eventTimeMs: START + minute * 60_000,
    values: VITALS.map(({ name }) => values[name]),
  };
}

describe('the course of a vital', () => {
  it('has its newest value, range, change within an hour and parts with gaps', () => {
    const readings = [
      reading(0, { Heart_Rate: 70, Temperature_C: 37 }),
      reading(10, { Heart_Rate: 74 }),
      reading(100, { Heart_Rate: 120 }),
      reading(160, { Heart_Rate: 112 }),
    ];
    const courses = vitalCourses(readings, START, START + 160 * 60_000);
    expect(courses.map(({ name }) => name)).toEqual(['Temperature_C', 'Heart_Rate']);
    const [temperature, pulse] = courses;
    expect(pulse).toMatchObject({
      value: 112,
      points: 2,
      at: at(160),
      minimum: 70,
      maximum: 120,
      change: -8,
      readings: 4,
    });
    expect(pulse!.parts).toEqual([70, 74, ...Array(8).fill(null), 120, ...Array(4).fill(null), 112]);
    expect(temperature).toMatchObject({ value: 37, points: 0, at: at(0), change: null, readings: 1 });
  });
});

describe('alerts of a patient', () => {
  const found = (minute: number, type: string, risk: string, score: number) => ({
    announcement: { by: 'w', atMs: 0, event: { type, risk, score, event_timestamp: at(minute) } as never },
  });

  it('are told from begin to end, without what was withdrawn', () => {
    expect(
      alertEpisodes([
        found(0, 'escalated', 'emergency', 8),
        { announcement: undefined },
        found(5, 'resolved', 'undetermined', 1),
        found(9, 'raised', 'urgent', 6),
        found(10, 'withdrawn', 'emergency', 9),
        found(11, 'escalated', 'emergency', 7),
        found(12, 'escalated', 'emergency', 11),
      ]),
    ).toEqual([
      {
        raisedAt: null,
        resolvedAt: at(5),
        peakRisk: 'emergency',
        peakScore: 8,
        escalations: 0,
        escalatedAt: [],
      },
      {
        raisedAt: at(9),
        resolvedAt: null,
        peakRisk: 'emergency',
        peakScore: 11,
        escalations: 2,
        escalatedAt: [at(11), at(12)],
      },
    ]);
  });
});

describe('the nearest ids', () => {
  it('are those of the nearest numbers, or of a like spelling', () => {
    expect(nearestIds('1000', ['1', '999', '997', '1004', 'x'])).toEqual(['999', '997', '1004']);
    expect(nearestIds('anna-8', ['anna-7', 'bert-1', 'anna-9'])).toEqual(['anna-7', 'anna-9']);
    expect(nearestIds('7', [])).toEqual([]);
  });
});
