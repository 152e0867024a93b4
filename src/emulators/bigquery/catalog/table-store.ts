import type { DuckDBConnection } from '@duckdb/node-api';
import type { Database } from '../duck/database.js';
import { interruptible, quoteIdentifier } from '../duck/database.js';
import { BigQueryError } from '../errors.js';
import { BIGNUMERIC_SCALE, duckType, fromTableField } from '../sql/types.js';
import type { Catalog, Changes, NewEntry } from './catalog.js';
import type { DatasetEntry, DatasetRef, TableEntry, TableField, TableRef } from './entries.js';
import { findField } from './fields.js';
import { checkDatasetId, checkTableId, datasetName, tableName } from './names.js';
import { checkPartitioning } from './partitioning.js';
import { TableQueue } from './table-queue.js';

/** Hidden column of tables that are partitioned by ingestion time. */
export const PARTITION_TIME_COLUMN = '_PARTITIONTIME';

export interface RowsToWrite {
  /** SELECT of DuckDB. */
  select: string;
  columns: readonly string[];
  /** Creates the table, in place of one that exists. */
  create?: NewEntry<TableEntry>;
  /** `create` is for a table that is not there; when somebody else has made it, the write is `duplicate`. */
  onlyIfAbsent?: boolean;
  /** The columns that the table gets together with the rows, when they add or relax some. */
  fields?: (current: TableEntry) => TableField[];
  /** Rows that go first, as a condition of DuckDB. */
  deleteWhere?: string;
  /** Looks at the number of added rows before they are committed; nothing changes when it throws. */
  confirm?: (added: number) => Promise<void>;
  signal?: AbortSignal;
}

/** Creates, changes and drops tables in the catalog and in DuckDB together. */
export class TableStore {
  readonly #database: Database;
  readonly #catalog: Catalog;
  readonly #queue = new TableQueue();

  constructor(database: Database, catalog: Catalog) {
    this.#database = database;
    this.#catalog = catalog;
  }

