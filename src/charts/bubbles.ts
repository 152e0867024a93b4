import { extent, max } from 'd3-array';
import { scaleLinear, scaleSqrt } from 'd3-scale';
import { element } from './markup.js';
import { axisBelow, axisLeft, type Caption, MARGINS, picture, plot } from './picture.js';

export interface BubbleData extends Caption {
  /** `size` is what the area of a bubble stands for. */
  points: readonly { x: number; y: number; size: number; label: string }[];
  xLabel: string;
  yLabel: string;
  width?: number | undefined;
}

const SMALLEST = 2.5;
const LARGEST = 18;

/** Two numbers against each other, and a third as the area of a bubble. The large ones are drawn first. */
export function bubbleChart(data: BubbleData): string {
  const size = { width: data.width ?? 560, height: 360 };
  const frame = plot(size, MARGINS);
  const x = scaleLinear(rangeOf(data.points.map((point) => point.x)), [frame.left, frame.right]).nice(6);
  const y = scaleLinear(rangeOf(data.points.map((point) => point.y)), [frame.bottom, frame.top]).nice(6);
  const radius = scaleSqrt([0, max(data.points, (point) => point.size) || 1], [SMALLEST, LARGEST]);
  return picture(
    'bubbles',
    data,
    size,
    {},
    axisBelow(frame, { scale: x, ticks: x.ticks(8), format: x.tickFormat(8), label: data.xLabel }),
    axisLeft(frame, { scale: y, ticks: y.ticks(6), format: y.tickFormat(6), label: data.yLabel }),
    data.points
      .toSorted((a, b) => b.size - a.size)
      .map((point) =>
        element(
          'circle',
          { class: 'bubble', cx: x(point.x), cy: y(point.y), r: radius(point.size) },
          element('title', {}, point.label),
        ),
      ),
  );
}

/** One value alone still needs a width. */
function rangeOf(values: readonly number[]): [number, number] {
  const [lowest = 0, highest = 1] = extent(values) as [number?, number?];
  return lowest === highest ? [lowest - 1, highest + 1] : [lowest, highest];
}
