import { createRandom } from '../../core/random.js';
import type { SimulatedPatient } from './patients.js';
import { createPatientModel, type PatientModel, type Vitals } from './physiology.js';
import type { Course } from './scenarios.js';

export interface WardOptions {
  patients: readonly SimulatedPatient[];
  seed: number;
  startMs: number;
  /** Simulated time between two readings of a patient. */
  intervalMs: number;
  courses: readonly Course[];
}

export interface SimulatedReading {
  patientId: string;
  eventTimeMs: number;
  vitals: Vitals;
}

/** The patients of a run and the order in which their monitors report. */
export interface Ward {
  readonly models: readonly PatientModel[];
  /**
   * Endless, in order of event time. Every patient reports once an interval at a moment of their own, so that
   * (patient, event time) is unique.
   */
  readings(): Generator<SimulatedReading, never>;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

export function createWard({ patients, seed, startMs, intervalMs, courses }: WardOptions): Ward {
  const beds = patients
    .map((patient) => ({
      model: createPatientModel(patient, seed, courses),
      phaseMs: createRandom(seed, 'phase', patient.id).integer(0, intervalMs - 1),
    }))
    .sort((a, b) => a.phaseMs - b.phaseMs);
  return {
    models: beds.map((bed) => bed.model),
    *readings() {
      for (let roundMs = 0; ; roundMs += intervalMs) {
        for (const { model, phaseMs } of beds) {
          const sinceStartMs = roundMs + phaseMs;
          const eventTimeMs = startMs + sinceStartMs;
          const hourUtc = (eventTimeMs / HOUR_MS) % 24;
          const vitals = model.next(sinceStartMs / MINUTE_MS, hourUtc);
          yield { patientId: model.patient.id, eventTimeMs, vitals };
        }
      }
    },
  };
}

export interface GroundTruth {
  Patient_ID: string;
  deteriorates: boolean;
  scenario: string | null;
  onset: string | null;
  fullEffect: string | null;
  recovered: string | null;
}

/** Who gets worse and when, to score alerts and models against. */
export function groundTruth(ward: Ward, startMs: number): GroundTruth[] {
  const at = (minute: number) => new Date(startMs + Math.round(minute * MINUTE_MS)).toISOString();
  return ward.models.map(({ patient, deterioration }) => {
    if (deterioration === undefined) {
      return {
        Patient_ID: patient.id,
        deteriorates: false,
        scenario: null,
        onset: null,
        fullEffect: null,
        recovered: null,
      };
    }
    const { course, onsetMinute } = deterioration;
    const full = onsetMinute + course.rampMinutes;
    return {
      Patient_ID: patient.id,
      deteriorates: true,
      scenario: course.name,
      onset: at(onsetMinute),
      fullEffect: at(full),
      recovered: course.holdMinutes === undefined ? null : at(full + course.holdMinutes + course.rampMinutes),
    };
  });
}
