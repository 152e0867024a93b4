import { signed } from '../src/core/number-text.js';
import type { Explanation } from '../src/pipeline/model/explanation.js';

/** What a prediction rests on, in a line; what adds next to nothing is left out. */
export function whyText({ baseline, logOdds, attributions }: Explanation): string {
  const reasons = attributions
    .filter(({ attribution }) => Math.abs(attribution) >= 0.005)
    .map(({ feature, attribution }) => `${feature} ${signed(Number(attribution.toFixed(2)))}`);
  return `${reasons.join(', ')}; baseline ${baseline.toFixed(2)}, log-odds ${logOdds.toFixed(2)}`;
}
