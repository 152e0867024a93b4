import type { DuckDBConnection } from '@duckdb/node-api';
import type { Database } from '../../googlesql/duck/database.js';
import { quoteIdentifier, quoteString } from '../../googlesql/duck/quote.js';
import { BIGNUMERIC_SCALE, collationOf, duckType } from '../../googlesql/syntax/types.js';
import type { Catalog, NewEntry } from './catalog.js';
import type { TableEntry, TableField, TableRef } from './entries.js';
import { findField } from './fields.js';
import { caseSafe } from './names.js';
import { fromTableField } from './rest-types.js';

/** Hidden column of tables that are partitioned by ingestion time. */
export const PARTITION_TIME_COLUMN = '_PARTITIONTIME';

/** Whether rows of the table lie in DuckDB; views have none. */
export function hasStorage(table: Pick<TableEntry, 'type'>): boolean {
  return table.type === 'TABLE' || table.type === 'SNAPSHOT';
}

/** Whether the table has the pseudo column `_PARTITIONTIME`. */
export function isIngestionPartitioned(table: Pick<TableEntry, 'timePartitioning'>): boolean {
  return table.timePartitioning !== undefined && table.timePartitioning.field === undefined;
}

function createTableSql(name: string, table: NewEntry<TableEntry>): string {
  const columns = table.fields.map(columnSql);
  if (isIngestionPartitioned(table)) {
    const unit = table.timePartitioning!.type.toLowerCase();
    columns.push(
      `${quoteIdentifier(PARTITION_TIME_COLUMN)} TIMESTAMP WITH TIME ZONE DEFAULT date_trunc('${unit}', now())`,
    );
  }
  // DuckDB has no table without columns; the hidden one never shows because it is in no schema.
  if (columns.length === 0) columns.push('"_no_columns" BOOLEAN');
  return `CREATE TABLE ${name} (${columns.join(', ')})`;
}

/** DuckDB type of a column. */
export function storageType(field: TableField): string {
  const { type } = fromTableField(field);
  return collationOf(type) === undefined ? duckType(type) : `${duckType(type)} COLLATE NOCASE`;
}

/** BIGNUMERIC is stored as an integer scaled by 10^38, so a plain cast would be wrong by that factor. */
function wideningSql(before: TableField, after: TableField, column: string): string {
  if (after.type !== 'BIGNUMERIC') return `${column}::${storageType(after)}`;
  const zeros = before.type === 'NUMERIC' ? BIGNUMERIC_SCALE - NUMERIC_SCALE : BIGNUMERIC_SCALE;
  return `(replace(${column}::VARCHAR, '.', '') || repeat('0', ${zeros}))::BIGNUM`;
}

const NUMERIC_SCALE = 9;

function columnSql(field: TableField): string {
  const required = field.mode === 'REQUIRED' ? ' NOT NULL' : '';
  return `${quoteIdentifier(field.name)} ${storageType(field)}${required}`;
}

/** Makes the DuckDB table of an entry, in place of what has its name: an expired table may not be swept yet. */
export async function createStored(
  connection: DuckDBConnection,
  name: string,
  entry: TableEntry,
): Promise<void> {
  await connection.run(`DROP TABLE IF EXISTS ${name} CASCADE`);
  await connection.run(createTableSql(name, entry));
  await markStored(connection, name, entry);
}

/** Gives a DuckDB table the columns of an entry. */
export async function alterStored(
  connection: DuckDBConnection,
  name: string,
  current: readonly TableField[],
  entry: TableEntry,
): Promise<void> {
  const statements = alterStatements(name, current, entry.fields);
  for (const statement of statements) await connection.run(statement);
  if (statements.length > 0) await markStored(connection, name, entry);
}

/** Writes into a DuckDB table whose it is, so that both are committed together. */
export async function markStored(
  connection: DuckDBConnection,
  name: string,
  entry: TableEntry,
): Promise<void> {
  await connection.run(`COMMENT ON TABLE ${name} IS ${quoteString(JSON.stringify(entry))}`);
}

interface StoredTable {
  schema: string;
  /** Absent where an older version made the table. */
  entry?: TableEntry;
}

