import { max, median, pairs } from 'd3-array';
import { type ScaleTime, scaleUtc } from 'd3-scale';
import { line as lineShape } from 'd3-shape';
import { type BandedScale, bandedScale } from './bands.js';
import { type Child, element, type Markup } from './markup.js';
import {
  isMeasured,
  type MeasuredRow,
  type Observation,
  type ObservationData,
  type ObservedAlert,
  observationText,
  type UnmeasuredRow,
} from './observations.js';
import { DISCLAIMER, hatch, line, picture, text } from './picture.js';

const LEFT = 178;
const RIGHT = 26;
/** Between the end of time and the frame, so that the newest dot is whole. */
const END = 10;
const BAND_HEIGHT = 13;
const UNMEASURED_HEIGHT = 18;
const GAP = 7;
const ALERT_HEIGHT = 24;
const HOUR_MS = 3_600_000;
/** Dots touch when there are more. */
const DENSE_READINGS = 150;
/** Width that a number of the sum needs. */
const NUMBER_WIDTH = 18;

type Track = { top: number; bottom: number } & (
  | { row: MeasuredRow; scale: BandedScale }
  | { row: UnmeasuredRow; scale?: undefined }
);

/**
 * The NEWS2 observation chart as on paper: one row for each parameter, in it the bands as rows of equal height, one
 * time axis, dots joined by lines that gaps break. Scripts find `data-left` and `data-right` of the plot, and a
 * `.column` for each reading with `data-x`, `data-time` and `data-text`.
 */
export function observationChart(data: ObservationData): string {
  const width = data.width ?? 960;
  const time = scaleUtc([data.fromMs, data.toMs], [LEFT, width - RIGHT - END]);
  let y = 22;
  const tracks = data.rows.map((row): Track => {
    const top = y;
    const height = isMeasured(row) ? row.bands.length * BAND_HEIGHT : UNMEASURED_HEIGHT;
    y = top + height + GAP;
    if (!isMeasured(row)) return { row, top, bottom: top + height };
    const scale = bandedScale(row.bands, row.resolution, { top, rowHeight: BAND_HEIGHT }, row);
    return { row, top, bottom: top + height, scale };
  });
  const alertsTop = y;
  const totalTop = y + (data.alerts.length > 0 ? ALERT_HEIGHT : 4);
  const total = bandedScale(
    data.total.bands,
    1,
    { top: totalTop, rowHeight: BAND_HEIGHT + 2 },
    {
      lowest: 0,
      highest: 20,
    },
  );
  const totalBottom = total.rows[0]!.bottom;
  const numbersY = totalBottom + 13;
  const bottom = numbersY + 6;
  const { observations } = data;
  return picture(
    'observations',
    data,
    { width, height: bottom + 40 },
    { tabindex: 0, 'data-left': LEFT, 'data-right': width - RIGHT },
    hatch(data.id, 'worst', 5),
    hatch(data.id, 'unmeasured', 6),
    tracks.map((track) => background(data.id, track, width)),
    totalBackground(data, total, { top: totalTop, bottom: totalBottom, width }),
    timeAxis(time, { top: 16, bottom }),
    tracks.map((track) => course(track, observations, time)),
    data.alerts.map((alert) => bracket(alert, time, alertsTop + 15, data)),
    totalCourse(observations, total, time, numbersY),
    predictionMark(data, time, bottom),
    columns(data, time),
    element('line', { class: 'crosshair', x1: LEFT, y1: 16, x2: LEFT, y2: bottom }),
    text(LEFT, bottom + 34, 'muted small', DISCLAIMER),
  );
}

function rowHead(name: string, detail: string, top: number, bottom: number): Child[] {
  const middle = (top + bottom) / 2;
  const tall = bottom - top > 30;
  return [
    element('rect', { class: 'row-head', x: 0, y: top, width: 4, height: bottom - top }),
    text(10, tall ? middle : middle + 4, 'strong', name),
    detail !== '' && text(10, middle + 14, 'muted small', detail),
  ];
}

function bandRows(id: string, { rows }: BandedScale, width: number): Child[] {
  const plotWidth = width - RIGHT - LEFT;
  return rows.map(({ top, bottom, points, range }) => {
    const box = { x: LEFT, y: top, width: plotWidth, height: bottom - top };
    return [
      element('rect', { class: `band${points}`, ...box }),
      points === 3 && element('rect', { fill: `url(#${id}-worst)`, ...box }),
      line('band-line', LEFT, bottom, width - RIGHT, bottom),
      text(LEFT - 6, bottom - 3, 'small end muted', range),
      text(width - RIGHT + 6, bottom - 3, 'small strong', points),
    ];
  });
}

