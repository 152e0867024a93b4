/** Offsets of a time zone from UTC, for engines that know none. */
export interface ZoneTable {
  /** IANA name. */
  name: string;
  /** When each offset begins, in ms since the epoch, and the offset in ms, oldest first. */
  changes: readonly (readonly [fromMs: number, offsetMs: number])[];
}

/** The offset in ms at a moment. */
export function offsetAt({ changes }: ZoneTable, epochMs: number): number {
  let low = 0;
  let high = changes.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (changes[middle]![0] <= epochMs) low = middle;
    else high = middle - 1;
  }
  return changes[low]![1];
}

const DAY_MS = 86_400_000;

/**
 * The offsets of a zone between two moments.
 *
 * @param offsetOf the offset in ms at a moment; it changes at whole seconds, at most once a day
 */
export function zoneTable(
  name: string,
  offsetOf: (epochMs: number) => number,
  { fromMs, toMs }: { fromMs: number; toMs: number },
): ZoneTable {
  const changes: [number, number][] = [[fromMs, offsetOf(fromMs)]];
  for (let day = fromMs; day < toMs; day += DAY_MS) {
    const offset = offsetOf(day + DAY_MS);
    const before = changes.at(-1)![1];
    if (offset !== before) changes.push([firstMs(day, (ms) => offsetOf(ms) !== before), offset]);
  }
  return { name, changes };
}

/** The first second within the day after `startMs` for which something is so, when it stays so. */
function firstMs(startMs: number, isSo: (ms: number) => boolean): number {
  let low = startMs;
  let high = startMs + DAY_MS;
  while (high - low > 1000) {
    const middle = low + Math.floor((high - low) / 2000) * 1000;
    if (isSo(middle)) high = middle;
    else low = middle;
  }
  return high;
}
