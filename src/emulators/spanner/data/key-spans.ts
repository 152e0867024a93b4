import { type EncodedRange, encodeRange } from '../store/snapshot-view.js';
import type { KeySet } from '../store/view.js';
import { afterPrefix, encodeKey, type KeyPartType } from '../values/key.js';

/**
 * The ranges of a key set in order, no two of which have a key in common.
 * @param isPrefix whether whole keys are only the first parts of what is stored, as those of an index are
 */
export function spansOf(parts: readonly KeyPartType[], keys: KeySet, isPrefix: boolean): EncodedRange[] {
  if (keys.all) return [{ start: '', end: undefined }];
  const spans = keys.keys.map((key) => {
    const start = encodeKey(parts, key);
    return { start, end: isPrefix ? afterPrefix(start) : `${start}\0` };
  });
  const ranges: EncodedRange[] = [...spans, ...keys.ranges.map((range) => encodeRange(parts, range))];
  ranges.sort((a, b) => (a.start < b.start ? -1 : 1));
  const merged: EncodedRange[] = [];
  for (const range of ranges) {
    if (range.end !== undefined && range.end <= range.start) continue;
    const last = merged.at(-1);
    if (last === undefined || (last.end !== undefined && last.end < range.start)) merged.push({ ...range });
    else if (last.end !== undefined && (range.end === undefined || range.end > last.end))
      last.end = range.end;
  }
  return merged;
}
