import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { estimates, measured, type ScoredRow } from '../../../../src/pipeline/model/bootstrap.js';
import { calibrationSlope } from '../../../../src/pipeline/model/calibration-slope.js';
import { compareRows } from '../../../../src/pipeline/model/compare.js';
import {
  brier,
  calibrationBins,
  calibrationInTheLarge,
  logLoss,
  netBenefit,
  rocAuc,
} from '../../../../src/pipeline/model/quality.js';

interface Facts {
  /** Patient, whether the event came, and the probabilities of two models. */
  rows: [string, 0 | 1, number, number][];
  metrics: Record<string, { value: number; interval: [number, number] }>;
  differences: Record<string, { difference: number; interval: [number, number] }>;
  netBenefit: { threshold: number; model: number; all: number }[];
  calibration: Record<'predicted' | 'observed' | 'lower' | 'upper' | 'n', number>[];
}

/**
 * Computed once with scikit-learn (areas, Brier score, log loss, confusion), statsmodels (logistic regression, Wilson's
 * interval) and NumPy (percentiles) on the draws of patients that our generator gives.
 */
const facts = JSON.parse(readFileSync(join(import.meta.dirname, 'statistics.json'), 'utf8')) as Facts;
const rowsOf = (model: 2 | 3): ScoredRow[] =>
  facts.rows.map((row) => ({ patientId: row[0], event: row[1] === 1, probability: row[model] }));
const [first, second] = [rowsOf(2), rowsOf(3)];

function near(actual: number | null | undefined, expected: number): void {
  expect(Math.abs(actual! - expected)).toBeLessThan(1e-6);
}

describe('statistics of models are those of scikit-learn and statsmodels', () => {
  it.each([
    ['roc_auc', rocAuc],
    ['brier', brier],
    ['log_loss', logLoss],
    ['calibration_in_the_large', calibrationInTheLarge],
    ['calibration_slope', calibrationSlope],
  ] as const)('%s with its interval over patients', (name, metric) => {
    const { value, lower, upper } = estimates(first, { metric }).metric;
    const expected = facts.metrics[name]!;
    near(value, expected.value);
    near(lower, expected.interval[0]);
    near(upper, expected.interval[1]);
  });

  it('differences of two models with their intervals', () => {
    const { metrics } = compareRows('a', 'b', first, second);
    for (const { metric, difference, lower, upper } of metrics) {
      const expected = facts.differences[metric]!;
      near(difference, expected.difference);
      near(lower, expected.interval[0]);
      near(upper, expected.interval[1]);
    }
  });

  it('differences of a model with itself are exactly zero', () => {
    for (const { difference, lower, upper } of compareRows('a', 'a', first, first).metrics) {
      expect([difference, lower, upper]).toEqual([0, 0, 0]);
    }
  });

  it('net benefit', () => {
    for (const { threshold, model, all } of facts.netBenefit) {
      const found = netBenefit(first, threshold);
      near(found.model, model);
      near(found.all, all);
    }
  });

  it('calibration in bins', () => {
    const bins = calibrationBins(first);
    expect(bins).toHaveLength(facts.calibration.length);
    for (const [index, bin] of facts.calibration.entries()) {
      for (const key of ['predicted', 'observed', 'lower', 'upper', 'n'] as const) {
        near(bins[index]![key], bin[key]);
      }
    }
  });

  it('no slope where the outcomes are told apart without a mistake, or all log-odds are the same', () => {
    const apart = [0.1, 0.2, 0.8, 0.9].map((probability, index) => ({
      patientId: String(index),
      event: index > 1,
      probability,
    }));
    expect(measured(calibrationSlope, apart)).toBeNull();
    expect(
      measured(
        calibrationSlope,
        apart.map((row) => ({ ...row, probability: 0.5 })),
      ),
    ).toBeNull();
    expect(measured(calibrationSlope, [])).toBeNull();
  });
});
