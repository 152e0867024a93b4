import type { DuckDBConnection } from '@duckdb/node-api';
import type { Database } from '../../googlesql/duck/database.js';
import { quoteIdentifier } from '../../googlesql/duck/quote.js';
import { BigQueryError } from '../errors.js';
import type { Catalog, Changes, NewEntry } from './catalog.js';
import { despiteOthers } from './despite-others.js';
import type { DatasetEntry, DatasetRef, TableEntry, TableField, TableRef } from './entries.js';
import { caseSafe, checkDatasetId, checkTableId, datasetName, tableName } from './names.js';
import { checkPartitioning } from './partitioning.js';
import {
  alterStored,
  createStored,
  hasStorage,
  isNewer,
  markStored,
  PARTITION_TIME_COLUMN,
  physicalTable,
  storedIn,
} from './stored-table.js';
import { TableQueue } from './table-queue.js';

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

/**
 * Creates, changes and drops tables in the catalog and in DuckDB together. DuckDB goes first, and its table carries the
 * entry that the catalog is to get: wherever the process dies, `reconcile` finds what was done and does the rest.
 */
export class TableStore {
  readonly #database: Database;
  readonly #catalog: Catalog;
  readonly #queue = new TableQueue();

  constructor(database: Database, catalog: Catalog) {
    this.#database = database;
    this.#catalog = catalog;
  }

  /** Makes the catalog agree with the tables, as a kill between the two may leave them. */
  async reconcile(): Promise<void> {
    const { schemas, tables } = await storedIn(this.#database);
    for (const { ref } of this.#catalog.keptDatasets()) {
      const schema = this.#catalog.physicalSchema(ref);
      if (!schemas.has(schema)) {
        this.#catalog.deleteDataset(ref);
        continue;
      }
      for (const table of this.#catalog.allTables(ref).filter(hasStorage)) {
        const name = physicalTable(this.#catalog, table.ref);
        const stored = tables.get(name);
        if (stored === undefined) this.#catalog.deleteTable(table.ref);
        else if (stored.entry !== undefined && isNewer(stored.entry, table))
          this.#catalog.putTable(stored.entry);
        tables.delete(name);
      }
    }
    for (const [name, { schema, entry }] of tables) {
      const isOurs = entry !== undefined && this.#catalog.getDataset(entry.ref) !== undefined;
      if (isOurs && schemas.has(schema)) this.#catalog.putTable(entry);
      else await this.#database.run(`DROP TABLE ${name} CASCADE`);
    }
    await this.#catalog.flush();
  }

  async createDataset(dataset: NewEntry<DatasetEntry>): Promise<DatasetEntry> {
    checkDatasetId(dataset.ref.datasetId);
    return this.#queue.onDataset(dataset.ref, async () => {
      this.#catalog.refuseDataset(dataset.ref);
      await this.#database.run(`CREATE SCHEMA IF NOT EXISTS ${this.#catalog.physicalSchema(dataset.ref)}`);
      return this.#catalog.insertDataset(dataset);
    });
  }

