import { mean, pairs } from 'd3-array';
import { type ScaleLinear, scaleLinear } from 'd3-scale';

/** A range of values with its points. `upTo` is inclusive; the last band ends at Infinity. */
export interface Band {
  upTo: number;
  points: number;
}

/** Bands from the lowest to the highest, which paper shows as rows of equal height. */
export interface BandedScale {
  /** Where a value is drawn, and whether it lies beyond what the scale shows. Higher values stand higher. */
  place(value: number): { y: number; beyond: boolean };
  /** From the lowest band to the highest, with the edges of its row and its range in words: `≤8`, `9–11`, `≥25`. */
  rows: { top: number; bottom: number; points: number; range: string }[];
}

/**
 * @param resolution the smallest difference of two values: bands of `≤8` and `9–11` meet in the middle between.
 * @param ends where the first and the last band end, if they do.
 */
export function bandedScale(
  bands: readonly Band[],
  resolution: number,
  { top, rowHeight }: { top: number; rowHeight: number },
  ends: { lowest?: number | undefined; highest?: number | undefined } = {},
): BandedScale {
  const bounds = bands.slice(0, -1).map(({ upTo }) => upTo);
  const edges = bounds.map((bound) => bound + resolution / 2);
  // What has no end on paper is drawn as wide as the others are on average.
  const width = mean(pairs(bounds), ([from, to]) => to - from) ?? 1;
  const { lowest = edges[0]! - width, highest = edges.at(-1)! + width } = ends;
  const domain = [lowest, ...edges, highest];
  const bottom = top + rowHeight * bands.length;
  const scale: ScaleLinear<number, number> = scaleLinear(
    domain,
    domain.map((_, index) => bottom - index * rowHeight),
  ).clamp(true);
  const digits = resolution < 1 ? 1 : 0;
  const range = (index: number) => {
    const from = index === 0 ? undefined : (bounds[index - 1]! + resolution).toFixed(digits);
    const to = bounds[index]?.toFixed(digits);
    if (from === undefined) return `≤${to}`;
    return to === undefined ? `≥${from}` : from === to ? from : `${from}–${to}`;
  };
  return {
    place: (value) => ({ y: scale(value), beyond: value < lowest || value > highest }),
    rows: bands.map(({ points }, index) => ({
      top: bottom - (index + 1) * rowHeight,
      bottom: bottom - index * rowHeight,
      points,
      range: range(index),
    })),
  };
}
