import { createRandom } from '../../core/random.js';

/** A reading of a patient whom the model never saw. */
export interface ScoredRow {
  patientId: string;
  /** Whether the event came. */
  event: boolean;
  /** Of the event, as the model gives it. */
  probability: number;
}

/** Rows of patients who may each be counted more than once, or not at all. */
export interface Sample {
  rows: readonly ScoredRow[];
  /** Number of the patient of each row, from 0 on in the order in which they are first met. */
  patientOf: Uint32Array;
  patients: number;
}

/**
 * A metric, prepared once for a sample and then measured of any draw of it.
 * @returns from how often each patient is counted to the metric, null where it is not defined.
 */
export type Metric = (sample: Sample) => (counts: Uint32Array) => number | null;

export interface Estimate {
  /** Null where it is not defined, as the area under the curve when there is only one outcome. */
  value: number | null;
  /** Bounds of the 95 % interval; absent when it could not be estimated. */
  lower?: number;
  upper?: number;
}

/** @param numbers of patients, to which those who are met first are added. */
export function sampleOf(rows: readonly ScoredRow[], numbers = new Map<string, number>()): Sample {
  const patientOf = Uint32Array.from(rows, ({ patientId }) => {
    const known = numbers.get(patientId);
    if (known !== undefined) return known;
    numbers.set(patientId, numbers.size);
    return numbers.size - 1;
  });
  return { rows, patientOf, patients: numbers.size };
}

/** Of every row once. */
export function measured(metric: Metric, rows: readonly ScoredRow[]): number | null {
  const sample = sampleOf(rows);
  return metric(sample)(everyone(sample));
}

/** Counts every patient once. */
export function everyone({ patients }: Pick<Sample, 'patients'>): Uint32Array {
  return new Uint32Array(patients).fill(1);
}

const RESAMPLES = 200;
const SEED = 7;

/** Metrics with their intervals from a bootstrap over patients, since the readings of one say nearly the same. */
export function estimates<M extends string>(
  rows: readonly ScoredRow[],
  metrics: Readonly<Record<M, Metric>>,
): Record<M, Estimate> {
  const sample = sampleOf(rows);
  const all = everyone(sample);
  const prepared = Object.entries<Metric>(metrics).map(([name, metric]) => {
    const of = metric(sample);
    return { name, of, value: of(all) };
  });
  const defined = prepared.filter(({ value }) => value !== null && sample.patients > 1);
  const intervals = bootstrapIntervals(
    sample.patients,
    defined.map(({ of }) => of),
    RESAMPLES,
  );
  const found = prepared.map((each): [string, Estimate] => [
    each.name,
    { value: each.value, ...intervals[defined.indexOf(each)] },
  ]);
  return Object.fromEntries(found) as Record<M, Estimate>;
}

/**
 * 95 % intervals of statistics by drawing as many patients as there are with replacement, from a seed. Without bounds where
 * one is defined in fewer than half of the draws.
 */
export function bootstrapIntervals(
  patients: number,
  statistics: readonly ((counts: Uint32Array) => number | null)[],
  resamples: number,
): Pick<Estimate, 'lower' | 'upper'>[] {
  if (statistics.length === 0) return [];
  const random = createRandom(SEED, 'bootstrap');
  const counts = new Uint32Array(patients);
  const drawn = statistics.map((): number[] => []);
  for (let draw = 0; draw < resamples; draw++) {
    counts.fill(0);
    for (let patient = 0; patient < patients; patient++) counts[random.integer(0, patients - 1)]!++;
    for (const [index, statistic] of statistics.entries()) {
      const value = statistic(counts);
      if (value !== null) drawn[index]!.push(value);
    }
  }
  return drawn.map((values) => {
    if (values.length < resamples / 2) return {};
    values.sort((a, b) => a - b);
    return { lower: quantile(values, 0.025), upper: quantile(values, 0.975) };
  });
}

/** Between the two nearest, as spreadsheets and NumPy do it. */
function quantile(sorted: readonly number[], share: number): number {
  const at = share * (sorted.length - 1);
  const [low, high] = [sorted[Math.floor(at)]!, sorted[Math.ceil(at)]!];
  return low + (high - low) * (at - Math.floor(at));
}
