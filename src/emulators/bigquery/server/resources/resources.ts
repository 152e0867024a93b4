import { createHash } from 'node:crypto';
import type { TableEntry } from '../../catalog/entries.js';
import { tableName } from '../../catalog/names.js';
import { BigQueryError } from '../../errors.js';
import type { RouteRequest } from '../http/router.js';

/** Link to a resource, on the host the client used. */
export function selfLink(request: Pick<RouteRequest, 'origin'>, path: string): string {
  return `${request.origin}/bigquery/v2${path}`;
}

/** Etag of an answer that is no stored resource: a digest of what it says. */
export function digestEtag(content: string): string {
  return createHash('sha1').update(content).digest('base64');
}

/** `If-Match` of a request against the resource's etag: 412 when it changed in between. */
export function checkIfMatch(request: RouteRequest, etag: string): void {
  const expected = request.headers['if-match'];
  if (expected === undefined || expected === '*' || expected === '') return;
  if (expected.replace(/^"(.*)"$/, '$1') !== etag) {
    throw new BigQueryError('conditionNotMet', 'Precondition check failed.', {
      location: 'If-Match',
      locationType: 'header',
    });
  }
}

/** Copies the values that are set: absent ones have no key on the wire. */
export function present<T extends object>(values: T): Partial<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<T>;
}

/** A table, view or snapshot where only another type of table will do. */
export function typeNotAllowed(table: Pick<TableEntry, 'ref' | 'type'>): BigQueryError {
  return new BigQueryError(
    'invalid',
    `Using table ${tableName(table.ref)} is not allowed for this operation because of its type: ${table.type}.`,
  );
}
