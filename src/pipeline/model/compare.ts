import { usageError } from '../../errors/healthmon-error.js';
import { type HeldOut, readHeldOut } from './held-out.js';
import { bootstrapInterval, brier, groupedBy, logLoss, rocAuc, type ScoredRow } from './quality.js';
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

interface Pair {
  a: readonly ScoredRow[];
  b: readonly ScoredRow[];
}

/** By a paired bootstrap over the patients that both have, each with all rows. */
export function compareRows(
  a: string,
  b: string,
  rowsA: readonly ScoredRow[],
  rowsB: readonly ScoredRow[],
): Comparison {
  const byPatient = groupedBy(rowsB, ({ patientId }) => patientId);
  const pairs: Pair[] = [...groupedBy(rowsA, ({ patientId }) => patientId)].flatMap(([id, rows]) => {
    const others = byPatient.get(id);
    return others === undefined ? [] : [{ a: rows, b: others }];
  });
  if (pairs.length === 0) {
    throw usageError({
      code: 'not-comparable',
      message: `${a} and ${b} have no held-out patient in common.`,
      suggestion: 'Train both on tables of the same patients.',
    });
  }
  return {
    a,
    b,
    patients: pairs.length,
    metrics: COMPARED.map(({ metric, of, higherIsBetter }) => {
      const differenceOf = (drawn: readonly Pair[]) => {
        const [left, right] = [of(drawn.flatMap((pair) => pair.a)), of(drawn.flatMap((pair) => pair.b))];
        return left === null || right === null ? null : right - left;
      };
      const { lower = null, upper = null } = bootstrapInterval(
        pairs.map((pair) => [pair]),
        differenceOf,
        RESAMPLES,
      );
      return {
        metric,
        a: of(pairs.flatMap((pair) => pair.a)),
        b: of(pairs.flatMap((pair) => pair.b)),
        difference: differenceOf(pairs),
        lower,
        upper,
        higherIsBetter,
      };
    }),
    decidedDifferently: pairs.filter(
      (pair) => meanProbability(pair.a) >= 0.5 !== meanProbability(pair.b) >= 0.5,
    ).length,
  };
}

function meanProbability(rows: readonly ScoredRow[]): number {
  return rows.reduce((sum, { probability }) => sum + probability, 0) / rows.length;
}
