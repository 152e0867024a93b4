import { describe, expect, it } from 'vitest';
import { observationChart } from '../../../src/charts/observation-chart.js';
import { COLOURS, type ColourName, chartStyle, colourStyle, standalone } from '../../../src/charts/style.js';
import { observationRows } from '../../../src/pipeline/patient/observations.js';

/** Contrast of WCAG 2.2. */
function contrast(a: string, b: string): number {
  const luminance = (colour: string) => {
    const [red, green, blue] = [1, 3, 5].map((at) => {
      const share = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
  };
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (light! + 0.05) / (dark! + 0.05);
}

describe('colours', () => {
  for (const [scheme, colours] of Object.entries(COLOURS)) {
    it(`of text contrast by 4.5 to 1 with what is under them: ${scheme}`, () => {
      const pairs: [ColourName, ColourName][] = [
        ...(['text', 'muted', 'accent', 'technical'] as const).map((name): [ColourName, ColourName] => [
          name,
          'surface',
        ]),
        ...([0, 1, 2, 3] as const).flatMap((point): [ColourName, ColourName][] => [
          [`risk${point}-text`, `risk${point}`],
          ['reading', `band${point}`],
        ]),
        ['surface', 'accent'],
        ['surface', 'second'],
        ['text', 'soft'],
        ['text', 'grid'],
      ];
      for (const [over, under] of pairs) {
        expect(contrast(colours[over], colours[under]), `${over} on ${under}`).toBeGreaterThanOrEqual(4.5);
      }
    });
  }

  it('are all defined that the pictures use', () => {
    const defined = new Set([...colourStyle().matchAll(/--([\w-]+):/g)].map(([, name]) => name));
    const used = [...chartStyle().matchAll(/var\(--([\w-]+)\)/g)].map(([, name]) => name);
    expect(used.length).toBeGreaterThan(20);
    expect(used.filter((name) => !defined.has(name))).toEqual([]);
  });
});

describe('a picture that stands alone', () => {
  it('brings its style, in one element behind its description', () => {
    const svg = standalone(
      observationChart({
        id: 'x',
        title: 't',
        description: 'd',
        rows: observationRows(),
        total: {
          name: 'NEWS2',
          bands: [
            { upTo: 4, points: 0 },
            { upTo: Number.POSITIVE_INFINITY, points: 3 },
          ],
        },
        fromMs: 0,
        toMs: 3_600_000,
        observations: [],
        alerts: [],
      }),
    );
    expect(svg.match(/<style>/g)).toHaveLength(1);
    expect(svg).toContain('</desc><style>');
    expect(svg).not.toMatch(/https?:(?!\/\/www\.w3\.org\/2000\/svg)/);
  });
});
