import type { PatientResult } from '../../src/pipeline/patient/read-patient.js';

const START = Date.UTC(2026, 2, 1);

/** A patient who gets worse over `count` readings, five minutes apart; what is given goes before. */
export function patientResult(count: number, given: Partial<PatientResult> = {}): PatientResult {
  const at = (index: number) => new Date(START + index * 300_000).toISOString();
  const readings = Array.from({ length: count }, (_, index) => ({
    event_timestamp: at(index),
    Device_ID: 'monitor-1',
    Temperature_C: 37 + index / 100,
    Systolic: 120,
    Diastolic: 80,
    Heart_Rate: 80 + Math.floor(index / 6),
  })).reverse();
  const newest = at(count - 1);
  return {
    patient: { Patient_ID: '42', Age: '67', Gender: 'Female', Condition: 'Sepsis', Outcome: null },
    vitals: [
      {
        name: 'Heart_Rate',
        value: 128,
        points: 2,
        at: newest,
        minimum: 80,
        maximum: 128,
        change: 2,
        readings: count,
        parts: [80, null, 100, 128],
      },
    ],
    news2: {
      known: 3,
      possible: 14,
      risk: 'undetermined',
      parameters: { heartRate: 2, temperature: 1, systolic: 0 },
      missing: ['respiratoryRate', 'oxygenSaturation', 'supplementalOxygen', 'consciousness'],
      at: newest,
    },
    alerts: [
      {
        raisedAt: at(2),
        resolvedAt: at(9),
        peakRisk: 'emergency',
        peakScore: 9,
        escalations: 1,
        escalatedAt: [at(5)],
      },
      {
        raisedAt: at(12),
        resolvedAt: null,
        peakRisk: 'urgent',
        peakScore: 5,
        escalations: 0,
        escalatedAt: [],
      },
    ],
    prediction: {
      label: 'Outcome',
      predicted: 'Stable',
      probability: 0.9,
      modelVersion: 'outcome_model',
      at: newest,
      explanation: {
        baseline: 0.25,
        logOdds: 2.2,
        attributions: Array.from({ length: 12 }, (_, index) => ({
          feature: `Feature_${index}`,
          attribution: 0.1625,
        })),
        unexplained: 0,
      },
    },
    readings,
    sources: [
      { block: 'patient', store: 'Spanner healthmon', at: newest, ageSeconds: 4, error: null },
      { block: 'vitals', store: 'Bigtable patient_vitals', at: newest, ageSeconds: 4, error: null },
      { block: 'news2', store: 'Bigtable patient_now', at: newest, ageSeconds: 4, error: null },
      { block: 'alerts', store: 'Bigtable patient_vitals', at: newest, ageSeconds: 4, error: null },
      {
        block: 'prediction',
        store: 'BigQuery joined_patient_records',
        at: newest,
        ageSeconds: 4,
        error: null,
      },
    ],
    ...given,
  };
}
