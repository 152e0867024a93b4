import { quoteIdentifier } from '../../../googlesql/duck/quote.js';
import { BOOL, INT64, STRING, TIMESTAMP } from '../../../googlesql/syntax/types.js';
import type { TableEntry } from '../../catalog/entries.js';
import { partitionIdSql } from '../../catalog/partitioning.js';
import { hasStorage, isIngestionPartitioned, PARTITION_TIME_COLUMN } from '../../catalog/stored-table.js';
import { tableOptionRows } from './option-text.js';
import { printDdl } from './print.js';
import {
  type Cell,
  milliseconds,
  nameOf,
  tableColumns as names,
  tablesOf,
  type View,
  type ViewScope,
  yesNo,
} from './view.js';

const tableTypes: Record<TableEntry['type'], string> = {
  TABLE: 'BASE TABLE',
  VIEW: 'VIEW',
  MATERIALIZED_VIEW: 'MATERIALIZED VIEW',
  SNAPSHOT: 'SNAPSHOT',
  EXTERNAL: 'EXTERNAL',
};

export const tableViews: Record<string, View> = {
  TABLES: {
    columns: [
      ...names,
      ['table_type', STRING],
      ['managed_table_type', STRING],
      ['is_insertable_into', STRING],
      ['is_fine_grained_mutations_enabled', STRING],
      ['is_typed', STRING],
      ['is_change_history_enabled', STRING],
      ['creation_time', TIMESTAMP],
      ['base_table_catalog', STRING],
      ['base_table_schema', STRING],
      ['base_table_name', STRING],
      ['snapshot_time_ms', TIMESTAMP],
      ['ddl', STRING],
      ['default_collation_name', STRING],
    ],
    rows: (scope) =>
      tablesOf(scope).map((table) => [
        ...nameOf(table),
        tableTypes[table.type],
        table.type === 'TABLE' ? 'NATIVE' : null,
        yesNo(table.type === 'TABLE'),
        'NO',
        'NO',
        'NO',
        milliseconds(table.creationTime),
        null,
        null,
        null,
        null,
        printDdl(table),
        table.defaultCollation ?? 'NULL',
      ]),
  },
  TABLE_OPTIONS: {
    columns: [...names, ['option_name', STRING], ['option_type', STRING], ['option_value', STRING]],
    rows: (scope) =>
      tablesOf(scope).flatMap((table) =>
        tableOptionRows(table).map((option) => [...nameOf(table), ...option]),
      ),
  },
  VIEWS: {
    columns: [...names, ['view_definition', STRING], ['check_option', STRING], ['use_standard_sql', STRING]],
    rows: (scope) =>
      tablesOf(scope)
        .filter((table) => table.type === 'VIEW')
        .map((table) => [...nameOf(table), table.viewQuery, null, yesNo(table.useLegacySql !== true)]),
  },
  MATERIALIZED_VIEWS: {
    columns: [...names, ['last_refresh_time', TIMESTAMP], ['refresh_watermark', TIMESTAMP]],
    rows: (scope) =>
      tablesOf(scope)
        .filter((table) => table.type === 'MATERIALIZED_VIEW')
        .map((table) => [...nameOf(table), milliseconds(Date.now()), milliseconds(Date.now())]),
  },
  PARTITIONS: {
    columns: [
      ...names,
      ['partition_id', STRING],
      ['total_rows', INT64],
      ['total_logical_bytes', INT64],
      ['total_billable_bytes', INT64],
      ['last_modified_time', TIMESTAMP],
      ['storage_tier', STRING],
    ],
    rows: async (scope) =>
      (await Promise.all(tablesOf(scope).map((table) => partitionRows(table, scope)))).flat(),
  },
  TABLE_STORAGE: {
    columns: [
      ['project_id', STRING],
      ['table_catalog', STRING],
      ['project_number', INT64],
      ['table_schema', STRING],
      ['table_name', STRING],
      ['creation_time', TIMESTAMP],
      ['total_rows', INT64],
      ['total_partitions', INT64],
      ['total_logical_bytes', INT64],
      ['active_logical_bytes', INT64],
      ['long_term_logical_bytes', INT64],
      ['storage_last_modified_time', TIMESTAMP],
      ['deleted', BOOL],
      ['table_type', STRING],
    ],
    rows: async (scope) => {
      const stored = tablesOf(scope).filter(hasStorage);
      return Promise.all(stored.map((table) => storageRow(table, scope)));
    },
  },
};