function background(id: string, { row, top, bottom, scale }: Track, width: number): Markup {
  const box = { x: LEFT, y: top, width: width - RIGHT - LEFT, height: bottom - top };
  if (scale === undefined) {
    const { name, unmeasured } = row;
    return element(
      'g',
      { class: 'row unmeasured' },
      element('rect', { fill: `url(#${id}-unmeasured)`, ...box }),
      element('rect', { class: 'frame', ...box }),
      rowHead(name, '', top, bottom),
      text(LEFT + 10, bottom - 5, 'technical halo strong', unmeasured),
    );
  }
  return element(
    'g',
    { class: 'row' },
    bandRows(id, scale, width),
    element('rect', { class: 'frame', ...box }),
    rowHead(row.name, row.unit, top, bottom),
  );
}

function totalBackground(
  { id, total: { name, bands } }: ObservationData,
  scale: BandedScale,
  { top, bottom, width }: { top: number; bottom: number; width: number },
): Markup {
  const box = { x: LEFT, y: top, width: width - RIGHT - LEFT, height: bottom - top };
  return element(
    'g',
    { class: 'row total' },
    scale.rows.map((row, index) => {
      const { points } = bands[index]!;
      const band = { ...box, y: row.top, height: row.bottom - row.top };
      return [
        element('rect', { class: `band${points}`, ...band }),
        points === 3 && element('rect', { fill: `url(#${id}-worst)`, ...band }),
        line('band-line', LEFT, row.bottom, width - RIGHT, row.bottom),
        text(LEFT - 6, row.bottom - 4, 'small end muted', row.range),
      ];
    }),
    element('rect', { class: 'frame', ...box }),
    rowHead(name, 'known part, up to possible', top, bottom),
  );
}

function timeAxis(time: ScaleTime<number, number>, { top, bottom }: { top: number; bottom: number }): Markup {
  const [from, to] = time.domain().map(Number) as [number, number];
  const hours = Math.max(1, Math.round((to - from) / HOUR_MS));
  const step = [1, 2, 3, 4, 6, 12, 24].find((candidate) => hours / candidate <= 14) ?? 24;
  const ticks: Date[] = [];
  for (let atMs = Math.ceil(from / HOUR_MS) * HOUR_MS; atMs <= to; atMs += HOUR_MS)
    ticks.push(new Date(atMs));
  return element(
    'g',
    { class: 'axis axis-x' },
    (hours <= 72 ? ticks : ticks.filter((tick) => tick.getUTCHours() % step === 0)).map((tick) => {
      const x = time(tick);
      const midnight = tick.getUTCHours() === 0;
      const labelled = tick.getUTCHours() % step === 0;
      return [
        line(midnight ? 'midnight' : 'hour', x, top, x, bottom),
        labelled && text(x, bottom + 14, 'tick', tick.toISOString().slice(11, 16)),
        midnight && text(x, top - 4, 'small strong', tick.toISOString().slice(0, 10)),
      ];
    }),
    text(time.range()[0]! - 36, bottom + 14, 'tick', 'UTC'),
  );
}

/** A gap of more than twice the usual interval. */
function breaksAfter(times: readonly number[]): (atMs: number, nextMs: number) => boolean {
  const usual = median(pairs(times), ([from, to]) => to - from) ?? 0;
  return (atMs, nextMs) => nextMs - atMs > 2 * usual;
}

interface Place {
  atMs: number;
  x: number;
  y: number;
}

/** A line through the places that breaks at gaps, and a dot at each. */
function joined(places: readonly Place[]): Child[] {
  const breaks = breaksAfter(places.map(({ atMs }) => atMs));
  const draw = lineShape<Place>(
    ({ x }) => x,
    ({ y }) => y,
  ).digits(1);
  const parts: Place[][] = [];
  for (const place of places) {
    const last = parts.at(-1)?.at(-1);
    if (last === undefined || breaks(last.atMs, place.atMs)) parts.push([place]);
    else parts.at(-1)!.push(place);
  }
  const lines = parts.filter((part) => part.length > 1).map((part) => draw(part)!);
  const dots = places.map(({ x, y }) => `M${tenths(x)} ${tenths(y)}h0`);
  const dense = places.length > DENSE_READINGS ? ' dense' : '';
  return [
    lines.length > 0 && element('path', { class: 'reading', d: lines.join('') }),
    dots.length > 0 && element('path', { class: `readings${dense}`, d: dots.join('') }),
  ];
}

function tenths(value: number): number {
  return Math.round(value * 10) / 10;
}

