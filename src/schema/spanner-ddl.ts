import type { Field, TableSchema } from './table-schema.js';

/** GoogleSQL type of a column in Spanner. */
export function spannerType(field: Field): string {
  const base = spannerScalar(field);
  return field.array ? `ARRAY<${base}>` : base;
}

function spannerScalar({ type, array, constraints }: Field): string {
  if (type !== 'STRING' && type !== 'BYTES') return type;
  // The length of an array column counts elements, not characters.
  return `${type}(${array ? 'MAX' : (constraints.maxLength ?? 'MAX')})`;
}

export function isNotNull(schema: TableSchema, field: Field): boolean {
  return field.constraints.required === true || schema.primaryKey.includes(field.name);
}

/** `name TYPE [NOT NULL] [OPTIONS …]`, as in CREATE TABLE and ALTER TABLE … ADD COLUMN. */
export function spannerColumn(schema: TableSchema, field: Field): string {
  const parts = [`\`${field.name}\``, spannerType(field)];
  if (isNotNull(schema, field)) parts.push('NOT NULL');
  if (field.filledBy === 'commit-timestamp') parts.push('OPTIONS (allow_commit_timestamp = true)');
  return parts.join(' ');
}

/** Columns whose lengths differ still take each other's values. */
export function withoutLength(type: string): string {
  return type.replace(/\(\w+\)/, '');
}

/** Name of the constraint that a foreign key becomes. */
function foreignKeyName(schema: TableSchema, fields: readonly string[]): string {
  return `FK_${schema.spannerTable}_${fields.join('_')}`.slice(0, 128);
}

/**
 * The statements that create a table. CHECK constraints are left to the loader: with one of them, a commit of the
 * emulator takes time quadratic in its rows.
 * @param tableOf Spanner table of another schema by its name, for foreign keys. Undefined leaves them out.
 */
export function createTableDdl(
  schema: TableSchema,
  tableOf: (resource: string) => string | undefined = () => undefined,
): string[] {
  const lines = schema.fields
    .filter((field) => field.filledBy !== 'worker')
    .map((field) => `  ${spannerColumn(schema, field)}`);
  for (const key of schema.foreignKeys) {
    const table = key.resource === '' ? schema.spannerTable : tableOf(key.resource);
    if (table === undefined) continue;
    const own = key.fields.map(quoted).join(', ');
    const other = key.referencedFields.map(quoted).join(', ');
    lines.push(
      `  CONSTRAINT ${quoted(foreignKeyName(schema, key.fields))} FOREIGN KEY (${own}) REFERENCES ${quoted(table)} (${other})`,
    );
  }
  const key = schema.primaryKey.map(quoted).join(', ');
  return [
    `CREATE TABLE ${quoted(schema.spannerTable)} (\n${lines.join(',\n')}\n) PRIMARY KEY (${key})`,
    ...uniqueIndexes(schema),
  ];
}

function uniqueIndexes(schema: TableSchema): string[] {
  return schema.fields
    .filter((field) => field.constraints.unique && !isWholeKey(schema, field.name))
    .map(
      ({ name }) =>
        `CREATE UNIQUE NULL_FILTERED INDEX ${quoted(`UQ_${schema.spannerTable}_${name}`)} ON ${quoted(schema.spannerTable)} (${quoted(name)})`,
    );
}

function isWholeKey(schema: TableSchema, name: string): boolean {
  return schema.primaryKey.length === 1 && schema.primaryKey[0] === name;
}

/** Columns that the loader writes: what rows bring, and the commit timestamp. */
export function spannerColumns(schema: TableSchema): Field[] {
  return schema.fields.filter((field) => field.filledBy !== 'worker');
}

/** The commit timestamp column, if there is one. */
export function commitTimestampField(schema: TableSchema): Field | undefined {
  return schema.fields.find((field) => field.filledBy === 'commit-timestamp');
}

/**
 * Names the rows of a table in a query. A name without it can mean a column or the whole row where a table is called
 * like one of its columns, and no name of Spanner begins with an underscore.
 */
export const ROW = '_row';

/** Identifiers were checked to hold no backquote. */
export function quoted(name: string): string {
  return `\`${name}\``;
}
