import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import { appendOn } from '../../googlesql/duck/append.js';
import type { Database } from '../../googlesql/duck/database.js';
import { duckType } from '../../googlesql/syntax/types.js';
import type { Column, Table } from '../schema/model.js';
import type { RowChange } from '../store/database.js';
import { PartView } from '../store/part-view.js';
import { isReadWrite, type ReadView } from '../store/view.js';
import { COMMIT_TIMESTAMP, type Row } from '../values/value.js';
import type { DuckHost } from './duck-host.js';
import { toDuck } from './duck-values.js';
import { keyColumns, physicalColumn } from './names.js';
import type { SqlSource } from './sql-request.js';

/** Rows that are copied into DuckDB at a time, so that other work of the process goes on in between. */
const ROWS_AT_A_TIME = 20_480;

interface Mirror {
  /** Whose columns it has. */
  table: Table;
  /** It holds the rows as they are at this time. */
  atMicros: number;
}

/**
 * Copies of a database's tables in DuckDB, each made when a query first reads it, and brought up to date before every
 * other. A query runs in a transaction of DuckDB that begins as soon as its tables are ready, so that it sees them all
 * at one time while others are brought further.
 */
export class Mirrors {
  readonly #host: DuckHost;
  readonly #source: SqlSource;
  readonly #prefix: string;
  readonly #mirrors = new Map<number, Mirror>();
  #tail: Promise<unknown> = Promise.resolve();

  /** @param prefix that no other database has for its tables */
  constructor(host: DuckHost, source: SqlSource, prefix: string) {
    this.#host = host;
    this.#source = source;
    this.#prefix = prefix;
  }

  /** DuckDB name of the copy of a table. */
  nameOf(table: Table): string {
    return `${this.#prefix}_t${table.id}`;
  }

  /** A connection that sees the tables as `view` does; `release` has to be called in any case. */
  async open(
    view: ReadView,
    tables: readonly Table[],
  ): Promise<{ connection: DuckDBConnection; release: (isClean: boolean) => Promise<void> }> {
    const database = await this.#host.database();
    return this.#alone(async () => {
      const connection = await database.acquire();
      let ownTables = false;
      try {
        for (const table of tables) ownTables = (await this.#prepare(connection, view, table)) || ownTables;
        await connection.run('BEGIN TRANSACTION');
        // A transaction begins with the first table that it looks at.
        for (const table of tables) await connection.run(`SELECT NULL FROM ${this.nameOf(table)} LIMIT 0`);
      } catch (error) {
        database.release(connection, true);
        throw error;
      }
      return { connection, release: (isClean) => release(database, connection, isClean && !ownTables) };
    });
  }

  async drop(): Promise<void> {
    const tables = [...this.#mirrors.values()].map(({ table }) => this.nameOf(table));
    this.#mirrors.clear();
    if (tables.length === 0) return;
    const database = await this.#host.database();
    await this.#alone(() =>
      database.withConnection(async (connection) => {
        for (const name of tables) await connection.run(`DROP TABLE IF EXISTS ${name}`);
      }),
    );
  }

  #alone<Result>(work: () => Promise<Result>): Promise<Result> {
    const run = this.#tail.then(work);
    this.#tail = run.catch(() => undefined);
    return run;
  }

  /** @returns whether the connection has a table of its own for it */
  async #prepare(connection: DuckDBConnection, view: ReadView, table: Table): Promise<boolean> {
    if (view instanceof PartView && view.part === table) {
      await this.#shadow(connection, table, view.scan(table, {}));
      return true;
    }
    const current = this.#current(table);
    if (current === undefined) {
      if (isReadWrite(view)) view.markRead(table);
      await this.#shadow(connection, table, view.scan(table, {}));
      return true;
    }
    await this.#refresh(connection, view, current);
    const mirror = this.#mirrors.get(table.id)!;
    const changed = this.#source.lastChange(table);
    const isThen = mirror.atMicros <= view.timestampMicros || changed <= view.timestampMicros;
    if (!isReadWrite(view)) {
      if (isThen) return false;
      await this.#shadow(connection, table, view.scan(table, {}));
      return true;
    }
    view.markRead(table);
    const written = [...view.overlay(table)];
    if (isThen && written.length === 0) return false;
    if (isThen) await this.#shadowChanged(connection, table, written);
    else await this.#shadow(connection, table, view.scan(table, {}));
    return true;
  }

  /** The table as it is in the schema of today; undefined when it is gone, or has other columns. */
  #current(table: Table): Table | undefined {
    const found = [...this.#source.schema.tables.values()].find(({ id }) => id === table.id);
    return found !== undefined && haveSameColumns(found, table) ? found : undefined;
  }

  /** Brings the copy of a table to the time of the view, if it is behind it. */
  async #refresh(connection: DuckDBConnection, view: ReadView, table: Table): Promise<void> {
    const mirror = this.#mirrors.get(table.id);
    const name = this.nameOf(table);
    if (mirror === undefined || !haveSameColumns(mirror.table, table)) {
      const rows = isReadWrite(view) ? this.#source.strongView() : view;
      await connection.run(`CREATE OR REPLACE TABLE ${name} (${columnList(table)})`);
      this.#mirrors.delete(table.id);
      await append(connection, table, name, 'main', rows.scan(table, {}));
      this.#mirrors.set(table.id, { table, atMicros: rows.timestampMicros });
      return;
    }
    const untilMicros = view.timestampMicros;
    if (this.#source.lastChange(table) <= mirror.atMicros || untilMicros <= mirror.atMicros) return;
    const changes = [...this.#source.changes(table, mirror.atMicros, untilMicros)];
    await connection.run('BEGIN TRANSACTION');
    try {
      await apply(connection, table, name, 'main', changes);
      await connection.run('COMMIT');
    } catch (error) {
      this.#mirrors.delete(table.id);
      await connection.run('ROLLBACK').catch(() => undefined);
      throw error;
    }
    mirror.atMicros = untilMicros;
  }

  /** A table of the connection's own, which is found before the one that all see. */
  async #shadow(connection: DuckDBConnection, table: Table, rows: Iterable<Row>): Promise<void> {
    await connection.run(`CREATE OR REPLACE TEMP TABLE ${this.nameOf(table)} (${columnList(table)})`);
    await append(connection, table, this.nameOf(table), 'temp', rows);
  }

  async #shadowChanged(
    connection: DuckDBConnection,
    table: Table,
    written: readonly RowChange[],
  ): Promise<void> {
    const name = this.nameOf(table);
    await connection.run(`CREATE OR REPLACE TEMP TABLE ${name} AS SELECT * FROM memory.main.${name}`);
    await apply(connection, table, name, 'temp', written);
  }
}

