/**
 * Two-sided p-value of a weight, from the normal distribution. The service computes it from the approximation of
 * the error function 7.1.27 of Abramowitz and Stegun, whose tail is far too heavy: 8 sigma give 1e-8.
 */
export function pValue(weight: number, standardError: number): number {
  if (standardError === 0) return Number.NaN;
  const x = Math.abs(weight / standardError) / Math.SQRT2;
  return (1 + 0.278393 * x + 0.230389 * x ** 2 + 0.000972 * x ** 3 + 0.078108 * x ** 4) ** -4;
}
