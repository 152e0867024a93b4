import { scaleLinear } from 'd3-scale';
import { line as lineShape } from 'd3-shape';
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

export interface RocData extends Caption {
  /** False and true positive rate at each threshold. */
  points: readonly { falsePositiveRate: number; truePositiveRate: number; threshold: number }[];
  /** Null where there is one outcome only. */
  rocAuc: number | null;
  /** Of the area, where it was estimated. */
  interval?: readonly [lower: number, upper: number] | undefined;
  /** The threshold at which the model decides. */
  threshold?: number | undefined;
}

/** Sensitivity against false alarms for every threshold, with the area under the curve. */
export function rocChart(data: RocData): string {
  const frame = plot(SQUARE, MARGINS);
  const x = scaleLinear([0, 1], [frame.left, frame.right]);
  const y = scaleLinear([0, 1], [frame.bottom, frame.top]);
  const points = data.points.toSorted(
    (a, b) => a.falsePositiveRate - b.falsePositiveRate || a.truePositiveRate - b.truePositiveRate,
  );
  const draw = lineShape<RocData['points'][number]>(
    (point) => x(point.falsePositiveRate),
    (point) => y(point.truePositiveRate),
  ).digits(1);
  const chosen = nearestTo(points, data.threshold);
  const interval = data.interval && ` (${data.interval.map((end) => end.toFixed(3)).join(' to ')})`;
  return picture(
    'roc',
    data,
    SQUARE,
    {},
    axisBelow(frame, { scale: x, ticks: SHARES, format: percent, label: 'false positive rate' }),
    axisLeft(frame, { scale: y, ticks: SHARES, format: percent, label: 'true positive rate' }),
    line('reference', x(0), y(0), x(1), y(1)),
    element('path', { class: 'series0', d: draw(points) ?? '' }),
    text(
      frame.right - 8,
      frame.bottom - 14,
      'strong end halo',
      data.rocAuc === null ? 'area not defined' : `area ${data.rocAuc.toFixed(3)}${interval ?? ''}`,
    ),
    chosen && [
      element('circle', {
        class: 'point',
        cx: x(chosen.falsePositiveRate),
        cy: y(chosen.truePositiveRate),
        r: 5,
      }),
      text(
        x(chosen.falsePositiveRate) + 9,
        y(chosen.truePositiveRate) + 14,
        'small halo',
        `threshold ${data.threshold!.toFixed(2)}`,
      ),
    ],
  );
}

function nearestTo<T extends { threshold: number }>(
  points: readonly T[],
  threshold: number | undefined,
): T | undefined {
  if (threshold === undefined) return undefined;
  return points.toSorted((a, b) => Math.abs(a.threshold - threshold) - Math.abs(b.threshold - threshold))[0];
}
