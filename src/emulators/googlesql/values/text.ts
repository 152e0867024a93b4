import { editDistance } from '../../../core/closest.js';
import { trimEndOf } from '../../../core/trim.js';

/** String functions that DuckDB has no equal of. Positions count code points. */

export type NormalForm = 'NFC' | 'NFD' | 'NFKC' | 'NFKD';

export function normalize(text: string, form: NormalForm): string {
  return text.normalize(form);
}

/** Case folding beyond lower case: ß and its like become the letters they stand for. */
function caseFold(text: string): string {
  return text.toUpperCase().toLowerCase();
}

export function normalizeAndCaseFold(text: string, form: NormalForm): string {
  return caseFold(text.normalize(form)).normalize(form);
}

const SOUNDEX_CODES: Record<string, string> = {
  B: '1', F: '1', P: '1', V: '1',
  C: '2', G: '2', J: '2', K: '2', Q: '2', S: '2', X: '2', Z: '2',
  D: '3', T: '3',
  L: '4',
  M: '5', N: '5',
  R: '6',
}; // biome-ignore format: one code per line

export function soundex(text: string): string {
  const letters = text.toUpperCase().replace(/[^A-Z]/g, '');
  if (letters === '') return '';
  let result = letters[0] as string;
  let last = SOUNDEX_CODES[result];
  for (const letter of letters.slice(1)) {
    const code = SOUNDEX_CODES[letter];
    if (code !== undefined && code !== last) result += code;
    // H and W do not part two letters of one code, vowels do.
    if (letter !== 'H' && letter !== 'W') last = code;
    if (result.length === 4) break;
  }
  return result.padEnd(4, '0');
}

const DEFAULT_DELIMITERS = ' \t\r\n\f\v[](){}/|<>!?@"^#$&~_,.:;*%+-';

export function initcap(text: string, delimiters = DEFAULT_DELIMITERS): string {
  const set = new Set(delimiters);
  let start = true;
  return joined(text, (char) => {
    const changed = start ? char.toUpperCase() : char.toLowerCase();
    start = set.has(char);
    return changed;
  });
}

const JOINED_AT_ONCE = 65_536;

/** What `change` makes of the items, as one text; a `+=` for each of many takes some forty bytes of memory. */
function joined<Item>(items: Iterable<Item>, change: (item: Item) => string): string {
  const texts: string[] = [];
  let parts: string[] = [];
  for (const item of items) {
    parts.push(change(item));
    if (parts.length < JOINED_AT_ONCE) continue;
    texts.push(parts.join(''));
    parts = [];
  }
  return texts.join('') + parts.join('');
}

/** As many comparisons take about a second. */
const MAX_EDIT_COMPARISONS = 2 ** 28;

/** EDIT_DISTANCE on code points or bytes, at most `limit`. */
export function boundedEditDistance<T>(left: ArrayLike<T>, right: ArrayLike<T>, limit: number): number {
  if (left.length * right.length > MAX_EDIT_COMPARISONS) {
    throw new Error(
      `Resources exceeded: EDIT_DISTANCE of values of length ${left.length} and ${right.length} is too expensive`,
    );
  }
  return Math.min(editDistance(left, right), limit);
}

/** What CONTAINS_SUBSTR compares. */
export function foldForSearch(text: string): string {
  return caseFold(text.normalize('NFKC')).normalize('NFKC');
}

/** INSTR on code points or bytes: the position from 1, or 0. */
export function instr(
  text: ArrayLike<unknown>,
  part: ArrayLike<unknown>,
  position: bigint,
  occurrence: bigint,
): number {
  if (position === 0n) throw new Error('Argument 3 to INSTR cannot be 0: position must not be zero');
  if (occurrence <= 0n)
    throw new Error('Argument 4 to INSTR must be positive: occurrence must be greater than zero');
  if (position > 0n) {
    let left = occurrence;
    for (const at of placesOf(part, text, Number(position) - 1)) {
      left -= 1n;
      if (left === 0n) return at + 1;
    }
    return 0;
  }
  const latest = text.length + Number(position);
  const places = [...placesOf(part, text, 0)].filter((at) => at <= latest);
  return occurrence > BigInt(places.length) ? 0 : places[places.length - Number(occurrence)]! + 1;
}

