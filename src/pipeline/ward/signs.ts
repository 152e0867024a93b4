import type { Risk } from '../stream/news2.js';

/** Signs that tell risks apart without colour. */
export const RISK_SIGNS: Readonly<Record<Risk, string>> = {
  emergency: '■',
  urgent: '▲',
  'single-parameter': '●',
  undetermined: '○',
};

/** Points as a small digit behind a value, which can be read without colour; nothing for what is not scored. */
export function pointsText(points: number | null): string {
  return points === null ? '' : '⁰¹²³'.charAt(points);
}
