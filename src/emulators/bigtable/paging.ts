import type { Message } from '../serving/method.js';
import { ServiceError } from '../serving/service-error.js';

/**
 * A page of resources, in the order of their names.
 * @param request its `pageSize`, 0 for all, and `pageToken`.
 */
export function pageOf<T extends { name: string }>(
  resources: readonly T[],
  { pageSize, pageToken }: Message,
): { page: T[]; nextPageToken: string | undefined } {
  const size = Number(pageSize ?? 0);
  if (size < 0)
    throw new ServiceError('INVALID_ARGUMENT', "Error in field 'page_size' : must not be negative");
  const after = readToken(String(pageToken ?? ''));
  const sorted = resources.filter(({ name }) => name > after).sort((a, b) => (a.name < b.name ? -1 : 1));
  const page = size === 0 ? sorted : sorted.slice(0, size);
  const isLast = page.length === sorted.length;
  return { page, nextPageToken: isLast ? undefined : Buffer.from(page.at(-1)!.name).toString('base64url') };
}

/** @returns the name of the last resource of the page before. */
function readToken(token: string): string {
  if (token === '') return '';
  const name = Buffer.from(token, 'base64url').toString();
  if (name.startsWith('projects/')) return name;
  throw new ServiceError('INVALID_ARGUMENT', 'Invalid page token');
}