/** Where `part` stands in `text`, overlapping or not, in linear time: the search of Knuth, Morris and Pratt. */
function* placesOf(part: ArrayLike<unknown>, text: ArrayLike<unknown>, from: number): Generator<number> {
  // How many items are already matched when those up to a place do not go on.
  const fallback = new Int32Array(part.length + 1);
  for (let at = 1, matched = 0; at < part.length; at += 1) {
    while (matched > 0 && part[at] !== part[matched]) matched = fallback[matched]!;
    if (part[at] === part[matched]) matched += 1;
    fallback[at + 1] = matched;
  }
  if (part.length === 0 && from <= text.length) yield from;
  for (let at = from, matched = 0; at < text.length; at += 1) {
    while (matched > 0 && (matched === part.length || text[at] !== part[matched])) {
      matched = fallback[matched]!;
    }
    if (matched < part.length && text[at] === part[matched]) matched += 1;
    if (matched === part.length) yield at + 1 - part.length;
  }
}

/** Made once: a long text would make millions. */
const SMALL_INTEGERS = Array.from({ length: 256 }, (_, integer) => BigInt(integer));

export function codePoints(text: string): bigint[] {
  const points: bigint[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const point = text.codePointAt(at) as number;
    if (point > 0xffff) at += 1;
    points.push(SMALL_INTEGERS[point] ?? BigInt(point));
  }
  return points;
}

export function codePointsOfBytes(bytes: Uint8Array): bigint[] {
  return Array.from(bytes, (byte) => SMALL_INTEGERS[byte]!);
}

export function codePointsToString(points: (bigint | null)[]): string | null {
  if (points.includes(null)) return null;
  return joined(points as bigint[], (point) => {
    if (point < 0n || point > 0x10ffffn || (point >= 0xd800n && point <= 0xdfffn))
      throw new Error(`Invalid codepoint ${point}`);
    return String.fromCodePoint(Number(point));
  });
}

export function codePointsToBytes(points: (bigint | null)[]): Uint8Array | null {
  const bytes = new Uint8Array(points.length);
  for (const [index, point] of points.entries()) {
    if (point === null) return null;
    if (point < 0n || point > 255n) throw new Error(`Invalid extended ASCII code point ${point}`);
    bytes[index] = Number(point);
  }
  return bytes;
}

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

export function toBase32(bytes: Uint8Array): string {
  let bits = 0;
  let held = 0;
  let result = joined(bytes, (byte) => {
    let digits = '';
    held = (held << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      digits += BASE32[(held >> (bits - 5)) & 31];
      bits -= 5;
    }
    held &= (1 << bits) - 1;
    return digits;
  });
  if (bits > 0) result += BASE32[(held << (5 - bits)) & 31];
  return result.padEnd(Math.ceil(result.length / 8) * 8, '=');
}

export function fromBase32(text: string): Uint8Array {
  const trimmed = trimEndOf(text, '=');
  const bytes: number[] = [];
  let bits = 0;
  let held = 0;
  for (const char of trimmed) {
    const digit = BASE32.indexOf(char);
    if (digit < 0) throw new Error('Failed to decode invalid base32 string');
    held = (held << 5) | digit;
    bits += 5;
    if (bits >= 8) {
      bytes.push((held >> (bits - 8)) & 255);
      bits -= 8;
    }
    held &= (1 << bits) - 1;
  }
  return Uint8Array.from(bytes);
}

export function fromBase64(text: string): Uint8Array {
  const compact = text.replace(/\s+/g, '');
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(compact) || trimEndOf(compact, '=').length % 4 === 1) {
    throw new Error('Failed to decode invalid base64 string');
  }
  return Buffer.from(compact, 'base64');
}

export function fromHex(text: string): Uint8Array {
  if (!/^[0-9a-fA-F]*$/.test(text)) throw new Error('Failed to decode invalid hexadecimal string');
  return Buffer.from(text.length % 2 === 1 ? `0${text}` : text, 'hex');
}

/** TRANSLATE: each character of `from` becomes the one at its place in `to`, or goes. */
export function translate(text: string, from: string, to: string): string {
  const target = [...to];
  const map = new Map<string, string>();
  for (const [index, char] of [...from].entries()) {
    if (map.has(char)) throw new Error('Duplicate character in TRANSLATE source characters');
    map.set(char, target[index] ?? '');
  }
  return joined(text, (char) => map.get(char) ?? char);
}

/** SPLIT_SUBSTR: `count` parts of a split text from part `start` on, joined again. */
export function splitSubstring(text: string, delimiter: string, start: bigint, count: bigint | null): string {
  if (delimiter === '') throw new Error('The delimiter argument to SPLIT_SUBSTR must not be empty');
  if (count !== null && count < 0n)
    throw new Error('The count argument to SPLIT_SUBSTR must not be negative');
  const parts = text.split(delimiter);
  let from = Number(start);
  if (from < 0) from = Math.max(0, parts.length + from);
  else from = Math.max(0, from - 1);
  return parts.slice(from, count === null ? undefined : from + Number(count)).join(delimiter);
}

/** Bytes as text with each invalid sequence replaced by U+FFFD. */
export function bytesToText(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
}
