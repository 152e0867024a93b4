import type { ScoredRow } from './quality.js';

const MAX_STEPS = 50;
const TOLERANCE = 1e-10;
/** Probabilities of 0 and 1 have no finite log-odds. */
const SMALLEST = 1e-15;

/**
 * Slope of the logistic regression of the event on the log-odds that the model gives (Cox 1958): 1 when they are right, less
 * when they are too extreme. By Newton's method on the log-likelihood of a + b·x; null where it has no maximum, as when the
 * log-odds tell the outcomes apart without a mistake.
 */
export function calibrationSlope(rows: readonly ScoredRow[]): number | null {
  const points = rows.map(({ probability, event }) => ({ x: logOdds(probability), y: Number(event) }));
  const [first] = points;
  if (first === undefined || points.every(({ x }) => x === first.x)) return null;
  let [a, b] = [0, 1];
  for (let step = 0; step < MAX_STEPS; step++) {
    let [gradientA, gradientB, haa, hab, hbb] = [0, 0, 0, 0, 0];
    for (const { x, y } of points) {
      const p = 1 / (1 + Math.exp(-(a + b * x)));
      const weight = p * (1 - p);
      gradientA += y - p;
      gradientB += (y - p) * x;
      haa += weight;
      hab += weight * x;
      hbb += weight * x * x;
    }
    const determinant = haa * hbb - hab * hab;
    if (!(determinant > 0)) return null;
    const stepA = (hbb * gradientA - hab * gradientB) / determinant;
    const stepB = (haa * gradientB - hab * gradientA) / determinant;
    a += stepA;
    b += stepB;
    if (!Number.isFinite(a) || !Number.isFinite(b)) return null;
    if (Math.abs(stepA) + Math.abs(stepB) < TOLERANCE * (1 + Math.abs(a) + Math.abs(b))) return b;
  }
  return null;
}

export function logOdds(probability: number): number {
  const p = Math.min(1 - SMALLEST, Math.max(SMALLEST, probability));
  return Math.log(p / (1 - p));
}
