import { scaleLinear } from 'd3-scale';
import { element } from './markup.js';
import { axisBelow, type Caption, cut, line, picture, plot, text } from './picture.js';

export interface SliceData extends Caption {
  /** `n` counts patients. A slice whose value could not be computed has null. */
  slices: readonly {
    label: string;
    n: number;
    value: number | null;
    lower?: number | undefined;
    upper?: number | undefined;
  }[];
  metric: string;
  /** Of all patients together, as a line to compare with. */
  overall?: number | undefined;
  domain: readonly [lowest: number, highest: number];
  width?: number | undefined;
}

const ROW = 24;
const MARGINS = { left: 250, right: 150, top: 30, bottom: 48 };
/** Fewer patients say nothing; their value is not drawn. */
export const FEWEST_PATIENTS = 10;

/** A metric for each slice with its interval and the number of patients behind it. */
export function sliceChart(data: SliceData): string {
  const { slices, domain, overall } = data;
  const size = { width: data.width ?? 640, height: MARGINS.top + slices.length * ROW + MARGINS.bottom };
  const frame = plot(size, MARGINS);
  const x = scaleLinear(domain, [frame.left, frame.right]).clamp(true);
  return picture(
    'slices',
    data,
    size,
    {},
    axisBelow(frame, { scale: x, ticks: x.ticks(5), format: x.tickFormat(5), label: data.metric }),
    text(frame.left - 8, 18, 'small muted end', 'patients'),
    text(frame.right + 10, 18, 'small muted', 'value (95 %)'),
    overall !== undefined && line('reference', x(overall), frame.top, x(overall), frame.bottom),
    slices.map(({ label, n, value, lower, upper }, index) => {
      const y = frame.top + (index + 0.5) * ROW;
      const shown = value !== null && n >= FEWEST_PATIENTS;
      const bounded = shown && lower !== undefined && upper !== undefined;
      return element(
        'g',
        { class: 'slice' },
        text(8, y + 4, '', cut(label, 30)),
        text(frame.left - 8, y + 4, 'small end', n.toLocaleString('en-GB')),
        bounded && line('whisker', x(lower), y, x(upper), y),
        shown && element('circle', { class: 'point', cx: x(value), cy: y, r: 5 }),
        text(
          frame.right + 10,
          y + 4,
          shown ? 'small' : 'small muted',
          !shown
            ? n < FEWEST_PATIENTS
              ? 'too few patients'
              : 'not defined'
            : bounded
              ? `${value.toFixed(3)} (${lower.toFixed(2)}–${upper.toFixed(2)})`
              : value.toFixed(3),
        ),
      );
    }),
  );
}