async function release(database: Database, connection: DuckDBConnection, isClean: boolean): Promise<void> {
  if (isClean) await connection.run('COMMIT');
  database.release(connection, !isClean);
}

function columnList(table: Table): string {
  return columnTypes(table.columns).join(', ');
}

function haveSameColumns(one: Table, other: Table): boolean {
  return one.columns === other.columns || columnList(one) === columnList(other);
}

function columnTypes(columns: readonly Column[]): string[] {
  return columns.map((column) => `${physicalColumn(column.id)} ${duckType(column.type)}`);
}

function duckRow(table: Table, row: Row): DuckDBValue[] {
  return table.columns.map(({ type }, index) => {
    const value = row[index] ?? null;
    // What a transaction has written in place of its commit's time cannot be read before there is one.
    return value === COMMIT_TIMESTAMP ? null : toDuck(type, value);
  });
}

async function append(
  connection: DuckDBConnection,
  table: Table,
  name: string,
  schema: 'main' | 'temp',
  rows: Iterable<Row>,
): Promise<void> {
  const target =
    schema === 'temp' ? { table: name, schema: 'main', database: 'temp' } : { table: name, schema };
  let part: DuckDBValue[][] = [];
  for (const row of rows) {
    part.push(duckRow(table, row));
    if (part.length < ROWS_AT_A_TIME) continue;
    await appendOn(connection, target, part);
    part = [];
    await new Promise((resolve) => setImmediate(resolve));
  }
  await appendOn(connection, target, part);
}

/** Takes the rows of these keys out of a copy, and puts those that are there in. */
async function apply(
  connection: DuckDBConnection,
  table: Table,
  name: string,
  schema: 'main' | 'temp',
  changes: readonly RowChange[],
): Promise<void> {
  const keys = keyColumns(table);
  const staged = `${name}_keys`;
  const columns = keys.map(({ id }) => physicalColumn(id));
  const home = schema === 'temp' ? `temp.main.${name}` : `memory.main.${name}`;
  if (keys.length === 0) await connection.run(`DELETE FROM ${home}`);
  else {
    await connection.run(`CREATE OR REPLACE TEMP TABLE ${staged} (${columnTypes(keys).join(', ')})`);
    const staging = changes.map(({ key }) => keys.map(({ type }, index) => toDuck(type, key[index] ?? null)));
    await appendOn(connection, { table: staged, schema: 'main', database: 'temp' }, staging);
    const same = columns.map((column) => `t.${column} IS NOT DISTINCT FROM k.${column}`).join(' AND ');
    await connection.run(`DELETE FROM ${home} AS t USING temp.main.${staged} AS k WHERE ${same}`);
    await connection.run(`DROP TABLE temp.main.${staged}`);
  }
  const rows = changes.flatMap(({ row }) => (row === undefined ? [] : [row]));
  await append(connection, table, name, schema, rows);
}
