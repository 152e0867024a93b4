/** Choices among the items of an aggregate's list, given as texts; places count from 1. */

/** Places where each text appears for the first time. */
export function firstPlaces(texts: (string | null)[]): bigint[] {
  const seen = new Set<string | null>();
  const places: bigint[] = [];
  texts.forEach((text, index) => {
    if (seen.has(text)) return;
    seen.add(text);
    places.push(BigInt(index + 1));
  });
  return places;
}

/** Places of the n + 1 values that cut a sorted list of `count` into n parts. */
export function quantilePlaces(count: bigint, parts: bigint): bigint[] {
  if (parts < 1n) throw new Error('The number of quantiles must be positive in APPROX_QUANTILES');
  if (count === 0n) return [];
  const places: bigint[] = [];
  for (let i = 0n; i <= parts; i += 1n) {
    const place = (i * count + parts - 1n) / parts;
    places.push(place < 1n ? 1n : place);
  }
  return places;
}

export interface Ranked {
  place: bigint;
  /** NULL where all its weights are. */
  total: number | null;
}

/**
 * The texts with the largest totals, first come first on ties and NULL last. Without weights each item counts 1.
 *
 * @throws Error on a weight that is negative or NaN
 */
export function topRanked(
  texts: (string | null)[],
  weights: (number | null)[] | undefined,
  limit: bigint,
): Ranked[] {
  const totals = new Map<string | null, Ranked>();
  texts.forEach((text, index) => {
    const weight = weights === undefined ? 1 : (weights[index] ?? null);
    if (weight !== null && !(weight >= 0)) {
      throw new Error('APPROX_TOP_SUM does not support negative or NaN weights');
    }
    const known = totals.get(text);
    if (known === undefined) totals.set(text, { place: BigInt(index + 1), total: weight });
    else if (weight !== null) known.total = (known.total ?? 0) + weight;
  });
  return [...totals.values()].sort((a, b) => (b.total ?? -1) - (a.total ?? -1)).slice(0, Number(limit));
}
