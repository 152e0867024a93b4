import { BigQueryError } from '../errors.js';
import type { RowAccessPolicy, TableEntry } from './entries.js';
import { tableName } from './names.js';

/** Who asks. */
export interface Caller {
  email: string;
  /** `group:…` of those that it belongs to. */
  groups: readonly string[];
}

/** Who asks when a request does not say it. */
export const OWNER: Caller = { email: 'emulator@localhost', groups: [] };

const EVERYBODY: ReadonlySet<string> = new Set(['allusers', 'allauthenticatedusers']);

/**
 * The conditions of the policies that let the caller see rows, who sees those for which one of them holds; undefined
 * for a table without policies, all of whose rows everybody sees.
 *
 * https://cloud.google.com/bigquery/docs/row-level-security-intro
 */
export function rowFilters({ rowAccessPolicies }: TableEntry, caller: Caller): string[] | undefined {
  if (rowAccessPolicies === undefined || rowAccessPolicies.length === 0) return undefined;
  return rowAccessPolicies
    .filter((policy) => isGranted(policy, caller))
    .map(({ filterPredicate }) => filterPredicate);
}

function isGranted({ grantees }: RowAccessPolicy, { email, groups }: Caller): boolean {
  const domain = email.slice(email.indexOf('@') + 1).toLowerCase();
  const names = new Set([
    `user:${email.toLowerCase()}`,
    `serviceaccount:${email.toLowerCase()}`,
    `domain:${domain}`,
    ...groups.map((group) => group.toLowerCase()),
    ...EVERYBODY,
  ]);
  return grantees.some((grantee) => names.has(grantee.toLowerCase()));
}

/** Refuses what reads or changes a table as a whole to who does not see all of its rows. */
export function requireAllRows(entry: TableEntry, caller: Caller): void {
  const filters = rowFilters(entry, caller);
  if (filters === undefined || filters.some((filter) => /^\(*\s*true\s*\)*$/i.test(filter))) return;
  throw new BigQueryError(
    'accessDenied',
    `Access Denied: Table ${tableName(entry.ref)}: User does not have permission to access all rows of table ${tableName(entry.ref)}, which has row access policies.`,
  );
}
