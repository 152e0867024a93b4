import { createRandom, type Random } from '../../core/random.js';
import { findCondition } from './conditions.js';
import type { SimulatedPatient } from './patients.js';
import type { Course } from './scenarios.js';

/** One reading as the sensors give it, already rounded to their resolution. */
export interface Vitals {
  temperatureC: number;
  systolic: number;
  diastolic: number;
  heartRate: number;
  respiratoryRate: number;
  oxygenSaturation: number;
}

/** When and how a patient gets worse. */
export interface Deterioration {
  course: Course;
  onsetMinute: number;
}

export interface PatientModel {
  readonly patient: SimulatedPatient;
  readonly deterioration: Deterioration | undefined;
  /** The next reading. `minute` since the start, `hourUtc` of the day (for the circadian rhythm). */
  next(minute: number, hourUtc: number): Vitals;
}

/** Coarse safety limits: whatever the noise, a simulated reading is one a living patient could have. */
const LIMITS: Readonly<Record<keyof Vitals, readonly [number, number]>> = {
  temperatureC: [34, 42],
  systolic: [70, 220],
  diastolic: [40, 130],
  heartRate: [35, 210],
  respiratoryRate: [6, 45],
  oxygenSaturation: [72, 100],
};

/** One artefact in this many readings: a loose probe, a cuff on a moving arm. */
const ARTEFACT_RATE = 1 / 400;

/**
 * The body of one patient: a baseline by age and condition, a circadian rhythm, slow drift that moves heart rate
 * and temperature together, sensor noise, rare artefacts, and perhaps a deterioration.
 */
export function createPatientModel(
  patient: SimulatedPatient,
  seed: number,
  courses: readonly Course[],
): PatientModel {
  const random = createRandom(seed, 'vitals', patient.id);
  const deterioration = drawDeterioration(random, courses);
  const baseline = drawBaseline(patient, random);
  // Exertion and stress: slow, and felt by heart, temperature and breathing alike.
  let arousal = 0;
  let pressureDrift = 0;
  let breathDrift = 0;

  return {
    patient,
    deterioration,
    next(minute, hourUtc) {
      arousal = 0.93 * arousal + 0.37 * random.normal();
      pressureDrift = 0.9 * pressureDrift + 0.44 * random.normal();
      breathDrift = 0.9 * breathDrift + 0.44 * random.normal();
      const day = circadian(hourUtc);
      const severity = deterioration === undefined ? 0 : severityAt(deterioration, minute);
      const effect = deterioration?.course.effect ?? {};

      const temperatureC =
        baseline.temperatureC +
        0.3 * day +
        0.12 * arousal +
        severity * (effect.temperatureC ?? 0) +
        0.05 * random.normal();
      const irregular = severity * (deterioration?.course.irregularHeart ?? 0) * random.normal();
      const heartRate =
        baseline.heartRate +
        3 * day +
        4 * arousal +
        // A fever of one degree costs about eight beats a minute; the scenario's own effect comes on top.
        8 * (0.3 * day + 0.12 * arousal) +
        severity * (effect.heartRate ?? 0) +
        irregular +
        1.2 * random.normal();
      const systolic =
        baseline.systolic +
        4 * day +
        2 * arousal +
        4 * pressureDrift +
        severity * (effect.systolic ?? 0) +
        2 * random.normal();
      const diastolic =
        baseline.diastolic +
        2 * day +
        2.5 * pressureDrift +
        severity * (effect.diastolic ?? 0) +
        1.5 * random.normal();
      const respiratoryRate =
        baseline.respiratoryRate +
        0.8 * arousal +
        0.9 * breathDrift +
        severity * (effect.respiratoryRate ?? 0) +
        0.5 * random.normal();
      const oxygenSaturation =
        baseline.oxygenSaturation -
        0.4 * breathDrift +
        severity * (effect.oxygenSaturation ?? 0) +
        0.4 * random.normal();

      const vitals: Vitals = {
        temperatureC: Math.round(10 * clamp('temperatureC', temperatureC)) / 10,
        systolic: Math.round(clamp('systolic', systolic)),
        diastolic: Math.round(clamp('diastolic', diastolic)),
        heartRate: Math.round(clamp('heartRate', heartRate)),
        respiratoryRate: Math.round(clamp('respiratoryRate', respiratoryRate)),
        oxygenSaturation: Math.round(clamp('oxygenSaturation', oxygenSaturation)),
      };
      addArtefact(vitals, random);
      vitals.diastolic = Math.min(vitals.diastolic, vitals.systolic - 10);
      return vitals;
    },
  };
}

function drawBaseline(patient: SimulatedPatient, random: Random): Vitals {
  const illness = findCondition(patient.condition)?.vitals ?? {};
  const yearsOver40 = Math.max(0, patient.age - 40);
  return {
    temperatureC: 36.6 + 0.18 * random.normal() + (illness.temperatureC ?? 0) - 0.004 * yearsOver40,
    systolic: 116 + 0.5 * yearsOver40 + 6 * random.normal() + (illness.systolic ?? 0),
    diastolic: 74 + 0.1 * yearsOver40 + 4 * random.normal() + (illness.diastolic ?? 0),
    heartRate: 70 + 5 * random.normal() + (illness.heartRate ?? 0),
    respiratoryRate: 15 + 1.2 * random.normal() + (illness.respiratoryRate ?? 0),
    oxygenSaturation: 97.6 - 0.02 * yearsOver40 + 0.5 * random.normal() + (illness.oxygenSaturation ?? 0),
  };
}

function drawDeterioration(random: Random, courses: readonly Course[]): Deterioration | undefined {
  let draw = random.uniform();
  const position = random.uniform();
  for (const course of courses) {
    if (draw < course.share) {
      const [from, to] = course.onsetMinutes;
      return { course, onsetMinute: from + position * (to - from) };
    }
    draw -= course.share;
  }
  return undefined;
}

/** 0 before the onset, 1 at the full effect. */
export function severityAt({ course, onsetMinute }: Deterioration, minute: number): number {
  const since = minute - onsetMinute;
  if (since < 0) return 0;
  const rising = course.rampMinutes === 0 ? 1 : Math.min(1, since / course.rampMinutes);
  if (course.holdMinutes === undefined) return rising;
  const fading = since - course.rampMinutes - course.holdMinutes;
  if (fading <= 0) return rising;
  return course.rampMinutes === 0 ? 0 : Math.max(0, 1 - fading / course.rampMinutes);
}

/** -1 in the early morning (05:00), +1 in the late afternoon (17:00): two parabolas, close to a cosine. */
function circadian(hourUtc: number): number {
  const phase = ((hourUtc - 11 + 24) % 24) / 12;
  return phase < 1 ? 4 * phase * (1 - phase) : -4 * (phase - 1) * (2 - phase);
}

/** Always the same number of draws, so that one artefact does not change what follows. */
function addArtefact(vitals: Vitals, random: Random): void {
  const happens = random.uniform() < ARTEFACT_RATE;
  const kind = random.bits() % 3;
  if (!happens) return;
  if (kind === 0) vitals.oxygenSaturation = LIMITS.oxygenSaturation[0];
  else if (kind === 1) vitals.heartRate = Math.min(LIMITS.heartRate[1], vitals.heartRate * 2);
  else vitals.temperatureC = LIMITS.temperatureC[0];
}

function clamp(vital: keyof Vitals, value: number): number {
  const [minimum, maximum] = LIMITS[vital];
  return Math.min(maximum, Math.max(minimum, value));
}
