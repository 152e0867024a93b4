import { describe, expect, it } from 'vitest';
import { barChart, stackedChart } from '../../../src/charts/bars.js';
import { bubbleChart } from '../../../src/charts/bubbles.js';
import { calibrationChart } from '../../../src/charts/calibration.js';
import { confusionChart } from '../../../src/charts/confusion.js';
import { decisionChart } from '../../../src/charts/decision.js';
import { gaugeChart } from '../../../src/charts/gauge.js';
import { rocChart } from '../../../src/charts/roc.js';
import { sliceChart } from '../../../src/charts/slices.js';
import { sparkline } from '../../../src/charts/sparkline.js';
import { trendChart } from '../../../src/charts/trend.js';
import { elementsOf, withClass } from '../../helpers/svg.js';

const caption = { id: 'chart', title: '<script>', description: 'A & B' };

describe('every chart', () => {
  const empty: Record<string, () => string> = {
    roc: () => rocChart({ ...caption, points: [], rocAuc: 0.5 }),
    calibration: () => calibrationChart({ ...caption, bins: [], histogram: [], event: 'Stable' }),
    decision: () => decisionChart({ ...caption, points: [] }),
    confusion: () => confusionChart({ ...caption, labels: [], counts: [] }),
    bars: () => barChart({ ...caption, bars: [], unit: 'points' }),
    stacked: () => stackedChart({ ...caption, parts: [], bars: [] }),
    bubbles: () => bubbleChart({ ...caption, points: [], xLabel: 'x', yLabel: 'y' }),
    gauge: () => gaugeChart({ ...caption, value: null, minimum: 1, maximum: 5, detail: 'none' }),
    slices: () => sliceChart({ ...caption, slices: [], metric: 'AUC', domain: [0.5, 1] }),
    trend: () => trendChart({ ...caption, series: [], unit: 'per minute' }),
  };
  for (const [kind, draw] of Object.entries(empty)) {
    it(`says what it is, escapes, and can be empty: ${kind}`, () => {
      const svg = draw();
      const [root] = elementsOf(svg);
      expect(root).toMatchObject({
        name: 'svg',
        attributes: {
          'data-chart': kind,
          role: 'img',
          'aria-labelledby': 'chart-title',
          'aria-describedby': 'chart-description',
        },
      });
      expect(svg).toContain('<title id="chart-title">&lt;script&gt;</title>');
      expect(svg).toContain('<desc id="chart-description">A &amp; B</desc>');
    });
  }

  it('refuses an id that is none', () => {
    expect(() => gaugeChart({ ...caption, id: 'a b', value: 1, minimum: 0, maximum: 2, detail: '' })).toThrow(
      'is no id',
    );
  });
});

describe('a sparkline', () => {
  it('breaks where nothing was measured, and has a dot at the newest value', () => {
    const svg = sparkline([1, 2, null, 3, null], 'pulse');
    expect(withClass(svg, 'reading')[0]!.attributes.d!.match(/M/g)).toHaveLength(2);
    expect(withClass(svg, 'point')[0]!.attributes).toMatchObject({ cx: '70.5', cy: '3' });
    expect(elementsOf(sparkline([null, null], 'nothing'))).toHaveLength(1);
    expect(withClass(sparkline([5, 5], 'flat'), 'point')[0]!.attributes.cy).toBe('12');
  });
});

describe('the pictures of a model', () => {
  it('draw the curve of a perfect model through the upper left, and mark the threshold', () => {
    const svg = rocChart({
      ...caption,
      points: [
        { falsePositiveRate: 1, truePositiveRate: 1, threshold: 0 },
        { falsePositiveRate: 0, truePositiveRate: 1, threshold: 0.5 },
        { falsePositiveRate: 0, truePositiveRate: 0, threshold: 1 },
      ],
      rocAuc: 1,
      interval: [0.97, 1],
      threshold: 0.48,
    });
    expect(withClass(svg, 'series0')[0]!.attributes.d).toBe('M62,360L62,40L396,40');
    expect(withClass(svg, 'point')[0]!.attributes).toMatchObject({ cx: '62', cy: '40' });
    expect(svg).toContain('area 1.000 (0.970 to 1.000)');
  });

  it('draw calibration with its interval and the spread of predictions', () => {
    const svg = calibrationChart({
      ...caption,
      event: 'Stable',
      bins: [
        { predicted: 0.5, observed: 0.5, lower: 0.25, upper: 0.75, n: 40 },
        { predicted: 1, observed: 1, lower: 0.75, upper: 1, n: 10 },
      ],
      histogram: [0, 40, 10],
    });
    expect(withClass(svg, 'region')[0]!.attributes.d).toBe('M229,120L396,40L396,120L229,280Z');
    expect(withClass(svg, 'fill1').map(({ attributes }) => attributes.height)).toEqual(['0', '56', '14']);
    expect(svg).toContain('n = 40: predicted 50.0 %, observed 50.0 %');
  });

  it('count outcomes with their share of the recorded ones', () => {
    const svg = confusionChart({
      ...caption,
      labels: ['Recovered', 'Stable'],
      counts: [
        [30, 10],
        [0, 0],
      ],
    });
    expect(withClass(svg, 'hit')).toHaveLength(2);
    expect(withClass(svg, 'miss')).toHaveLength(2);
    expect(svg).toContain('>75.0 %<');
    expect(svg).toContain('>0.0 %<');
  });

  it('leave out what is far below no benefit', () => {
    const svg = decisionChart({
      ...caption,
      points: [
        { threshold: 0.1, model: 0.4, all: 0.4 },
        { threshold: 0.5, model: 0.3, all: 0 },
        { threshold: 0.9, model: 0.1, all: -4 },
      ],
    });
    expect(withClass(svg, 'series0')[0]!.attributes.d!.match(/[ML]/g)).toHaveLength(3);
    expect(withClass(svg, 'series1')[0]!.attributes.d!.match(/[ML]/g)).toHaveLength(2);
  });

  it('show a slice with its patients, unless there are too few', () => {
    const svg = sliceChart({
      ...caption,
      metric: 'AUC',
      domain: [0.5, 1],
      overall: 0.85,
      slices: [
        { label: 'Age 65–79', n: 11, value: 0.74, lower: 0.6, upper: 0.9 },
        { label: 'Age 80+', n: 4, value: 0.9, lower: 0.5, upper: 1 },
        { label: 'Gender X', n: 40, value: null },
      ],
    });
    expect(withClass(svg, 'point')).toHaveLength(1);
    expect(withClass(svg, 'whisker')).toHaveLength(1);
    expect(svg).toContain('0.740 (0.60–0.90)');
    expect(svg).toContain('too few patients');
    expect(svg).toContain('not defined');
  });
});

