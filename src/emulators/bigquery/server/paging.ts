import { BigQueryError } from '../errors.js';
import { countParameter } from './body.js';

/** Tokens are offsets in disguise; clients must treat them as opaque. */
export function pageToken(offset: number): string {
  return Buffer.from(`o${offset}`).toString('base64url');
}

export function offsetOfToken(token: string): number {
  const match = /^o(\d+)$/.exec(Buffer.from(token, 'base64url').toString('utf8'));
  if (match === null) {
    throw new BigQueryError('invalid', `Invalid page token: ${token}`, {
      location: 'pageToken',
      locationType: 'parameter',
    });
  }
  return Number(match[1]);
}

const DEFAULT_LIST_SIZE = 50;
const MAX_LIST_SIZE = 1000;

/** The page of a list that `maxResults` and `pageToken` of the request ask for. */
export function listPage<T>(
  items: readonly T[],
  query: URLSearchParams,
): { items: T[]; nextPageToken?: string } {
  const size = Math.min(countParameter(query, 'maxResults') || DEFAULT_LIST_SIZE, MAX_LIST_SIZE);
  const token = query.get('pageToken');
  const offset = token === null || token === '' ? 0 : offsetOfToken(token);
  const page = items.slice(offset, offset + size);
  return offset + size < items.length
    ? { items: page, nextPageToken: pageToken(offset + size) }
    : { items: page };
}
