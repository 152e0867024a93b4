import type { WardPatient } from '../../src/pipeline/ward/ward.js';

/** A patient of the board; what is given goes before. */
export function wardPatient(id: string, given: Partial<WardPatient> = {}): WardPatient {
  const at = '2026-03-01T10:00:00.000Z';
  return {
    Patient_ID: id,
    Age: 67,
    Gender: 'Male',
    Condition: 'Sepsis',
    risk: 'undetermined',
    known: 1,
    possible: 6,
    missing: ['supplementalOxygen', 'consciousness'],
    vitals: {
      Heart_Rate: { value: 95, points: 1, at },
      Systolic: { value: 120, points: 0, at },
      Diastolic: { value: 80, points: null, at },
    },
    change: 0,
    lastReadingAt: at,
    staleSeconds: 3,
    stale: false,
    ...given,
  };
}
