import { max, min, sum } from 'd3-array';
import { scaleLinear } from 'd3-scale';
import { signed } from '../core/number-text.js';
import { element } from './markup.js';
import {
  axisBelow,
  type Caption,
  cut,
  line,
  percent,
  picture,
  plot,
  SHARES,
  short,
  text,
} from './picture.js';

export interface BarData extends Caption {
  bars: readonly { label: string; value: number; lower?: number | undefined; upper?: number | undefined }[];
  unit: string;
  /** Values are differences: they have a sign, and the axis of 0 is in the middle of the matter. */
  signed?: boolean | undefined;
  width?: number | undefined;
}

const ROW = 22;
const MARGINS = { left: 170, right: 64, top: 12, bottom: 48 };

/** A bar for each value, from 0 to the left or the right, with its number at the end. */
export function barChart(data: BarData): string {
  const { bars } = data;
  const size = { width: data.width ?? 560, height: MARGINS.top + bars.length * ROW + MARGINS.bottom };
  const frame = plot(size, MARGINS);
  const lowest = Math.min(0, min(bars, ({ value, lower }) => Math.min(value, lower ?? value)) ?? 0);
  const highest = Math.max(0, max(bars, ({ value, upper }) => Math.max(value, upper ?? value)) ?? 0);
  const x = scaleLinear(lowest === highest ? [0, 1] : [lowest, highest], [
    // Room for the numbers at the ends of bars to the left.
    frame.left + (lowest < 0 ? 52 : 0),
    frame.right,
  ]);
  const number = (value: number) => (data.signed ? signed(value, 2) : short(value));
  return picture(
    'bars',
    data,
    size,
    {},
    axisBelow(frame, { scale: x, ticks: x.ticks(5), format: x.tickFormat(5), label: data.unit }),
    bars.map(({ label, value, lower, upper }, index) => {
      const y = frame.top + index * ROW;
      const end = x(value);
      const middle = y + ROW / 2;
      const furthest = value < 0 ? Math.min(end, x(lower ?? value)) : Math.max(end, x(upper ?? value));
      return element(
        'g',
        { class: 'bar-row' },
        element('title', {}, `${label}: ${number(value)} ${data.unit}`),
        text(frame.left - 8, middle + 4, 'end', cut(label, 25)),
        element('rect', {
          class: value < 0 ? 'bar negative' : 'bar',
          x: Math.min(x(0), end),
          y: y + 4,
          width: Math.max(0.5, Math.abs(end - x(0))),
          height: ROW - 8,
        }),
        lower !== undefined && upper !== undefined && line('whisker', x(lower), middle, x(upper), middle),
        text(furthest + (value < 0 ? -5 : 5), middle + 4, value < 0 ? 'small end' : 'small', number(value)),
      );
    }),
    line('axis-line', x(0), frame.top, x(0), frame.bottom),
  );
}

export interface StackedData extends Caption {
  /** The parts that every bar has, in their order; at most four. */
  parts: readonly string[];
  bars: readonly { label: string; values: readonly number[] }[];
  width?: number | undefined;
}

const MAX_PARTS = 4;
const LEGEND_HEIGHT = 26;

/** Bars of 100 %: the shares of the parts, and how many there are of each bar. */
export function stackedChart(data: StackedData): string {
  const { parts, bars } = data;
  if (parts.length > MAX_PARTS) throw new Error(`a stacked bar has at most ${MAX_PARTS} parts`);
  const margins = { ...MARGINS, top: MARGINS.top + LEGEND_HEIGHT };
  const size = { width: data.width ?? 560, height: margins.top + bars.length * ROW + margins.bottom };
  const frame = plot(size, margins);
  const x = scaleLinear([0, 1], [frame.left, frame.right]);
  const step = (frame.right - frame.left) / Math.max(1, parts.length);
  return picture(
    'stacked',
    data,
    size,
    {},
    parts.map((part, index) => [
      element('rect', {
        class: `fill${index} part`,
        x: frame.left + index * step,
        y: 8,
        width: 12,
        height: 12,
      }),
      text(frame.left + index * step + 17, 18, 'small', cut(part, 15)),
    ]),
    axisBelow(frame, { scale: x, ticks: SHARES, format: percent, label: 'share' }),
    bars.map(({ label, values }, index) => {
      const y = frame.top + index * ROW;
      const total = sum(values);
      let before = 0;
      return element(
        'g',
        { class: 'bar-row' },
        text(frame.left - 8, y + ROW / 2 + 4, 'end', cut(label, 25)),
        values.map((value, part) => {
          const share = total === 0 ? 0 : value / total;
          const left = x(before);
          before += share;
          const width = x(before) - left;
          return [
            element(
              'rect',
              { class: `fill${part} part`, x: left, y: y + 3, width, height: ROW - 6 },
              element('title', {}, `${label}, ${parts[part]}: ${value} of ${total} (${percent(share, 1)})`),
            ),
            width > 34 &&
              text(left + width / 2, y + ROW / 2 + 4, `small middle on-fill${part}`, percent(share)),
          ];
        }),
        text(frame.right + 6, y + ROW / 2 + 4, 'small muted', `n ${total.toLocaleString('en-GB')}`),
      );
    }),
  );
}
