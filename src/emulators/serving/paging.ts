import type { Message } from './method.js';
import { ServiceError } from './service-error.js';

export interface PageSizes {
  /** Of a request that names none, or 0. */
  default: number;
  /** More are not given, however many are asked for. */
  maximum: number;
}

const ALL: PageSizes = { default: Number.POSITIVE_INFINITY, maximum: Number.POSITIVE_INFINITY };

/**
 * One page of named things in the order of their names. The token is the name that the page before ended with.
 * @param request its `pageSize` and `pageToken`
 * @throws ServiceError INVALID_ARGUMENT for a negative size, and for a token that no page ended with
 */
export function pageOf<T>(
  items: Iterable<T>,
  nameOf: (item: T) => string,
  { pageSize, pageToken }: Message,
  sizes = ALL,
): { items: T[]; nextPageToken?: string } {
  const size = Number(pageSize ?? 0);
  if (size < 0) throw new ServiceError('INVALID_ARGUMENT', `Invalid page size: ${size}.`);
  const after = typeof pageToken === 'string' && pageToken !== '' ? readToken(pageToken) : '';
  const sorted = [...items]
    .filter((item) => nameOf(item) > after)
    .sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  const page = sorted.slice(0, Math.min(size || sizes.default, sizes.maximum));
  if (page.length === sorted.length) return { items: page };
  return { items: page, nextPageToken: Buffer.from(`after:${nameOf(page.at(-1)!)}`).toString('base64url') };
}

function readToken(token: string): string {
  const text = Buffer.from(token, 'base64url').toString('utf8');
  if (!text.startsWith('after:') || Buffer.from(text).toString('base64url') !== token)
    throw new ServiceError('INVALID_ARGUMENT', 'Invalid page token');
  return text.slice('after:'.length);
}
