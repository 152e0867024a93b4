import { usageError } from '../../errors/healthmon-error.js';
import { bootstrapIntervals, everyone, type Sample, type ScoredRow, sampleOf } from './bootstrap.js';
import { type HeldOut, readHeldOut } from './held-out.js';
import { brier, logLoss, rocAuc } from './quality.js';
import { type Question, readQuestion } from './question.js';
import type { ModelTools } from './tools.js';

export interface ComparedMetric {
  metric: string;
  a: number | null;
  b: number | null;
  /** b less a. */
  difference: number | null;
  /** Bounds of the 95 % interval of the difference; null when it could not be estimated. */
  lower: number | null;
  upper: number | null;
  higherIsBetter: boolean;
}

export interface Comparison {
  a: string;
  b: string;
  /** Held-out patients that both were asked of. */
  patients: number;
  metrics: ComparedMetric[];
  /** Patients for whom the two decide differently, by the mean probability of their rows. */
  decidedDifferently: number;
}

const COMPARED = [
  { metric: 'roc_auc', of: rocAuc, higherIsBetter: true },
  { metric: 'log_loss', of: logLoss, higherIsBetter: false },
  { metric: 'brier', of: brier, higherIsBetter: false },
] as const;

export const COMPARED_METRICS = COMPARED.map(({ metric }) => metric);

const RESAMPLES = 500;

/** Compares two models on the same held-out patients. */
export async function compareModels(tools: ModelTools, a: string, b: string): Promise<Comparison> {
  return compareQuestions(tools, await readQuestion(tools, a), await readQuestion(tools, b));
}

/** @param scored what was read of `b` already. */
export async function compareQuestions(
  tools: ModelTools,
  a: Question,
  b: Question,
  scored?: HeldOut,
): Promise<Comparison> {
  for (const [name, left, right] of [
    ['label', a.label, b.label],
    ['split column', a.splitBy, b.splitBy],
  ] as const) {
    if (left === right) continue;
    throw usageError({
      code: 'not-comparable',
      message: `${a.version} and ${b.version} cannot be compared: the ${name} of one is ${left}, of the other ${right}.`,
      suggestion: 'Compare models that predict the same column and hold out the same patients.',
    });
  }
  const [rowsA, rowsB] = [await readHeldOut(tools, a), scored ?? (await readHeldOut(tools, b))];
  return compareRows(a.version, b.version, rowsA.rows, rowsB.rows);
}

/** By a paired bootstrap over the patients that both have, each with all rows. */
export function compareRows(
  a: string,
  b: string,
  rowsA: readonly ScoredRow[],
  rowsB: readonly ScoredRow[],
): Comparison {
  const [ofA, ofB] = [new Set(rowsA.map(idOf)), new Set(rowsB.map(idOf))];
  const numbers = new Map<string, number>();
  const left = sampleOf(
    rowsA.filter((row) => ofB.has(idOf(row))),
    numbers,
  );
  const right = sampleOf(
    rowsB.filter((row) => ofA.has(idOf(row))),
    numbers,
  );
  if (left.patients === 0) {
    throw usageError({
      code: 'not-comparable',
      message: `${a} and ${b} have no held-out patient in common.`,
      suggestion: 'Train both on tables of the same patients.',
    });
  }
  const all = everyone(left);
  const compared = COMPARED.map(({ of, ...names }) => {
    const [ofLeft, ofRight] = [of(left), of(right)];
    const differenceOf = (counts: Uint32Array) => {
      const [less, more] = [ofLeft(counts), ofRight(counts)];
      return less === null || more === null ? null : more - less;
    };
    return { ...names, a: ofLeft(all), b: ofRight(all), differenceOf };
  });
  const intervals = bootstrapIntervals(
    left.patients,
    compared.map(({ differenceOf }) => differenceOf),
    RESAMPLES,
  );
  const [decidedA, decidedB] = [decisions(left), decisions(right)];
  return {
    a,
    b,
    patients: left.patients,
    metrics: compared.map(({ differenceOf, ...each }, index) => {
      const { lower = null, upper = null } = intervals[index]!;
      return { ...each, difference: differenceOf(all), lower, upper };
    }),
    decidedDifferently: decidedA.filter((decision, patient) => decision !== decidedB[patient]).length,
  };
}

function idOf({ patientId }: ScoredRow): string {
  return patientId;
}

/** Whether the event is expected of each patient, by the mean probability of the rows. */
function decisions({ rows, patientOf, patients }: Sample): boolean[] {
  const excess = new Float64Array(patients);
  for (const [index, { probability }] of rows.entries()) excess[patientOf[index]!]! += probability - 0.5;
  return Array.from(excess, (sum) => sum >= 0);
}
