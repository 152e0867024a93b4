import type { NewEntry } from '../../catalog/catalog.js';
import type {
  JsonObject,
  RangePartitioning,
  TableEntry,
  TableField,
  TableRef,
  TimePartitioning,
} from '../../catalog/entries.js';
import { findField } from '../../catalog/fields.js';
import { tableName } from '../../catalog/names.js';
import { partitionStart, splitDecorator } from '../../catalog/partitioning.js';
import { hasStorage, isIngestionPartitioned, PARTITION_TIME_COLUMN } from '../../catalog/table-store.js';
import { quoteIdentifier, quoteString } from '../../duck/database.js';
import { BigQueryError, notImplemented } from '../../errors.js';
import { choiceField, objectField, requiredText, textField, textListField } from '../body.js';
import type { ServerContext } from '../context.js';
import { readClustering, readRangePartitioning, readTimePartitioning } from '../routes/table-resource.js';

export type WriteDisposition = 'WRITE_EMPTY' | 'WRITE_APPEND' | 'WRITE_TRUNCATE';

/** Where a query, load or copy job puts its rows, and how. */
export interface Destination {
  /** May carry a partition decorator. */
  ref: TableRef;
  create: boolean;
  write: WriteDisposition;
  timePartitioning?: TimePartitioning;
  rangePartitioning?: RangePartitioning;
  clustering?: string[];
  allowFieldAddition: boolean;
  allowFieldRelaxation: boolean;
  /** Description and labels of a table that the job creates. */
  properties?: Pick<TableEntry, 'description' | 'friendlyName' | 'labels' | 'expirationTime'>;
}

export function readTableRef(value: JsonObject, projectId: string): TableRef {
  return {
    projectId: textField(value, 'projectId') || projectId,
    datasetId: requiredText(value, 'datasetId'),
    tableId: requiredText(value, 'tableId'),
  };
}

/** Reads destination and dispositions from the configuration of a query or load job. */
export function readDestination(
  configuration: JsonObject,
  projectId: string,
  defaultWrite: WriteDisposition,
): Destination | undefined {
  const table = objectField(configuration, 'destinationTable');
  if (table === undefined || Object.keys(table).length === 0) return undefined;
  const options = textListField(configuration, 'schemaUpdateOptions') ?? [];
  const unknown = options.find((option) => !/^ALLOW_FIELD_(ADDITION|RELAXATION)$/.test(option));
  if (unknown !== undefined) {
    throw new BigQueryError('invalid', `Invalid value for schemaUpdateOptions: ${unknown}`);
  }
  return {
    ref: readTableRef(table, projectId),
    create:
      choiceField(configuration, 'createDisposition', ['CREATE_IF_NEEDED', 'CREATE_NEVER']) !==
      'CREATE_NEVER',
    write: readWriteDisposition(configuration, defaultWrite),
    timePartitioning: readTimePartitioning(configuration),
    rangePartitioning: readRangePartitioning(configuration),
    clustering: readClustering(configuration),
    allowFieldAddition: options.includes('ALLOW_FIELD_ADDITION'),
    allowFieldRelaxation: options.includes('ALLOW_FIELD_RELAXATION'),
  };
}

export function readWriteDisposition(
  configuration: JsonObject,
  fallback: WriteDisposition,
): WriteDisposition {
  const value = choiceField(configuration, 'writeDisposition', [
    'WRITE_EMPTY',
    'WRITE_APPEND',
    'WRITE_TRUNCATE',
    'WRITE_TRUNCATE_DATA',
  ]);
  if (value === 'WRITE_TRUNCATE_DATA') throw notImplemented('The write disposition WRITE_TRUNCATE_DATA');
  return value ?? fallback;
}

/** The table a destination names, without its decorator. */
export function destinationTable(destination: Destination): TableRef {
  return { ...destination.ref, tableId: splitDecorator(destination.ref.tableId).tableId };
}

