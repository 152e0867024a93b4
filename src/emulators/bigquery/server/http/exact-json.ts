import { BigQueryError } from '../../errors.js';

/**
 * First character of a string that stands for a number with more digits than a JavaScript number keeps. It is a
 * private-use character, so no text of a client begins with it by chance.
 */
export const EXACT_NUMBER_MARK = '\uE0FF';

const MAY_HOLD_LONG_NUMBER = /\d[\d.]{14}\d/;
const STRING_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
/** Numbers of fewer characters survive the way through a double. */
const MIN_INEXACT_LENGTH = 16;

/** JSON.parse, except that long numbers become marked strings: an INT64 never passes through a double. */
export function parseExactJson(text: string, mark = EXACT_NUMBER_MARK): unknown {
  const exact = MAY_HOLD_LONG_NUMBER.test(text)
    ? text.replace(STRING_OR_NUMBER, (token) =>
        token.length >= MIN_INEXACT_LENGTH && !token.startsWith('"') ? `"${mark}${token}"` : token,
      )
    : text;
  try {
    return JSON.parse(exact);
  } catch (error) {
    throw new BigQueryError('parseError', `Parse Error: ${(error as Error).message}`, { cause: error });
  }
}

const MARKED_NUMBER = new RegExp(`"${EXACT_NUMBER_MARK}([^"]*)"`, 'g');

/** JSON.stringify of what `parseExactJson` returned, with the marked numbers as they were. */
export function exactJsonText(value: unknown): string {
  return JSON.stringify(value).replace(MARKED_NUMBER, '$1');
}
