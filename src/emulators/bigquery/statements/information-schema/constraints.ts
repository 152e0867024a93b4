import { INT64, STRING } from '../../../googlesql/syntax/types.js';
import type { TableEntry } from '../../catalog/entries.js';
import { type ForeignKey, foreignKeysOf } from '../ddl/constraints.js';
import { type Cell, nameOf, tableColumns, tablesOf, type View, type ViewScope } from './view.js';

const constraintColumns: View['columns'] = [
  ['constraint_catalog', STRING],
  ['constraint_schema', STRING],
  ['constraint_name', STRING],
];

/** A constraint's full name; BigQuery puts the table's name before it. */
function constraintName(table: TableEntry, name: string): [string, string, string] {
  const [catalog, schema, tableId] = nameOf(table);
  return [catalog, schema, `${tableId}.${name}`];
}

const PRIMARY_KEY = 'pk$';

export const constraintViews: Record<string, View> = {
  TABLE_CONSTRAINTS: {
    columns: [
      ...constraintColumns,
      ...tableColumns,
      ['constraint_type', STRING],
      ['is_deferrable', STRING],
      ['initially_deferred', STRING],
      ['enforced', STRING],
    ],
    rows: (scope) =>
      tablesOf(scope).flatMap((table) => {
        const row = (name: string, type: string): Cell[] => [
          ...constraintName(table, name),
          ...nameOf(table),
          type,
          ...['NO', 'NO', 'NO'],
        ];
        const foreign = foreignKeysOf(table).map((key) => row(key.name, 'FOREIGN KEY'));
        return primaryKeyOf(table).length > 0 ? [row(PRIMARY_KEY, 'PRIMARY KEY'), ...foreign] : foreign;
      }),
  },
  KEY_COLUMN_USAGE: {
    columns: [
      ...constraintColumns,
      ...tableColumns,
      ['column_name', STRING],
      ['ordinal_position', INT64],
      ['position_in_unique_constraint', INT64],
    ],
    rows: (scope) => tablesOf(scope).flatMap((table) => keyColumns(table, scope)),
  },
  // The columns of the table itself for a primary key, those of the referenced table for a foreign one.
  CONSTRAINT_COLUMN_USAGE: {
    columns: [...tableColumns, ['column_name', STRING], ...constraintColumns],
    rows: (scope) =>
      tablesOf(scope).flatMap((table) => [
        ...primaryKeyOf(table).map((column) => [
          ...nameOf(table),
          column,
          ...constraintName(table, PRIMARY_KEY),
        ]),
        ...foreignKeysOf(table).flatMap((key) =>
          key.columns.map(({ referenced }) => [
            ...nameOf({ ref: key.table }),
            referenced,
            ...constraintName(table, key.name),
          ]),
        ),
      ]),
  },
};

function primaryKeyOf(table: Pick<TableEntry, 'primaryKey'> | undefined): string[] {
  return table?.primaryKey ?? [];
}

function keyColumns(table: TableEntry, scope: ViewScope): Cell[][] {
  const primary = primaryKeyOf(table).map((column, index) => [
    ...constraintName(table, PRIMARY_KEY),
    ...nameOf(table),
    column,
    index + 1,
    null,
  ]);
  const foreign = foreignKeysOf(table).flatMap((key) =>
    key.columns.map(({ referencing, referenced }, index) => [
      ...constraintName(table, key.name),
      ...nameOf(table),
      referencing,
      index + 1,
      placeInKey(key, referenced, scope),
    ]),
  );
  return [...primary, ...foreign];
}

/** Place of a column in the primary key that a foreign key refers to, from 1. */
function placeInKey(key: ForeignKey, column: string, scope: ViewScope): number | null {
  const names = primaryKeyOf(scope.session.services.catalog.getTable(key.table));
  const place = names.findIndex((name) => name.toLowerCase() === column.toLowerCase());
  return place < 0 ? null : place + 1;
}