/** Schemas and tables in the file, by their quoted names. */
export async function storedIn(
  database: Database,
): Promise<{ schemas: Set<string>; tables: Map<string, StoredTable> }> {
  const schemas = await database.rows(
    'SELECT schema_name FROM duckdb_schemas() WHERE database_name = current_database()',
  );
  const rows = await database.rows(
    'SELECT schema_name, table_name, comment FROM duckdb_tables() WHERE database_name = current_database()',
  );
  const tables = new Map<string, StoredTable>();
  for (const [schemaName, tableName, comment] of rows) {
    const schema = quoteIdentifier(String(schemaName));
    const entry = comment === null ? undefined : (JSON.parse(String(comment)) as TableEntry);
    tables.set(`${schema}.${quoteIdentifier(String(tableName))}`, { schema, ...(entry && { entry }) });
  }
  return { schemas: new Set(schemas.map(([name]) => quoteIdentifier(String(name)))), tables };
}

/** Whether an entry is a later one of the same table, or that of the table which took its place. */
export function isNewer(entry: TableEntry, than: TableEntry): boolean {
  if (entry.creationTime !== than.creationTime) return entry.creationTime > than.creationTime;
  return entry.revision > than.revision;
}

/** What to select the columns of a table from by their names, which those of results do not have in DuckDB. */
export function namedRows(catalog: Catalog, { ref, fields, physicalName }: TableEntry): string {
  const name = catalog.physicalName(ref);
  if (physicalName === undefined || fields.length === 0) return name;
  return `(SELECT * FROM ${name} AS q(${fields.map((field) => quoteIdentifier(field.name)).join(', ')}))`;
}

/** Quoted name of a table in DuckDB, whatever the catalog holds of it. */
export function physicalTable(catalog: Catalog, { tableId, ...dataset }: TableRef): string {
  return `${catalog.physicalSchema(dataset)}.${quoteIdentifier(caseSafe(tableId))}`;
}

function alterStatements(
  name: string,
  current: readonly TableField[],
  next: readonly TableField[],
): string[] {
  const statements: string[] = [];
  for (const field of next) {
    const before = findField(current, field.name);
    if (before === undefined) {
      statements.push(`ALTER TABLE ${name} ADD COLUMN ${columnSql({ ...field, mode: modeOfNew(field) })}`);
      continue;
    }
    const column = quoteIdentifier(before.name);
    if (before.mode === 'REQUIRED' && field.mode !== 'REQUIRED') {
      statements.push(`ALTER TABLE ${name} ALTER COLUMN ${column} DROP NOT NULL`);
    }
    statements.push(...nestedAdditions(name, column, before, field));
    if (before.type !== 'RECORD' && storageType(before) !== storageType(field)) {
      const using = wideningSql(before, field, column);
      statements.push(
        `ALTER TABLE ${name} ALTER COLUMN ${column} SET DATA TYPE ${storageType(field)} USING ${using}`,
      );
    }
    if (before.name !== field.name) {
      statements.push(`ALTER TABLE ${name} RENAME COLUMN ${column} TO ${quoteIdentifier(field.name)}`);
    }
  }
  for (const field of current) {
    if (findField(next, field.name) === undefined) {
      statements.push(`ALTER TABLE ${name} DROP COLUMN ${quoteIdentifier(field.name)}`);
    }
  }
  return statements;
}

/** DuckDB cannot add a NOT NULL column to a table with rows, nor may BigQuery. */
function modeOfNew(field: TableField): TableField['mode'] {
  return field.mode === 'REQUIRED' ? 'NULLABLE' : field.mode;
}

function nestedAdditions(name: string, path: string, before: TableField, after: TableField): string[] {
  if (before.type !== 'RECORD' || after.type !== 'RECORD') return [];
  const inner = before.mode === 'REPEATED' ? `${path}.element` : path;
  const old = before.fields ?? [];
  return (after.fields ?? []).flatMap((field, index) => {
    const known = old[index];
    const member = `${inner}.f${index + 1}`;
    if (known === undefined) return [`ALTER TABLE ${name} ADD COLUMN ${member} ${storageType(field)}`];
    return nestedAdditions(name, member, known, field);
  });
}
