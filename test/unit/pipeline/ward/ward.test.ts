import { describe, expect, it } from 'vitest';
import { type Reading, VITALS, VITALS_FAMILY } from '../../../../src/pipeline/stream/reading.js';
import { bigtableSink } from '../../../../src/pipeline/stream/sinks.js';
import { readNow, readPatientNow, withChange } from '../../../../src/pipeline/ward/read-ward.js';
import { bySickness, countsByRisk, feedTimeMs, wardOf } from '../../../../src/pipeline/ward/ward.js';
import { FakeBigtable } from '../../../helpers/fake-bigtable.js';

const START = Date.UTC(2026, 2, 1);
const WELL = { Temperature_C: 37, Systolic: 120, Diastolic: 80, Heart_Rate: 70 };
const ILL = { Temperature_C: 39.4, Systolic: 98, Diastolic: 60, Heart_Rate: 120 };

function reading(patientId: string, minute: number, values: Record<string, number>): Reading {
  return {
    patientId,
    deviceId: '',
    eventTimeMs: START + minute * 60_000,
    values: VITALS.map(({ name }) => values[name]),
  };
}

async function hospital(batches: readonly (readonly Reading[])[]) {
  const tables = { vitals: new FakeBigtable(VITALS_FAMILY), now: new FakeBigtable(VITALS_FAMILY) };
  const ports = { vitals: tables.vitals.port(), now: tables.now.port() };
  const sink = bigtableSink(ports);
  for (const batch of batches) await sink.write(batch.map((each) => ({ reading: each, messageId: '' })));
  return ports;
}

const admission = (id: string) => ({ Patient_ID: id, Age: 67, Gender: 'Male', Condition: 'Sepsis' });

describe('the newest values of a patient', () => {
  it('are never those of a late reading, and come from as many moments as they were measured in', async () => {
    const { now } = await hospital([
      [reading('7', 10, { ...ILL, Respiratory_Rate: 18 })],
      [reading('7', 20, ILL), reading('7', 15, { ...WELL, Respiratory_Rate: 26 })],
      [reading('7', 5, { ...WELL, Oxygen_Saturation: 97 })],
      [{ ...reading('7', 900, WELL), timeFlag: 'future' }],
    ]);
    const patient = (await readPatientNow(now, '7'))!;
    const values = Object.entries(patient.vitals).map(([name, { value, atMs }]) => [
      name,
      value,
      (atMs - START) / 60_000,
    ]);
    expect(Object.fromEntries(values.map(([name, ...rest]) => [name, rest]))).toEqual({
      Temperature_C: [39.4, 20],
      Systolic: [98, 20],
      Diastolic: [60, 20],
      Heart_Rate: [120, 20],
      Respiratory_Rate: [26, 15],
      Oxygen_Saturation: [97, 5],
    });
    // Only what was measured at minute 20 is scored, as in the alerts.
    expect(patient.score).toMatchObject({ score: 6, risk: 'urgent' });
    expect(patient.score!.missing).toContain('respiratoryRate');
    expect(await readPatientNow(now, '8')).toBeUndefined();
  });
});

describe('the ward', () => {
  it('ranks the sickest first, and keeps those without readings and with old ones', async () => {
    const ports = await hospital([
      [reading('1', 0, ILL), reading('2', 0, WELL), reading('2', 60, { ...ILL, Respiratory_Rate: 26 })],
      [reading('3', 60, WELL), reading('10', 60, ILL), reading('9', 60, ILL), reading('4', 1, WELL)],
      [reading('10', 0, WELL)],
    ]);
    const now = await readNow(ports.now);
    const nowMs = feedTimeMs(now)!;
    expect(nowMs).toBe(START + 3_600_000);
    const ward = wardOf(now, ['1', '2', '3', '5'].map(admission), { nowMs, staleAfterMs: 15 * 60_000 });
    const ranked = (await withChange(ports.vitals, ward)).sort(bySickness);
    expect(
      ranked.map(({ Patient_ID, risk, known, possible, change, staleSeconds, stale }) => [
        Patient_ID,
        risk,
        known,
        possible,
        change,
        staleSeconds,
        stale,
      ]),
    ).toEqual([
      ['2', 'emergency', 9, 17, 9, 0, false],
      ['10', 'urgent', 6, 17, 6, 0, false],
      ['9', 'urgent', 6, 17, null, 0, false],
      ['1', 'urgent', 6, 17, null, 3600, true],
      ['3', 'undetermined', 0, 11, null, 0, false],
      ['4', 'undetermined', 0, 11, null, 3540, true],
      ['5', null, null, null, null, null, false],
    ]);
    expect(ranked[0]).toMatchObject({
      Age: 67,
      Condition: 'Sepsis',
      vitals: { Heart_Rate: { value: 120, points: 2 } },
    });
    expect(ranked[1]).toMatchObject({ Age: null, Condition: null });
    expect(countsByRisk(ranked)).toEqual({
      emergency: 1,
      urgent: 3,
      'single-parameter': 0,
      undetermined: 2,
      noReading: 1,
      stale: 2,
    });
  });
});
