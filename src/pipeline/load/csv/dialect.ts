import { usageError } from '../../../errors/healthmon-error.js';
import { LOAD_DEFAULTS } from '../defaults.js';

/** How fields are written in a CSV file. */
export interface Dialect {
  delimiter: string;
  quote: string;
  /** Stands before a quote within a quoted field; the quote itself by default. */
  escape: string;
}

export interface DialectOptions {
  delimiter?: string;
  quote?: string;
  escape?: string;
}

const NAMED: ReadonlyMap<string, string> = new Map([
  ['\\t', '\t'],
  ['tab', '\t'],
  ['comma', ','],
  ['semicolon', ';'],
  ['pipe', '|'],
  ['space', ' '],
]);

const CANDIDATES = [',', ';', '\t', '|'];

/** Checks the options; without a delimiter it is the most frequent candidate of the header line. */
export function resolveDialect(options: DialectOptions, headerLine: string): Dialect {
  const quote = single('--quote', options.quote ?? LOAD_DEFAULTS.quote);
  const delimiter =
    options.delimiter === undefined
      ? guessDelimiter(headerLine, quote)
      : single('--delimiter', NAMED.get(options.delimiter.toLowerCase()) ?? options.delimiter);
  const escapeCharacter = single('--escape', options.escape ?? quote);
  if (delimiter === quote || delimiter === escapeCharacter) {
    throw usageError({
      code: 'invalid-option',
      message: 'The delimiter must differ from the quote and the escape character.',
      suggestion: 'Give another --delimiter, --quote or --escape.',
    });
  }
  return { delimiter, quote, escape: escapeCharacter };
}

function single(option: string, value: string): string {
  if (value.length !== 1 || /[\r\n\0\uD800-\uDFFF]/.test(value)) {
    throw usageError({
      code: 'invalid-option',
      message: `The value of ${option} must be one character, and no line break.`,
      suggestion: 'Write for example --delimiter ";", --delimiter tab or --escape "\\".',
    });
  }
  return value;
}

function guessDelimiter(line: string, quote: string): string {
  let best = ',';
  let bestCount = 0;
  const outsideQuotes = line
    .split(quote)
    .filter((_, index) => index % 2 === 0)
    .join('');
  for (const candidate of CANDIDATES) {
    const count = outsideQuotes.split(candidate).length - 1;
    if (count > bestCount) {
      best = candidate;
      bestCount = count;
    }
  }
  return best;
}
