import { linearPattern } from '../../core/linear-pattern.js';
import { StorageError } from './errors.js';
import type { ObjectRecord } from './resources.js';
import { compareUtf8, type Store } from './store.js';

const MAX_PAGE = 1000;

export interface ObjectListing {
  items: ObjectRecord[];
  prefixes: string[];
  nextPageToken: string | undefined;
}

/** One page of a bucket's objects, by the query parameters of `objects.list`. */
export function listObjects(store: Store, bucket: string, query: URLSearchParams): ObjectListing {
  const names = store.names(bucket);
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter') ?? '';
  const endOffset = query.get('endOffset') ?? '';
  const withVersions = query.get('versions')?.toLowerCase() === 'true';
  const trailing = query.get('includeTrailingDelimiter')?.toLowerCase() === 'true';
  const glob = query.get('matchGlob') ?? '';
  const matches = glob === '' ? undefined : globMatcher(glob);
  const limit = pageSize(query);
  const after = decodeToken(query.get('pageToken'));

  const listing: ObjectListing = { items: [], prefixes: [], nextPageToken: undefined };
  let lastPrefix = after?.prefix;
  let last: PageToken | undefined;
  const start = [prefix, query.get('startOffset') ?? '', after?.name ?? after?.prefix ?? ''].reduce((a, b) =>
    compareUtf8(a, b) >= 0 ? a : b,
  );
  const isFull = () => listing.items.length + listing.prefixes.length >= limit;

  for (let at = lowerBound(names, start); at < names.length; at++) {
    const name = names[at]!;
    if (!name.startsWith(prefix)) break;
    if (endOffset !== '' && compareUtf8(name, endOffset) >= 0) break;
    if (lastPrefix !== undefined && name.startsWith(lastPrefix)) continue;
    if (matches !== undefined && !matches(name)) continue;
    const versions = listed(store, bucket, name, withVersions);
    if (versions.length === 0) continue;
    const cut = delimiter === '' ? -1 : name.indexOf(delimiter, prefix.length);
    if (cut !== -1) {
      const group = name.slice(0, cut + delimiter.length);
      if (isFull()) return { ...listing, nextPageToken: encodeToken(last!) };
      listing.prefixes.push(group);
      lastPrefix = group;
      last = { prefix: group };
      if (!trailing || name !== group) continue;
    }
    for (const version of versions) {
      if (name === after?.name && Number(version.generation) <= Number(after.generation)) continue;
      if (isFull()) return { ...listing, nextPageToken: encodeToken(last!) };
      listing.items.push(version);
      last = { name, generation: version.generation };
    }
  }
  return listing;
}

function listed(store: Store, bucket: string, name: string, withVersions: boolean): readonly ObjectRecord[] {
  if (withVersions) return store.versions(bucket, name);
  const live = store.find(bucket, name);
  return live === undefined ? [] : [live];
}

interface PageToken {
  prefix?: string;
  name?: string;
  generation?: string;
}

function encodeToken(token: PageToken): string {
  return Buffer.from(JSON.stringify(token)).toString('base64url');
}

function decodeToken(text: string | null): PageToken | undefined {
  if (text === null || text === '') return undefined;
  try {
    const token: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    if (typeof token === 'object' && token !== null) return token as PageToken;
  } catch {
    // The answer below says what is wrong.
  }
  throw new StorageError('invalid', `Invalid page token: ${text}`, 'pageToken');
}

/** `maxResults` of a list request, at most 1000. */
export function pageSize(query: URLSearchParams): number {
  const text = query.get('maxResults');
  if (text === null || text === '') return MAX_PAGE;
  const value = Number(text);
  if (!Number.isInteger(value) || value <= 0) {
    throw new StorageError('invalid', `Invalid value for maxResults: ${text}`, 'maxResults');
  }
  return Math.min(value, MAX_PAGE);
}

function lowerBound(names: readonly string[], wanted: string): number {
  let low = 0;
  let high = names.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareUtf8(names[middle]!, wanted) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The test that a name passes; the page of an answer asks it of every name, so it must be linear. */
function globMatcher(glob: string): (name: string) => boolean {
  try {
    return linearPattern(globPattern(glob));
  } catch {
    throw invalidGlob(glob);
  }
}

function invalidGlob(glob: string): StorageError {
  return new StorageError('invalid', `Invalid glob: ${glob}`, 'matchGlob');
}

/** `*` stays within a folder, `**` does not; also `?`, `[a-z]` and `{one,other}`. */
function globPattern(glob: string): string {
  let pattern = '';
  let depth = 0;
  for (let at = 0; at < glob.length; at++) {
    const char = glob[at]!;
    if (glob.startsWith('**/', at)) {
      pattern += '(?:(?s:.*)/)?';
      at += 2;
    } else if (glob.startsWith('**', at)) {
      pattern += '(?s:.*)';
      at += 1;
    } else if (char === '*') pattern += '[^/]*';
    else if (char === '?') pattern += '[^/]';
    else if (char === '[') {
      const end = glob.indexOf(']', at);
      if (end === -1) throw invalidGlob(glob);
      pattern += `[${glob
        .slice(at + 1, end)
        .replace(/^!/, '^')
        .replaceAll(/[\\[]/g, '\\$&')}]`;
      at = end;
    } else if (char === '{') {
      depth++;
      pattern += '(?:';
    } else if (char === '}' && depth > 0) {
      depth--;
      pattern += ')';
    } else if (char === ',' && depth > 0) pattern += '|';
    else pattern += char.replace(/[.+^$()|\\{}[\]]/, '\\$&');
  }
  if (depth > 0) throw invalidGlob(glob);
  return pattern;
}
