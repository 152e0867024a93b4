import { max } from 'd3-array';
import { scaleLinear } from 'd3-scale';
import { area, line as lineShape } from 'd3-shape';
import { element } from './markup.js';
import {
  axisBelow,
  axisLeft,
  type Caption,
  line,
  MARGINS,
  percent,
  picture,
  plot,
  SHARES,
  SQUARE,
  text,
} from './picture.js';

export interface CalibrationData extends Caption {
  /** Bins of predicted probability: their mean, what was observed, its 95 % interval, and how many patients there were. */
  bins: readonly { predicted: number; observed: number; lower: number; upper: number; n: number }[];
  /** How the predictions are spread: equal parts from 0 to 1. */
  histogram: readonly number[];
  /** What the predictions are of: `Stable`. */
  event: string;
}

const HISTOGRAM_HEIGHT = 56;

/** Observed against predicted probability with its interval as a band, and below it where the predictions lie. */
export function calibrationChart(data: CalibrationData): string {
  const size = { width: SQUARE.width, height: SQUARE.height + HISTOGRAM_HEIGHT + 12 };
  const frame = { ...plot(size, MARGINS), bottom: SQUARE.height - MARGINS.bottom };
  const x = scaleLinear([0, 1], [frame.left, frame.right]);
  const y = scaleLinear([0, 1], [frame.bottom, frame.top]);
  const bins = data.bins.toSorted((a, b) => a.predicted - b.predicted);
  const band = area<CalibrationData['bins'][number]>(
    (bin) => x(bin.predicted),
    (bin) => y(bin.lower),
    (bin) => y(bin.upper),
  ).digits(1);
  const draw = lineShape<CalibrationData['bins'][number]>(
    (bin) => x(bin.predicted),
    (bin) => y(bin.observed),
  ).digits(1);
  const floor = size.height - MARGINS.bottom;
  const height = scaleLinear([0, max(data.histogram) || 1], [0, HISTOGRAM_HEIGHT]);
  const width = (frame.right - frame.left) / Math.max(1, data.histogram.length);
  return picture(
    'calibration',
    data,
    size,
    {},
    SHARES.map((tick) => line('grid', x(tick), frame.top, x(tick), frame.bottom)),
    axisLeft(frame, { scale: y, ticks: SHARES, format: percent, label: `observed share of ${data.event}` }),
    element('path', { class: 'region', d: band(bins) ?? '' }),
    line('reference', x(0), y(0), x(1), y(1)),
    element('path', { class: 'series0', d: draw(bins) ?? '' }),
    bins.map((bin) => [
      line('whisker', x(bin.predicted), y(bin.lower), x(bin.predicted), y(bin.upper)),
      element(
        'circle',
        { class: 'point', cx: x(bin.predicted), cy: y(bin.observed), r: 4 },
        element(
          'title',
          {},
          `n = ${bin.n}: predicted ${percent(bin.predicted, 1)}, observed ${percent(bin.observed, 1)}`,
        ),
      ),
    ]),
    data.histogram.map((count, index) =>
      element('rect', {
        class: 'fill1',
        x: frame.left + index * width,
        y: floor - height(count),
        width: Math.max(0.5, width - 1),
        height: height(count),
      }),
    ),
    axisBelow(
      { ...frame, top: floor, bottom: floor },
      { scale: x, ticks: SHARES, format: percent, label: `predicted probability of ${data.event}` },
    ),
    text(frame.left + 8, floor - HISTOGRAM_HEIGHT + 4, 'small muted halo', 'predictions'),
  );
}
