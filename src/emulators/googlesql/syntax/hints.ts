import type { Token } from './lexer.js';
import { tokenize } from './lexer.js';
import { syntaxError } from './syntax-error.js';

/** One `name = value` of `@{…}`. */
export interface Hint {
  /** In lower case, without the `spanner.` before it. */
  name: string;
  writtenName: string;
  /** As written, without quotes. */
  value: string;
  place: 'statement' | 'table' | 'join' | 'group' | 'set operation' | 'other';
  /** Of the table that a hint is about, its name. */
  table?: string;
}

const HINT = /@\{([^{}]*)\}/g;
const PAIR = /^\s*(?:([A-Za-z_]\w*)\s*\.\s*)?([A-Za-z_]\w*)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s,'"]+))\s*$/;
const SET_OPERATIONS = ['UNION', 'INTERSECT', 'EXCEPT'];

/** The hints of a statement, which the parser reads over as it reads over comments. */
export function hintsOf(source: string): Hint[] {
  if (!source.includes('@{')) return [];
  const hints: Hint[] = [];
  const tokens = tokenize(source);
  for (const [index, token] of tokens.entries()) {
    const previous = tokens[index - 1];
    const between = source
      .slice(previous?.end ?? 0, token.offset)
      .replace(/--[^\n]*|#[^\n]*|\/\*[\s\S]*?\*\//g, ' ');
    for (const match of between.matchAll(HINT)) {
      for (const pair of match[1]!.split(',')) {
        const found = PAIR.exec(pair);
        if (found === null) throw syntaxError(`Unexpected hint ${pair.trim()}`, token.pos);
        const [, qualifier, name, double, single, bare] = found;
        // Hints for other engines are none of Spanner's business.
        if (qualifier !== undefined && qualifier.toLowerCase() !== 'spanner') continue;
        hints.push({
          name: name!.toLowerCase(),
          writtenName: name!,
          value: double ?? single ?? bare!,
          ...placeOf(tokens, index),
        });
      }
    }
  }
  return hints;
}

function placeOf(tokens: readonly Token[], index: number): Pick<Hint, 'place' | 'table'> {
  const previous = tokens[index - 1];
  if (previous === undefined) return { place: 'statement' };
  if (previous.type === 'word') {
    if (previous.text === 'JOIN') return { place: 'join' };
    if (previous.text === 'GROUP') return { place: 'group' };
    if (SET_OPERATIONS.includes(previous.text)) return { place: 'set operation' };
    if (previous.text === 'SELECT') return { place: 'other' };
  }
  if (previous.type !== 'word' && previous.type !== 'quotedWord') return { place: 'other' };
  let first = index - 1;
  while (first >= 2 && tokens[first - 1]!.text === '.') first -= 2;
  const path = tokens.slice(first, index).map((token) => token.value);
  return { place: 'table', table: path.join('') };
}
