import { type Column, findColumn, type Index, indexesOf, type Schema, type Table } from '../model.js';
import { columnsIn } from '../plan/expressions.js';
import { printColumnType } from '../print-schema.js';
import { at, type Cells, ofTable, yesNo } from './cells.js';
import { DEFINITIONS } from './definitions.js';

const SYSTEM_SCHEMA = 'INFORMATION_SCHEMA';

export function tables(schema: Schema): Cells[] {
  return [
    ...[...schema.tables.values()].map(tableRow),
    ...[...schema.views.values()].map((view) => ({ ...ofTable(view), TABLE_TYPE: 'VIEW' })),
    ...[...DEFINITIONS.keys()].map((name) => ({
      TABLE_SCHEMA: SYSTEM_SCHEMA,
      TABLE_NAME: name,
      TABLE_TYPE: 'VIEW',
    })),
  ];
}

function tableRow({ interleave, rowDeletionPolicy: policy, name }: Table): Cells {
  return {
    ...ofTable({ name }),
    TABLE_TYPE: 'BASE TABLE',
    SPANNER_STATE: 'COMMITTED',
    PARENT_TABLE_NAME: interleave === undefined ? null : at(interleave.parent).name,
    ON_DELETE_ACTION: interleave?.enforced ? interleave.onDelete : null,
    INTERLEAVE_TYPE: interleave === undefined ? null : interleave.enforced ? 'IN PARENT' : 'IN',
    ROW_DELETION_POLICY_EXPRESSION:
      policy === undefined ? null : `OLDER_THAN(${policy.column}, INTERVAL ${policy.olderThanDays} DAY)`,
  };
}

export function columns(schema: Schema): Cells[] {
  return [
    ...[...schema.tables.values()].flatMap((table) =>
      table.columns.map((column, index) => columnRow(table, column, index)),
    ),
    ...[...schema.views.values()].flatMap((view) =>
      view.columns.map(({ name, type }, index) => ({
        ...plainColumn(index, printColumnType({ type }), true),
        ...ofTable(view),
        COLUMN_NAME: name,
        SPANNER_STATE: 'COMMITTED',
      })),
    ),
    ...[...DEFINITIONS].flatMap(([table, definition]) =>
      definition.map(({ name, type, isNullable }, index) => ({
        ...plainColumn(index, printColumnType({ type }), isNullable),
        TABLE_SCHEMA: SYSTEM_SCHEMA,
        TABLE_NAME: table,
        COLUMN_NAME: name,
      })),
    ),
  ];
}

function plainColumn(index: number, type: string, isNullable: boolean): Cells {
  return {
    ORDINAL_POSITION: BigInt(index + 1),
    IS_NULLABLE: yesNo(isNullable),
    SPANNER_TYPE: type,
    IS_GENERATED: 'NEVER',
    IS_HIDDEN: false,
    IS_IDENTITY: 'NO',
  };
}

function columnRow(table: Table, column: Column, index: number): Cells {
  const { generated, identity } = column;
  return {
    ...plainColumn(index, printColumnType(column), !column.notNull),
    ...ofTable(table),
    COLUMN_NAME: column.name,
    COLUMN_DEFAULT: column.default ?? null,
    IS_HIDDEN: column.hidden === true,
    SPANNER_STATE: 'COMMITTED',
    ...(generated !== undefined && {
      IS_GENERATED: 'ALWAYS',
      GENERATION_EXPRESSION: generated.expression,
      IS_STORED: yesNo(generated.stored),
    }),
    ...(identity !== undefined && {
      IS_IDENTITY: 'YES',
      IDENTITY_GENERATION: 'BY DEFAULT',
      IDENTITY_KIND: identity.kindIsWritten ? 'BIT_REVERSED_POSITIVE_SEQUENCE' : null,
      IDENTITY_START_WITH_COUNTER: textOf(identity.startWithCounter),
      IDENTITY_SKIP_RANGE_MIN: textOf(identity.skipRange?.min),
      IDENTITY_SKIP_RANGE_MAX: textOf(identity.skipRange?.max),
    }),
  };
}

function textOf(value: bigint | undefined): string | null {
  return value === undefined ? null : String(value);
}

/** Generated columns with each column that they are made from. */
export function columnColumnUsage(schema: Schema): Cells[] {
  return [...schema.tables.values()].flatMap((table) =>
    table.columns.flatMap((column) =>
      columnsIn(table.columns, column.generated?.expression ?? '').map(({ name }) => ({
        ...ofTable(table),
        COLUMN_NAME: name,
        DEPENDENT_COLUMN: column.name,
      })),
    ),
  );
}

export function columnOptions(schema: Schema): Cells[] {
  return [...schema.tables.values()].flatMap((table) =>
    table.columns
      .filter(({ allowCommitTimestamp }) => allowCommitTimestamp !== undefined)
      .map(({ name, allowCommitTimestamp }) => ({
        ...ofTable(table),
        COLUMN_NAME: name,
        OPTION_NAME: 'allow_commit_timestamp',
        OPTION_TYPE: 'BOOL',
        OPTION_VALUE: allowCommitTimestamp ? 'TRUE' : 'FALSE',
      })),
  );
}

/** The primary key is one of them. */
export function indexes(schema: Schema): Cells[] {
  return [...schema.tables.values()].flatMap((table) => [
    ...indexesOf(schema, table).map((index) => ({
      ...ofTable(table),
      INDEX_NAME: at(index.name).name,
      INDEX_TYPE: 'INDEX',
      PARENT_TABLE_NAME: index.interleaveIn === undefined ? '' : at(index.interleaveIn).name,
      IS_UNIQUE: index.unique,
      IS_NULL_FILTERED: index.nullFiltered,
      INDEX_STATE: 'READ_WRITE',
      SPANNER_IS_MANAGED: index.isManaged === true,
    })),
    { ...ofTable(table), INDEX_NAME: 'PRIMARY_KEY', INDEX_TYPE: 'PRIMARY_KEY', IS_UNIQUE: true },
  ]);
}

export function indexColumns(schema: Schema): Cells[] {
  return [...schema.tables.values()].flatMap((table) => {
    const key: Pick<Index, 'name' | 'parts' | 'storing' | 'nullFiltered'> = {
      name: 'PRIMARY_KEY',
      parts: table.primaryKey,
      storing: [],
      nullFiltered: false,
    };
    return [...indexesOf(schema, table), key].flatMap((index) =>
      indexColumnRows(table, index, index === key ? 'PRIMARY_KEY' : 'INDEX'),
    );
  });
}

function indexColumnRows(
  table: Table,
  { name, parts, storing, nullFiltered }: Pick<Index, 'name' | 'parts' | 'storing' | 'nullFiltered'>,
  type: string,
): Cells[] {
  const row = (columnName: string): Cells => {
    const column = findColumn(table, columnName)!;
    return {
      ...ofTable(table),
      INDEX_NAME: at(name).name,
      INDEX_TYPE: type,
      COLUMN_NAME: column.name,
      IS_NULLABLE: yesNo(!column.notNull && !nullFiltered),
      SPANNER_TYPE: printColumnType(column),
    };
  };
  return [
    ...parts.map(({ column, descending }, index) => ({
      ...row(column),
      ORDINAL_POSITION: BigInt(index + 1),
      COLUMN_ORDERING: descending ? 'DESC' : 'ASC',
    })),
    ...storing.map((column) => ({ ...row(column), IS_NULLABLE: yesNo(!findColumn(table, column)!.notNull) })),
  ];
}
