import { BIGQUERY, type Dialect, type Syntax } from '../dialect.js';
import { invalidQuery, type SqlError } from '../errors.js';
import type { Identifier, Position } from './ast.js';
import { otherKeywords, reservedKeywords } from './keywords.js';
import { type Token, tokenize } from './lexer.js';
import { syntaxError } from './syntax-error.js';

/** What is nested deeper takes DuckDB's planner a time that grows with the cube of the depth, or its stack. */
const MAX_DEPTH = 250;

interface State {
  index: number;
  parameters: number;
  depth: number;
}

/** The tokens of one script with a cursor; all parsing functions take it first. */
export class TokenStream {
  readonly source: string;
  /** How many `?` were read so far. */
  parameters = 0;
  /** The next token. */
  token: Token;
  readonly #tokens: Token[];
  #depth = 0;
  #index = 0;

  constructor(
    source: string,
    readonly dialect: Dialect = BIGQUERY,
  ) {
    this.source = source;
    this.#tokens = tokenize(source);
    this.token = this.#tokens[0]!;
  }

  get pos(): Position {
    return this.token.pos;
  }

  /** The end of the last token read: the end of the node just parsed. */
  get lastEnd(): number {
    return this.#index === 0 ? 0 : this.#tokens[this.#index - 1]!.end;
  }

  get atEnd(): boolean {
    return this.token.type === 'end';
  }

  peek(distance: number): Token {
    return this.#tokens[Math.min(this.#index + distance, this.#tokens.length - 1)]!;
  }

  next(): Token {
    const token = this.token;
    if (this.#index < this.#tokens.length - 1) this.#index++;
    this.token = this.#tokens[this.#index]!;
    return token;
  }

  save(): State {
    return { index: this.#index, parameters: this.parameters, depth: this.#depth };
  }

  restore(state: State): void {
    this.#index = state.index;
    this.token = this.#tokens[state.index]!;
    this.parameters = state.parameters;
    this.#depth = state.depth;
  }

  // ---- nesting

  /** Goes down into an expression or query inside another; `leave` comes back out of it. */
  enter(levels = 1): void {
    this.#depth += levels;
    if (this.#depth > MAX_DEPTH) throw this.tooDeep();
  }

  leave(levels = 1): void {
    this.#depth -= levels;
  }

  /** Refuses what the dialect does not have. */
  demand(syntax: Syntax, pos = this.pos): void {
    const refusal = this.dialect.refusals[syntax];
    if (refusal !== undefined) throw invalidQuery(refusal, pos);
  }

  tooDeep(): SqlError {
    return syntaxError('Query is too complex: it is nested too deeply', this.pos);
  }

  // ---- words

  /** Is the token `distance` ahead this unquoted word? */
  isWord(word: string, distance = 0): boolean {
    const token = distance === 0 ? this.token : this.peek(distance);
    return token.text === word && token.type === 'word';
  }

  isWords(...words: string[]): boolean {
    return words.every((word, distance) => this.isWord(word, distance));
  }

  acceptWord(word: string): boolean {
    if (!this.isWord(word)) return false;
    this.next();
    return true;
  }

  acceptWords(...words: string[]): boolean {
    if (!this.isWords(...words)) return false;
    for (let count = words.length; count > 0; count--) this.next();
    return true;
  }

  /** The word itself, when it is one of these. */
  acceptOneOf<Word extends string>(...words: Word[]): Word | undefined {
    const found = words.find((word) => this.isWord(word));
    if (found) this.next();
    return found;
  }

  expectWord(word: string): Token {
    if (!this.isWord(word)) throw this.expected(`keyword ${word}`);
    return this.next();
  }

  expectWords(...words: string[]): void {
    for (const word of words) this.expectWord(word);
  }

  // ---- symbols

  isSymbol(symbol: string, distance = 0): boolean {
    const token = distance === 0 ? this.token : this.peek(distance);
    return token.text === symbol && token.type === 'symbol';
  }

  acceptSymbol(symbol: string): boolean {
    if (!this.isSymbol(symbol)) return false;
    this.next();
    return true;
  }

  expectSymbol(symbol: string): Token {
    if (!this.isSymbol(symbol)) throw this.expected(`"${symbol}"`);
    return this.next();
  }

  /** Reads the `>` that closes a type, though the lexer may have taken two of them for a shift. */
  expectClosingAngle(): void {
    if (this.isSymbol('>>')) {
      const { offset, pos } = this.token;
      const second = { ...pos, offset: offset + 1, column: pos.column + 1 };
      this.#tokens.splice(
        this.#index,
        1,
        { type: 'symbol', text: '>', value: '>', offset, end: offset + 1, pos },
        { type: 'symbol', text: '>', value: '>', offset: offset + 1, end: offset + 2, pos: second },
      );
      this.token = this.#tokens[this.#index]!;
    }
    this.expectSymbol('>');
  }

  // ---- names

  /** Can the token be a name here: in backticks, or a word that is not reserved? */
  isIdentifier(distance = 0): boolean {
    const token = distance === 0 ? this.token : this.peek(distance);
    return token.type === 'quotedWord' || (token.type === 'word' && !reservedKeywords.has(token.text));
  }

  expectIdentifier(): Identifier {
    if (!this.isIdentifier()) throw this.unexpected();
    return this.takeIdentifier();
  }

  acceptIdentifier(): Identifier | undefined {
    return this.isIdentifier() ? this.takeIdentifier() : undefined;
  }

  /** A name after a dot, where even reserved words are names. */
  expectFieldName(): Identifier {
    if (this.token.type !== 'word' && this.token.type !== 'quotedWord') throw this.unexpected();
    return this.takeIdentifier();
  }

  takeIdentifier(): Identifier {
    const token = this.next();
    return { kind: 'Identifier', name: token.value, quoted: token.type === 'quotedWord', pos: token.pos };
  }

  expectString(): string {
    if (this.token.type !== 'string') throw this.unexpected();
    return this.next().value;
  }

  // ---- errors

  unexpected(): SqlError {
    return syntaxError(`Unexpected ${describe(this.token)}`, this.pos);
  }

  /** `what` in BigQuery's words: `")"`, `keyword BY`, `end of input`. */
  expected(what: string): SqlError {
    return syntaxError(`Expected ${what} but got ${describe(this.token)}`, this.pos);
  }
}

/** A token as BigQuery names it in its messages. */
function describe(token: Token): string {
  switch (token.type) {
    case 'end':
      return 'end of script';
    case 'quotedWord':
      return `identifier ${token.text}`;
    case 'word':
      return reservedKeywords.has(token.text) || otherKeywords.has(token.text)
        ? `keyword ${token.text}`
        : `identifier "${token.value}"`;
    case 'integer':
      return `integer literal "${token.text}"`;
    case 'float':
      return `floating point literal "${token.text}"`;
    case 'string':
      return `string literal ${token.text}`;
    case 'bytes':
      return `bytes literal ${token.text}`;
    case 'symbol':
      return `"${token.text}"`;
  }
}

/** Items separated by commas, at least one. */
export function commaList<Item>(stream: TokenStream, parse: (stream: TokenStream) => Item): Item[] {
  const items = [parse(stream)];
  while (stream.acceptSymbol(',')) items.push(parse(stream));
  return items;
}

/** `(item, item)`, at least one. */
export function parenthesizedList<Item>(stream: TokenStream, parse: (stream: TokenStream) => Item): Item[] {
  stream.expectSymbol('(');
  const items = commaList(stream, parse);
  stream.expectSymbol(')');
  return items;
}
