/**
 * Distances of distributions as TensorFlow Data Validation computes them
 * (github.com/tensorflow/data-validation, anomalies/metrics.cc).
 */

/** Values of a column of numbers, counted. */
export interface Histogram {
  /** Lowest value, highest value, count. Of a single value both bounds are it. */
  buckets: readonly (readonly [low: number, high: number, count: number])[];
  nan: number;
  infinite: number;
}

/** How often each value comes. */
export type Counts = readonly (readonly [value: string, count: number])[];

/**
 * Jensen-Shannon divergence in bits: (D(P‖M) + D(Q‖M)) / 2 with M = (P + Q) / 2. Both are cut at the bounds of either, with
 * the values of a bucket spread evenly over it; single values stay apart from ranges, and what is no finite number on one
 * side matches nothing on the other. Null where one has no values.
 */
export function histogramDivergence(base: Histogram, study: Histogram): number | null {
  const ranges = [base, study].map(({ buckets }) => buckets.filter(([low, high]) => low < high));
  const bounds = [...new Set(ranges.flat().flatMap((bucket) => bucket.slice(0, 2)))].sort((a, b) => a - b);
  const points = [
    ...new Set([base, study].flatMap(({ buckets }) => buckets.filter(isPoint).map(([at]) => at))),
  ];
  const masses = [base, study].map(({ buckets, nan, infinite }, side) => [
    ...bounds.slice(1).map((high, index) => massBetween(ranges[side]!, bounds[index]!, high)),
    ...points.map((at) => sumOf(buckets.filter((bucket) => isPoint(bucket) && bucket[0] === at))),
    ...(side === 0 ? [infinite, 0, nan, 0] : [0, infinite, 0, nan]),
  ]);
  return divergence(masses[0]!, masses[1]!);
}

function isPoint([low, high]: Histogram['buckets'][number]): boolean {
  return low === high;
}

function sumOf(buckets: Histogram['buckets']): number {
  return buckets.reduce((sum, [, , count]) => sum + count, 0);
}

/** No bucket begins or ends between the two. */
function massBetween(buckets: Histogram['buckets'], from: number, to: number): number {
  const [low, high, count] = buckets.find(([start, end]) => start <= from && to <= end) ?? [0, 1, 0];
  return (count * (to - from)) / (high - low);
}

/** The same of values that are no numbers. */
export function countsDivergence(base: Counts, study: Counts): number | null {
  const [p, q] = aligned(base, study);
  return divergence(p, q);
}

/** The largest difference of a value's share (L∞). Null where one side has no values. */
export function largestDifference(base: Counts, study: Counts): number | null {
  const [p, q] = aligned(base, study).map(normalised);
  if (p === undefined || q === undefined) return null;
  return p.reduce((largest, share, index) => Math.max(largest, Math.abs(share - q[index]!)), 0);
}

function aligned(base: Counts, study: Counts): [number[], number[]] {
  const values = [...new Set([...base, ...study].map(([value]) => value))];
  const counts = [base, study].map((side) => new Map(side.map(([value, count]) => [value, count])));
  return [
    values.map((value) => counts[0]!.get(value) ?? 0),
    values.map((value) => counts[1]!.get(value) ?? 0),
  ];
}

function normalised(masses: readonly number[]): number[] | undefined {
  const total = masses.reduce((sum, mass) => sum + mass, 0);
  return total === 0 ? undefined : masses.map((mass) => mass / total);
}

function divergence(base: readonly number[], study: readonly number[]): number | null {
  const [p, q] = [normalised(base), normalised(study)];
  if (p === undefined || q === undefined) return null;
  let sum = 0;
  for (const [index, share] of p.entries()) {
    const other = q[index]!;
    const mean = (share + other) / 2;
    // What one side lacks adds nothing there.
    if (share > 0) sum += share * Math.log2(share / mean);
    if (other > 0) sum += other * Math.log2(other / mean);
  }
  return Math.min(1, sum / 2);
}
