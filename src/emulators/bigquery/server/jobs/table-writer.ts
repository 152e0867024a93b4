import { quoteString } from '../../../googlesql/duck/quote.js';
import type { NewEntry } from '../../catalog/catalog.js';
import type { TableEntry, TableField, TableRef, TimePartitioning } from '../../catalog/entries.js';
import { findField } from '../../catalog/fields.js';
import { tableName } from '../../catalog/names.js';
import { partitionStart, splitDecorator } from '../../catalog/partitioning.js';
import { isIngestionPartitioned, PARTITION_TIME_COLUMN } from '../../catalog/stored-table.js';
import type { RowsToWrite } from '../../catalog/table-store.js';
import { BigQueryError } from '../../errors.js';
import { limitedSql } from '../../statements/dml/assign.js';
import { type Destination, destinationTable } from '../resources/destination.js';
import { partitionColumn, partitionCondition, strayRows } from '../resources/partitions.js';
import { typeNotAllowed } from '../resources/resources.js';
import type { ServerContext } from '../server-context.js';

/** Checks before any work is done what `writeRows` would refuse. */
export async function checkDestination(context: ServerContext, destination: Destination): Promise<void> {
  const ref = destinationTable(destination);
  context.catalog.requireDataset(ref);
  const existing = context.catalog.getTable(ref);
  if (existing === undefined) {
    if (!destination.create) throw new BigQueryError('notFound', `Not found: Table ${tableName(ref)}`);
    return;
  }
  if (existing.type !== 'TABLE') throw typeNotAllowed(existing);
  if (destination.write === 'WRITE_EMPTY' && (await context.statistics.rowCount(ref)) > 0) {
    throw new BigQueryError('duplicate', `Already Exists: Table ${tableName(ref)}`);
  }
}

export interface WriteOptions extends Pick<RowsToWrite, 'confirm' | 'signal'> {
  /** `select` yields `_PARTITIONTIME` behind the fields. */
  withPartitionTime?: boolean;
  /** Type of a table that is created. */
  type?: 'TABLE' | 'SNAPSHOT';
}

/**
 * Writes the rows of `select` (one column per field, in order) as the dispositions say, and returns how many.
 * Creating, replacing or widening a table and filling it is one transaction.
 */
export async function writeRows(
  context: ServerContext,
  destination: Destination,
  fields: TableField[],
  select: string,
  options: WriteOptions = {},
): Promise<number> {
  const { withPartitionTime = false, type = 'TABLE', ...control } = options;
  await checkDestination(context, destination);
  const { partitionId } = splitDecorator(destination.ref.tableId);
  const ref = destinationTable(destination);
  const existing = context.catalog.getTable(ref);
  const hidden = withPartitionTime ? [PARTITION_TIME_COLUMN] : [];
  if (existing === undefined || (destination.write === 'WRITE_TRUNCATE' && partitionId === undefined)) {
    const definition = newDefinition(destination, ref, fields, existing, partitionId);
    const columns = [...fields.map((field) => field.name), ...hidden];
    const rows = toWrite(definition as TableEntry, partitionId, { select, columns });
    const onlyIfAbsent = existing === undefined;
    try {
      const create = { ...definition, type };
      return await context.tables.write(ref, { ...rows, ...control, create, onlyIfAbsent });
    } catch (error) {
      // Another job has made the table in the meantime: the dispositions say what comes of that.
      if (onlyIfAbsent && context.catalog.getTable(ref) !== undefined) {
        return writeRows(context, destination, fields, select, options);
      }
      throw error;
    }
  }
  const merged = mergeFields(existing.fields, fields, destination);
  const columns = [...fields.map(({ name }) => findField(merged, name)!.name), ...hidden];
  const table = merged === existing.fields ? existing : { ...existing, fields: merged };
  const rows = toWrite(table, partitionId, { select, columns });
  const deleteWhere =
    destination.write === 'WRITE_TRUNCATE' ? partitionCondition(existing, partitionId!) : undefined;
  const change =
    table === existing
      ? {}
      : { fields: (current: TableEntry) => mergeFields(current.fields, fields, destination) };
  return context.tables.write(ref, { ...rows, ...control, ...change, deleteWhere });
}

