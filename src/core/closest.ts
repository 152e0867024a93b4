/** The closest of `candidates` to `word` by edit distance, when it is close enough to be a likely slip. */
export function didYouMean(word: string, candidates: Iterable<string>): string | undefined {
  return slips(word, candidates)[0];
}

/** At most `limit` candidates, likely slips first, then those that begin with the word or hold it. */
export function nearest(word: string, candidates: readonly string[], limit = 3): string[] {
  const wanted = word.toLowerCase();
  const holding = wanted.length < 3 ? [] : candidates.filter((each) => each.toLowerCase().includes(wanted));
  const beginning = holding.filter((each) => each.toLowerCase().startsWith(wanted));
  return [...new Set([...slips(word, candidates), ...beginning, ...holding])].slice(0, limit);
}

/** The candidates within a third of the word's letters, closest first. */
function slips(word: string, candidates: Iterable<string>): string[] {
  const wanted = word.toLowerCase();
  const limit = Math.max(1, Math.floor(wanted.length / 3));
  return Array.from(candidates, (candidate) => ({
    candidate,
    distance: editDistance(wanted, candidate.toLowerCase(), { swaps: true }),
  }))
    .filter(({ distance }) => distance <= limit)
    .sort((a, b) => a.distance - b.distance)
    .map(({ candidate }) => candidate);
}

/**
 * How many items must be inserted, deleted or replaced to make one sequence of the other (Levenshtein).
 * @param swaps whether two neighbours that changed places count as one step (optimal string alignment).
 */
export function editDistance<T>(left: ArrayLike<T>, right: ArrayLike<T>, { swaps = false } = {}): number {
  let before: number[] = [];
  let previous = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let i = 1; i <= left.length; i++) {
    const current = [i];
    for (let j = 1; j <= right.length; j++) {
      const substitution = previous[j - 1]! + (left[i - 1] === right[j - 1] ? 0 : 1);
      let distance = Math.min(substitution, previous[j]! + 1, current[j - 1]! + 1);
      if (swaps && i > 1 && j > 1 && left[i - 1] === right[j - 2] && left[i - 2] === right[j - 1]) {
        distance = Math.min(distance, before[j - 2]! + 1);
      }
      current.push(distance);
    }
    before = previous;
    previous = current;
  }
  return previous[right.length]!;
}
