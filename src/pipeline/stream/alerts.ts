import { type PartialNews2, type Risk, SEVERITY, scoreReading } from './news2.js';
import { type Reading, rowKeyOf } from './reading.js';

/**
 * A change of a patient's state, found at one reading. Holds scores, not the vitals themselves. `withdrawn` takes back
 * what was announced before a late reading gave the course of the patient another meaning.
 */
export interface AlertEvent {
  /** The same for every announcement about one reading. Repeated deliveries and corrections are told by it. */
  alert_id: string;
  /** Counts the announcements of one id from 1: the highest one counts. */
  revision: number;
  type: 'raised' | 'escalated' | 'resolved' | 'withdrawn';
  Patient_ID: string;
  event_timestamp: string;
  risk: Risk;
  score: number;
  maximumScore: number;
  parameters: PartialNews2['parameters'];
  missing: PartialNews2['missing'];
  /** The score is a part of NEWS2: `missing` names what no sensor gave. */
  partial: true;
}

/** What the readings of a patient say, before it is announced. */
export type Finding = Omit<AlertEvent, 'revision'>;

/** So many readings in a row must agree, so that a loose probe raises no alarm and one good value ends none. */
export const READINGS_TO_RAISE = 2;
export const READINGS_TO_RESOLVE = 3;

/**
 * After so many readings in a row with one risk, the state of a patient is that risk, whatever was before: rises take
 * two of them, falls three, and a rise that had begun is over with the first.
 */
export const READINGS_TO_SETTLE = 3;

/** Follows the score of one patient, reading by reading in the order of event time, with hysteresis. */
export class PatientCourse {
  #risk: Risk;
  /** Readings in a row above the current risk, with the lowest risk among them; or below it. */
  #above = 0;
  #aboveRisk: Risk = 'undetermined';
  #below = 0;

  constructor(risk: Risk = 'undetermined') {
    this.#risk = risk;
  }

  next(reading: Reading): Finding | undefined {
    const news = scoreReading(reading);
    const severity = SEVERITY[news.risk];
    const current = SEVERITY[this.#risk];
    if (severity > current) {
      this.#below = 0;
      if (this.#above === 0 || severity < SEVERITY[this.#aboveRisk]) this.#aboveRisk = news.risk;
      if (++this.#above < READINGS_TO_RAISE) return undefined;
      this.#risk = this.#aboveRisk;
      this.#above = 0;
      return finding(current === 0 ? 'raised' : 'escalated', reading, news, this.#risk);
    }
    this.#above = 0;
    if (severity === current) {
      this.#below = 0;
      return undefined;
    }
    if (++this.#below < READINGS_TO_RESOLVE) return undefined;
    this.#below = 0;
    this.#risk = news.risk;
    return severity === 0 ? finding('resolved', reading, news, news.risk) : undefined;
  }
}

/**
 * The alerts of one patient's readings, which are in the order of event time: those of one moment in the reverse order
 * of their devices, as their row keys count backwards.
 */
export function alertsInOrder(readings: Iterable<Reading>): Finding[] {
  const course = new PatientCourse();
  return Array.from(readings, (reading) => course.next(reading)).filter((found) => found !== undefined);
}

function finding(type: AlertEvent['type'], reading: Reading, news: PartialNews2, risk: Risk): Finding {
  return {
    alert_id: rowKeyOf(reading),
    type,
    Patient_ID: reading.patientId,
    event_timestamp: new Date(reading.eventTimeMs).toISOString(),
    risk,
    score: news.score,
    maximumScore: news.maximum,
    parameters: news.parameters,
    missing: news.missing,
    partial: true,
  };
}
