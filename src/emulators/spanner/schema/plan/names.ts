import { farmFingerprint } from '../../../googlesql/values/farm-fingerprint.js';
import { ServiceError } from '../../../serving/service-error.js';
import type { Schema } from '../model.js';

const MAX_NAME_LENGTH = 128;

/** @param kind as the message calls it: `Table` */
export function checkNameOf(kind: string, name: string): void {
  const parts = name.split('.');
  if (parts.length <= 2 && parts.every((part) => /^[A-Za-z][A-Za-z0-9_]{0,127}$/.test(part))) return;
  throw new ServiceError('INVALID_ARGUMENT', `${kind} name not valid: ${name}.`);
}

/** @param kind as the message calls it: `Foreign Key`, or nothing of a check */
export function checkConstraintName(kind: string, name: string): void {
  checkNameOf(kind, name);
  const prefix = ['PK_', 'CK_IS_NOT_NULL_'].find((reserved) => name.toUpperCase().startsWith(reserved));
  if (prefix === undefined) return;
  throw new ServiceError(
    'INVALID_ARGUMENT',
    `Invalid ${kind} name: ${name}. Prefix ${prefix} cannot be used.`,
  );
}

/** Tables, indexes, views, sequences, named schemas and constraints share one space of names. */
export function checkIsFree(schema: Schema, name: string): void {
  if (isTaken(schema, name)) {
    throw new ServiceError('FAILED_PRECONDITION', `Duplicate name in schema: ${name}.`);
  }
  const [namedSchema, ...rest] = name.split('.');
  if (rest.length > 0 && !schema.namedSchemas.has(namedSchema!.toLowerCase())) {
    throw new ServiceError('NOT_FOUND', `Schema not found: ${namedSchema}`);
  }
}

function isTaken(schema: Schema, name: string): boolean {
  const key = name.toLowerCase();
  const maps = [schema.tables, schema.indexes, schema.views, schema.sequences, schema.namedSchemas];
  if (maps.some((map) => map.has(key))) return true;
  for (const { checks, foreignKeys, synonym } of schema.tables.values()) {
    const constraints = [...checks, ...foreignKeys];
    if (synonym?.toLowerCase() === key) return true;
    if (constraints.some((constraint) => constraint.name.toLowerCase() === key)) return true;
  }
  return false;
}

/** `FK_Orders_Customers_1D2B6E4F00000000_1` */
export function foreignKeyName(schema: Schema, table: string, referencedTable: string): string {
  return sequencedName(schema, baseName('FK', table, referencedTable));
}

/** `CK_Orders_1D2B6E4F00000000_1` */
export function checkName(schema: Schema, table: string): string {
  return sequencedName(schema, baseName('CK', table));
}

/** `IDX_Orders_Customer_U_1D2B6E4F00000000` */
export function managedIndexName(
  table: string,
  columns: readonly string[],
  { unique, nullFiltered }: { unique: boolean; nullFiltered: boolean },
): string {
  const base = baseName('IDX', table, columns.join('_'));
  const code = unique ? 'U' : nullFiltered ? 'N' : '';
  const separator = code === '' ? '' : '_';
  return joined(base, `${code}${separator}${fingerprint(`${base}${separator}${code}`)}`);
}

/** The named schema of the first name stays in front. */
function baseName(prefix: string, ...names: readonly string[]): string {
  const [first = ''] = names;
  const namedSchema = first.includes('.') ? `${first.split('.')[0]}.` : '';
  return `${namedSchema}${[prefix, ...names.map((name) => name.split('.').at(-1))].join('_')}`;
}

function sequencedName(schema: Schema, base: string): string {
  for (let sequence = 1; ; sequence++) {
    const name = joined(base, `${fingerprint(base)}_${sequence}`);
    if (!isTaken(schema, name)) return name;
  }
}

function joined(base: string, suffix: string): string {
  const kept = base
    .slice(0, MAX_NAME_LENGTH - suffix.length - 1)
    .replace(/_$/, (underscore, at: number) => (at + 1 < base.length ? '' : underscore));
  return `${kept}_${suffix}`;
}

/** The service names by FarmHash, with this seed. */
function fingerprint(signature: string): string {
  const hash = farmFingerprint(Buffer.from(`2695C62E33338E4B_${signature}`));
  return BigInt.asUintN(64, hash).toString(16).toUpperCase().padStart(16, '0');
}
