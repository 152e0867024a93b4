import { SqlError } from '../../../googlesql/errors.js';
import { reservedKeywords } from '../../../googlesql/syntax/keywords.js';
import { type Token, tokenize } from '../../../googlesql/syntax/lexer.js';
import { ServiceError } from '../../../serving/service-error.js';
import type { Options } from './statements.js';

/** The tokens of a statement with a cursor. */
export class DdlReader {
  readonly #tokens: readonly Token[];
  #index = 0;

  constructor(private readonly statement: string) {
    try {
      this.#tokens = tokenize(statement);
    } catch (error) {
      if (!(error instanceof SqlError)) throw error;
      throw this.#refusal(error.message);
    }
  }

  get token(): Token {
    return this.peek(0);
  }

  get atEnd(): boolean {
    return this.token.type === 'end';
  }

  peek(distance: number): Token {
    return this.#tokens[Math.min(this.#index + distance, this.#tokens.length - 1)]!;
  }

  next(): Token {
    const { token } = this;
    this.#index++;
    return token;
  }

  /** Are these unquoted words or symbols next? */
  is(...texts: readonly string[]): boolean {
    return texts.every((text, distance) => {
      const token = this.peek(distance);
      return token.text === text && (token.type === 'word' || token.type === 'symbol');
    });
  }

  accept(...texts: readonly string[]): boolean {
    if (!this.is(...texts)) return false;
    this.#index += texts.length;
    return true;
  }

  expect(...texts: readonly string[]): void {
    for (const text of texts) if (!this.accept(text)) throw this.expecting(text);
  }

  /** A name, without its quotes. */
  name(): string {
    const { token } = this;
    const isName =
      token.type === 'quotedWord' || (token.type === 'word' && !reservedKeywords.has(token.text));
    if (!isName) throw this.encountered('identifier');
    this.next();
    return token.value;
  }

  /** A name that a named schema may stand before. */
  path(): string {
    let path = this.name();
    while (this.accept('.')) path += `.${this.name()}`;
    return path;
  }

  names(): string[] {
    this.expect('(');
    const names = this.list(() => this.name());
    this.expect(')');
    return names;
  }

  /** Items separated by commas. */
  list<T>(read: () => T): T[] {
    const items = [read()];
    while (this.accept(',')) items.push(read());
    return items;
  }

  integer(): bigint {
    const isNegative = this.accept('-');
    const { token } = this;
    if (token.type !== 'integer') throw this.encountered('int_value');
    this.next();
    return isNegative ? -BigInt(token.text) : BigInt(token.text);
  }

  /** `(…)` as the text between the parentheses. */
  parenthesized(): string {
    this.expect('(');
    const start = this.token.offset;
    let depth = 1;
    for (;;) {
      if (this.atEnd) throw this.encountered('expression');
      if (this.is('(')) depth++;
      else if (this.is(')') && --depth === 0) break;
      this.next();
    }
    const text = this.statement.slice(start, this.token.offset).trim();
    if (text === '') throw this.encountered('expression');
    this.next();
    return text;
  }

  /** All that is left, as text. */
  rest(): string {
    if (this.atEnd) throw this.encountered('statement_tokens');
    const start = this.token.offset;
    let { end } = this.token;
    while (!this.atEnd) ({ end } = this.next());
    return this.statement.slice(start, end);
  }

  /** `OPTIONS (name = value, …)`, or nothing. @param known names of options that there are */
  options(known: readonly string[]): Options {
    if (!this.accept('OPTIONS')) return new Map();
    this.expect('(');
    const options = this.list(() => {
      const name = this.name();
      if (!known.includes(name)) throw this.refused(`Option: ${name} is unknown.`);
      this.expect('=');
      return [name, this.#optionValue()] as const;
    });
    this.expect(')');
    return new Map(options);
  }

  #optionValue(): string | bigint | boolean | readonly string[] | null {
    if (this.accept('NULL')) return null;
    if (this.accept('TRUE')) return true;
    if (this.accept('FALSE')) return false;
    if (this.token.type === 'string') return this.next().value;
    if (!this.accept('[')) return this.integer();
    const values = this.list(() => {
      if (this.token.type !== 'string') throw this.encountered('string_value');
      return this.next().value;
    });
    this.expect(']');
    return values;
  }

  ifNotExists(): boolean {
    return this.accept('IF', 'NOT', 'EXISTS');
  }

  ifExists(): boolean {
    return this.accept('IF', 'EXISTS');
  }

  end(): void {
    if (!this.atEnd) throw this.expecting('EOF');
  }

  expecting(what: string): ServiceError {
    const found = this.is(';') ? "an unknown character (';')." : `'${this.#found()}'`;
    return this.#syntaxError(`Expecting '${what}' but found ${found}`);
  }

  /** @param rule what was read, in the words of the service */
  encountered(rule: string): ServiceError {
    return this.#syntaxError(`Encountered '${this.#found()}' while parsing: ${rule}`);
  }

  refused(message: string): ServiceError {
    return this.#refusal(message);
  }

  #found(): string {
    return this.atEnd ? 'EOF' : this.statement.slice(this.token.offset, this.token.end);
  }

  #syntaxError(message: string): ServiceError {
    const { line, column } = this.token.pos;
    return this.#refusal(`Syntax error on line ${line}, column ${column}: ${message}`);
  }

  #refusal(message: string): ServiceError {
    const separator = this.statement.startsWith('\n') ? '' : ' ';
    return new ServiceError(
      'INVALID_ARGUMENT',
      `Error parsing Spanner DDL statement:${separator}${this.statement} : ${message}`,
    );
  }
}