  /** Drops a dataset; with contents only when `deleteContents`, else `resourceInUse`. */
  async dropDataset(ref: DatasetRef, deleteContents: boolean): Promise<void> {
    await this.#queue.onDataset(ref, async () => {
      const { length } = [
        ...this.#catalog.listTables(ref),
        ...this.#catalog.listRoutines(ref),
        ...this.#catalog.listModels(ref),
      ];
      if (!deleteContents && length > 0) {
        throw new BigQueryError('resourceInUse', `Dataset ${datasetName(ref)} is still in use`);
      }
      this.#catalog.deleteDataset(ref);
      await this.#database.run(`DROP SCHEMA IF EXISTS ${this.#catalog.physicalSchema(ref)} CASCADE`);
    });
  }

  /** Creates an empty table, or a view (which has no storage); `orReplace`: in place of what has the name. */
  async createTable(table: NewEntry<TableEntry>, { orReplace = false } = {}): Promise<TableEntry> {
    checkTableId(table.ref.tableId);
    checkPartitioning(table);
    return this.#queue.onTables(table.ref, [table.ref.tableId], async () => {
      this.#catalog.requireDataset(table.ref);
      const current = this.#catalog.getTable(table.ref);
      if (orReplace) this.#catalog.refuseModelNamed(table.ref);
      else this.#catalog.refuseTable(table.ref);
      const entry = this.#catalog.newTable(table);
      const old =
        current !== undefined && hasStorage(current) ? this.#catalog.physicalName(current.ref) : undefined;
      await this.#transaction(async (connection) => {
        if (old !== undefined) await connection.run(`DROP TABLE IF EXISTS ${old} CASCADE`);
        if (hasStorage(table)) await createStored(connection, this.#catalog.physicalName(table.ref), entry);
      });
      return this.#catalog.putTable(entry, current?.ref);
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
      const entry = this.#written(ref, definition, fields);
      const added = await this.#transaction(async (connection) => {
        if (definition !== undefined) await createStored(connection, name, entry!);
        else if (entry !== undefined) await alterStored(connection, name, current!.fields, entry);
        if (rows.deleteWhere !== undefined) {
          await connection.run(`DELETE FROM ${name} WHERE ${rows.deleteWhere}`);
        }
        rows.signal?.throwIfAborted();
        const insert = `INSERT INTO ${name} (${columns}) ${rows.select}`;
        const work = () => connection.run(insert);
        const result = await this.#database.interruptible(connection, rows.signal, work);
        await rows.confirm?.(result.rowsChanged);
        return result.rowsChanged;
      });
      if (entry !== undefined) this.#catalog.putTable(entry);
      if (definition === undefined) this.#catalog.markDataChanged(ref);
      return added;
    });
  }

  /** The entry of a table after a write; undefined when that changes no more than its rows. */
  #written(
    ref: TableRef,
    definition: NewEntry<TableEntry> | undefined,
    fields: TableField[] | undefined,
  ): TableEntry | undefined {
    if (definition !== undefined && this.#catalog.getTable(ref) === undefined) {
      this.#catalog.refuseModelNamed(ref);
      return this.#catalog.newTable(definition);
    }
    if (definition !== undefined) return this.#catalog.revisedTable(ref, definition);
    return fields && this.#catalog.revisedTable(ref, { fields });
  }

  async rename(ref: TableRef, tableId: string): Promise<TableEntry> {
    checkTableId(tableId);
    return this.#queue.onTables(ref, [ref.tableId, tableId], async () => {
      const from = this.#catalog.physicalName(ref);
      const current = this.#catalog.requireTable(ref);
      const target: TableRef = { ...current.ref, tableId };
      this.#catalog.refuseTable(target);
      const entry: TableEntry = { ...this.#catalog.revisedTable(ref, {}), ref: target };
      if (hasStorage(current)) {
        await this.#transaction(async (connection) => {
          const to = quoteIdentifier(caseSafe(tableId));
          await connection.run(`ALTER TABLE ${from} RENAME TO ${to}`);
          await markStored(connection, physicalTable(this.#catalog, target), entry);
        });
      }
      return this.#catalog.putTable(entry, current.ref);
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
      const entry = this.#catalog.revisedTable(ref, changes);
      if (changes.fields !== undefined && hasStorage(table)) {
        const name = this.#catalog.physicalName(ref);
        await this.#transaction((connection) => alterStored(connection, name, table.fields, entry));
      }
      return this.#catalog.putTable(entry);
    });
  }

  /** Renames a top-level column, keeping its values. */
  async renameColumn(ref: TableRef, from: string, to: string): Promise<TableEntry> {
    return this.#queue.onTables(ref, [ref.tableId], async () => {
      const table = this.#catalog.requireTable(ref);
      const physical = this.#catalog.physicalName(ref);
      const fields = table.fields.map((field) => (field.name === from ? { ...field, name: to } : field));
      const entry = this.#catalog.revisedTable(ref, { fields });
      await this.#transaction(async (connection) => {
        await connection.run(
          `ALTER TABLE ${physical} RENAME COLUMN ${quoteIdentifier(from)} TO ${quoteIdentifier(to)}`,
        );
        await markStored(connection, physical, entry);
      });
      return this.#catalog.putTable(entry);
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
    const once = () =>
      this.#database.withConnection(async (connection) => {
        await connection.run('BEGIN TRANSACTION');
        const result = await work(connection);
        await connection.run('COMMIT');
        return result;
      });
    return despiteOthers(this.#catalog, once);
  }
}
