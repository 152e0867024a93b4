import { createRandom } from '../../core/random.js';
import { calibrationSlope } from './calibration-slope.js';

/** A reading of a patient whom the model never saw. */
export interface ScoredRow {
  patientId: string;
  /** Whether the event came. */
  event: boolean;
  /** Of the event, as the model gives it. */
  probability: number;
}

export interface Estimate {
  /** Null where it is not defined, as the area under the curve when there is only one outcome. */
  value: number | null;
  /** Bounds of the 95 % interval; absent when it could not be estimated. */
  lower?: number;
  upper?: number;
}

/** Area under the ROC curve: the share of pairs that are in the right order, ties counting half. */
export function rocAuc(rows: readonly ScoredRow[]): number | null {
  const sorted = rows.toSorted((a, b) => a.probability - b.probability);
  let events = 0;
  let rankSum = 0;
  for (let from = 0; from < sorted.length; ) {
    let to = from;
    while (to < sorted.length && sorted[to]!.probability === sorted[from]!.probability) to++;
    const meanRank = (from + 1 + to) / 2;
    for (let index = from; index < to; index++) {
      if (!sorted[index]!.event) continue;
      events++;
      rankSum += meanRank;
    }
    from = to;
  }
  const others = rows.length - events;
  return events === 0 || others === 0 ? null : (rankSum - (events * (events + 1)) / 2) / (events * others);
}

/** Mean squared difference of probability and outcome. */
export function brier(rows: readonly ScoredRow[]): number | null {
  return meanOf(rows, ({ probability, event }) => (probability - Number(event)) ** 2);
}

/** Mean probability minus the share of events: above 0 the model expects too many. */
export function calibrationInTheLarge(rows: readonly ScoredRow[]): number | null {
  return meanOf(rows, ({ probability, event }) => probability - Number(event));
}

function meanOf(rows: readonly ScoredRow[], of: (row: ScoredRow) => number): number | null {
  return rows.length === 0 ? null : rows.reduce((sum, row) => sum + of(row), 0) / rows.length;
}

/** Mean negative log-likelihood of what came. */
export function logLoss(rows: readonly ScoredRow[]): number | null {
  return meanOf(rows, ({ probability, event }) => {
    const likelihood = event ? probability : 1 - probability;
    return -Math.log(Math.max(likelihood, 1e-15));
  });
}

/** Of slices too. */
export const METRICS = {
  roc_auc: rocAuc,
  brier,
  calibration_in_the_large: calibrationInTheLarge,
} as const;

/** Of all patients; a regression on the few of a slice says nothing. */
export const METRICS_OF_ALL = { ...METRICS, calibration_slope: calibrationSlope } as const;

const RESAMPLES = 200;
const SEED = 7;

/** A metric with its interval from a bootstrap over patients, since the readings of one say nearly the same. */
export function estimate(
  rows: readonly ScoredRow[],
  metric: (rows: readonly ScoredRow[]) => number | null,
): Estimate {
  const value = metric(rows);
  const patients = [...groupedBy(rows, ({ patientId }) => patientId).values()];
  if (value === null || patients.length < 2) return { value };
  return { value, ...bootstrapInterval(patients, metric) };
}

/**
 * The 95 % interval of a statistic of patients by drawing as many with replacement, from a seed. Without bounds where it
 * is defined in fewer than half of the draws.
 * @param statistic of rows, or of pairs of them.
 */
export function bootstrapInterval<R>(
  patients: readonly (readonly R[])[],
  statistic: (rows: readonly R[]) => number | null,
  resamples = RESAMPLES,
): Pick<Estimate, 'lower' | 'upper'> {
  const random = createRandom(SEED, 'bootstrap');
  const values = Array.from({ length: resamples }, () =>
    statistic(patients.flatMap(() => random.pick(patients))),
  )
    .filter((each) => each !== null)
    .sort((a, b) => a - b);
  if (values.length < resamples / 2) return {};
  return { lower: quantile(values, 0.025), upper: quantile(values, 0.975) };
}

