import { READINGS_TO_RAISE, READINGS_TO_RESOLVE } from '../stream/alerts.js';

/** Who gets worse and when, as `simulate --ground-truth` writes it. */
export interface Truth {
  patientId: string;
  /** Undefined for a patient who does not get worse. */
  onsetMs: number | undefined;
  /** Undefined when it lasts. */
  recoveredMs: number | undefined;
}

export interface RaisedAlert {
  patientId: string;
  atMs: number;
}

export interface AlertQuality {
  /** Alerts of the patients of the ground truth. */
  alerts: number;
  /** Of those, how many came while the patient was getting worse or was worse. */
  trueAlerts: number;
  deteriorating: number;
  /** Of those, how many had a true alert. */
  found: number;
  /** Found of deteriorating; null when nobody deteriorates. */
  sensitivity: number | null;
  /** True alerts of all; null without alerts. */
  positivePredictiveValue: number | null;
  /** From the onset to the first true alert, in minutes; null when nobody was found. */
  medianMinutes: number | null;
  /** Null when no time was observed. */
  alertsPerPatientDay: number | null;
}

/** @param observedDays days of all patients together between their first and last readings. */
export function alertQuality(
  truth: readonly Truth[],
  raised: readonly RaisedAlert[],
  observedDays: number,
): AlertQuality {
  const byId = new Map(truth.map((each) => [each.patientId, each]));
  const firstMinutes = new Map<string, number>();
  let alerts = 0;
  let trueAlerts = 0;
  for (const { patientId, atMs } of raised) {
    const patient = byId.get(patientId);
    if (patient === undefined) continue;
    alerts++;
    const { onsetMs, recoveredMs = Number.POSITIVE_INFINITY } = patient;
    if (onsetMs === undefined || atMs < onsetMs || atMs > recoveredMs) continue;
    trueAlerts++;
    const minutes = (atMs - onsetMs) / 60_000;
    firstMinutes.set(patientId, Math.min(minutes, firstMinutes.get(patientId) ?? minutes));
  }
  const deteriorating = truth.filter(({ onsetMs }) => onsetMs !== undefined).length;
  return {
    alerts,
    trueAlerts,
    deteriorating,
    found: firstMinutes.size,
    sensitivity: ratio(firstMinutes.size, deteriorating),
    positivePredictiveValue: ratio(trueAlerts, alerts),
    medianMinutes: median([...firstMinutes.values()]),
    alertsPerPatientDay: ratio(alerts, observedDays),
  };
}

function ratio(part: number, whole: number): number | null {
  return whole === 0 ? null : Math.round((part / whole) * 1000) / 1000;
}

function median(values: number[]): number | null {
  if (values.length === 0) return null;
  const sorted = values.sort((a, b) => a - b);
  const middle =
    (sorted[Math.floor((sorted.length - 1) / 2)]! + sorted[Math.ceil((sorted.length - 1) / 2)]!) / 2;
  return Math.round(middle * 10) / 10;
}

/**
 * When alerts would be raised if so many points were the threshold: two readings in a row at it or above raise one,
 * three below end it. Readings come patient by patient, in the order of event time.
 */
export class ThresholdRule {
  readonly threshold: number;
  readonly raised: RaisedAlert[] = [];
  #patientId: string | undefined;
  #isOpen = false;
  #inARow = 0;

  constructor(threshold: number) {
    this.threshold = threshold;
  }

  next(patientId: string, atMs: number, points: number): void {
    if (patientId !== this.#patientId) {
      this.#patientId = patientId;
      this.#isOpen = false;
      this.#inARow = 0;
    }
    this.#inARow = points >= this.threshold === this.#isOpen ? 0 : this.#inARow + 1;
    if (this.#inARow < (this.#isOpen ? READINGS_TO_RESOLVE : READINGS_TO_RAISE)) return;
    this.#inARow = 0;
    this.#isOpen = !this.#isOpen;
    if (this.#isOpen) this.raised.push({ patientId, atMs });
  }
}
