import { max, min } from 'd3-array';
import { scaleLinear } from 'd3-scale';
import { line as lineShape } from 'd3-shape';
import { signed } from '../core/number-text.js';
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
  text,
} from './picture.js';

export interface DecisionData extends Caption {
  /** Net benefit of deciding by the model, and of treating everybody; nobody is 0. */
  points: readonly { threshold: number; model: number; all: number }[];
}

/** Net benefit of a model for thresholds of probability, against treating all and none. */
export function decisionChart(data: DecisionData): string {
  const size = { width: 520, height: 340 };
  const frame = plot(size, { ...MARGINS, right: 70 });
  const { points } = data;
  const highest = Math.max(0.05, max(points, ({ model, all }) => Math.max(model, all)) ?? 0);
  // Treating all falls without end; what is far below nothing tells nobody anything.
  const lowest = Math.max(-highest / 2, Math.min(-0.02, min(points, ({ model }) => model) ?? 0));
  const x = scaleLinear([0, 1], [frame.left, frame.right]);
  const y = scaleLinear([lowest, highest], [frame.bottom, frame.top]).clamp(true);
  const draw = (benefit: (point: DecisionData['points'][number]) => number) =>
    lineShape<DecisionData['points'][number]>(
      ({ threshold }) => x(threshold),
      (point) => y(benefit(point)),
    ).digits(1)(points.filter((point) => benefit(point) >= lowest)) ?? '';
  const ticks = y.ticks(5);
  const last = points.findLast(({ model }) => model >= lowest);
  const lastOfAll = points.findLast(({ all }) => all >= lowest);
  return picture(
    'decision',
    data,
    size,
    {},
    axisBelow(frame, { scale: x, ticks: SHARES, format: percent, label: 'threshold probability' }),
    axisLeft(frame, { scale: y, ticks, format: (tick) => signed(tick, 2), label: 'net benefit' }),
    line('axis-line', frame.left, y(0), frame.right, y(0)),
    // Below its line, since the model ends above it as a rule.
    text(frame.right + 6, y(0) + 16, 'small', 'none'),
    element('path', { class: 'series1', d: draw(({ all }) => all) }),
    element('path', { class: 'series0', d: draw(({ model }) => model) }),
    last && text(x(last.threshold) + 6, y(last.model) - 6, 'small strong halo', 'model'),
    lastOfAll && text(x(lastOfAll.threshold) + 6, y(lastOfAll.all) - 6, 'small halo', 'all (dashed)'),
  );
}
