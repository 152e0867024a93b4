import { everyone, type Metric } from './bootstrap.js';

const MAX_STEPS = 50;
/** Each step of Newton's method squares what is missing, so that what is missing after one of this size is rounding. */
const SMALL_STEP = 1e-7;
/** Probabilities of 0 and 1 have no finite log-odds. */
const SMALLEST = 1e-15;

/**
 * Slope of the logistic regression of the event on the log-odds that the model gives (Cox 1958): 1 when they are right, less
 * when they are too extreme. Null where the likelihood has no maximum, as when the log-odds tell the outcomes apart without a
 * mistake.
 */
export const calibrationSlope: Metric = (sample) => {
  const { rows, patientOf } = sample;
  const x = Float64Array.from(rows, ({ probability }) => logOdds(probability));
  const y = Uint8Array.from(rows, ({ event }) => Number(event));
  const fitTo = (counts: Uint32Array, start: Line) => fitLine({ x, y, patientOf, counts }, start);
  // Draws of the same patients lie near each other.
  const start = fitTo(everyone(sample), [0, 1]) ?? [0, 1];
  return (counts) => fitTo(counts, start)?.[1] ?? null;
};

type Line = [intercept: number, slope: number];

interface Points {
  x: Float64Array;
  y: Uint8Array;
  patientOf: Uint32Array;
  counts: Uint32Array;
}

/** By Newton's method on the log-likelihood of a + b·x. */
function fitLine({ x, y, patientOf, counts }: Points, [startA, startB]: Line): Line | null {
  const first = x.findIndex((_, index) => counts[patientOf[index]!]! > 0);
  if (x.every((each, index) => each === x[first] || counts[patientOf[index]!] === 0)) return null;
  let [a, b] = [startA, startB];
  for (let step = 0; step < MAX_STEPS; step++) {
    let [gradientA, gradientB, haa, hab, hbb] = [0, 0, 0, 0, 0];
    for (let index = 0; index < x.length; index++) {
      const count = counts[patientOf[index]!]!;
      if (count === 0) continue;
      const at = x[index]!;
      const p = 1 / (1 + Math.exp(-(a + b * at)));
      const missed = count * (y[index]! - p);
      const weight = count * p * (1 - p);
      gradientA += missed;
      gradientB += missed * at;
      haa += weight;
      hab += weight * at;
      hbb += weight * at * at;
    }
    const determinant = haa * hbb - hab * hab;
    if (!(determinant > 0)) return null;
    const stepA = (hbb * gradientA - hab * gradientB) / determinant;
    const stepB = (haa * gradientB - hab * gradientA) / determinant;
    a += stepA;
    b += stepB;
    if (!Number.isFinite(a) || !Number.isFinite(b)) return null;
    if (Math.abs(stepA) + Math.abs(stepB) < SMALL_STEP * (1 + Math.abs(a) + Math.abs(b))) return [a, b];
  }
  return null;
}

export function logOdds(probability: number): number {
  const p = Math.min(1 - SMALLEST, Math.max(SMALLEST, probability));
  return Math.log(p / (1 - p));
}
