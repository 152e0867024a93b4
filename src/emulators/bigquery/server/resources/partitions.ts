import { quoteIdentifier, quoteString } from '../../../googlesql/duck/quote.js';
import type { TableEntry, TableRef } from '../../catalog/entries.js';
import { tableName } from '../../catalog/names.js';
import { partitionBounds, partitionStart, splitDecorator } from '../../catalog/partitioning.js';
import { PARTITION_TIME_COLUMN } from '../../catalog/stored-table.js';
import type { ServerContext } from '../server-context.js';

/** Partition of the rows whose partitioning column is NULL. */
const NULL_PARTITION = '__NULL__';

/** Name of the column that decides on a row's partition. */
export function partitionColumn(table: Pick<TableEntry, 'timePartitioning' | 'rangePartitioning'>): string {
  return table.rangePartitioning?.field ?? table.timePartitioning?.field ?? PARTITION_TIME_COLUMN;
}

/** Condition that holds for the rows of one partition; `column` stands for the partitioning column. */
export function partitionCondition(
  table: TableEntry,
  partitionId: string,
  column = quoteIdentifier(partitionColumn(table)),
): string {
  const { rangePartitioning: range, timePartitioning: time } = table;
  if (partitionId === NULL_PARTITION && (range !== undefined || time !== undefined))
    return `${column} IS NULL`;
  if (range !== undefined) {
    const [start, end] = partitionBounds(range, partitionId);
    return `(${column} >= ${start} AND ${column} < ${end})`;
  }
  const start = quoteString(partitionStart(table, partitionId));
  const unit = time!.type.toLowerCase();
  return `date_trunc('${unit}', ${column}::TIMESTAMP) = ${start}::TIMESTAMP`;
}

/** The table that a reference with or without a partition decorator names. */
export function resolveTable(
  { catalog }: Pick<ServerContext, 'catalog'>,
  ref: TableRef,
): { table: TableEntry; partitionId?: string } {
  const { tableId, partitionId } = splitDecorator(ref.tableId);
  return { table: catalog.requireTable({ ...ref, tableId }), partitionId };
}

export async function countPartition(
  { catalog, database }: Pick<ServerContext, 'catalog' | 'database'>,
  table: TableEntry,
  partitionId: string,
): Promise<number> {
  const where = partitionCondition(table, partitionId);
  const rows = await database.rows(`SELECT count(*) FROM ${catalog.physicalName(table.ref)} WHERE ${where}`);
  return Number(rows[0]![0]);
}

/** Deletes the rows of a partition: what dropping it comes to. */
export async function dropPartition(
  { catalog, tables }: Pick<ServerContext, 'catalog' | 'tables'>,
  table: TableEntry,
  partitionId: string,
): Promise<void> {
  const columns = table.fields.map(({ name }) => name);
  const name = catalog.physicalName(table.ref);
  await tables.write(table.ref, {
    columns,
    select: `SELECT ${columns.map(quoteIdentifier).join(', ')} FROM ${name} WHERE false`,
    deleteWhere: partitionCondition(table, partitionId),
  });
}

/** Rows that do not lie in the partition a job writes to, in BigQuery's words. */
export function strayRows(table: TableEntry, partitionId: string): string {
  return `Some rows belong to different partitions rather than destination partition ${tableName({ ...table.ref, tableId: `${table.ref.tableId}$${partitionId}` })}`;
}
