import { DuckDBTimestampTZValue, type DuckDBValue } from '@duckdb/node-api';
import { type AppendTarget, appendOn } from '../../../googlesql/duck/append.js';
import { ConcurrentChange } from '../../../googlesql/duck/conflict.js';
import type { Database } from '../../../googlesql/duck/database.js';
import type { TableEntry } from '../../catalog/entries.js';
import { caseSafe } from '../../catalog/names.js';
import { isIngestionPartitioned, PARTITION_TIME_COLUMN } from '../../catalog/stored-table.js';
import type { ServerContext } from '../server-context.js';

/** Appends rows to a table whose columns they follow in number and order, in one transaction. */
export async function appendRows(
  database: Database,
  target: AppendTarget,
  rows: DuckDBValue[][],
): Promise<void> {
  if (rows.length === 0) return;
  await database.withConnection((connection) => appendOn(connection, target, rows));
}

/** Adds rows of converted values to tables through DuckDB's appender, the quickest way in. */
export class TableAppender {
  readonly #context: Pick<ServerContext, 'database' | 'catalog'>;

  constructor(context: Pick<ServerContext, 'database' | 'catalog'>) {
    this.#context = context;
  }

  /**
   * Appends rows (values in the order of the table's fields) in one transaction. `partition` is the start of the one
   * they go to in a table partitioned by ingestion time; without it, that of this moment.
   */
  async append(table: TableEntry, rows: DuckDBValue[][], partition?: Date): Promise<void> {
    if (rows.length === 0) return;
    const { database, catalog } = this.#context;
    const name = catalog.physicalName(table.ref);
    const target = {
      table: caseSafe(table.ref.tableId),
      schema: caseSafe(`${table.ref.projectId}.${table.ref.datasetId}`),
    };
    const places = new Map(table.fields.map((field, index) => [field.name.toLowerCase(), index]));
    await database.withConnection(async (connection) => {
      await connection.run('BEGIN TRANSACTION');
      // Adding and dropping columns makes their order differ from the schema's, and may happen at any moment.
      const columns = (await connection.runAndReadAll(`DESCRIBE ${name}`))
        .getRows()
        .map(([column]) => String(column));
      const positions = columns.map((column) => places.get(column.toLowerCase()));
      const known = positions.filter((position) => position !== undefined);
      if (known.length < table.fields.length) throw new ConcurrentChange('a column was dropped');
      const isInOrder =
        known.length === columns.length && positions.every((position, index) => position === index);
      const physical = isInOrder
        ? rows
        : rows.map((row) =>
            positions.map((position, index) =>
              position === undefined ? hiddenValue(table, columns[index]!, partition) : row[position]!,
            ),
          );
      await appendOn(connection, target, physical);
      await connection.run('COMMIT');
    });
    catalog.markDataChanged(table.ref);
  }
}

function hiddenValue(table: TableEntry, column: string, partition: Date | undefined): DuckDBValue {
  if (column !== PARTITION_TIME_COLUMN || !isIngestionPartitioned(table)) return null;
  const now = partition ?? new Date();
  const unit = table.timePartitioning!.type;
  const start = Date.UTC(
    now.getUTCFullYear(),
    unit === 'YEAR' ? 0 : now.getUTCMonth(),
    unit === 'YEAR' || unit === 'MONTH' ? 1 : now.getUTCDate(),
    unit === 'HOUR' ? now.getUTCHours() : 0,
  );
  return new DuckDBTimestampTZValue(BigInt(start) * 1000n);
}
