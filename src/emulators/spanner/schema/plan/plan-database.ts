import { zoneOffsets } from '../../../../core/zone-offsets.js';
import { ServiceError } from '../../../serving/service-error.js';
import type { AnalyzedQuery } from '../ddl.js';
import type { Schema, View } from '../model.js';
import type { DdlStatement, Options } from '../parse/statements.js';
import { type Draft, invalid, refused } from './draft.js';
import { checkIsFree, checkNameOf } from './names.js';
import { checkNoViews } from './plan-tables.js';
import { checkKind } from './sequence-settings.js';

const UNITS_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

export function alterDatabase(draft: Draft, options: Options): void {
  for (const [name, value] of options) {
    checkOption(draft, name, value);
    if (value === null) draft.options.delete(name);
    else draft.options.set(name, typeof value === 'bigint' ? Number(value) : (value as string | boolean));
  }
}

function checkOption(
  draft: Schema,
  name: string,
  value: string | bigint | boolean | readonly string[] | null,
): void {
  if (name === 'optimizer_version') {
    if (value === null || (typeof value === 'bigint' && value > 0n)) return;
    throw refused('The optimizer_version option only supports integer or null.');
  }
  if (value !== null && typeof value !== 'string') {
    throw refused(`The ${name} option only supports string or null.`);
  }
  if (value === null && (name === 'default_leader' || name === 'witness_location')) {
    throw refused('Alter Database Option has null value.');
  }
  if (name === 'default_sequence_kind') {
    if (draft.options.has(name)) {
      throw refused('The default_sequence_kind option may not be unset once set.');
    }
    if (value !== null) checkKind(value);
  }
  if (name === 'default_time_zone') checkTimeZone(draft, value);
  if (name === 'version_retention_period' && value !== null) checkRetention(value);
}

function checkTimeZone(draft: Schema, zone: string | null): void {
  if (draft.tables.size > 0) {
    throw refused(
      "The 'default_time_zone' database option cannot be changed on a database with user defined tables.",
    );
  }
  if (zone !== null && zoneOffsets(zone) === undefined) {
    throw refused(`Database has invalid default_time_zone option.  Invalid time zone name: ${zone}`);
  }
}

/** From an hour to a week. https://cloud.google.com/spanner/docs/pitr */
function checkRetention(period: string): void {
  const [, count, unit] = /^(\d+)([smhd])$/.exec(period) ?? [];
  const seconds = Number(count) * (UNITS_SECONDS[unit ?? ''] ?? Number.NaN);
  if (seconds >= 3600 && seconds <= 7 * 86_400) return;
  throw invalid(
    `The version_retention_period must be between 1 hour and 7 days, such as 2h or 3d. Got: ${period}`,
  );
}

/** The period for which older versions of rows can be read. */
export function retentionSeconds({ options }: Schema): number {
  const [, count, unit] = /^(\d+)([smhd])$/.exec(String(options.get('version_retention_period') ?? '1h'))!;
  return Number(count) * UNITS_SECONDS[unit!]!;
}

export function createNamedSchema(draft: Draft, name: string, ifNotExists: boolean): void {
  if (ifNotExists && draft.namedSchemas.has(name.toLowerCase())) return;
  checkNameOf('Schema', name);
  const isReserved = ['information_schema', 'spanner_sys', 'safe', 'net', 'ml', 'keys', 'default', 'public'];
  if (name.includes('.') || isReserved.includes(name.toLowerCase()) || /^(?:spanner_|pg_)/i.test(name)) {
    throw invalid(`Schema name not valid: ${name}.`);
  }
  checkIsFree(draft, name);
  draft.namedSchemas.set(name.toLowerCase(), { name });
}

export function dropNamedSchema(draft: Draft, name: string, ifExists: boolean): void {
  const known = draft.namedSchemas.get(name.toLowerCase());
  if (known === undefined) {
    if (ifExists) return;
    throw new ServiceError('NOT_FOUND', `Schema not found: ${name}`);
  }
  const within = ([kind, map]: readonly [string, ReadonlyMap<string, { name: string }>]) => {
    const names = [...map.values()].map((object) => object.name);
    const found = names.filter((object) => object.toLowerCase().startsWith(`${name.toLowerCase()}.`));
    return found.length === 0 ? [] : [`\nDependent ${kind}: ${found.join(', ')}`];
  };
  const dependencies = (
    [
      ['tables', draft.tables],
      ['views', draft.views],
      ['indexes', draft.indexes],
      ['sequences', draft.sequences],
    ] as const
  ).flatMap(within);
  if (dependencies.length > 0) {
    throw refused(`Cannot drop schema ${known.name} while it has dependencies.${dependencies.join('')}`);
  }
  draft.namedSchemas.delete(name.toLowerCase());
}

export function createView(
  draft: Draft,
  { name, orReplace, security, query }: Extract<DdlStatement, { kind: 'create-view' }>,
  analyzed: AnalyzedQuery,
): void {
  const key = name.toLowerCase();
  checkNameOf('View', name);
  const known = draft.views.get(key);
  if (known === undefined || !orReplace) checkIsFree(draft, name);
  const view: View = { id: known?.id ?? draft.takeId(), name, security, query, ...analyzed };
  draft.views.set(key, view);
  if (dependsOn(draft, view, key)) {
    throw refused(`Cannot replace VIEW \`${name}\` because new definition is recursive.`);
  }
}

function dependsOn(draft: Draft, { dependencies }: View, key: string): boolean {
  return dependencies.some((name) => {
    const other = draft.views.get(name);
    return name === key || (other !== undefined && dependsOn(draft, other, key));
  });
}

export function dropView(draft: Draft, name: string, ifExists: boolean): void {
  const view = draft.views.get(name.toLowerCase());
  if (view === undefined) {
    if (ifExists) return;
    throw new ServiceError('NOT_FOUND', `View not found: ${name}`);
  }
  checkNoViews(draft, 'VIEW', view.name);
  draft.views.delete(name.toLowerCase());
}

export function createRole(draft: Draft, name: string): void {
  checkNameOf('Role', name);
  if (draft.roles.has(name.toLowerCase())) throw refused(`Duplicate name in schema: ${name}.`);
  draft.roles.set(name.toLowerCase(), { name, grants: [] });
}

export function dropRole(draft: Draft, name: string): void {
  if (!draft.roles.delete(name.toLowerCase())) throw roleNotFound(name);
}

export function changeGrants(
  draft: Draft,
  { kind, grant, roles }: Extract<DdlStatement, { kind: 'grant' | 'revoke' }>,
): void {
  for (const name of roles) {
    const role = draft.roles.get(name.toLowerCase());
    if (role === undefined) throw roleNotFound(name);
    const others = role.grants.filter((other) => other !== grant);
    draft.roles.set(name.toLowerCase(), { ...role, grants: kind === 'grant' ? [...others, grant] : others });
  }
}

function roleNotFound(name: string): ServiceError {
  return new ServiceError('NOT_FOUND', `Role not found: ${name}`);
}
