/** Bins of a column; the last number of a byte stands for a missing value. */
export const MISSING_BIN = 255;
const MAX_BINS = 254;
/** Cut points of larger columns come from this many values. */
const SAMPLE = 200_000;

export interface BinnedColumn {
  bins: Uint8Array;
  /** Values below `cuts[i]` lie in bin i or an earlier one. */
  cuts: Float64Array;
}

/** Sorts the values of a column into at most 254 bins of about equal size. */
export function binColumn(values: Float64Array): BinnedColumn {
  const cuts = cutPoints(values);
  const bins = new Uint8Array(values.length);
  for (let row = 0; row < values.length; row++) {
    const value = values[row]!;
    bins[row] = Number.isNaN(value) ? MISSING_BIN : upperBound(cuts, value);
  }
  return { bins, cuts };
}

function cutPoints(values: Float64Array): Float64Array {
  const step = Math.max(1, Math.floor(values.length / SAMPLE));
  const sample = new Float64Array(Math.ceil(values.length / step));
  for (let index = 0; index < sample.length; index++) sample[index] = values[index * step]!;
  const sorted = sample.filter((value) => !Number.isNaN(value)).sort();
  const distinct = sorted.filter((value, index) => index === 0 || value !== sorted[index - 1]);
  if (distinct.length <= MAX_BINS) {
    // Between neighbours, so that a value seen later falls to the nearer one.
    return distinct.slice(1).map((value, index) => (value + distinct[index]!) / 2);
  }
  const cuts: number[] = [];
  for (let index = 1; index < MAX_BINS; index++) {
    const cut = sorted[Math.floor((index * sorted.length) / MAX_BINS)]!;
    if (cut !== cuts.at(-1)) cuts.push(cut);
  }
  return Float64Array.from(cuts);
}

/** Number of cuts that are at most `value`. */
function upperBound(cuts: Float64Array, value: number): number {
  let low = 0;
  let high = cuts.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (cuts[middle]! <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}