function course(
  { row, top, bottom, scale }: Track,
  observations: readonly Observation[],
  time: ScaleTime<number, number>,
): Child {
  if (scale === undefined) return null;
  const { key, lowerKey } = row;
  const measured = observations.flatMap(({ atMs, values }) => {
    const value = values[key];
    if (value === undefined) return [];
    return [
      {
        atMs,
        value,
        lower: lowerKey === undefined ? undefined : values[lowerKey],
        x: time(atMs),
        ...scale.place(value),
      },
    ];
  });
  if (measured.length === 0) {
    return text(
      time.range()[0]! + 10,
      (top + bottom) / 2 + 4,
      'technical halo strong',
      'no value in this stretch',
    );
  }
  const bars = measured.flatMap(({ x, y, lower }) =>
    lower === undefined ? [] : [`M${tenths(x)} ${tenths(y)}V${tenths(scale.place(lower).y)}m-2 0h4`],
  );
  return element(
    'g',
    { class: 'course', 'data-key': key },
    bars.length > 0 && element('path', { class: 'pressure', d: bars.join('') }),
    joined(measured),
    spaced(measured.filter(({ beyond }) => beyond)).map(({ x, y, value }) => {
      const inside = y < (top + bottom) / 2 ? top + 11 : bottom - 3;
      // At the right edge there is room before the dot only.
      const last = x + NUMBER_WIDTH > time.range()[1]!;
      return text(last ? x - 4 : x + 4, inside, `small strong halo${last ? ' end' : ''}`, value);
    }),
  );
}

/** Those whose numbers do not overlap. */
function spaced<T extends { x: number }>(places: readonly T[]): T[] {
  const kept: T[] = [];
  for (const place of places) {
    if (kept.length === 0 || place.x - kept.at(-1)!.x >= NUMBER_WIDTH) kept.push(place);
  }
  return kept;
}

function bracket(
  { fromMs, toMs, escalatedMs, label }: ObservedAlert,
  time: ScaleTime<number, number>,
  y: number,
  { fromMs: startMs, toMs: endMs }: ObservationData,
): Markup {
  const left = time(Math.max(startMs, fromMs ?? startMs));
  const right = time(Math.min(endMs, toMs ?? endMs));
  // An alert that goes on beyond the picture has no end there.
  const begin =
    fromMs === null || fromMs < startMs ? `M${tenths(left)} ${y}` : `M${tenths(left)} ${y + 6}V${y}`;
  const end = toMs === null || toMs > endMs ? `H${tenths(right)}` : `H${tenths(right)}V${y + 6}`;
  const ticks = escalatedMs.map((atMs) => `M${tenths(time(atMs))} ${y - 4}v8`);
  const words = `${label}${toMs === null ? ', open' : ''}`;
  const atEnd = left > (time.range()[0]! + time.range()[1]!) / 2;
  return element(
    'g',
    { class: 'alert-span' },
    element('path', { class: 'alert', d: `${begin}${end}${ticks.join('')}` }),
    text(atEnd ? right : left, y - 4, `small strong halo${atEnd ? ' end' : ''}`, words),
  );
}

function totalCourse(
  observations: readonly Observation[],
  scale: BandedScale,
  time: ScaleTime<number, number>,
  numbersY: number,
): Markup {
  const places = observations.map(({ atMs, known, possible }) => ({
    atMs,
    known,
    x: time(atMs),
    y: scale.place(known).y,
    possibleY: scale.place(possible).y,
  }));
  const reach = places.map(({ x, y, possibleY }) => `M${tenths(x)} ${tenths(y)}V${tenths(possibleY)}`);
  return element(
    'g',
    { class: 'course', 'data-key': 'known' },
    reach.length > 0 && element('path', { class: 'pressure', d: reach.join('') }),
    joined(places),
    numbers(places).map(({ x, known }) => text(x, numbersY, 'small strong middle', known)),
  );
}

/** Where there is no room for every number, the highest of those that share it is the one that is written. */
function numbers<T extends { x: number; known: number }>(places: readonly T[]): T[] {
  const groups: T[][] = [];
  for (const place of places) {
    const group = groups.at(-1);
    if (group !== undefined && place.x - group[0]!.x < NUMBER_WIDTH) group.push(place);
    else groups.push([place]);
  }
  return groups.map((group) => {
    const highest = max(group, ({ known }) => known);
    return { ...group[0]!, known: highest! };
  });
}

function predictionMark(
  { predictionAtMs, fromMs, toMs }: ObservationData,
  time: ScaleTime<number, number>,
  bottom: number,
): Child {
  if (predictionAtMs === undefined || predictionAtMs < fromMs || predictionAtMs > toMs) return null;
  const x = time(predictionAtMs);
  return element(
    'g',
    { class: 'prediction-mark' },
    line('prediction', x, 16, x, bottom),
    text(x - 4, bottom + 34, 'small end', '◆ predicted from here'),
  );
}

function columns({ rows, observations }: ObservationData, time: ScaleTime<number, number>): Markup {
  return element(
    'g',
    { class: 'columns' },
    observations.map((observation) =>
      element('g', {
        class: 'column',
        'data-x': time(observation.atMs),
        'data-time': new Date(observation.atMs).toISOString(),
        'data-text': observationText(rows, observation),
      }),
    ),
  );
}
