import type { Explanation } from '../src/pipeline/model/explanation.js';

/** What a prediction rests on, in a line; what adds next to nothing is left out. */
export function whyText({ baseline, logOdds, attributions }: Explanation): string {
  const reasons = attributions
    .filter(({ attribution }) => Math.abs(attribution) >= 0.005)
    .map(({ feature, attribution }) => `${feature} ${signed(Number(attribution.toFixed(2)))}`);
  return `${reasons.join(', ')}; baseline ${baseline.toFixed(2)}, log-odds ${logOdds.toFixed(2)}`;
}

/** A change with its sign; null is none to compare with. */
export function signed(value: number | null): string {
  return value === null ? '–' : value > 0 ? `+${value}` : String(value);
}
