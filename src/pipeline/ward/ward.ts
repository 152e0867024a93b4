import type { PatientRecord } from '../../gcp/spanner/patients.js';
import { type PartialNews2, type Risk, SEVERITY } from '../stream/news2.js';

/** A measured value with its points. */
export interface WardVital {
  value: number;
  /** Null for what is not scored: by NEWS2, or because it is older than the newest reading. */
  points: number | null;
  /** Event time, in milliseconds. */
  atMs: number;
}

/** What is known of a patient now. Without a reading `score` is undefined. */
export interface PatientNow {
  Patient_ID: string;
  /** The newest value of each vital, which may be of different moments. */
  vitals: Readonly<Record<string, WardVital>>;
  /** Of the values of the newest moment, as alerts and the views score readings. */
  score: PartialNews2 | undefined;
  lastReadingMs: number | undefined;
}

/** Of the system of record. */
export interface Admission {
  Patient_ID: string;
  Age: number | null;
  Gender: string | null;
  Condition: string | null;
}

export function admissionOf({ id, age, gender, condition }: PatientRecord): Admission {
  return { Patient_ID: id, Age: age === null ? null : Number(age), Gender: gender, Condition: condition };
}

export interface WardPatient {
  Patient_ID: string;
  Age: number | null;
  Gender: string | null;
  Condition: string | null;
  /** Null without a reading. */
  risk: Risk | null;
  /** Points of the known part, and with everything unknown at its worst. */
  known: number | null;
  possible: number | null;
  missing: readonly string[];
  vitals: Readonly<Record<string, { value: number; points: number | null; at: string }>>;
  /** Points against the last reading that is at least an hour older; null when there is none. */
  change: number | null;
  lastReadingAt: string | null;
  /** Behind the clock that was asked for. */
  staleSeconds: number | null;
  stale: boolean;
}

export interface WardClock {
  /** The newest event time of all patients, or the time on the wall. */
  nowMs: number;
  /** A patient is stale who is further behind. */
  staleAfterMs: number;
}

/** The newest event time of the feed; undefined without any reading. */
export function feedTimeMs(patients: Iterable<PatientNow>): number | undefined {
  let newest: number | undefined;
  for (const { lastReadingMs } of patients) {
    if (lastReadingMs !== undefined && lastReadingMs > (newest ?? 0)) newest = lastReadingMs;
  }
  return newest;
}

/** One row for every patient who was admitted or has a reading. Nobody drops off, however old the reading. */
export function wardOf(
  now: readonly PatientNow[],
  admissions: readonly Admission[],
  { nowMs, staleAfterMs }: WardClock,
): WardPatient[] {
  const readings = new Map(now.map((patient) => [patient.Patient_ID, patient]));
  const admitted = new Map(admissions.map((admission) => [admission.Patient_ID, admission]));
  const ids = new Set([...admitted.keys(), ...readings.keys()]);
  const timeText = timeTexts();
  return [...ids].map((id) => {
    const { vitals = {}, score, lastReadingMs } = readings.get(id) ?? {};
    const { Age = null, Gender = null, Condition = null } = admitted.get(id) ?? {};
    const behindMs = lastReadingMs === undefined ? undefined : nowMs - lastReadingMs;
    return {
      Patient_ID: id,
      Age,
      Gender,
      Condition,
      risk: score?.risk ?? null,
      known: score?.score ?? null,
      possible: score?.maximum ?? null,
      missing: score?.missing ?? [],
      vitals: Object.fromEntries(
        Object.entries(vitals).map(([name, { value, points, atMs }]) => [
          name,
          { value, points, at: timeText(atMs) },
        ]),
      ),
      change: null,
      lastReadingAt: lastReadingMs === undefined ? null : timeText(lastReadingMs),
      staleSeconds: behindMs === undefined ? null : Math.max(0, Math.round(behindMs / 1000)),
      stale: behindMs !== undefined && behindMs > staleAfterMs,
    };
  });
}

/** Writes times in RFC 3339, each once: most values of a ward are of few moments. */
function timeTexts(): (atMs: number) => string {
  const texts = new Map<number, string>();
  return (atMs) => {
    const text = texts.get(atMs) ?? new Date(atMs).toISOString();
    texts.set(atMs, text);
    return text;
  };
}

/** Sickest first: proven risk, points, change within an hour, newest reading; those without a reading last. */
export function bySickness(a: WardPatient, b: WardPatient): number {
  return (
    severityOf(b) - severityOf(a) ||
    (b.known ?? -1) - (a.known ?? -1) ||
    (b.change ?? 0) - (a.change ?? 0) ||
    (a.staleSeconds ?? Number.MAX_SAFE_INTEGER) - (b.staleSeconds ?? Number.MAX_SAFE_INTEGER) ||
    byId(a, b)
  );
}

/** One for all, since making it costs far more than comparing by it. */
const IDS = new Intl.Collator('en', { numeric: true });

/** In the order of the ids, those that are numbers by their size. */
export function byId(a: Pick<WardPatient, 'Patient_ID'>, b: Pick<WardPatient, 'Patient_ID'>): number {
  return IDS.compare(a.Patient_ID, b.Patient_ID);
}

function severityOf({ risk }: WardPatient): number {
  return risk === null ? -1 : SEVERITY[risk];
}

/** How many patients there are of each risk. */
export function countsByRisk(patients: readonly WardPatient[]): Record<Risk | 'noReading' | 'stale', number> {
  const counts = { emergency: 0, urgent: 0, 'single-parameter': 0, undetermined: 0, noReading: 0, stale: 0 };
  for (const { risk, stale } of patients) {
    counts[risk ?? 'noReading']++;
    if (stale) counts.stale++;
  }
  return counts;
}