  /** Drops DuckDB tables without an entry and recreates those an entry misses, as a kill between both leaves them. */
  async reconcile(): Promise<void> {
    const rows = await this.#database.rows(
      'SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = current_database()',
    );
    const stray = new Set(
      rows.map(([schema, table]) => `${quoteIdentifier(String(schema))}.${quoteIdentifier(String(table))}`),
    );
    for (const project of this.#catalog.projects()) {
      for (const dataset of this.#catalog.listDatasets(project)) {
        await this.#database.run(`CREATE SCHEMA IF NOT EXISTS ${this.#catalog.physicalSchema(dataset.ref)}`);
        for (const table of this.#catalog.listTables(dataset.ref)) {
          if (!hasStorage(table)) continue;
          const name = this.#catalog.physicalName(table.ref);
          if (!stray.delete(name)) await this.#database.run(createTableSql(name, table));
        }
      }
    }
    for (const name of stray) {
      if (!name.startsWith('"main"')) await this.#database.run(`DROP TABLE ${name} CASCADE`);
    }
  }

  async createDataset(dataset: NewEntry<DatasetEntry>): Promise<DatasetEntry> {
    checkDatasetId(dataset.ref.datasetId);
    return this.#queue.onDataset(dataset.ref, async () => {
      const entry = this.#catalog.insertDataset(dataset);
      await this.#database.run(`CREATE SCHEMA IF NOT EXISTS ${this.#catalog.physicalSchema(entry.ref)}`);
      return entry;
    });
  }

  /** Drops a dataset; with contents only when `deleteContents`, else `resourceInUse`. */
  async dropDataset(ref: DatasetRef, deleteContents: boolean): Promise<void> {
    await this.#queue.onDataset(ref, async () => {
      const tables = this.#catalog.listTables(ref);
      const routines = this.#catalog.listRoutines(ref);
      const models = this.#catalog.listModels(ref);
      if (!deleteContents && tables.length + routines.length + models.length > 0) {
        throw new BigQueryError('resourceInUse', `Dataset ${datasetName(ref)} is still in use`);
      }
      for (const routine of routines) this.#catalog.deleteRoutine(routine.ref);
      for (const model of models) this.#catalog.deleteModel(model.ref);
      for (const table of this.#catalog.expiredTables()) {
        if (datasetName(table.ref) === datasetName(ref)) this.#catalog.deleteTable(table.ref);
      }
      for (const table of tables) this.#catalog.deleteTable(table.ref);
      this.#catalog.deleteDataset(ref);
      await this.#database.run(`DROP SCHEMA IF EXISTS ${this.#catalog.physicalSchema(ref)} CASCADE`);
    });
  }

  /** Creates an empty table, or a view (which has no storage). */
  async createTable(table: NewEntry<TableEntry>): Promise<TableEntry> {
    checkTableId(table.ref.tableId);
    checkPartitioning(table);
    return this.#queue.onTables(table.ref, [table.ref.tableId], async () => {
      this.#catalog.requireDataset(table.ref);
      this.#catalog.refuseModelNamed(table.ref);
      if (this.#catalog.getTable(table.ref) !== undefined) {
        throw new BigQueryError('duplicate', `Already Exists: Table ${tableName(table.ref)}`);
      }
      if (hasStorage(table)) {
        const name = this.#catalog.physicalName(table.ref);
        // An expired table of the same name may not be swept yet.
        await this.#database.run(`DROP TABLE IF EXISTS ${name} CASCADE`);
        await this.#database.run(createTableSql(name, table));
      }
      return this.#catalog.insertTable(table);
    });
  }

  async dropTable(ref: TableRef): Promise<void> {
    await this.#queue.onTables(ref, [ref.tableId], async () => {
      const table = this.#catalog.requireTable(ref);
      const name = this.#catalog.physicalName(ref);
      this.#catalog.deleteTable(table.ref);
      if (hasStorage(table)) await this.#database.run(`DROP TABLE IF EXISTS ${name} CASCADE`);
    });
  }

  /**
   * Puts rows into a table in one transaction: optionally creates or replaces it first. `select` yields one column
   * per entry of `columns`. Returns the number of rows added.
   */
  async write(ref: TableRef, rows: RowsToWrite): Promise<number> {
    return this.#queue.onTables(ref, [ref.tableId], async () => {
      const current = this.#catalog.getTable(ref);
      const definition = rows.create;
      if (definition !== undefined) {
        checkTableId(ref.tableId);
        checkPartitioning(definition);
        this.#catalog.requireDataset(ref);
        if (rows.onlyIfAbsent && current !== undefined) {
          throw new BigQueryError('duplicate', `Already Exists: Table ${tableName(ref)}`);
        }
      }
      const name = this.#catalog.physicalName(ref);
      const columns = rows.columns.map(quoteIdentifier).join(', ');
      const fields = rows.fields?.(this.#catalog.requireTable(ref));
      const added = await this.#transaction(async (connection) => {
        if (definition !== undefined) {
          await connection.run(`DROP TABLE IF EXISTS ${name} CASCADE`);
          await connection.run(createTableSql(name, definition));
        }
        if (fields !== undefined) await alterColumns(connection, name, current!.fields, fields);
        if (rows.deleteWhere !== undefined) {
          await connection.run(`DELETE FROM ${name} WHERE ${rows.deleteWhere}`);
        }
        rows.signal?.throwIfAborted();
        const insert = `INSERT INTO ${name} (${columns}) ${rows.select}`;
        const result = await interruptible(connection, rows.signal, () => connection.run(insert));
        await rows.confirm?.(result.rowsChanged);
        return result.rowsChanged;
      });
      if (fields !== undefined) this.#catalog.updateTable(ref, { fields });
      if (definition === undefined) this.#catalog.markDataChanged(ref);
      else if (current === undefined) this.#catalog.insertTable(definition);
      else this.#catalog.updateTable(ref, definition);
      return added;
    });
  }

  async rename(ref: TableRef, tableId: string): Promise<TableEntry> {
    checkTableId(tableId);
    return this.#queue.onTables(ref, [ref.tableId, tableId], async () => {
      const from = this.#catalog.physicalName(ref);
      const table = this.#catalog.requireTable(ref);
      const entry = this.#catalog.renameTable(ref, tableId);
      if (hasStorage(table)) {
        const to = this.#catalog.physicalName(entry.ref);
        const target = to.slice(this.#catalog.physicalSchema(entry.ref).length + 1);
        if (from !== to) await this.#database.run(`ALTER TABLE ${from} RENAME TO ${target}`);
      }
      return entry;
    });
  }

  /**
   * Changes a table. New `fields` may add columns (also inside records), relax REQUIRED, widen types and drop
   * columns; whether the caller is allowed to is for the caller to check. `undefined` clears a property. What depends
   * on the table as it is must be given as a function: it sees what updates before this one have left.
   */
  async updateTable(
    ref: TableRef,
    update: Changes<TableEntry> | ((current: TableEntry) => Changes<TableEntry>),
  ): Promise<TableEntry> {
    return this.#queue.onTables(ref, [ref.tableId], async () => {
      const table = this.#catalog.requireTable(ref);
      const changes = typeof update === 'function' ? update(table) : update;
      const { fields } = changes;
      if (fields !== undefined && hasStorage(table)) {
        const name = this.#catalog.physicalName(ref);
        await this.#transaction((connection) => alterColumns(connection, name, table.fields, fields));
      }
      return this.#catalog.updateTable(ref, changes);
    });
  }

  /** Renames a top-level column, keeping its values. */
  async renameColumn(ref: TableRef, from: string, to: string): Promise<TableEntry> {
    return this.#queue.onTables(ref, [ref.tableId], async () => {
      const table = this.#catalog.requireTable(ref);
      const physical = this.#catalog.physicalName(ref);
      await this.#database.run(
        `ALTER TABLE ${physical} RENAME COLUMN ${quoteIdentifier(from)} TO ${quoteIdentifier(to)}`,
      );
      const fields = table.fields.map((field) => (field.name === from ? { ...field, name: to } : field));
      return this.#catalog.updateTable(ref, { fields });
    });
  }

  /** Drops what has expired; returns how many tables that were. */
  async dropExpired(): Promise<number> {
    const expired = this.#catalog.expiredTables();
    for (const table of expired) {
      await this.#queue.onTables(table.ref, [table.ref.tableId], async () => {
        // Recreated or prolonged while it waited in the queue.
        if (this.#catalog.getTable(table.ref) !== undefined) return;
        const name = this.#catalog.physicalName(table.ref);
        this.#catalog.deleteTable(table.ref);
        if (hasStorage(table)) {
          await this.#database.run(`DROP TABLE IF EXISTS ${table.physicalName ?? name} CASCADE`);
        }
      });
    }
    return expired.length;
  }

  /** Deletes the rows of partitions whose time is over. */
  async dropExpiredPartitions(now: number): Promise<void> {
    for (const table of this.#catalog.tablesWithPartitionExpiration()) {
      const { type, field, expirationMs } = table.timePartitioning!;
      const column = quoteIdentifier(field ?? PARTITION_TIME_COLUMN);
      const last = new Date(now - expirationMs!).toISOString().slice(0, 23).replace('T', ' ');
      const name = this.#catalog.physicalName(table.ref);
      const expired = `date_trunc('${type.toLowerCase()}', ${column}::TIMESTAMP) <= TIMESTAMP '${last}'`;
      const result = await this.#database.run(`DELETE FROM ${name} WHERE ${expired}`);
      if (result.rowsChanged > 0) this.#catalog.markDataChanged(table.ref);
    }
  }

  /** What `work` does on its connection happens as a whole or not at all. */
  #transaction<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    return this.#database.withConnection(async (connection) => {
      await connection.run('BEGIN TRANSACTION');
      const result = await work(connection);
      await connection.run('COMMIT');
      return result;
    });
  }
}

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
  return duckType(fromTableField(field).type);
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

async function alterColumns(
  connection: DuckDBConnection,
  name: string,
  current: readonly TableField[],
  next: readonly TableField[],
): Promise<void> {
  for (const statement of alterStatements(name, current, next)) await connection.run(statement);
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
