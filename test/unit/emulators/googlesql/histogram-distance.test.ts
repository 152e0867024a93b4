import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  type Counts,
  countsDivergence,
  type Histogram,
  histogramDivergence,
  largestDifference,
} from '../../../../src/emulators/googlesql/values/histogram-distance.js';

interface Facts {
  histograms: { name: string; base: Histogram; study: Histogram; divergence: number }[];
  counts: { name: string; base: Counts; study: Counts; divergence: number; largest: number }[];
}

/** Computed once by following metrics.cc of TensorFlow Data Validation line by line. */
const facts = JSON.parse(readFileSync(join(import.meta.dirname, 'histogram-distance.json'), 'utf8')) as Facts;

describe('distances are those of TensorFlow Data Validation', () => {
  it.each(facts.histograms)('of numbers: $name', ({ base, study, divergence }) => {
    expect(histogramDivergence(base, study)).toBeCloseTo(divergence, 10);
    // Empty buckets change nothing.
    const filled = ({ buckets, ...rest }: Histogram): Histogram => ({
      ...rest,
      buckets: buckets.filter(([, , count]) => count > 0),
    });
    expect(histogramDivergence(filled(base), filled(study))).toBeCloseTo(divergence, 10);
  });

  it.each(facts.counts)('of categories: $name', ({ base, study, divergence, largest }) => {
    expect(countsDivergence(base, study)).toBeCloseTo(divergence, 10);
    expect(largestDifference(base, study)).toBeCloseTo(largest, 10);
  });

  it('none where one side has no values', () => {
    const empty: Histogram = { buckets: [], nan: 0, infinite: 0 };
    expect(histogramDivergence(empty, { ...empty, buckets: [[0, 1, 3]] })).toBeNull();
    expect(countsDivergence([], [['a', 1]])).toBeNull();
    expect(largestDifference([], [['a', 1]])).toBeNull();
  });
});
