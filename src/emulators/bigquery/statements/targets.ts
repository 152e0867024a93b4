import type { ResolvedTable } from '../../googlesql/compile/scope/query-context.js';
import { quoteIdentifier } from '../../googlesql/duck/quote.js';
import { rowNumber } from '../../googlesql/duck/row-range.js';
import { invalidQuery } from '../../googlesql/errors.js';
import type { Identifier, ObjectPath } from '../../googlesql/syntax/ast.js';
import { type BqType, DATE, INT64, TIMESTAMP } from '../../googlesql/syntax/types.js';
import type { Catalog } from '../catalog/catalog.js';
import type { DatasetRef, TableEntry, TableField, TableRef } from '../catalog/entries.js';
import { findField } from '../catalog/fields.js';
import { objectName, tableName } from '../catalog/names.js';
import { fromTableField } from '../catalog/rest-types.js';
import { requireAllRows } from '../catalog/row-access.js';
import { isIngestionPartitioned, PARTITION_TIME_COLUMN } from '../catalog/stored-table.js';
import { BigQueryError } from '../errors.js';
import type { Session } from './session.js';

/** Column under which DML sees the DuckDB row id of its target. */
export const ROW_ID = '$rowid';

/** Name under which DML shows its target to the compiler; no table of BigQuery is called so. */
export const TARGET = '$target';

/** A table that a statement changes. */
export interface Target {
  entry: TableEntry;
  /** Quoted DuckDB name. */
  physical: string;
  /** Absent for a temporary table. */
  ref?: TableRef;
}

export interface TargetColumn {
  name: string;
  field: TableField;
  type: BqType;
}

/** The full name of a table, with the project and the default dataset filled in. */
export function tableRef(path: ObjectPath, session: Session): TableRef {
  const { parts } = path;
  if (parts.length === 3) return { projectId: parts[0]!, datasetId: parts[1]!, tableId: parts[2]! };
  if (parts.length === 2) {
    return { projectId: session.request.project, datasetId: parts[0]!, tableId: parts[1]! };
  }
  if (parts.length === 1) {
    const { defaultDataset } = session;
    if (!defaultDataset) {
      throw new BigQueryError(
        'invalid',
        `Table "${parts[0]}" must be qualified with a dataset (e.g. dataset.table).`,
      );
    }
    return { ...defaultDataset, tableId: parts[0]! };
  }
  throw invalidQuery(`Invalid table name: ${parts.join('.')}`, path.pos);
}

/** The table to be changed; views and missing tables are errors. */
export function resolveTarget(path: ObjectPath, session: Session, verb: string): Target {
  const temporary = session.temporaryTable(path);
  if (temporary) return { entry: temporary, physical: temporary.physicalName! };
  const ref = tableRef(path, session);
  const entry = requireTable(ref, session);
  if (entry.type !== 'TABLE') {
    throw invalidQuery(`${verb} is not allowed on ${describeType(entry)} ${tableName(ref)}`, path.pos);
  }
  if (verb !== 'INSERT') requireAllRows(entry, session.caller);
  return { entry, physical: session.services.catalog.physicalName(entry.ref), ref: entry.ref };
}

export function requireDataset(ref: DatasetRef, session: Session): void {
  session.services.catalog.datasetFor(ref, session.request.location);
}

/** A table of the catalog, or `notFound` in the words that queries use. */
export function requireTable(ref: TableRef, session: Session): TableEntry {
  requireDataset(ref, session);
  const { catalog } = session.services;
  const entry = catalog.getTable(ref);
  if (!entry) {
    throw new BigQueryError('notFound', `Not found: Table ${tableName(ref)} was not found in location US`);
  }
  return entry;
}

function describeType(entry: TableEntry): string {
  if (entry.type === 'EXTERNAL') return 'external table';
  return entry.type === 'SNAPSHOT' ? 'table snapshot' : 'view';
}

export function columnsOf(target: Target): TargetColumn[] {
  return target.entry.fields.map((field) => ({ name: field.name, field, type: fromTableField(field).type }));
}

/** A column by its name in any case; `_PARTITIONTIME` of an ingestion-time table counts as one. */
export function requireColumn(target: Target, name: Identifier): TargetColumn {
  const field = findField(target.entry.fields, name.name);
  if (field) return { name: field.name, field, type: fromTableField(field).type };
  if (isIngestionPartitioned(target.entry) && name.name.toUpperCase() === PARTITION_TIME_COLUMN) {
    const pseudo: TableField = { name: PARTITION_TIME_COLUMN, type: 'TIMESTAMP', mode: 'NULLABLE' };
    return { name: PARTITION_TIME_COLUMN, field: pseudo, type: TIMESTAMP };
  }
  throw invalidQuery(`Column ${name.name} is not present in table ${target.entry.ref.tableId}`, name.pos);
}

/** The rows of a table with their row ids and partition times. */
export function tableSource(entry: TableEntry, catalog: Catalog): ResolvedTable {
  const physical = entry.physicalName ?? catalog.physicalName(entry.ref);
  const columns = entry.fields.map(fromTableField);
  const items = entry.fields.map((field) => quoteIdentifier(field.name));
  if (isIngestionPartitioned(entry)) {
    const time = quoteIdentifier(PARTITION_TIME_COLUMN);
    columns.push({ name: PARTITION_TIME_COLUMN, type: TIMESTAMP });
    items.push(time);
    if (entry.timePartitioning?.type === 'DAY') {
      columns.push({ name: '_PARTITIONDATE', type: DATE });
      items.push(`CAST(${time} AS DATE) AS "_PARTITIONDATE"`);
    }
  }
  columns.push({ name: ROW_ID, type: INT64 });
  items.push(`${rowNumber(entry.fields)} AS ${quoteIdentifier(ROW_ID)}`);
  const ref = entry.physicalName === undefined ? objectName(entry.ref) : undefined;
  return { sql: `(SELECT ${items.join(', ')} FROM ${physical})`, columns, ref };
}
