/** A value as it travels, with text for whatever is written as a string. */
export type WireValue = null | boolean | number | string | readonly WireValue[];

/** Bytes that a value takes, about: of text as much as it has at most. */
export function wireSize(value: WireValue): number {
  if (typeof value === 'string') return value.length * 3;
  if (Array.isArray(value))
    return (value as readonly WireValue[]).reduce<number>((sum, item) => sum + wireSize(item) + 4, 0);
  return 9;
}

/**
 * Cuts a value into pieces that a client puts together again: texts one behind the other, and so lists, whose
 * touching ends become one item when both are texts or both are lists.
 */
export function splitValue(value: WireValue, maxBytes: number): WireValue[] {
  if (wireSize(value) <= maxBytes) return [value];
  if (typeof value === 'string') return splitText(value, Math.floor(maxBytes / 3));
  if (!Array.isArray(value)) return [value];
  const pieces: WireValue[] = [];
  let current: WireValue[] = [];
  let size = 0;
  for (const item of value as readonly WireValue[]) {
    const parts = splitValue(item, maxBytes);
    const itemSize = wireSize(parts[0]!);
    if (size > 0 && size + itemSize > maxBytes) {
      // The next list begins with the rest of this empty item.
      if (typeof item === 'string') current.push('');
      else if (Array.isArray(item)) current.push([]);
      pieces.push(current);
      current = [];
      size = 0;
    }
    current.push(parts[0]!);
    size += itemSize;
    for (const part of parts.slice(1)) {
      pieces.push(current);
      current = [part];
      size = wireSize(part);
    }
  }
  return [...pieces, current];
}

function splitText(text: string, maxUnits: number): string[] {
  const pieces: string[] = [];
  for (let at = 0; at < text.length; ) {
    let end = Math.min(at + maxUnits, text.length);
    // Both halves of a pair stay together.
    if (end < text.length && /[\uD800-\uDBFF]/.test(text[end - 1]!)) end--;
    pieces.push(text.slice(at, end));
    at = end;
  }
  return pieces;
}