/** Checks before any work is done what `writeRows` would refuse. */
export async function checkDestination(context: ServerContext, destination: Destination): Promise<void> {
  const ref = destinationTable(destination);
  context.catalog.requireDataset(ref);
  const existing = context.catalog.getTable(ref);
  if (existing === undefined) {
    if (!destination.create) throw new BigQueryError('notFound', `Not found: Table ${tableName(ref)}`);
    return;
  }
  if (!hasStorage(existing)) {
    throw new BigQueryError('invalid', `Cannot write to ${tableName(ref)}: it is of type ${existing.type}`);
  }
  if (destination.write === 'WRITE_EMPTY' && (await context.statistics.rowCount(ref)) > 0) {
    throw new BigQueryError('duplicate', `Already Exists: Table ${tableName(ref)}`);
  }
}

export interface WriteOptions {
  /** `select` yields `_PARTITIONTIME` behind the fields. */
  withPartitionTime?: boolean;
  /** Type of a table that is created. */
  type?: 'TABLE' | 'SNAPSHOT';
}

/**
 * Writes the rows of `select` (one column per field, in order) as the dispositions say, and returns how many.
 * Creating or replacing a table and filling it is one transaction.
 */
export async function writeRows(
  context: ServerContext,
  destination: Destination,
  fields: TableField[],
  select: string,
  { withPartitionTime = false, type = 'TABLE' }: WriteOptions = {},
): Promise<number> {
  await checkDestination(context, destination);
  const { partitionId } = splitDecorator(destination.ref.tableId);
  const ref = destinationTable(destination);
  const existing = context.catalog.getTable(ref);
  const hidden = withPartitionTime ? [PARTITION_TIME_COLUMN] : [];
  const columns = [...fields.map((field) => field.name), ...hidden];
  if (existing === undefined || (destination.write === 'WRITE_TRUNCATE' && partitionId === undefined)) {
    const definition = newDefinition(destination, ref, fields, existing, partitionId);
    const rows = inPartition(definition as TableEntry, partitionId, { select, columns });
    return context.tables.write(ref, { ...rows, create: { ...definition, type } });
  }
  const merged = mergeFields(existing.fields, fields, destination);
  const names = [...fields.map(({ name }) => findField(merged, name)!.name), ...hidden];
  if (merged !== existing.fields) await context.tables.updateTable(ref, { fields: merged });
  const rows = inPartition(existing, partitionId, { select, columns: names });
  const deleteWhere =
    destination.write === 'WRITE_TRUNCATE' ? partitionCondition(existing, partitionId!) : undefined;
  return context.tables.write(ref, { ...rows, deleteWhere });
}

function newDefinition(
  destination: Destination,
  ref: TableRef,
  fields: TableField[],
  existing: TableEntry | undefined,
  partitionId: string | undefined,
): NewEntry<TableEntry> {
  const daily: TimePartitioning | undefined = partitionId === undefined ? undefined : { type: 'DAY' };
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

/** Adds the value of `_PARTITIONTIME` to rows that go into a named partition. */
function inPartition(
  table: TableEntry,
  partitionId: string | undefined,
  rows: { select: string; columns: string[] },
): { select: string; columns: string[] } {
  if (partitionId === undefined || !isIngestionPartitioned(table)) return rows;
  const start = quoteString(`${partitionStart(table, partitionId)}+00`);
  return {
    select: `SELECT *, ${start}::TIMESTAMPTZ FROM (${rows.select})`,
    columns: [...rows.columns, PARTITION_TIME_COLUMN],
  };
}

/** Condition that holds for the rows of one partition. */
export function partitionCondition(table: TableEntry, partitionId: string): string {
  const start = quoteString(partitionStart(table, partitionId));
  const time = table.timePartitioning!;
  const column = quoteIdentifier(time.field ?? PARTITION_TIME_COLUMN);
  return `date_trunc('${time.type.toLowerCase()}', ${column}::TIMESTAMP) = ${start}::TIMESTAMP`;
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
