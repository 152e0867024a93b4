/** Signs that tell risks apart without colour. */
export const RISK_SIGNS = {
  emergency: '■',
  urgent: '▲',
  'single-parameter': '●',
  undetermined: '○',
} as const;

/** Points as a small digit behind a value, which can be read without colour; nothing for what is not scored. */
export function pointsText(points: number | null): string {
  return points === null ? '' : '⁰¹²³'.charAt(points);
}