describe('the pictures of a cohort', () => {
  it('draw bars from nothing to either side', () => {
    const svg = barChart({
      ...caption,
      unit: 'log-odds',
      signed: true,
      bars: [
        { label: 'Age', value: 1.5 },
        { label: 'Cost', value: -0.75, lower: -1, upper: -0.5 },
      ],
    });
    const [more, less] = withClass(svg, 'bar').map(({ attributes }) => attributes);
    expect(Number(less!.x) + Number(less!.width)).toBeCloseTo(Number(more!.x), 1);
    expect(less!.class).toBe('bar negative');
    expect(svg).toContain('+1.50');
    expect(svg).toContain('−0.75');
    expect(withClass(svg, 'whisker')).toHaveLength(1);
  });

  it('fill a bar of shares, and count what is behind it', () => {
    const svg = stackedChart({
      ...caption,
      parts: ['Recovered', 'Stable'],
      bars: [{ label: 'Sepsis', values: [30, 10] }],
    });
    const [legend, , first, second] = withClass(svg, 'part').map(({ attributes }) => attributes);
    expect(legend!.class).toBe('fill0 part');
    expect(Number(first!.x) + Number(first!.width)).toBeCloseTo(Number(second!.x), 1);
    expect(Number(first!.width)).toBeCloseTo(3 * Number(second!.width), 1);
    expect(svg).toContain('n 40');
    expect(() => stackedChart({ ...caption, parts: ['a', 'b', 'c', 'd', 'e'], bars: [] })).toThrow(
      'at most 4',
    );
  });

  it('draw large bubbles under small ones', () => {
    const svg = bubbleChart({
      ...caption,
      xLabel: 'age',
      yLabel: 'days',
      points: [
        { x: 20, y: 1, size: 1, label: 'small' },
        { x: 80, y: 9, size: 16, label: 'large' },
      ],
    });
    const radii = withClass(svg, 'bubble').map(({ attributes }) => Number(attributes.r));
    expect(radii[0]).toBe(18);
    expect(radii[0]).toBeGreaterThan(radii[1]!);
  });

  it('fill a gauge in proportion, and say when there is nothing', () => {
    const half = gaugeChart({ ...caption, value: 3, minimum: 1, maximum: 5, detail: 'of 5' });
    expect(withClass(half, 'gauge-value')[0]!.attributes.d).toContain('A94,94');
    expect(half).toContain('>3<');
    expect(gaugeChart({ ...caption, value: null, minimum: 1, maximum: 5, detail: '' })).toContain(
      'not known',
    );
  });
});

describe('a trend', () => {
  const points = [0, 1, 2].map((hour) => ({
    atMs: Date.UTC(2026, 0, 1, hour),
    value: hour,
    lower: hour / 2,
    upper: hour * 2,
  }));

  it('has intervals as bands, steps where values hold, and names that do not cover each other', () => {
    const svg = trendChart({
      ...caption,
      unit: 'AUC',
      series: [
        { label: 'v1', points },
        { label: 'v2', points },
      ],
    });
    expect(withClass(svg, 'region')).toHaveLength(2);
    const [first, second] = ['name0', 'name1'].map((name) => Number(withClass(svg, name)[0]!.attributes.y));
    expect(Math.abs(first! - second!)).toBeGreaterThanOrEqual(14);
    const stepped = trendChart({
      ...caption,
      unit: 'rows',
      steps: true,
      series: [{ label: 'rows', points }],
    });
    expect(withClass(stepped, 'series0')[0]!.attributes.d!.match(/L/g)).toHaveLength(4);
  });

  it('writes times by the clock of 24 hours, and midnight as its date', () => {
    const at = (hour: number) => ({ atMs: Date.UTC(2026, 2, 1, hour), value: 1 });
    const svg = trendChart({ ...caption, unit: 'x', series: [{ label: 'a', points: [at(20), at(26)] }] });
    const ticks = [...svg.matchAll(/class="tick">(\d\d[ :]\w+)</g)].map(([, tick]) => tick);
    expect(ticks).toEqual(['20:00', '21:00', '22:00', '23:00', '02 Mar', '01:00', '02:00']);
  });

  it('has a place for a single value, and for four series at most', () => {
    const one = trendChart({ ...caption, unit: 'x', series: [{ label: 'a', points: points.slice(0, 1) }] });
    expect(withClass(one, 'point')).toHaveLength(1);
    const series = Array.from({ length: 5 }, (_, index) => ({ label: String(index), points }));
    expect(() => trendChart({ ...caption, unit: 'x', series })).toThrow('at most 4');
  });
});
