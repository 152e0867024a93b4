import { describe, expect, it } from 'vitest';
import {
  estimates,
  type Metric,
  measured,
  type ScoredRow,
} from '../../../../src/pipeline/model/bootstrap.js';
import { qualityCharts, qualityPage, qualitySvg } from '../../../../src/pipeline/model/plot.js';
import {
  brier,
  calibrationBins,
  calibrationInTheLarge,
  netBenefit,
  rocAuc,
  rocPoints,
  wilson,
} from '../../../../src/pipeline/model/quality.js';
import { metricRows } from '../../../../src/pipeline/model/store-metrics.js';
import { elementsOf } from '../../../helpers/svg.js';

/** One reading of each of so many patients: probability, and whether the event came. */
function scored(...rows: [probability: number, event: 0 | 1][]): ScoredRow[] {
  return rows.map(([probability, event], index) => ({
    patientId: String(index),
    event: event === 1,
    probability,
  }));
}

function estimate(rows: readonly ScoredRow[], metric: Metric) {
  return estimates(rows, { metric }).metric;
}

const MIXED = scored([0.1, 0], [0.4, 0], [0.35, 1], [0.8, 1]);

describe('the quality of a model', () => {
  it('is the share of pairs in the right order, ties counting half', () => {
    expect(measured(rocAuc, MIXED)).toBe(0.75);
    expect(measured(rocAuc, scored([0.5, 0], [0.5, 1]))).toBe(0.5);
    expect(measured(rocAuc, scored([0.9, 0], [0.1, 1]))).toBe(0);
    expect(measured(rocAuc, scored([0.9, 1], [0.1, 1]))).toBeNull();
    expect(measured(rocAuc, [])).toBeNull();
  });

  it('is how far probabilities are from what came', () => {
    expect(measured(brier, MIXED)).toBeCloseTo((0.01 + 0.16 + 0.4225 + 0.04) / 4, 12);
    expect(measured(calibrationInTheLarge, MIXED)).toBeCloseTo(1.65 / 4 - 0.5, 12);
    expect(measured(brier, [])).toBeNull();
  });

  it('has an interval over patients, not over their readings', () => {
    const patients = scored(
      ...Array.from({ length: 60 }, (_, index): [number, 0 | 1] => [
        (index % 10) / 10,
        index % 10 > 3 === index % 7 > 1 ? 1 : 0,
      ]),
    );
    const once = estimate(patients, rocAuc);
    const often = estimate(
      patients.flatMap((row) => [row, row, row, row, row]),
      rocAuc,
    );
    expect(often.value).toBeCloseTo(once.value!, 12);
    expect(often.lower).toBeCloseTo(once.lower!, 12);
    expect(often.upper).toBeCloseTo(once.upper!, 12);
    expect(once.lower).toBeLessThan(once.value!);
    expect(once.upper).toBeGreaterThan(once.value!);
    expect(estimate(patients, rocAuc)).toEqual(once);
    expect(estimate(scored([0.9, 1], [0.1, 1]), rocAuc)).toEqual({ value: null });
  });

  it('is calibrated by bins of equally many readings, with intervals for their patients', () => {
    const bins = calibrationBins(scored([0.1, 0], [0.2, 0], [0.7, 1], [0.9, 1]), 2);
    expect(
      bins.map(({ predicted, observed, n }) =>
        [predicted, observed, n].map((each) => Number(each.toFixed(6))),
      ),
    ).toEqual([
      [0.15, 0, 2],
      [0.8, 1, 2],
    ]);
    expect(calibrationBins(MIXED, 10)).toHaveLength(4);
    // The example of 81 of 263 in Newcombe, Statistics in Medicine 17 (1998), table I.
    const { lower, upper } = wilson(81 / 263, 263);
    expect([lower, upper].map((each) => each.toFixed(4))).toEqual(['0.2553', '0.3662']);
    expect(wilson(0, 10).lower).toBe(0);
    expect(wilson(1, 10).upper).toBeCloseTo(1, 12);
  });

  it('is a curve from the strictest threshold to the mildest, whose area is the same', () => {
    const points = rocPoints(MIXED);
    expect(
      points.map(({ falsePositiveRate, truePositiveRate }) => [falsePositiveRate, truePositiveRate]),
    ).toEqual([
      [0, 0],
      [0, 0.5],
      [0.5, 0.5],
      [0.5, 1],
      [1, 1],
    ]);
    const many = scored(
      ...Array.from({ length: 2_000 }, (_, index): [number, 0 | 1] => [
        ((index * 7919) % 2_000) / 2_000,
        index % 3 === 0 ? 1 : 0,
      ]),
    );
    const thinned = rocPoints(many);
    expect(thinned.length).toBeLessThanOrEqual(201);
    expect(thinned.at(-1)).toMatchObject({ falsePositiveRate: 1, truePositiveRate: 1 });
    expect(rocPoints(scored([0.2, 0]))).toEqual([]);
  });

  it('is the net benefit of deciding by it', () => {
    // At 0.5 false positives count as much as true ones; 0.4 and below is not decided for.
    expect(netBenefit(MIXED, 0.5)).toEqual({ model: 0.25, all: 0 });
    expect(netBenefit(MIXED, 0.25).model).toBeCloseTo((2 - 1 / 3) / 4, 12);
    expect(netBenefit(MIXED, 0.25).all).toBeCloseTo((2 - 2 / 3) / 4, 12);
  });
});

