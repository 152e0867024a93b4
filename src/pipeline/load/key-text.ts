import type { Value } from '../../schema/cell-problem.js';

/** The key as one text in which no two keys are alike; undefined for a NULL, which repeats no other. */
export function keyText(values: readonly Value[], positions: readonly number[]): string | undefined {
  if (positions.length === 1) {
    const value = values[positions[0]!]!;
    return value === null ? undefined : String(value);
  }
  if (positions.length === 0) return undefined;
  let text = '';
  for (const position of positions) {
    const value = values[position]!;
    if (value === null) return undefined;
    const part = String(value);
    text += `${part.length}:${part}`;
  }
  return text;
}
