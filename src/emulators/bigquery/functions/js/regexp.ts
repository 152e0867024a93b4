/** RE2 patterns for the few functions that need places of matches, which DuckDB does not tell. */

const CLASSES: Record<string, string> = {
  alnum: 'A-Za-z0-9',
  alpha: 'A-Za-z',
  ascii: '\\x00-\\x7f',
  blank: '\\t ',
  cntrl: '\\x00-\\x1f\\x7f',
  digit: '0-9',
  graph: '!-~',
  lower: 'a-z',
  print: ' -~',
  punct: '!-\\/:-@\\[-`{-~',
  space: '\\t\\n\\v\\f\\r ',
  upper: 'A-Z',
  word: '0-9A-Za-z_',
  xdigit: '0-9A-Fa-f',
};

const compiled = new Map<string, RegExp>();
const CACHE_LIMIT = 200;

/** The same pattern for JavaScript. @throws Error when it has no equal there */
function toRegExp(pattern: string): RegExp {
  const known = compiled.get(pattern);
  if (known) return known;
  let flags = 'dgu';
  let source = pattern;
  const leading = /^\(\?([ims]+)\)/.exec(source);
  if (leading) {
    flags += [...new Set(leading[1] as string)].join('');
    source = source.slice(leading[0].length);
  }
  source = source
    .replace(/\\Q([\s\S]*?)(?:\\E|$)/g, (_, text: string) => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'))
    .replace(/\(\?P</g, '(?<')
    .replace(
      /\[\[:(\^?)(\w+):\]\]/g,
      (_, negated: string, name: string) => `[${negated}${CLASSES[name] ?? name}]`,
    )
    .replace(/\[:(\w+):\]/g, (_, name: string) => CLASSES[name] ?? name)
    .replace(/\\p([A-Z])(?!\{)/g, '\\p{$1}')
    .replace(/\\P([A-Z])(?!\{)/g, '\\P{$1}')
    .replace(/\\A/g, '^')
    .replace(/\\z/g, '$')
    // Escapes that are plain characters in RE2 and errors under the u flag.
    .replace(/\\([-#@%&,:;<=>!"'`~ _])/g, (whole, char: string) => (char === '-' ? whole : char));
  let result: RegExp;
  try {
    result = new RegExp(
      source.replace(/\\-/g, (_, at: number) => (insideClass(source, at) ? '\\-' : '-')),
      flags,
    );
  } catch (error) {
    throw new Error(`Cannot parse regular expression: ${(error as Error).message}`);
  }
  if (compiled.size >= CACHE_LIMIT) compiled.clear();
  compiled.set(pattern, result);
  return result;
}

function insideClass(source: string, at: number): boolean {
  let inside = false;
  for (let i = 0; i < at; i += 1) {
    if (source[i] === '\\') i += 1;
    else if (source[i] === '[' && !inside) inside = true;
    else if (source[i] === ']') inside = false;
  }
  return inside;
}

/** Names of the capturing groups in order; undefined for one without a name. */
export function groupNames(pattern: string): (string | undefined)[] {
  const names: (string | undefined)[] = [];
  let inClass = false;
  for (let i = 0; i < pattern.length; i += 1) {
    const char = pattern[i];
    if (char === '\\') i += 1;
    else if (inClass) inClass = char !== ']';
    else if (char === '[') inClass = true;
    else if (char === '(') {
      const named = /^\(\?P?<([^>]+)>/.exec(pattern.slice(i));
      if (named) names.push(named[1]);
      else if (pattern[i + 1] !== '?') names.push(undefined);
    }
  }
  return names;
}

export function groupCount(pattern: string): number {
  return groupNames(pattern).length;
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
  const start = [...text].slice(0, Number(position) - 1).join('').length;
  if (start > text.length || pattern === '') return 0n;
  const expression = toRegExp(pattern);
  expression.lastIndex = 0;
  // Anchors hold at the position, so the search is in the rest of the text.
  const rest = text.slice(start);
  let left = occurrence;
  for (const match of rest.matchAll(expression)) {
    left -= 1n;
    if (left > 0n) continue;
    const indices = (match as RegExpMatchArray & { indices: ([number, number] | undefined)[] }).indices;
    const range = indices.length > 1 ? indices[1] : indices[0];
    if (!range) return 0n;
    const units = start + (after === 0n ? range[0] : range[1]);
    return BigInt([...text.slice(0, units)].length + 1);
  }
  return 0n;
}

/** The groups of the first match; NULL without one. */
export function regexpGroups(text: string, pattern: string): (string | null)[] | null {
  const expression = toRegExp(pattern);
  expression.lastIndex = 0;
  const match = expression.exec(text);
  return match ? match.slice(1).map((group) => group ?? null) : null;
}

/** Does the pattern match the empty text? Not known, and so false, where JavaScript has no equal. */
export function matchesEmpty(pattern: string): boolean {
  try {
    return ''.search(toRegExp(pattern)) >= 0;
  } catch {
    return false;
  }
}

/**
 * REGEXP_EXTRACT_ALL of a pattern that may match nothing: after an empty match the search goes on one character
 * further, and it ends with the text, so that there is no empty match behind the last character.
 */
export function regexpExtractAll(text: string, pattern: string): string[] {
  const expression = toRegExp(pattern);
  const found: string[] = [];
  let position = 0;
  do {
    expression.lastIndex = position;
    const match = expression.exec(text);
    if (!match) break;
    found.push((match.length > 1 ? match[1] : match[0]) ?? '');
    position = match.index + match[0].length;
    if (match[0] === '' && position < text.length) {
      position += String.fromCodePoint(text.codePointAt(position)!).length;
    }
  } while (position < text.length);
  return found;
}