/** Rows by what they have in common, in the order in which it is first met. */
export function groupedBy<R>(rows: readonly R[], keyOf: (row: R) => string): Map<string, R[]> {
  const groups = new Map<string, R[]>();
  for (const row of rows) {
    const group = groups.get(keyOf(row));
    if (group === undefined) groups.set(keyOf(row), [row]);
    else group.push(row);
  }
  return groups;
}

/** Between the two nearest, as spreadsheets and NumPy do it. */
function quantile(sorted: readonly number[], share: number): number {
  const at = share * (sorted.length - 1);
  const [low, high] = [sorted[Math.floor(at)]!, sorted[Math.ceil(at)]!];
  return low + (high - low) * (at - Math.floor(at));
}

export interface CalibrationBin {
  predicted: number;
  observed: number;
  /** 95 % interval of Wilson for so many patients. */
  lower: number;
  upper: number;
  /** Patients. */
  n: number;
  rows: number;
}

/** Bins of equally many readings from the lowest probability to the highest. */
export function calibrationBins(rows: readonly ScoredRow[], count = 10): CalibrationBin[] {
  const sorted = rows.toSorted((a, b) => a.probability - b.probability);
  const bins: CalibrationBin[] = [];
  for (let bin = 0; bin < count; bin++) {
    const part = sorted.slice(
      Math.round((bin * sorted.length) / count),
      Math.round(((bin + 1) * sorted.length) / count),
    );
    if (part.length === 0) continue;
    const n = new Set(part.map(({ patientId }) => patientId)).size;
    const observed = meanOf(part, ({ event }) => Number(event))!;
    bins.push({
      predicted: meanOf(part, ({ probability }) => probability)!,
      observed,
      ...wilson(observed, n),
      n,
      rows: part.length,
    });
  }
  return bins;
}

const Z = 1.959_963_984_540_054;

/** Wilson's score interval of a share (JASA 22, 1927). */
export function wilson(share: number, n: number): { lower: number; upper: number } {
  const centre = (share + Z ** 2 / (2 * n)) / (1 + Z ** 2 / n);
  const half = (Z / (1 + Z ** 2 / n)) * Math.sqrt((share * (1 - share)) / n + Z ** 2 / (4 * n ** 2));
  return { lower: Math.max(0, centre - half), upper: Math.min(1, centre + half) };
}

export interface RocPoint {
  threshold: number;
  falsePositiveRate: number;
  truePositiveRate: number;
}

/** The curve from the strictest threshold to the mildest, at most `most` points of it; empty with one outcome only. */
export function rocPoints(rows: readonly ScoredRow[], most = 200): RocPoint[] {
  const events = rows.filter(({ event }) => event).length;
  const others = rows.length - events;
  if (events === 0 || others === 0) return [];
  const sorted = rows.toSorted((a, b) => b.probability - a.probability);
  const points: RocPoint[] = [{ threshold: 1, falsePositiveRate: 0, truePositiveRate: 0 }];
  let hits = 0;
  for (const [index, { event, probability }] of sorted.entries()) {
    if (event) hits++;
    if (sorted[index + 1]?.probability === probability) continue;
    points.push({
      threshold: probability,
      falsePositiveRate: (index + 1 - hits) / others,
      truePositiveRate: hits / events,
    });
  }
  const step = Math.max(1, Math.ceil(points.length / most));
  return points.filter((_, index) => index % step === 0 || index === points.length - 1);
}

/** Net benefit at a threshold: true positives less false ones, weighed by its odds (Vickers and Elkin 2006). */
export function netBenefit(rows: readonly ScoredRow[], threshold: number): { model: number; all: number } {
  const odds = threshold / (1 - threshold);
  let [hits, misses, events] = [0, 0, 0];
  for (const { event, probability } of rows) {
    if (event) events++;
    if (probability < threshold) continue;
    if (event) hits++;
    else misses++;
  }
  const n = rows.length;
  return { model: (hits - misses * odds) / n, all: (events - (n - events) * odds) / n };
}
