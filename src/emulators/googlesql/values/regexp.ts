/** RE2 patterns for the few functions that need places or groups of matches, which DuckDB does not tell. */

import { RE2JS, RE2JSSyntaxException } from 're2js';
import { flatPattern } from '../../../core/linear-pattern.js';

interface Pattern {
  re2: RE2JS;
  /** The same for JavaScript's engine, which is several times as fast where it has no choices to take back. */
  flat: RegExp | undefined;
}

const compiled = new Map<string, Pattern>();
/** So short that the square of it is no matter. */
const MAX_FLAT_TEXT = 256;
const CACHE_LIMIT = 200;
/** About what RE2 takes with the memory that DuckDB gives it. */
const MAX_PATTERN = 32_768;
/**
 * The search for all matches in one value goes over what is behind each of them anew, as RE2's own does. Time of the
 * process and not of the clock: what else runs on the machine refuses no query.
 */
const MAX_SEARCH_CPU_MS = 2000;
const LOOK_AT_CPU_MS = 250;

/** The service prints the texts of RE2 in C++. */
const MESSAGES: Readonly<Record<string, string>> = {
  'invalid named capture': 'invalid named capture group',
  'duplicate capture group name': 'invalid named capture group',
  'invalid or unsupported Perl syntax': 'invalid perl operator',
  'invalid nested repetition operator': 'bad repetition operator',
  'invalid repeat count': 'invalid repetition size',
  'missing closing ]': 'missing ]',
  'missing closing )': 'missing )',
  'missing argument to repetition operator': 'no argument for repetition operator',
  'trailing backslash at end of expression': 'trailing \\',
};

/** @throws Error with RE2's text about a pattern that is none */
function compile(pattern: string): Pattern {
  const known = compiled.get(pattern);
  if (known) return known;
  let result: Pattern;
  try {
    if (pattern.length > MAX_PATTERN) throw new Error('pattern too large - compile failed');
    result = { re2: RE2JS.compile(pattern), flat: flatPattern(pattern, pattern, 'dg') };
  } catch (error) {
    throw new Error(`Cannot parse regular expression: ${problemOf(error)}`, { cause: error });
  }
  if (compiled.size >= CACHE_LIMIT) compiled.clear();
  compiled.set(pattern, result);
  return result;
}

function problemOf(error: unknown): string {
  if (!(error instanceof RE2JSSyntaxException)) return (error as Error).message;
  const { description, pattern } = { description: error.getDescription(), pattern: error.getPattern() };
  return `${MESSAGES[description] ?? description}: ${pattern}`;
}