const META_TABLE_TYPES: Partial<Record<TableEntry['type'], number>> = {
  VIEW: 2,
  MATERIALIZED_VIEW: 4,
  SNAPSHOT: 7,
};

/** `dataset.__TABLES__`, which is older than INFORMATION_SCHEMA; times are milliseconds. */
export const metaTablesView: View = {
  columns: [
    ['project_id', STRING],
    ['dataset_id', STRING],
    ['table_id', STRING],
    ['creation_time', INT64],
    ['last_modified_time', INT64],
    ['row_count', INT64],
    ['size_bytes', INT64],
    ['type', INT64],
  ],
  rows: (scope) => {
    const { statistics } = scope.session.services;
    return Promise.all(
      tablesOf(scope).map(async (table) => [
        ...nameOf(table),
        table.creationTime,
        table.lastModifiedTime,
        await statistics.rowCount(table.ref),
        await statistics.bytes(table.ref),
        META_TABLE_TYPES[table.type] ?? 1,
      ]),
    );
  },
};

async function storageRow(table: TableEntry, { session }: ViewScope): Promise<Cell[]> {
  const { statistics } = session.services;
  const [rows, bytes] = [await statistics.rowCount(table.ref), await statistics.bytes(table.ref)];
  const [catalog, schema, name] = nameOf(table);
  return [
    catalog,
    catalog,
    null,
    schema,
    name,
    milliseconds(table.creationTime),
    rows,
    null,
    bytes,
    bytes,
    0,
    milliseconds(table.lastModifiedTime),
    false,
    tableTypes[table.type],
  ];
}

/** One row per partition that holds rows; a table without partitions has one with a null id. */
async function partitionRows(table: TableEntry, { session }: ViewScope): Promise<Cell[][]> {
  if (!hasStorage(table)) return [];
  const { statistics } = session.services;
  const idSql = partitionSql(table);
  const modified = milliseconds(table.lastModifiedTime);
  const total = await statistics.rowCount(table.ref);
  const bytes = await statistics.bytes(table.ref);
  if (!idSql) return [[...nameOf(table), null, total, bytes, bytes, modified, 'ACTIVE']];
  const physical = session.services.catalog.physicalName(table.ref);
  const counted = await session.read(`SELECT ${idSql}, count(*) FROM ${physical} GROUP BY 1 ORDER BY 1`);
  return counted.getRows().map(([id, count]) => {
    const rows = Number(count);
    const share = Math.round((bytes * rows) / total);
    return [...nameOf(table), String(id), rows, share, share, modified, 'ACTIVE'];
  });
}

function partitionSql(table: TableEntry): string | undefined {
  const { timePartitioning, rangePartitioning } = table;
  if (timePartitioning) {
    const name = isIngestionPartitioned(table) ? PARTITION_TIME_COLUMN : timePartitioning.field!;
    const column = quoteIdentifier(name);
    return `coalesce(${partitionIdSql(timePartitioning.type, column)}, '__NULL__')`;
  }
  if (!rangePartitioning) return undefined;
  const { start, end, interval } = rangePartitioning.range;
  const column = quoteIdentifier(rangePartitioning.field);
  return `CASE WHEN ${column} IS NULL THEN '__NULL__' WHEN ${column} < ${start} OR ${column} >= ${end} THEN '__UNPARTITIONED__' ELSE CAST(${start} + ((${column} - ${start}) // ${interval}) * ${interval} AS VARCHAR) END`;
}
