import { INT64, STRING } from '../../../googlesql/syntax/types.js';
import type { TableEntry, TableField } from '../../catalog/entries.js';
import { printFieldType } from './print.js';
import { type Cell, tablesOf, type View, yesNo } from './view.js';

const names: View['columns'] = [
  ['table_catalog', STRING],
  ['table_schema', STRING],
  ['table_name', STRING],
  ['column_name', STRING],
];

export const columnViews: Record<string, View> = {
  COLUMNS: {
    columns: [
      ...names,
      ['ordinal_position', INT64],
      ['is_nullable', STRING],
      ['data_type', STRING],
      ['is_generated', STRING],
      ['generation_expression', STRING],
      ['is_stored', STRING],
      ['is_hidden', STRING],
      ['is_updatable', STRING],
      ['is_system_defined', STRING],
      ['is_partitioning_column', STRING],
      ['clustering_ordinal_position', INT64],
      ['collation_name', STRING],
      ['column_default', STRING],
      ['rounding_mode', STRING],
    ],
    rows: (scope) =>
      tablesOf(scope).flatMap((table) => table.fields.map((field, index) => columnRow(table, field, index))),
  },
  COLUMN_FIELD_PATHS: {
    columns: [
      ...names,
      ['field_path', STRING],
      ['data_type', STRING],
      ['description', STRING],
      ['collation_name', STRING],
      ['rounding_mode', STRING],
    ],
    rows: (scope) =>
      tablesOf(scope).flatMap((table) =>
        table.fields.flatMap((column) => fieldRows(table, column, column, column.name)),
      ),
  },
};

function nameOf(table: TableEntry): Cell[] {
  return [table.ref.projectId, table.ref.datasetId, table.ref.tableId];
}

function columnRow(table: TableEntry, field: TableField, index: number): Cell[] {
  const partitioning = table.timePartitioning?.field ?? table.rangePartitioning?.field;
  const same = (name: string | undefined) => name?.toLowerCase() === field.name.toLowerCase();
  const clustering = (table.clustering ?? []).findIndex(same);
  return [
    ...nameOf(table),
    field.name,
    index + 1,
    yesNo(field.mode === 'NULLABLE'),
    printFieldType(field),
    'NEVER',
    null,
    null,
    'NO',
    null,
    'NO',
    yesNo(same(partitioning)),
    clustering < 0 ? null : clustering + 1,
    field.collation ?? 'NULL',
    field.defaultValueExpression ?? 'NULL',
    field.roundingMode ?? null,
  ];
}

function fieldRows(table: TableEntry, column: TableField, field: TableField, path: string): Cell[][] {
  const row: Cell[] = [
    ...nameOf(table),
    column.name,
    path,
    printFieldType(field),
    field.description,
    field.collation ?? 'NULL',
    field.roundingMode,
  ];
  const inner = (field.fields ?? []).flatMap((next) =>
    fieldRows(table, column, next, `${path}.${next.name}`),
  );
  return [row, ...inner];
}
