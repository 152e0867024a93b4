import type { ScaleContinuousNumeric, ScaleTime } from 'd3-scale';
import { type Child, element, type Markup } from './markup.js';

/** What every picture says of itself to those who do not see it. */
export interface Caption {
  /** Unique on the page; letters, digits, `-` and `_`. */
  id: string;
  title: string;
  /** What the picture shows, in a sentence or two. */
  description: string;
}

/** The sentence under everything that shows a score. */
export const DISCLAIMER = 'Part of NEWS2 (RCP 2017), computed from sensors. Not a medical device.';

export interface Size {
  width: number;
  height: number;
}

/** An SVG with its name and description. @param kind class `chart-KIND`, and `data-chart` for scripts. */
export function picture(
  kind: string,
  { id, title, description }: Caption,
  { width, height }: Size,
  attributes: Readonly<Record<string, string | number | undefined>>,
  ...children: Child[]
): string {
  if (!/^[\w-]+$/.test(id)) throw new Error(`"${id}" is no id`);
  return element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      class: `chart chart-${kind}`,
      'data-chart': kind,
      viewBox: `0 0 ${width} ${height}`,
      width,
      height,
      role: 'img',
      'aria-labelledby': `${id}-title`,
      'aria-describedby': `${id}-description`,
      ...attributes,
    },
    element('title', { id: `${id}-title` }, title),
    element('desc', { id: `${id}-description` }, description),
    children,
  ).text;
}

/** Diagonal lines, as a fill that can be told apart without colour: `url(#ID-NAME)`. */
export function hatch(id: string, name: string, spacing = 6): Markup {
  return element(
    'defs',
    {},
    element(
      'pattern',
      {
        id: `${id}-${name}`,
        patternUnits: 'userSpaceOnUse',
        width: spacing,
        height: spacing,
        patternTransform: 'rotate(45)',
      },
      element('line', { class: `hatch-${name}`, x1: 0, y1: 0, x2: 0, y2: spacing }),
    ),
  );
}

export function text(x: number, y: number, className: string, ...children: Child[]): Markup {
  return element('text', { x, y, class: className }, ...children);
}

export function line(className: string, x1: number, y1: number, x2: number, y2: number): Markup {
  return element('line', { class: className, x1, y1, x2, y2 });
}

/** The rectangle in which a picture with two axes draws. */
export interface Plot extends Size {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

/** Around the plot of a picture with two axes. */
export const MARGINS = { left: 62, right: 24, top: 40, bottom: 48 };
/** Of pictures whose axes are both probabilities. */
export const SQUARE: Size = { width: 420, height: 408 };

export function plot(
  size: Size,
  margins: { left: number; right: number; top: number; bottom: number },
): Plot {
  return {
    ...size,
    left: margins.left,
    right: size.width - margins.right,
    top: margins.top,
    bottom: size.height - margins.bottom,
  };
}

export interface Axis {
  scale: ScaleContinuousNumeric<number, number> | ScaleTime<number, number>;
  ticks: readonly number[];
  format: (tick: number) => string;
  label: string;
}

/** The axis under a plot, with lines across it. */
export function axisBelow({ top, bottom, left, right }: Plot, { scale, ticks, format, label }: Axis): Markup {
  return element(
    'g',
    { class: 'axis axis-x' },
    ticks.map((tick) => {
      const x = scale(tick);
      return [line('grid', x, top, x, bottom), text(x, bottom + 16, 'tick', format(tick))];
    }),
    text((left + right) / 2, bottom + 34, 'label', label),
  );
}

/** The axis at the left of a plot, with lines across it. The label stands above it, upright. */
export function axisLeft({ top, left, right }: Plot, { scale, ticks, format, label }: Axis): Markup {
  return element(
    'g',
    { class: 'axis axis-y' },
    ticks.map((tick) => {
      const y = scale(tick);
      return [line('grid', left, y, right, y), text(left - 8, y + 4, 'tick', format(tick))];
    }),
    text(left - 8, top - 12, 'label', label),
  );
}

/** Shares from 0 to 1, as the axes of probabilities show them. */
export const SHARES: readonly number[] = [0, 0.2, 0.4, 0.6, 0.8, 1];

export function percent(share: number, digits = 0): string {
  return `${(share * 100).toFixed(digits)} %`;
}

/** Three or four significant digits, without an exponent. */
export function short(value: number): string {
  return value.toLocaleString('en-GB', { maximumSignificantDigits: Math.abs(value) >= 1_000 ? 4 : 3 });
}

/** Text cut to about so many characters, as SVG has no ellipsis. */
export function cut(label: string, most: number): string {
  const signs = Array.from(label);
  return signs.length <= most ? label : `${signs.slice(0, most - 1).join('')}…`;
}
