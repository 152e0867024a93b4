import type { Position } from './ast.js';
import type { Token } from './lexer.js';
import { syntaxError } from './syntax-error.js';

export interface QuotedStart {
  offset: number;
  /** Where the content begins. */
  content: number;
  quote: string;
  raw: boolean;
  bytes: boolean;
}

const startPattern = /([rR][bB]?|[bB][rR]?)?("""|'''|"|')/y;

/** Recognises the beginning of a string or bytes literal: prefix and quotes. */
export function quotedStart(source: string, offset: number): QuotedStart | undefined {
  startPattern.lastIndex = offset;
  const found = startPattern.exec(source);
  if (!found) return undefined;
  const prefix = (found[1] ?? '').toLowerCase();
  return {
    offset,
    content: offset + found[0].length,
    quote: found[2]!,
    raw: prefix.includes('r'),
    bytes: prefix.includes('b'),
  };
}

export function lexQuoted(source: string, start: QuotedStart, pos: Position): Token {
  const { quote, raw, bytes, offset } = start;
  const triple = quote.length === 3;
  let end = start.content;
  let escaped = false;
  for (; ; end++) {
    const char = source[end];
    if (char === undefined || (!triple && (char === '\n' || char === '\r'))) {
      throw syntaxError(`Unclosed ${describe(raw, bytes, triple)} literal`, pos);
    }
    if (char === '\\') {
      escaped = true;
      end++;
    } else if (char === quote[0] && source.startsWith(quote, end)) {
      break;
    }
  }
  const content = source.slice(start.content, end);
  end += quote.length;
  const text = source.slice(offset, end);
  const plain = raw || !escaped;
  if (bytes) {
    const value = plain ? Buffer.from(content, 'utf8') : unescapeBytes(content, pos);
    return { type: 'bytes', text, value: '', bytes: value, offset, end, pos };
  }
  // GoogleSQL turns every line break inside a literal into \n.
  const normal = triple && content.includes('\r') ? content.replace(/\r\n?/g, '\n') : content;
  return { type: 'string', text, value: plain ? normal : unescapeString(normal, pos), offset, end, pos };
}

function describe(raw: boolean, bytes: boolean, triple: boolean): string {
  return `${triple ? 'triple-quoted ' : ''}${raw ? 'raw ' : ''}${bytes ? 'bytes' : 'string'}`;
}

/** A name in backticks. Throws on an unclosed or empty one. */
export function lexBackticked(source: string, offset: number, pos: Position): Token {
  let end = offset + 1;
  while (source[end] !== '`') {
    if (end >= source.length || source[end] === '\n') throw syntaxError('Unclosed identifier literal', pos);
    end += source[end] === '\\' ? 2 : 1;
  }
  const content = source.slice(offset + 1, end);
  if (content === '') throw syntaxError('Invalid empty identifier', pos);
  const value = content.includes('\\') ? unescapeString(content, pos) : content;
  return { type: 'quotedWord', text: source.slice(offset, end + 1), value, offset, end: end + 1, pos };
}

const simpleEscapes: Record<string, string> = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '?': '?',
  '"': '"',
  "'": "'",
  '`': '`',
};

const escapePattern =
  /\\(?:([abfnrtv\\?"'`])|([0-3][0-7]{2})|[xX]([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(\r\n|[\s\S]|$))/g;

function unescapeString(content: string, pos: Position): string {
  return content.replace(escapePattern, (_, simple, octal, hex, short, long, bad) => {
    if (simple !== undefined) return simpleEscapes[simple]!;
    if (bad !== undefined) throw illegalEscape(bad, pos);
    const code = octal === undefined ? Number.parseInt(hex ?? short ?? long, 16) : Number.parseInt(octal, 8);
    if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) {
      throw syntaxError(
        `Illegal escape sequence: Unicode value \\${long ? `U${long}` : `u${short}`} is invalid`,
        pos,
      );
    }
    return String.fromCodePoint(code);
  });
}

function unescapeBytes(content: string, pos: Position): Uint8Array {
  const pieces: Buffer[] = [];
  let last = 0;
  for (const found of content.matchAll(escapePattern)) {
    const [whole, simple, octal, hex, short, long, bad] = found;
    if (found.index > last) pieces.push(Buffer.from(content.slice(last, found.index), 'utf8'));
    last = found.index + whole.length;
    if (bad !== undefined) throw illegalEscape(bad, pos);
    if (short !== undefined || long !== undefined) {
      throw syntaxError('Illegal escape sequence: \\u and \\U are not allowed in bytes literals', pos);
    }
    if (simple !== undefined) pieces.push(Buffer.from(simpleEscapes[simple]!, 'latin1'));
    else
      pieces.push(Buffer.from([octal === undefined ? Number.parseInt(hex!, 16) : Number.parseInt(octal, 8)]));
  }
  if (last < content.length) pieces.push(Buffer.from(content.slice(last), 'utf8'));
  return Buffer.concat(pieces);
}

function illegalEscape(char: string, pos: Position) {
  return syntaxError(`Illegal escape sequence: \\${char}`, pos);
}
