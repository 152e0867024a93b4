import { BigQueryError } from '../../errors.js';
import { countParameter } from './body.js';

/** Token of a page of rows; clients must treat it as opaque. */
export function pageToken(offset: number): string {
  return tokenOf(`o${offset}`);
}

export function offsetOfToken(token: string): number {
  const match = /^o(\d+)$/.exec(textOfToken(token));
  if (match === null) throw invalidToken(token);
  return Number(match[1]);
}

function tokenOf(text: string): string {
  return Buffer.from(text).toString('base64url');
}

function textOfToken(token: string): string {
  return Buffer.from(token, 'base64url').toString('utf8');
}

function invalidToken(token: string): BigQueryError {
  return new BigQueryError('invalid', `Invalid page token: ${token}`, {
    location: 'pageToken',
    locationType: 'parameter',
  });
}

const DEFAULT_LIST_SIZE = 50;
const MAX_LIST_SIZE = 1000;

/**
 * The page of a list that `maxResults` and `pageToken` of the request ask for. Items are in the order of their keys;
 * a token names the last key seen, so that what comes and goes between two pages neither hides nor repeats others.
 */
export function listPage<T>(
  items: readonly T[],
  query: URLSearchParams,
  keyOf: (item: T) => string,
): { items: T[]; nextPageToken?: string } {
  const size = Math.min(countParameter(query, 'maxResults') || DEFAULT_LIST_SIZE, MAX_LIST_SIZE);
  const token = query.get('pageToken');
  const last = token ? keyOfToken(token) : undefined;
  const start = last === undefined ? 0 : countUpTo(items, last, keyOf);
  const page = items.slice(start, start + size);
  return start + size < items.length
    ? { items: page, nextPageToken: tokenOf(`k${keyOf(page.at(-1)!)}`) }
    : { items: page };
}

/** How many items have keys up to `last`, among items in the order of their keys. */
function countUpTo<T>(items: readonly T[], last: string, keyOf: (item: T) => string): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (keyOf(items[middle]!) > last) high = middle;
    else low = middle + 1;
  }
  return low;
}

function keyOfToken(token: string): string {
  const text = textOfToken(token);
  if (!text.startsWith('k')) throw invalidToken(token);
  return text.slice(1);
}