/** Names of the capturing groups in order; undefined for one without a name. */
export function groupNames(pattern: string): (string | undefined)[] {
  const names: (string | undefined)[] = [];
  const start = /\(\?P?<([^>()]+)>/y;
  let inClass = false;
  for (let i = 0; i < pattern.length; i += 1) {
    const char = pattern[i];
    if (char === '\\') i += 1;
    else if (inClass) inClass = char !== ']';
    else if (char === '[') inClass = true;
    else if (char === '(') {
      start.lastIndex = i;
      const named = start.exec(pattern);
      if (named) names.push(named[1]);
      else if (pattern[i + 1] !== '?') names.push(undefined);
    }
  }
  return names;
}

export function groupCount(pattern: string): number {
  return groupNames(pattern).length;
}

/** From where to where a match reaches, and each of its groups; undefined for a group that took no part. */
type Places = ([start: number, end: number] | undefined)[];

function searcher(text: string, pattern: string): (from: number) => Places | undefined {
  const { re2, flat } = compile(pattern);
  if (flat !== undefined && text.length <= MAX_FLAT_TEXT) {
    return (from) => {
      flat.lastIndex = from;
      return flat.exec(text)?.indices;
    };
  }
  const matcher = re2.matcher(text);
  const groups = Array.from({ length: matcher.groupCount() + 1 }, (_, group) => group);
  return (from) =>
    matcher.find(from)
      ? groups.map((group) => {
          const start = matcher.start(group);
          return start < 0 ? undefined : [start, matcher.end(group)];
        })
      : undefined;
}

export const TOO_MANY_GROUPS =
  'Regular expressions passed into extraction functions must not have more than 1 capturing group';

/** The only group of a match, or all of it. */
function mainPlace(match: Places): Places[number] {
  return match.length > 1 ? match[1] : match[0];
}

/**
 * The matches of `text` one after the other: behind an empty one the search goes on a character further, and it ends
 * with the text, so that there is no empty match behind the last character.
 */
function* matchesIn(text: string, pattern: string): Generator<Places> {
  const search = searcher(text, pattern);
  const before = process.cpuUsage();
  let lookedAt = Date.now();
  let position = 0;
  for (let found = search(0); found !== undefined; found = search(position)) {
    yield found;
    const [start, end] = found[0]!;
    position = end;
    if (start === end) position += (text.codePointAt(end) ?? 0) > 0xffff ? 2 : 1;
    if (position >= text.length) return;
    const now = Date.now();
    if (now - lookedAt < LOOK_AT_CPU_MS) continue;
    lookedAt = now;
    const { user, system } = process.cpuUsage(before);
    if (user + system > MAX_SEARCH_CPU_MS * 1000) {
      throw new Error('Resources exceeded: the search for a regular expression in one value takes too long');
    }
  }
}

/** REGEXP_INSTR: the place of a match, or of its only group, counted in code points from 1; 0 without a match. */
export function regexpInstr(
  text: string,
  pattern: string,
  position: bigint,
  occurrence: bigint,
  after: bigint,
): bigint {
  if (position < 1n) throw new Error('Position must be positive');
  if (occurrence < 1n) throw new Error('Occurrence must be positive');
  if (after !== 0n && after !== 1n) throw new Error('Return position indicator must be 0 or 1');
  if (groupCount(pattern) > 1) throw new Error(TOO_MANY_GROUPS);
  const start = [...text].slice(0, Number(position) - 1).join('').length;
  if (start > text.length || pattern === '') return 0n;
  // Anchors hold at the position, so the search is in the rest of the text.
  let left = occurrence;
  for (const match of matchesIn(text.slice(start), pattern)) {
    left -= 1n;
    if (left > 0n) continue;
    const place = mainPlace(match);
    if (place === undefined) return 0n;
    return BigInt([...text.slice(0, start + place[after === 0n ? 0 : 1])].length + 1);
  }
  return 0n;
}

/** The groups of the first match; NULL without one. */
export function regexpGroups(text: string, pattern: string): (string | null)[] | null {
  const match = searcher(text, pattern)(0);
  return match === undefined
    ? null
    : match.slice(1).map((place) => (place === undefined ? null : text.slice(...place)));
}

/** What RE2 has against a pattern; undefined where that is nothing. */
export function problemOfPattern(pattern: string): string | undefined {
  try {
    compile(pattern);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** Does the pattern match the empty text? Not known, and so false, for what is no pattern. */
export function matchesEmpty(pattern: string): boolean {
  try {
    return compile(pattern).re2.test('');
  } catch {
    return false;
  }
}

/** Whether a match depends on what is around it. */
const LOOKS_AROUND = /[\^$]|\\[bBAz]/;

/** Does the pattern match at each place of each text, be it nothing? */
export function matchesEverywhere(pattern: string): boolean {
  return matchesEmpty(pattern) && !LOOKS_AROUND.test(pattern);
}

/** Is the only group of the pattern never empty, so that an empty one took no part in the match? Rather not than wrongly. */
export function isGroupNeverEmpty(pattern: string): boolean {
  // Escapes and classes stand for a character each, or for a place.
  const shape = pattern.replace(/\\.|\[(?:\\.|[^\\])[^\]]*\]/gsu, (atom) =>
    LOOKS_AROUND.test(atom.slice(0, 2)) ? '$' : 'x',
  );
  const group = /^[^()]*\(([^?()][^()]*)\)[^()]*$/.exec(shape)?.[1];
  return group !== undefined && !LOOKS_AROUND.test(group) && !matchesEmpty(group);
}

/** REGEXP_EXTRACT_ALL of a pattern that may match nothing, which DuckDB ends one match too late. */
export function regexpExtractAll(text: string, pattern: string): string[] {
  return Array.from(matchesIn(text, pattern), (match) => text.slice(...(mainPlace(match) ?? [0, 0])));
}