function newDefinition(
  destination: Destination,
  ref: TableRef,
  fields: TableField[],
  existing: TableEntry | undefined,
  partitionId: string | undefined,
): NewEntry<TableEntry> {
  const hasRange = (destination.rangePartitioning ?? existing?.rangePartitioning) !== undefined;
  const daily: TimePartitioning | undefined =
    partitionId === undefined || hasRange ? undefined : { type: 'DAY' };
  return {
    ...destination.properties,
    ref: existing?.ref ?? ref,
    type: 'TABLE',
    fields,
    timePartitioning: destination.timePartitioning ?? existing?.timePartitioning ?? daily,
    rangePartitioning: destination.rangePartitioning ?? existing?.rangePartitioning,
    clustering: destination.clustering ?? existing?.clustering,
    ...(existing === undefined ? {} : { primaryKey: undefined, foreignKeys: undefined }),
  };
}

interface Rows {
  select: string;
  columns: string[];
}

/** Rows as the table takes them: within the limits of its types, and in the partition that is written to. */
function toWrite(table: TableEntry, partitionId: string | undefined, rows: Rows): Rows {
  const limited = withinLimits(table, rows);
  return partitionId === undefined ? limited : inPartition(table, partitionId, limited);
}

/** Rounds and checks the values of columns such as NUMERIC(5, 2) and STRING(10). */
function withinLimits(table: TableEntry, rows: Rows): Rows {
  const values = rows.columns.map((name, index) => {
    const field = findField(table.fields, name);
    return field === undefined ? `c${index}` : limitedSql(`c${index}`, field);
  });
  if (values.every((value, index) => value === `c${index}`)) return rows;
  return { ...rows, select: `SELECT ${values.join(', ')} FROM ${named(rows)}` };
}

/**
 * Gives rows the `_PARTITIONTIME` of the partition they go into; where a column says which partition a row belongs
 * to, a row of another one fails the job.
 */
function inPartition(table: TableEntry, partitionId: string, rows: Rows): Rows {
  if (isIngestionPartitioned(table)) {
    const start = quoteString(`${partitionStart(table, partitionId)}+00`);
    return {
      select: `SELECT *, ${start}::TIMESTAMPTZ FROM (${rows.select})`,
      columns: [...rows.columns, PARTITION_TIME_COLUMN],
    };
  }
  const name = partitionColumn(table).toLowerCase();
  const position = rows.columns.findIndex((column) => column.toLowerCase() === name);
  const column = position < 0 ? 'NULL' : `c${position}`;
  const belongs = partitionCondition(table, partitionId, column);
  const check = `CASE WHEN ${belongs} THEN true ELSE error(${quoteString(strayRows(table, partitionId))}) END`;
  return { ...rows, select: `SELECT * FROM ${named(rows)} WHERE ${check}` };
}

/** The rows as a FROM item whose columns are called `c0`, `c1`… */
function named({ select, columns }: Rows): string {
  return `(${select}) AS q(${columns.map((_, index) => `c${index}`).join(', ')})`;
}

/**
 * The table's fields with what the job may add or relax; the same array when nothing changes. A NULLABLE column may
 * go into a REQUIRED one: whether a NULL is among its values shows at the insert.
 */
function mergeFields(
  current: TableField[],
  incoming: TableField[],
  destination: Destination,
  path = '',
): TableField[] {
  const mismatch = (message: string) =>
    new BigQueryError(
      'invalid',
      `Provided Schema does not match Table ${tableName(destinationTable(destination))}. ${message}`,
    );
  let changed = false;
  const merged = current.map((field) => {
    const update = findField(incoming, field.name);
    const name = `${path}${field.name}`;
    if (update === undefined) {
      if (field.mode !== 'REQUIRED') return field;
      if (!destination.allowFieldRelaxation) throw mismatch(`Field ${name} is missing in new schema`);
    } else if (update.type !== field.type) {
      throw mismatch(`Field ${name} has changed type from ${field.type} to ${update.type}`);
    } else if ((update.mode === 'REPEATED') !== (field.mode === 'REPEATED')) {
      throw mismatch(`Field ${name} has changed mode from ${field.mode} to ${update.mode}`);
    }
    const relax =
      field.mode === 'REQUIRED' && destination.allowFieldRelaxation && update?.mode !== 'REQUIRED';
    const inner =
      field.fields === undefined || update?.fields === undefined
        ? field.fields
        : mergeFields(field.fields, update.fields, destination, `${name}.`);
    if (!relax && inner === field.fields) return field;
    changed = true;
    return { ...field, mode: relax ? ('NULLABLE' as const) : field.mode, fields: inner };
  });
  for (const field of incoming) {
    if (findField(current, field.name) !== undefined) continue;
    if (!destination.allowFieldAddition) throw mismatch(`Cannot add fields (field: ${path}${field.name})`);
    changed = true;
    merged.push(field.mode === 'REQUIRED' ? { ...field, mode: 'NULLABLE' } : field);
  }
  return changed ? merged : current;
}
