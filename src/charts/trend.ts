import { max, min } from 'd3-array';
import { type ScaleLinear, type ScaleTime, scaleLinear, scaleUtc } from 'd3-scale';
import { area, curveLinear, curveStepAfter, line as lineShape } from 'd3-shape';
import { element, type Markup } from './markup.js';
import { axisBelow, axisLeft, type Caption, MARGINS, picture, plot, text } from './picture.js';

export interface TrendPoint {
  atMs: number;
  value: number;
  lower?: number | undefined;
  upper?: number | undefined;
}

export interface TrendSeries {
  label: string;
  /** In the order of time. */
  points: readonly TrendPoint[];
}

export interface TrendData extends Caption {
  /** At most four; each has its own dashes, and its name at its end. */
  series: readonly TrendSeries[];
  unit: string;
  /** Of the values, where 0 is no meaningful end: `[0.5, 1]` for an area under the curve. */
  domain?: readonly [lowest: number, highest: number] | undefined;
  /** Values hold from their time until the next one. */
  steps?: boolean | undefined;
  width?: number | undefined;
}

const MAX_SERIES = 4;
const DAY_MS = 86_400_000;
/** Lines of names that would cover each other are moved apart by this. */
const LABEL_HEIGHT = 14;

interface Scales {
  x: ScaleTime<number, number>;
  y: ScaleLinear<number, number>;
}

/** Values over time, with their intervals as bands where they have such. */
export function trendChart(data: TrendData): string {
  if (data.series.length > MAX_SERIES) throw new Error(`a trend has at most ${MAX_SERIES} series`);
  const size = { width: data.width ?? 640, height: 260 };
  const frame = plot(size, { ...MARGINS, right: 120 });
  const all = data.series.flatMap(({ points }) => points);
  const times = all.map(({ atMs }) => atMs);
  const fromMs = min(times) ?? 0;
  const x = scaleUtc([fromMs, Math.max(fromMs + 1, max(times) ?? 1)], [frame.left, frame.right]);
  const y = scaleLinear(domainOf(data, all), [frame.bottom, frame.top]);
  if (data.domain === undefined) y.nice(5);
  const scales = { x, y };
  const timeText = utcTickFormat(x);
  return picture(
    'trend',
    data,
    size,
    {},
    axisBelow(frame, {
      scale: x,
      ticks: all.length === 0 ? [] : x.ticks(6).map(Number),
      format: (tick) => timeText(new Date(tick)),
      label: 'time (UTC)',
    }),
    axisLeft(frame, { scale: y, ticks: y.ticks(5), format: y.tickFormat(5), label: data.unit }),
    data.series.map(({ points }, index) => drawSeries(points, index, data.steps === true, scales)),
    names(data.series, scales).map(({ label, y: place, index }) =>
      text(frame.right + 8, place + 4, `small strong name${index}`, label),
    ),
    all.length === 0 &&
      text((frame.left + frame.right) / 2, (frame.top + frame.bottom) / 2, 'middle muted', 'nothing yet'),
  );
}

/** By the clock of 24 hours, and by the date where a tick is a midnight. */
function utcTickFormat(scale: ScaleTime<number, number>): (tick: Date) => string {
  const [hours, seconds] = [scale.tickFormat(0, '%H:%M'), scale.tickFormat(0, '%H:%M:%S')];
  const date = scale.tickFormat(0, '%d %b');
  return (tick) => {
    if (tick.getTime() % DAY_MS === 0) return date(tick);
    return tick.getUTCSeconds() === 0 ? hours(tick) : seconds(tick);
  };
}

function domainOf({ domain }: TrendData, points: readonly TrendPoint[]): readonly [number, number] {
  if (domain !== undefined) return domain;
  const lowest = Math.min(0, min(points, ({ value, lower }) => lower ?? value) ?? 0);
  const highest = max(points, ({ value, upper }) => upper ?? value) ?? 1;
  return [lowest, highest === lowest ? lowest + 1 : highest];
}

function drawSeries(points: readonly TrendPoint[], index: number, steps: boolean, { x, y }: Scales): Markup {
  const curve = steps ? curveStepAfter : curveLinear;
  const draw = lineShape<TrendPoint>(
    ({ atMs }) => x(atMs),
    ({ value }) => y(value),
  )
    .curve(curve)
    .digits(1);
  const bounded = points.filter(({ lower, upper }) => lower !== undefined && upper !== undefined);
  const band = area<TrendPoint>(
    ({ atMs }) => x(atMs),
    ({ lower }) => y(lower!),
    ({ upper }) => y(upper!),
  )
    .curve(curve)
    .digits(1);
  const last = points.at(-1);
  return element(
    'g',
    { class: 'series' },
    bounded.length > 1 && element('path', { class: 'region', d: band(bounded) ?? '' }),
    points.length > 1 && element('path', { class: `series${index}`, d: draw(points) ?? '' }),
    last && element('circle', { class: 'point', cx: x(last.atMs), cy: y(last.value), r: 3 }),
  );
}

/** Where the name of each series stands: at its newest value, apart from the others. */
function names(series: readonly TrendSeries[], { y }: Scales): { label: string; y: number; index: number }[] {
  const placed = series
    .flatMap(({ label, points }, index) => {
      const last = points.at(-1);
      return last === undefined ? [] : [{ label, index, y: y(last.value) }];
    })
    .sort((a, b) => a.y - b.y);
  for (let next = 1; next < placed.length; next++) {
    placed[next]!.y = Math.max(placed[next]!.y, placed[next - 1]!.y + LABEL_HEIGHT);
  }
  return placed;
}