const METRICS = { precision: 0.7, recall: 0.8, accuracy: 0.75, f1_score: 0.74, log_loss: 0.5, roc_auc: 0.75 };
const HELD_OUT = {
  event: 'Stable',
  rows: MIXED.map((row, index) => ({ ...row, slices: { Gender: index % 2 === 0 ? 'Female' : 'Male' } })),
};

describe('stored metrics', () => {
  it('are those of BigQuery ML, and with intervals those of all patients and of each slice', () => {
    const rows = metricRows({ ...METRICS, precision: Number.NaN }, HELD_OUT);
    expect(rows.filter(({ slice_column }) => slice_column === 'all').map(({ metric }) => metric)).toEqual([
      'precision',
      'recall',
      'accuracy',
      'f1_score',
      'log_loss',
      'roc_auc',
      'brier',
      'calibration_in_the_large',
      'calibration_slope',
    ]);
    expect(rows[0]).toMatchObject({ metric: 'precision', value: null, n_patients: 4, n_rows: 4 });
    expect(
      rows.filter(({ slice_column, metric }) => slice_column === 'Gender' && metric === 'roc_auc'),
    ).toMatchObject([
      { slice_value: 'Female', value: 1, n_patients: 2 },
      { slice_value: 'Male', value: 1, n_patients: 2 },
    ]);
  });
});

describe('the picture of a model', () => {
  const result = {
    model: 'outcome_model',
    confusionMatrix: [
      { expected_label: 'Recovered', Recovered: 1, Stable: 1 },
      { expected_label: 'Stable', Recovered: 1, Stable: 1 },
    ],
  };
  const charts = qualityCharts(result, HELD_OUT, metricRows(METRICS, HELD_OUT));

  it('has a chart of each kind', () => {
    const kinds = charts.map((chart) => elementsOf(chart)[0]!.attributes['data-chart']);
    expect(kinds).toEqual(['roc', 'calibration', 'confusion', 'decision', 'slices']);
  });

  it('is one SVG in which they do not cover each other, or a page', () => {
    const svg = qualitySvg('Model', charts);
    const [root, ...inner] = elementsOf(svg.replace(/<style>[\s\S]*?<\/style>/, '')).filter(
      ({ name }) => name === 'svg',
    );
    expect(inner).toHaveLength(5);
    const boxes = inner.map(
      ({ attributes: { x, y, width, height } }) =>
        [x, y, width, height].map(Number) as [number, number, number, number],
    );
    for (const [index, [x, y, width, height]] of boxes.entries()) {
      expect(x + width).toBeLessThanOrEqual(Number(root!.attributes.width));
      expect(y + height).toBeLessThanOrEqual(Number(root!.attributes.height));
      for (const [left, top] of boxes.slice(index + 1))
        expect(left >= x + width || top >= y + height || left < x).toBe(true);
    }
    const page = qualityPage('<Model>', charts);
    expect(page.match(/<figure>/g)).toHaveLength(5);
    expect(page).toContain('<h1>&lt;Model&gt;</h1>');
  });

  it('can be drawn of a model that nobody was held out for', () => {
    const none = { event: '', rows: [] };
    expect(qualityCharts({ model: 'm', confusionMatrix: [] }, none, metricRows(METRICS, none))).toHaveLength(
      5,
    );
  });
});
