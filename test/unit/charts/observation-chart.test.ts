import { describe, expect, it } from 'vitest';
import { bandedScale } from '../../../src/charts/bands.js';
import { observationChart } from '../../../src/charts/observation-chart.js';
import { type ObservationData, observationTable } from '../../../src/charts/observations.js';
import { observationRows } from '../../../src/pipeline/patient/observations.js';
import { BANDS, SCORED, subScore } from '../../../src/pipeline/stream/news2.js';
import { elementsOf, withClass } from '../../helpers/svg.js';

const START = Date.UTC(2026, 2, 1, 20);
const MINUTE_MS = 60_000;

function observation(minute: number, values: Record<string, number>, known = 2) {
  return { atMs: START + minute * MINUTE_MS, values, known, possible: known + 11, risk: 'undetermined' };
}

function chart(data: Partial<ObservationData> = {}): ObservationData {
  return {
    id: 'news2',
    title: 'Chart of 42',
    description: 'Three readings.',
    rows: observationRows(),
    total: {
      name: 'NEWS2',
      bands: [
        { upTo: 4, points: 0 },
        { upTo: 6, points: 2 },
        { upTo: Number.POSITIVE_INFINITY, points: 3 },
      ],
    },
    fromMs: START,
    toMs: START + 8 * 60 * MINUTE_MS,
    observations: [0, 5, 10, 15].map((minute) => observation(minute, { Heart_Rate: 80 + minute })),
    alerts: [],
    ...data,
  };
}

describe('rows of bands', () => {
  it('have the same height, and hold the values that have their points', () => {
    for (const row of observationRows()) {
      if ('unmeasured' in row) continue;
      const scale = bandedScale(row.bands, row.resolution, { top: 10, rowHeight: 13 }, row);
      expect(scale.rows.map(({ top, bottom }) => bottom - top)).toEqual(row.bands.map(() => 13));
      expect(scale.rows[0]!.bottom).toBe(10 + 13 * row.bands.length);
      const parameter = SCORED.find(
        (name) => BANDS[name].length === row.bands.length && BANDS[name][0]![0] === row.bands[0]!.upTo,
      )!;
      for (let step = 0; step <= 300; step++) {
        const value = (step * row.resolution * 10) / (row.resolution < 1 ? 6 : 10);
        const { y } = scale.place(value);
        const band = scale.rows.find(({ top, bottom }) => y >= top && y <= bottom)!;
        const beside = scale.rows.find(
          ({ top, bottom, points }) => y >= top && y <= bottom && points !== band.points,
        );
        const points = subScore(parameter, value);
        expect([band.points, beside?.points], `${row.name} ${value}`).toContain(points);
      }
    }
  });

  it('say their ranges as paper does, and what lies beyond them', () => {
    const rows = observationRows();
    const ranges = (name: string) => {
      const row = rows.find((each) => each.name === name)!;
      if ('unmeasured' in row) throw new Error('is unmeasured');
      return bandedScale(row.bands, row.resolution, { top: 0, rowHeight: 13 }, row);
    };
    expect(ranges('Respirations').rows.map(({ range }) => range)).toEqual([
      '≤8',
      '9–11',
      '12–20',
      '21–24',
      '≥25',
    ]);
    expect(ranges('Temperature').rows.map(({ range }) => range)).toEqual([
      '≤35.0',
      '35.1–36.0',
      '36.1–38.0',
      '38.1–39.0',
      '≥39.1',
    ]);
    const saturation = ranges('SpO₂ scale 1');
    expect(saturation.place(100)).toEqual({ y: 0, beyond: false });
    expect(saturation.place(80)).toEqual({ y: 52, beyond: true });
  });
});

