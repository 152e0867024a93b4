import type { Message } from '../../serving/method.js';
import { ServiceError } from '../../serving/service-error.js';

/** Brackets, words and what stands in quotes. */
const TOKENS = /\s+|[()]|(?:[^\s()"]|"[^"]*")+/g;
const TERM = /^([\w.@-]+)(!=|[:=])(.+)$/;

/** No name is as long; and brackets may be within each other no deeper. */
const MAX_CHARACTERS = 2000;

type Test = (resource: Message) => boolean;

/**
 * Those that a filter of a list lets through: terms `field:part`, `field=value` and `field!=value`, `field:*` for
 * what is there at all, joined by AND, OR and brackets; AND may be left out. A field is a path, its names in any
 * case and with underscores.
 * https://cloud.google.com/spanner/docs/reference/rpc/google.spanner.admin.instance.v1#listinstancesrequest
 * @throws ServiceError INVALID_ARGUMENT
 */
export function filtered<T extends Message>(resources: readonly T[], filter: unknown): T[] {
  const text = String(filter ?? '').trim();
  if (text === '') return [...resources];
  if (text.length > MAX_CHARACTERS) throw invalidFilter(`${text.slice(0, 100)}…`);
  const tokens = (text.match(TOKENS) ?? []).filter((token) => token.trim() !== '');
  const parser = new FilterParser(tokens, text);
  const test = parser.either();
  parser.end();
  return resources.filter(test);
}

class FilterParser {
  #at = 0;

  constructor(
    private readonly tokens: readonly string[],
    private readonly text: string,
  ) {}

  either(): Test {
    const tests = [this.#all()];
    while (this.#take('OR')) tests.push(this.#all());
    return (resource) => tests.some((test) => test(resource));
  }

  end(): void {
    if (this.#at < this.tokens.length) throw this.#invalid();
  }

  #all(): Test {
    const tests = [this.#one()];
    for (;;) {
      const next = this.tokens[this.#at];
      if (next === undefined || next === ')' || next === 'OR') break;
      this.#take('AND');
      tests.push(this.#one());
    }
    return (resource) => tests.every((test) => test(resource));
  }

  #one(): Test {
    if (this.#take('(')) {
      const test = this.either();
      if (!this.#take(')')) throw this.#invalid();
      return test;
    }
    const [, path, operator, value] = TERM.exec(this.tokens[this.#at++] ?? '') ?? [];
    if (path === undefined) throw this.#invalid();
    const wanted = value!.replaceAll('"', '').toLowerCase();
    const names = path.toLowerCase().replaceAll('_', '').split('.');
    return (resource) => {
      const texts = textsAt(resource, names);
      if (wanted === '*') return texts.length > 0;
      const isSame = texts.some((text) => (operator === ':' ? text.includes(wanted) : text === wanted));
      return isSame !== (operator === '!=');
    };
  }

  #take(token: string): boolean {
    if (this.tokens[this.#at] !== token) return false;
    this.#at++;
    return true;
  }

  #invalid(): ServiceError {
    return invalidFilter(this.text);
  }
}

function invalidFilter(text: string): ServiceError {
  return new ServiceError('INVALID_ARGUMENT', `Invalid filter: ${text}`);
}

/** What is at a path, in lower case; of a list each of its items. */
function textsAt(value: unknown, [name, ...rest]: readonly string[]): string[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value))
    return value.flatMap((item) => textsAt(item, name === undefined ? [] : [name, ...rest]));
  if (name === undefined)
    return [typeof value === 'object' ? JSON.stringify(value) : String(value)].map((text) =>
      text.toLowerCase(),
    );
  if (typeof value !== 'object') return [];
  return Object.entries(value)
    .filter(([key]) => key.toLowerCase().replaceAll('_', '') === name)
    .flatMap(([, inner]) => textsAt(inner, rest));
}
