import { extent } from 'd3-array';
import { scaleLinear } from 'd3-scale';
import { line as lineShape } from 'd3-shape';
import { element } from './markup.js';

const WIDTH = 96;
const HEIGHT = 24;
const MARGIN = 3;

/**
 * A small line without axes, for a row of a table in a page; null breaks it. The newest value has a dot.
 * @param label says in words what the line shows, as it has no text of its own.
 */
export function sparkline(values: readonly (number | null)[], label: string): string {
  const [lowest = 0, highest = 0] = extent(values.filter((value) => value !== null)) as [number?, number?];
  const x = scaleLinear([0, Math.max(1, values.length - 1)], [MARGIN, WIDTH - MARGIN]);
  // A course that never changes is a line in the middle.
  const y = scaleLinear(lowest === highest ? [lowest - 1, highest + 1] : [lowest, highest], [
    HEIGHT - MARGIN,
    MARGIN,
  ]);
  const draw = lineShape<number | null>()
    .defined((value) => value !== null)
    .x((_, index) => x(index))
    .y((value) => y(value!))
    .digits(0);
  const last = values.findLastIndex((value) => value !== null);
  return element(
    'svg',
    {
      class: 'chart sparkline',
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
      role: 'img',
      'aria-label': label,
    },
    last >= 0 && element('path', { class: 'reading', d: draw(values) ?? '' }),
    last >= 0 && element('circle', { class: 'point', cx: x(last), cy: y(values[last]!), r: 2.5 }),
  ).text;
}