describe('the observation chart', () => {
  it('has the rows of the RCP in their order, with what nothing measures hatched', () => {
    expect(observationRows().map(({ name }) => name)).toEqual([
      'Respirations',
      'SpO₂ scale 1',
      'Air or oxygen',
      'Blood pressure',
      'Pulse',
      'Consciousness',
      'Temperature',
    ]);
    const svg = observationChart(chart());
    expect(withClass(svg, 'unmeasured')).toHaveLength(2);
    expect(svg).toContain('not measured: 0 to 2 points');
    expect(svg).toContain('not measured: 0 to 3 points');
    // Respirations, saturation, pressure and temperature have no value here.
    expect(svg.match(/no value in this stretch/g)).toHaveLength(4);
    const points = [...svg.matchAll(/small strong">(\d)<\/text>/g)].map(([, digit]) => Number(digit));
    const bands = SCORED.flatMap((parameter) => BANDS[parameter].map(([, score]) => score));
    expect(points.slice(0, bands.length)).toEqual(bands);
  });

  it('breaks its lines at gaps of more than twice the usual interval', () => {
    const pathOf = (minutes: readonly number[]) => {
      const observations = minutes.map((minute) => observation(minute, { Heart_Rate: 80 }));
      return withClass(observationChart(chart({ observations })), 'reading')[0]!.attributes.d!;
    };
    expect(pathOf([0, 5, 10, 20]).match(/M/g)).toHaveLength(1);
    expect(pathOf([0, 5, 10, 21, 26]).match(/M/g)).toHaveLength(2);
  });

  it('draws what lies beyond a row at its edge, and writes the number', () => {
    const observations = [observation(0, { Heart_Rate: 80 }), observation(60, { Heart_Rate: 171 })];
    expect(observationChart(chart({ observations }))).toMatch(/halo">171</);
    expect(observationChart(chart())).not.toMatch(/halo">9\d</);
  });

  it('draws the diastolic pressure as the lower end of a bar', () => {
    const observations = [observation(0, { Systolic: 120, Diastolic: 80 })];
    expect(withClass(observationChart(chart({ observations })), 'pressure')[0]!.attributes.d).toMatch(
      /V[\d.]+m-2 0h4/,
    );
  });

  it('shows alerts as brackets that are open where the alert goes on', () => {
    const hours = (count: number) => START + count * 60 * MINUTE_MS;
    const spans = (svg: string) => withClass(svg, 'alert').map(({ attributes }) => attributes.d!);
    const alert = { escalatedMs: [hours(2)], label: 'emergency 9' };
    const [closed, open, before] = spans(
      observationChart(
        chart({
          alerts: [
            { ...alert, fromMs: hours(1), toMs: hours(3) },
            { ...alert, fromMs: hours(1), toMs: null, escalatedMs: [] },
            { ...alert, fromMs: null, toMs: hours(3) },
          ],
        }),
      ),
    );
    expect(closed).toMatch(/^M[\d.]+ [\d.]+V[\d.]+H[\d.]+V[\d.]+M[\d.]+ [\d.]+v8$/);
    expect(open).toMatch(/^M[\d.]+ [\d.]+V[\d.]+H[\d.]+$/);
    expect(before).toMatch(/^M178 [\d.]+H[\d.]+V/);
  });

  it('marks the reading of the prediction, and midnight', () => {
    const svg = observationChart(chart({ predictionAtMs: START + 10 * MINUTE_MS }));
    expect(withClass(svg, 'prediction')).toHaveLength(1);
    expect(withClass(svg, 'midnight')).toHaveLength(1);
    expect(svg).toContain('2026-03-02');
    expect(withClass(observationChart(chart()), 'prediction')).toHaveLength(0);
  });

  it('tells scripts and readers of every reading', () => {
    const svg = observationChart(chart());
    const columns = withClass(svg, 'column').map(({ attributes }) => attributes);
    expect(columns.map((column) => column['data-time'])).toEqual(
      [0, 5, 10, 15].map((minute) => new Date(START + minute * MINUTE_MS).toISOString()),
    );
    expect(columns[3]!['data-text']).toBe(
      '2026-03-01 20:15 UTC: Respirations not measured, SpO₂ scale 1 not measured, Blood pressure not measured, Pulse 95 /min, Temperature not measured; NEWS2 2 to 13, undetermined',
    );
    const [root] = elementsOf(svg);
    expect(root!.attributes).toMatchObject({ role: 'img', 'aria-labelledby': 'news2-title', tabindex: '0' });
    expect(svg).toContain('<title id="news2-title">Chart of 42</title>');
    expect(svg).toContain('Not a medical device.');
  });

  it('writes the highest of the sums that share a place, and never fewer', () => {
    const observations = Array.from({ length: 480 }, (_, minute) =>
      observation(minute, { Heart_Rate: 80 }, minute === 240 ? 12 : 1),
    );
    const svg = observationChart(chart({ observations }));
    const sums = [...svg.matchAll(/small strong middle">(\d+)</g)].map(([, sum]) => Number(sum));
    expect(sums.length).toBeLessThan(60);
    expect(sums.filter((sum) => sum === 12)).toHaveLength(1);
  });

  it('is drawn without a single reading', () => {
    expect(elementsOf(observationChart(chart({ observations: [] }))).length).toBeGreaterThan(50);
  });

  it('has a table of the same readings, the newest first', () => {
    const table = observationTable(chart({ title: '<b>' }));
    expect(elementsOf(table).filter(({ name }) => name === 'tr')).toHaveLength(5);
    expect(table).toContain('<caption>&lt;b&gt;</caption>');
    expect(table.indexOf('20:15:00')).toBeLessThan(table.indexOf('20:00:00'));
  });
});
