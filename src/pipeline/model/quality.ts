import type { Metric, ScoredRow } from './bootstrap.js';
import { calibrationSlope } from './calibration-slope.js';

/** Area under the ROC curve: the share of pairs that are in the right order, ties counting half. */
export const rocAuc: Metric = ({ rows, patientOf }) => {
  const order = Uint32Array.from(rows.keys()).sort((a, b) => rows[a]!.probability - rows[b]!.probability);
  const patients = order.map((index) => patientOf[index]!);
  const isEvent = Uint8Array.from(order, (index) => Number(rows[index]!.event));
  const isLastOfTie = (index: number, at: number) =>
    rows[index]!.probability !== rows[order[at + 1]!]?.probability;
  const tieEnds = Uint32Array.from(order.keys())
    .filter((at) => isLastOfTie(order[at]!, at))
    .map((at) => at + 1);
  return (counts) => {
    let [events, others, inOrder, at] = [0, 0, 0, 0];
    for (const end of tieEnds) {
      let [tied, tiedEvents] = [0, 0];
      for (; at < end; at++) {
        const count = counts[patients[at]!]!;
        tied += count;
        tiedEvents += count * isEvent[at]!;
      }
      const tiedOthers = tied - tiedEvents;
      inOrder += tiedEvents * (others + tiedOthers / 2);
      events += tiedEvents;
      others += tiedOthers;
    }
    return events === 0 || others === 0 ? null : inOrder / (events * others);
  };
};

/** Mean squared difference of probability and outcome. */
export const brier = meanMetric(({ probability, event }) => (probability - Number(event)) ** 2);

/** Mean probability minus the share of events: above 0 the model expects too many. */
export const calibrationInTheLarge = meanMetric(({ probability, event }) => probability - Number(event));

/** Mean negative log-likelihood of what came. */
export const logLoss = meanMetric(({ probability, event }) => {
  const likelihood = event ? probability : 1 - probability;
  return -Math.log(Math.max(likelihood, 1e-15));
});

function meanMetric(of: (row: ScoredRow) => number): Metric {
  return ({ rows, patientOf, patients }) => {
    const sums = new Float64Array(patients);
    const sizes = new Uint32Array(patients);
    for (const [index, row] of rows.entries()) {
      sums[patientOf[index]!]! += of(row);
      sizes[patientOf[index]!]!++;
    }
    return (counts) => {
      let [sum, size] = [0, 0];
      for (let patient = 0; patient < patients; patient++) {
        sum += counts[patient]! * sums[patient]!;
        size += counts[patient]! * sizes[patient]!;
      }
      return size === 0 ? null : sum / size;
    };
  };
}

/** Of slices too. */
export const METRICS = {
  roc_auc: rocAuc,
  brier,
  calibration_in_the_large: calibrationInTheLarge,
} as const satisfies Record<string, Metric>;

/** Of all patients; a regression on the few of a slice says nothing. */
export const METRICS_OF_ALL = { ...METRICS, calibration_slope: calibrationSlope } as const;

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

function meanOf(rows: readonly ScoredRow[], of: (row: ScoredRow) => number): number {
  return rows.reduce((sum, row) => sum + of(row), 0) / rows.length;
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
    const observed = meanOf(part, ({ event }) => Number(event));
    bins.push({
      predicted: meanOf(part, ({ probability }) => probability),
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
