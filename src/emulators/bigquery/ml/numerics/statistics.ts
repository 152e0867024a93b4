/** Mean and population standard deviation of the values that are there; NaN marks a missing one. */
export interface Moments {
  count: number;
  mean: number;
  stddev: number;
}

export function momentsOf(values: Float64Array): Moments {
  let count = 0;
  let sum = 0;
  for (let row = 0; row < values.length; row++) {
    const value = values[row]!;
    if (Number.isNaN(value)) continue;
    count++;
    sum += value;
  }
  const mean = count === 0 ? 0 : sum / count;
  let squares = 0;
  let rest = 0;
  for (let row = 0; row < values.length; row++) {
    const value = values[row]!;
    if (Number.isNaN(value)) continue;
    const difference = value - mean;
    squares += difference * difference;
    rest += difference;
  }
  // The second term removes what rounding left of the mean.
  const variance = count === 0 ? 0 : (squares - (rest * rest) / count) / count;
  return { count, mean, stddev: Math.sqrt(Math.max(variance, 0)) };
}

/** Replaces values by (value − mean) / stddev, and missing ones by 0. A constant column becomes all 0. */
export function standardise(values: Float64Array, { mean, stddev }: { mean: number; stddev: number }): void {
  const factor = stddev > 0 ? 1 / stddev : 0;
  for (let row = 0; row < values.length; row++) {
    const value = values[row]!;
    values[row] = Number.isNaN(value) ? 0 : (value - mean) * factor;
  }
}
