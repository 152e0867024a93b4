import { editDistance } from '../../../../core/closest.js';

/** The one of `candidates` that differs from `name` by a slip of the fingers, or undefined. */
export function closestName(name: string, candidates: readonly string[]): string | undefined {
  const wanted = name.toLowerCase();
  // ZetaSQL's `ClosestName`: nothing for names below three letters, then about a fifth of the length.
  if (wanted.length < 3) return undefined;
  const limit = wanted.length < 5 ? Math.floor(wanted.length / 2) : Math.floor(wanted.length / 5) + 2;
  let best: string | undefined;
  let bestDistance = limit + 1;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - wanted.length) > bestDistance) continue;
    const distance = editDistance(wanted, candidate.toLowerCase());
    // Of names equally near, the first in order.
    if (distance < bestDistance || (distance === bestDistance && best !== undefined && candidate < best)) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}
