/**
 * Colours of bands and risks. Bands and badges as the RCP's chart has them; neighbours of a band contrast less than
 * 3 : 1, so points, signs and words always stand beside a colour. `technical` is the cyan of IEC 60601-1-8 for what is
 * wrong with a feed and not with a patient.
 */
const LIGHT = {
  surface: '#ffffff',
  text: '#111111',
  muted: '#57606a',
  grid: '#d8dee4',
  axis: '#57606a',
  accent: '#0066cc',
  second: '#8a3ffc',
  soft: '#cfe3f7',
  reading: '#111111',
  band0: '#ffffff',
  band1: '#fff2ac',
  band2: '#fcc98a',
  band3: '#f69781',
  risk0: '#ffffff',
  'risk0-text': '#111111',
  risk1: '#ffe08a',
  'risk1-text': '#111111',
  risk2: '#f5a04a',
  'risk2-text': '#111111',
  risk3: '#c2211a',
  'risk3-text': '#ffffff',
  technical: '#0e7490',
} as const;

export type ColourName = keyof typeof LIGHT;

const DARK: Readonly<Record<ColourName, string>> = {
  surface: '#14181d',
  text: '#f0f3f6',
  muted: '#9da7b3',
  grid: '#30363d',
  axis: '#9da7b3',
  accent: '#6cb6ff',
  second: '#c8a2ff',
  soft: '#1d3b5a',
  reading: '#ffffff',
  band0: '#1b1f24',
  band1: '#4d4416',
  band2: '#8a4b0f',
  band3: '#d23a2e',
  risk0: '#1b1f24',
  'risk0-text': '#ffffff',
  risk1: '#4d4416',
  'risk1-text': '#ffffff',
  risk2: '#8a4b0f',
  'risk2-text': '#ffffff',
  risk3: '#d23a2e',
  'risk3-text': '#ffffff',
  technical: '#67e8f9',
};

export const COLOURS = { light: LIGHT as Readonly<Record<ColourName, string>>, dark: DARK };

/**
 * The custom properties (`--text`, `--band3`, `--risk3-text` …) for light, dark and print. `data-theme="light"` or
 * `"dark"` on the root element goes before the preference of the reader; paper is always light.
 */
export function colourStyle(): string {
  return [
    rule(':root', LIGHT, 'light'),
    `@media (prefers-color-scheme: dark) {\n${rule(':root:not([data-theme="light"])', DARK, 'dark')}}\n`,
    rule(':root[data-theme="dark"]', DARK, 'dark'),
    `@media print {\n${rule(':root:root[data-theme], :root:root:not([data-theme])', LIGHT, 'light')}}\n`,
  ].join('');
}

function rule(selector: string, colours: Readonly<Record<ColourName, string>>, scheme: string): string {
  const properties = Object.entries(colours).map(([name, value]) => `--${name}: ${value};`);
  return `${selector} { color-scheme: ${scheme}; ${properties.join(' ')} }\n`;
}

const each = (points: readonly number[], css: (point: number) => string) => points.map(css).join('\n');
const POINTS = [0, 1, 2, 3];

