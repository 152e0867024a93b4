import { type PartialNews2, type Risk, scoreReading } from './news2.js';
import type { Reading } from './reading.js';

/** A change of a patient's state. Holds scores, not the vitals themselves. */
export interface AlertEvent {
  type: 'raised' | 'escalated' | 'resolved';
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

const SEVERITY: Readonly<Record<Risk, number>> = {
  undetermined: 0,
  'single-parameter': 1,
  urgent: 2,
  emergency: 3,
};

/** So many readings in a row must agree, so that a loose probe raises no alarm and one good value ends none. */
const READINGS_TO_RAISE = 2;
const READINGS_TO_RESOLVE = 3;

/** Bounds memory: the patients that were silent for longest are forgotten first. */
const MAX_PATIENTS = 200_000;

interface PatientState {
  risk: Risk;
  /** Readings in a row above the current risk, with the lowest risk among them; or below it. */
  above: number;
  aboveRisk: Risk;
  below: number;
  newestMs: number;
}

/** Follows each patient's score, with hysteresis, and tells when it changes. */
export class AlertMonitor {
  readonly #patients = new Map<string, PatientState>();
  readonly #onAlert: (event: AlertEvent) => void;
  raised = 0;
  resolved = 0;

  constructor(onAlert: (event: AlertEvent) => void) {
    this.#onAlert = onAlert;
  }

  observe(reading: Reading): void {
    const state = this.#state(reading.patientId);
    // Late and repeated readings say nothing about how the patient is now.
    if (reading.eventTimeMs <= state.newestMs) return;
    state.newestMs = reading.eventTimeMs;
    const news = scoreReading(reading);
    const severity = SEVERITY[news.risk];
    const current = SEVERITY[state.risk];
    if (severity > current) {
      state.below = 0;
      if (state.above === 0 || severity < SEVERITY[state.aboveRisk]) state.aboveRisk = news.risk;
      if (++state.above < READINGS_TO_RAISE) return;
      const type = current === 0 ? 'raised' : 'escalated';
      state.risk = state.aboveRisk;
      state.above = 0;
      this.raised++;
      this.#emit(type, reading, news, state.risk);
    } else if (severity < current) {
      state.above = 0;
      if (++state.below < READINGS_TO_RESOLVE) return;
      state.below = 0;
      const ended = severity === 0;
      state.risk = news.risk;
      if (!ended) return;
      this.resolved++;
      this.#emit('resolved', reading, news, news.risk);
    } else {
      state.above = 0;
      state.below = 0;
    }
  }

  #state(patientId: string): PatientState {
    let state = this.#patients.get(patientId);
    if (state === undefined) {
      if (this.#patients.size >= MAX_PATIENTS) {
        const [silent] = this.#patients.keys();
        this.#patients.delete(silent!);
      }
      state = { risk: 'undetermined', above: 0, aboveRisk: 'undetermined', below: 0, newestMs: 0 };
    } else this.#patients.delete(patientId);
    this.#patients.set(patientId, state);
    return state;
  }

  #emit(type: AlertEvent['type'], reading: Reading, news: PartialNews2, risk: Risk): void {
    this.#onAlert({
      type,
      Patient_ID: reading.patientId,
      event_timestamp: new Date(reading.eventTimeMs).toISOString(),
      risk,
      score: news.score,
      maximumScore: news.maximum,
      parameters: news.parameters,
      missing: news.missing,
      partial: true,
    });
  }
}
