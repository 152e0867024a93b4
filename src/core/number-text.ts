/** `3 s`, `22 min`, `5 h`, `2 d`. The browser runs its text, so it needs nothing but its argument. */
export function ageText(seconds: number): string {
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} d`;
}

/**
 * A number with its sign; the minus is the typographic one, which is as wide as the plus.
 * @param digits after the point; without it as many as the number has.
 */
export function signed(value: number, digits?: number): string {
  const size = digits === undefined ? String(Math.abs(value)) : Math.abs(value).toFixed(digits);
  return Number(size) === 0 ? size : `${value < 0 ? '−' : '+'}${size}`;
}