/** How the pictures are drawn. Needs the properties of `colourStyle`. */
export function chartStyle(): string {
  return `
.chart { display: block; max-width: 100%; height: auto; font: 12px system-ui, "DejaVu Sans", sans-serif; fill: var(--text); }
.chart text { fill: var(--text); }
.chart .surface { fill: var(--surface); }
.chart .muted, .chart .tick, .chart text.label { fill: var(--muted); }
.chart .strong { font-weight: 600; }
.chart .end { text-anchor: end; }
.chart .middle, .chart .axis-x text { text-anchor: middle; }
.chart .axis-y .tick { text-anchor: end; }
.chart .axis-y .label { text-anchor: start; }
.chart .small { font-size: 10px; }
.chart .large { font-size: 28px; font-weight: 600; }
.chart line, .chart path { fill: none; }
.chart .grid { stroke: var(--grid); stroke-width: 1; }
.chart .axis-line, .chart .whisker { stroke: var(--axis); stroke-width: 1; }
.chart .reference { stroke: var(--muted); stroke-width: 1; stroke-dasharray: 4 4; }
.chart .series0, .chart .series1, .chart .series2, .chart .series3 { stroke: var(--accent); stroke-width: 2; stroke-linejoin: round; }
.chart .series1 { stroke: var(--second); stroke-dasharray: 7 3; }
.chart .series2 { stroke: var(--text); stroke-dasharray: 2 3; }
.chart .series3 { stroke: var(--technical); stroke-dasharray: 8 3 2 3; }
.chart .dots { stroke-linecap: round; stroke-width: 5; stroke-dasharray: none; }
.chart .region { fill: var(--soft); stroke: none; }
.chart .bar { fill: var(--accent); }
.chart .bar.negative { fill: var(--second); }
.chart .fill0 { fill: var(--accent); }
.chart .fill1 { fill: var(--soft); }
.chart .fill2 { fill: var(--second); }
.chart .fill3 { fill: var(--grid); }
.chart .part { stroke: var(--text); stroke-width: 0.75; }
.chart .on-fill0, .chart .on-fill2 { fill: var(--surface); }
.chart .gauge-ring { fill: var(--grid); }
.chart .gauge-value { fill: var(--accent); }
.chart .edge { fill: none; stroke: var(--text); stroke-width: 0.75; }
.chart .point { fill: var(--accent); stroke: var(--surface); stroke-width: 1; }
.chart .bubble { fill: var(--accent); fill-opacity: 0.45; stroke: var(--accent); stroke-width: 1; }
.chart .cell { stroke: var(--surface); stroke-width: 2; fill: var(--accent); }
${each(POINTS, (point) => `.chart .band${point} { fill: var(--band${point}); }`)}
.chart .frame { fill: none; stroke: var(--axis); stroke-width: 1; }
.chart .band-line { stroke: var(--grid); stroke-width: 0.5; }
.chart .hour { stroke: var(--axis); stroke-width: 0.5; stroke-opacity: 0.45; }
.chart .midnight { stroke: var(--axis); stroke-width: 1.5; }
.chart .reading { stroke: var(--reading); stroke-width: 1.5; stroke-linejoin: round; }
.chart .readings { stroke: var(--reading); stroke-width: 5; stroke-linecap: round; }
.chart .readings.dense { stroke-width: 3; }
.chart .pressure { stroke: var(--reading); stroke-width: 1; stroke-opacity: 0.5; }
.chart .range { fill: var(--reading); fill-opacity: 0.12; stroke: none; }
.chart .row-head { fill: var(--accent); }
.chart .hatch-worst { stroke: var(--text); stroke-width: 1; stroke-opacity: 0.22; }
.chart .hatch-unmeasured { stroke: var(--technical); stroke-width: 1.5; stroke-opacity: 0.55; }
.chart .technical { fill: var(--technical); }
.chart .halo { paint-order: stroke; stroke: var(--surface); stroke-width: 3; stroke-linejoin: round; }
.chart .alert { stroke: var(--text); stroke-width: 2; }
.chart .prediction { stroke: var(--accent); stroke-width: 1.5; stroke-dasharray: 5 3; }
.chart .crosshair { stroke: var(--accent); stroke-width: 1; visibility: hidden; }
.chart .crosshair.shown { visibility: visible; }
.chart:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.sparkline { height: 1.6em; width: auto; max-width: none; }
.sparkline .reading { vector-effect: non-scaling-stroke; }
table.readings { border-collapse: collapse; font-variant-numeric: tabular-nums; }
table.readings th, table.readings td { border: 1px solid var(--grid); padding: 0.15rem 0.5rem; text-align: right; white-space: nowrap; }
table.readings th { text-align: left; font-weight: 600; }
@media (forced-colors: active) { .chart .reading, .chart .readings, .chart .alert { stroke: CanvasText; } }
@media print { .chart { break-inside: avoid; } .chart rect, .chart path { print-color-adjust: exact; } }
`.trimStart();
}

/** An SVG that needs no page around it: with its style, and on the colour of its surface. */
export function standalone(svg: string): string {
  const style = `<style>${colourStyle()}${chartStyle()}</style><rect class="surface" width="100%" height="100%"></rect>`;
  return `${svg.replace('</desc>', `</desc>${style}`)}\n`;
}
