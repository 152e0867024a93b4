import { scaleLinear } from 'd3-scale';
import { arc } from 'd3-shape';
import { element } from './markup.js';
import { type Caption, picture, short, text } from './picture.js';

export interface GaugeData extends Caption {
  /** Null when there is nothing to show. */
  value: number | null;
  minimum: number;
  maximum: number;
  /** Under the value: `of 5, from 488 patients`. */
  detail: string;
}

const SIZE = { width: 240, height: 160 };
const CENTRE = { x: 120, y: 120 };
const RADII = { innerRadius: 72, outerRadius: 94 };
const QUARTER = Math.PI / 2;

/** One value between its least and its greatest, as half a circle. */
export function gaugeChart(data: GaugeData): string {
  const { value, minimum, maximum } = data;
  const angle = scaleLinear([minimum, maximum], [-QUARTER, QUARTER]).clamp(true);
  const draw = arc().digits(2);
  const ring = (endAngle: number) => draw({ ...RADII, startAngle: -QUARTER, endAngle }) ?? '';
  const centred = (className: string, d: string) =>
    element('path', { class: className, d, transform: `translate(${CENTRE.x} ${CENTRE.y})` });
  const middle = (RADII.innerRadius + RADII.outerRadius) / 2;
  return picture(
    'gauge',
    data,
    SIZE,
    {},
    centred('gauge-ring', ring(QUARTER)),
    value !== null && centred('gauge-value', ring(angle(value))),
    text(CENTRE.x, CENTRE.y - 10, 'large middle', value === null ? 'not known' : short(value)),
    text(CENTRE.x, CENTRE.y + 8, 'small muted middle', data.detail),
    text(CENTRE.x - middle, CENTRE.y + 16, 'small muted middle', short(minimum)),
    text(CENTRE.x + middle, CENTRE.y + 16, 'small muted middle', short(maximum)),
  );
}
