import { invalid } from './names.js';

/** Whether a message with these attributes passes. */
export type Filter = (attributes: ReadonlyMap<string, string>) => boolean;

interface Token {
  kind: 'word' | 'string' | 'symbol' | 'end';
  text: string;
  at: number;
}

const MAX_FILTER_BYTES = 256;
const TOKEN = /\s*(?:([A-Za-z0-9_-]+)|("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')|(!=|[=:.,()]))/sy;

/**
 * Reads a filter of a subscription.
 * https://cloud.google.com/pubsub/docs/subscription-message-filter#filtering_syntax
 * @throws ServiceError INVALID_ARGUMENT that says where the filter is wrong
 */
export function parseFilter(source: string): Filter {
  const bytes = Buffer.byteLength(source);
  if (bytes > MAX_FILTER_BYTES) {
    throw invalid(`The filter has ${bytes} bytes; at most ${MAX_FILTER_BYTES} are allowed.`);
  }
  return new FilterParser(source).parse();
}

class FilterParser {
  readonly #tokens: Token[];
  #index = 0;

  constructor(readonly source: string) {
    this.#tokens = this.#tokenize();
  }

  parse(): Filter {
    const filter = this.#expression();
    if (this.#next.kind !== 'end') this.#fail('the end of the filter');
    return filter;
  }

  /** Terms joined by AND, or by OR; both together need parentheses. */
  #expression(): Filter {
    const first = this.#term();
    const operator = this.#next;
    if (!isWord(operator, 'AND') && !isWord(operator, 'OR')) return first;
    const terms = [first];
    while (isWord(this.#next, 'AND') || isWord(this.#next, 'OR')) {
      if (this.#next.text !== operator.text) {
        throw this.#error(this.#next, 'AND and OR may not be mixed without parentheses');
      }
      this.#index++;
      terms.push(this.#term());
    }
    return operator.text === 'AND'
      ? (attributes) => terms.every((term) => term(attributes))
      : (attributes) => terms.some((term) => term(attributes));
  }

  #term(): Filter {
    if (isWord(this.#next, 'NOT')) {
      this.#index++;
      return negated(this.#simple());
    }
    if (this.#next.kind === 'word' && this.#next.text.startsWith('-')) {
      const { text, at } = this.#next;
      // The minus sign is part of the word for the scanner.
      if (text === '-') this.#index++;
      else this.#tokens[this.#index] = { kind: 'word', text: text.slice(1), at: at + 1 };
      return negated(this.#simple());
    }
    return this.#simple();
  }

  #simple(): Filter {
    if (this.#accept('(')) {
      const inner = this.#expression();
      this.#expect(')');
      return inner;
    }
    const word = this.#next;
    if (isWord(word, 'hasPrefix')) return this.#prefix();
    if (!isWord(word, 'attributes')) this.#fail('"attributes", "hasPrefix" or "("');
    this.#index++;
    if (this.#accept(':')) {
      const key = this.#key();
      return (attributes) => attributes.has(key);
    }
    this.#expect('.');
    const key = this.#key();
    if (this.#accept('!=')) {
      const unwanted = this.#string();
      return (attributes) => attributes.get(key) !== unwanted;
    }
    this.#expect('=');
    const wanted = this.#string();
    return (attributes) => attributes.get(key) === wanted;
  }

  #prefix(): Filter {
    this.#index++;
    this.#expect('(');
    if (!isWord(this.#next, 'attributes')) this.#fail('"attributes"');
    this.#index++;
    this.#expect('.');
    const key = this.#key();
    this.#expect(',');
    const prefix = this.#string();
    this.#expect(')');
    return (attributes) => attributes.get(key)?.startsWith(prefix) ?? false;
  }

  /** A word, or any text in quotes. */
  #key(): string {
    if (this.#next.kind === 'string') return this.#string();
    if (this.#next.kind !== 'word') this.#fail('the key of an attribute');
    return this.#tokens[this.#index++]!.text;
  }

  #string(): string {
    const token = this.#next;
    if (token.kind !== 'string') this.#fail('a text in quotes');
    this.#index++;
    return this.#unescape(token);
  }

  #unescape(token: Token): string {
    return token.text
      .slice(1, -1)
      .replaceAll(
        /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|(.))/gs,
        (_, x: string, u: string, long: string, octal: string, single: string) => {
          if (single === undefined) {
            const code =
              octal === undefined ? Number.parseInt(x ?? u ?? long, 16) : Number.parseInt(octal, 8);
            if (code > 0x10ffff) throw this.#error(token, 'an escape is no character of Unicode');
            return String.fromCodePoint(code);
          }
          const escaped = SINGLE_ESCAPES[single];
          if (escaped === undefined) throw this.#error(token, `"\\${single}" is no escape`);
          return escaped;
        },
      );
  }

  #accept(symbol: string): boolean {
    const fits = this.#next.kind === 'symbol' && this.#next.text === symbol;
    if (fits) this.#index++;
    return fits;
  }

  #expect(symbol: string): void {
    if (!this.#accept(symbol)) this.#fail(`"${symbol}"`);
  }

  #fail(expected: string): never {
    const { kind, text } = this.#next;
    throw this.#error(this.#next, `expected ${expected}, but found ${kind === 'end' ? 'the end' : text}`);
  }

  get #next(): Token {
    return this.#tokens[this.#index]!;
  }

  #error(token: Token, reason: string): Error {
    return invalid(
      `Invalid filter: ${reason}, at character ${token.at + 1} of ${JSON.stringify(this.source)}.`,
    );
  }

  #tokenize(): Token[] {
    const tokens: Token[] = [];
    TOKEN.lastIndex = 0;
    let at = 0;
    while (this.source.slice(at).trim() !== '') {
      TOKEN.lastIndex = at;
      const match = TOKEN.exec(this.source);
      if (match === null) {
        const rest = this.source.slice(at).trimStart();
        throw this.#error(
          { kind: 'end', text: '', at: this.source.length - rest.length },
          `"${rest[0]}" is not understood`,
        );
      }
      const text = match[1] ?? match[2] ?? match[3]!;
      const kind = match[1] !== undefined ? 'word' : match[2] !== undefined ? 'string' : 'symbol';
      at = TOKEN.lastIndex;
      tokens.push({ kind, text, at: at - text.length });
    }
    return [...tokens, { kind: 'end', text: '', at: this.source.length }];
  }
}

const SINGLE_ESCAPES: Record<string, string> = {
  '\\': '\\',
  '"': '"',
  "'": "'",
  n: '\n',
  r: '\r',
  t: '\t',
  b: '\b',
  f: '\f',
  v: '\v',
  a: '\x07',
  '?': '?',
  '/': '/',
};

function isWord({ kind, text }: Token, word: string): boolean {
  return kind === 'word' && text === word;
}

function negated(filter: Filter): Filter {
  return (attributes) => !filter(attributes);
}
