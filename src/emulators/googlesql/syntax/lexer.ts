import type { Position } from './ast.js';
import { lexBackticked, lexQuoted, quotedStart } from './lexer-strings.js';
import { syntaxError } from './syntax-error.js';

export type TokenType = 'word' | 'quotedWord' | 'integer' | 'float' | 'string' | 'bytes' | 'symbol' | 'end';

export interface Token {
  type: TokenType;
  /** For a word: in upper case, to compare; for a symbol: itself; for the rest: as written. */
  text: string;
  /** The word as written, the unescaped string. */
  value: string;
  bytes?: Uint8Array;
  offset: number;
  end: number;
  pos: Position;
}

const symbols3 = new Set(['<=>']);
const symbols2 = new Set(['||', '|>', '<<', '>>', '=>', '->', '<=', '>=', '<>', '!=', '+=', '-=', '@@']);
const symbols1 = new Set('()[]{},;.:=<>+-*/~^&|?@'.split(''));

const wordPattern = /[A-Za-z_][A-Za-z0-9_]*/y;
const afterDotPattern = /[A-Za-z0-9_]+/y;
const numberPattern = /0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/y;
// Hints (`@{…}`) change nothing but speed, so they are read over as comments are.
const spacePattern = /(?:\s+|--[^\n\r]*|#[^\n\r]*|\/\*[\s\S]*?\*\/|@\{[^{}]*\})+/y;

/** All the tokens of a script, with an `end` token last. Throws the syntax error of a bad literal or character. */
export function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  const place = positionTracker(source);
  let offset = 0;
  let previous: Token | undefined;
  for (;;) {
    spacePattern.lastIndex = offset;
    if (spacePattern.test(source)) offset = spacePattern.lastIndex;
    const pos = place(offset);
    if (offset >= source.length) {
      tokens.push({ type: 'end', text: '', value: '', offset, end: offset, pos });
      return tokens;
    }
    if (source.startsWith('/*', offset)) throw syntaxError('Unclosed comment', pos);
    previous = nextToken(source, offset, pos, previous);
    tokens.push(previous);
    offset = previous.end;
  }
}

function nextToken(source: string, offset: number, pos: Position, previous: Token | undefined): Token {
  const quoted = quotedStart(source, offset);
  if (quoted) return lexQuoted(source, quoted, pos);
  const char = source[offset]!;
  if (char === '`') return lexBackticked(source, offset, pos);
  if (afterName(previous) && char === '.') return symbol('.', offset, pos);
  // A name may begin with a digit after a dot (`dataset.2024_events`).
  if (previous?.text === '.' && previous.type === 'symbol' && previous.end === offset) {
    const name = match(afterDotPattern, source, offset);
    if (name) return word(name, offset, pos);
  }
  const name = match(wordPattern, source, offset);
  if (name) return word(name, offset, pos);
  const number = match(numberPattern, source, offset);
  if (number) {
    const isInteger = /^(?:0[xX][0-9a-fA-F]+|\d+)$/.test(number);
    const end = offset + number.length;
    // Names with dashes may go on with a digit: `my-project-2a`.
    const afterDash = previous?.text === '-' && previous.end === offset;
    if (!afterDash && /[A-Za-z_]/.test(source[end] ?? '')) {
      throw syntaxError('Missing whitespace between literal and alias', columnsOn(pos, number.length));
    }
    return { type: isInteger ? 'integer' : 'float', text: number, value: number, offset, end, pos };
  }
  for (const [length, known] of [
    [3, symbols3],
    [2, symbols2],
    [1, symbols1],
  ] as const) {
    const text = source.slice(offset, offset + length);
    if (known.has(text)) return symbol(text, offset, pos);
  }
  throw syntaxError(`Illegal input character "${String.fromCodePoint(source.codePointAt(offset)!)}"`, pos);
}

function columnsOn(pos: Position, columns: number): Position {
  return { ...pos, offset: pos.offset + columns, column: pos.column + columns };
}

function afterName(token: Token | undefined): boolean {
  if (!token) return false;
  return (
    token.type === 'word' ||
    token.type === 'quotedWord' ||
    (token.type === 'symbol' && (token.text === ')' || token.text === ']'))
  );
}

function match(pattern: RegExp, source: string, offset: number): string | undefined {
  pattern.lastIndex = offset;
  return pattern.exec(source)?.[0];
}

function word(name: string, offset: number, pos: Position): Token {
  return { type: 'word', text: name.toUpperCase(), value: name, offset, end: offset + name.length, pos };
}

function symbol(text: string, offset: number, pos: Position): Token {
  return { type: 'symbol', text, value: text, offset, end: offset + text.length, pos };
}

/** Turns rising offsets into positions. A tab moves to the next column of eight, as BigQuery counts. */
function positionTracker(source: string): (offset: number) => Position {
  let at = 0;
  let line = 1;
  let column = 1;
  return (offset) => {
    for (; at < offset; at++) {
      const code = source.charCodeAt(at);
      if (code === 10 || (code === 13 && source.charCodeAt(at + 1) !== 10)) {
        line++;
        column = 1;
      } else if (code === 9) {
        column += 8 - ((column - 1) % 8);
      } else if (code < 0xdc00 || code > 0xdfff) {
        column++;
      }
    }
    return { offset, line, column };
  };
}
