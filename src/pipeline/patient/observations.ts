import type { Observation, ObservationData, ObservationRow } from '../../charts/observations.js';
import {
  BANDS,
  EMERGENCY_SCORE,
  MAXIMUM,
  type Parameter,
  SCORED,
  type ScoredParameter,
  STEPS,
  scoreReading,
  URGENT_SCORE,
  VITAL_NAMES,
} from '../stream/news2.js';
import { VITALS } from '../stream/reading.js';
import type { PatientResult } from './read-patient.js';

const HOUR_MS = 3_600_000;

/** Names and units of the RCP's chart. */
const LABELS: Readonly<Record<Parameter, { name: string; unit: string }>> = {
  respiratoryRate: { name: 'Respirations', unit: '/min' },
  oxygenSaturation: { name: 'SpO₂ scale 1', unit: '%' },
  supplementalOxygen: { name: 'Air or oxygen', unit: '' },
  systolic: { name: 'Blood pressure', unit: 'mmHg, systolic scored' },
  heartRate: { name: 'Pulse', unit: '/min' },
  consciousness: { name: 'Consciousness', unit: '' },
  temperature: { name: 'Temperature', unit: '°C' },
};

/** Saturation is the only vital whose last band has an end. */
const HIGHEST: Partial<Record<ScoredParameter, number>> = { oxygenSaturation: 100 };

function rowOf(parameter: Parameter): ObservationRow {
  const label = LABELS[parameter];
  if (!isScored(parameter)) {
    return { name: label.name, unmeasured: `not measured: 0 to ${MAXIMUM[parameter]} points` };
  }
  return {
    ...label,
    key: VITAL_NAMES[parameter],
    bands: BANDS[parameter].map(([upTo, points]) => ({ upTo, points })),
    resolution: 1 / STEPS[parameter],
    highest: HIGHEST[parameter],
    lowerKey: parameter === 'systolic' ? 'Diastolic' : undefined,
  };
}

function isScored(parameter: Parameter): parameter is ScoredParameter {
  return SCORED.includes(parameter as ScoredParameter);
}

/** The rows of the NEWS2 chart in the order of the RCP's. */
export function observationRows(): ObservationRow[] {
  return (Object.keys(MAXIMUM) as Parameter[]).map(rowOf);
}

/** Colours of the responses: as a band of 0, 2 and 3 points. */
const RESPONSES = [
  { upTo: URGENT_SCORE - 1, points: 0 },
  { upTo: EMERGENCY_SCORE - 1, points: 2 },
  { upTo: Number.POSITIVE_INFINITY, points: 3 },
];

/**
 * The NEWS2 chart of a patient; undefined without a reading.
 * @param result read with its readings, as many as are to be drawn.
 */
export function observationsOf(
  result: Pick<PatientResult, 'readings' | 'alerts' | 'prediction' | 'news2'>,
  { id, patientId, sinceMs }: { id: string; patientId: string; sinceMs: number },
): ObservationData | undefined {
  const { news2, prediction } = result;
  if (news2 === null) return undefined;
  const toMs = Date.parse(news2.at);
  const observations = result.readings.map(observationOf).reverse();
  const { known, possible, risk } = news2;
  return {
    id,
    title: `NEWS2 observation chart of patient ${patientId}`,
    description:
      `${observations.length} readings up to ${news2.at}. The newest has ${known} known points of up to ` +
      `${possible} (${risk}). ${result.alerts.length} alerts. Supplemental oxygen and consciousness are not measured.`,
    rows: observationRows(),
    total: { name: 'NEWS2', bands: RESPONSES },
    fromMs: Math.max(toMs - sinceMs, beginOf(observations, toMs)),
    toMs,
    observations,
    alerts: result.alerts.map(({ raisedAt, resolvedAt, escalatedAt, peakRisk, peakScore }) => ({
      fromMs: raisedAt === null ? null : Date.parse(raisedAt),
      toMs: resolvedAt === null ? null : Date.parse(resolvedAt),
      escalatedMs: escalatedAt.map((at) => Date.parse(at)),
      label: `${peakRisk} ${peakScore}`,
    })),
    predictionAtMs: prediction === null ? undefined : Date.parse(prediction.at),
  };
}

/** The full hour before the first reading, so that a short history fills the picture. */
function beginOf(observations: readonly Observation[], toMs: number): number {
  const firstMs = observations[0]?.atMs ?? toMs - HOUR_MS;
  return Math.floor((firstMs - 1) / HOUR_MS) * HOUR_MS;
}

function observationOf(row: PatientResult['readings'][number]): Observation {
  const values = Object.fromEntries(VITALS.map(({ name }) => [name, row[name] as number | undefined]));
  const atMs = Date.parse(String(row.event_timestamp));
  const { score, maximum, risk } = scoreReading({
    patientId: '',
    deviceId: '',
    eventTimeMs: atMs,
    values: VITALS.map(({ name }) => values[name]),
  });
  return { atMs, values, known: score, possible: maximum, risk };
}
