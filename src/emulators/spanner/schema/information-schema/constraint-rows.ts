import { type Column, type ForeignKey, findTable, type Schema, type Table } from '../model.js';
import { columnsIn } from '../plan/expressions.js';
import { at, type Cells, inSchema, ofTable } from './cells.js';

interface Constraint {
  /** Without its named schema. */
  name: string;
  table: Table;
  type: 'PRIMARY KEY' | 'CHECK' | 'FOREIGN KEY' | 'UNIQUE';
  /** Of the constraint, which is that of the table whose statement made it. */
  namedSchema: string;
  /** Columns that it is about, of the table whose `usage` it is. */
  columns: readonly string[];
  usage: { table: Table; columns: readonly string[] };
  clause?: string;
}

function constraintsOf(schema: Schema): Constraint[] {
  return [...schema.tables.values()].flatMap((table) => [
    primaryKeyOf(table),
    ...table.columns.filter(({ notNull }) => notNull).map((column) => notNullOf(table, column)),
    ...table.checks.map(({ name, expression }) => {
      const columns = columnsIn(table.columns, expression).map((column) => column.name);
      return { ...make(table, at(name).name, 'CHECK', columns), clause: expression };
    }),
    ...table.foreignKeys.flatMap((foreignKey) => foreignKeyOf(schema, table, foreignKey)),
  ]);
}

function make(table: Table, name: string, type: Constraint['type'], columns: readonly string[]): Constraint {
  return { name, table, type, namedSchema: at(table.name).schema, columns, usage: { table, columns } };
}

function primaryKeyOf(table: Table): Constraint {
  const columns = table.primaryKey.map(({ column }) => column);
  return make(table, primaryKeyName(table), 'PRIMARY KEY', columns);
}

function primaryKeyName(table: Table): string {
  return `PK_${at(table.name).name}`;
}

function notNullOf(table: Table, { name }: Column): Constraint {
  const made = make(table, `CK_IS_NOT_NULL_${at(table.name).name}_${name}`, 'CHECK', [name]);
  return { ...made, clause: `${name} IS NOT NULL` };
}

function foreignKeyOf(schema: Schema, table: Table, foreignKey: ForeignKey): Constraint[] {
  const { columns, referencedColumns, referencedIndex } = foreignKey;
  const referenced = findTable(schema, foreignKey.referencedTable)!;
  const own = {
    ...make(table, at(foreignKey.name).name, 'FOREIGN KEY', columns),
    usage: { table: referenced, columns: referencedColumns },
  };
  if (referencedIndex === undefined) return [own];
  const parts = schema.indexes.get(referencedIndex.toLowerCase())!.parts.map(({ column }) => column);
  const unique = make(referenced, at(referencedIndex).name, 'UNIQUE', parts);
  return [own, { ...unique, namedSchema: at(table.name).schema }];
}

function named({ name, namedSchema }: Constraint): Cells {
  return { CONSTRAINT_SCHEMA: namedSchema, CONSTRAINT_NAME: name };
}

export function tableConstraints(schema: Schema): Cells[] {
  return constraintsOf(schema).map((constraint) => ({
    ...named(constraint),
    ...ofTable(constraint.table),
    CONSTRAINT_TYPE: constraint.type,
    IS_DEFERRABLE: 'NO',
    INITIALLY_DEFERRED: 'NO',
    ENFORCED: isEnforced(constraint) ? 'YES' : 'NO',
  }));
}

function isEnforced({ type, table, name }: Constraint): boolean {
  if (type !== 'FOREIGN KEY') return true;
  return table.foreignKeys.some((foreignKey) => at(foreignKey.name).name === name && foreignKey.enforced);
}

export function checkConstraints(schema: Schema): Cells[] {
  return constraintsOf(schema)
    .filter(({ type }) => type === 'CHECK')
    .map((constraint) => ({
      ...named(constraint),
      CHECK_CLAUSE: constraint.clause!,
      SPANNER_STATE: 'COMMITTED',
    }));
}

export function constraintTableUsage(schema: Schema): Cells[] {
  return constraintsOf(schema).map((constraint) => ({
    ...named(constraint),
    ...ofTable(constraint.usage.table),
  }));
}

export function constraintColumnUsage(schema: Schema): Cells[] {
  return constraintsOf(schema).flatMap((constraint) =>
    constraint.usage.columns.map((column) => ({
      ...named(constraint),
      ...ofTable(constraint.usage.table),
      COLUMN_NAME: column,
    })),
  );
}

export function keyColumnUsage(schema: Schema): Cells[] {
  return constraintsOf(schema)
    .filter(({ type }) => type !== 'CHECK')
    .flatMap((constraint) =>
      constraint.columns.map((column, index) => ({
        ...named(constraint),
        ...ofTable(constraint.table),
        COLUMN_NAME: column,
        ORDINAL_POSITION: BigInt(index + 1),
        ...(constraint.type === 'FOREIGN KEY' && { POSITION_IN_UNIQUE_CONSTRAINT: BigInt(index + 1) }),
      })),
    );
}

export function referentialConstraints(schema: Schema): Cells[] {
  return [...schema.tables.values()].flatMap((table) =>
    table.foreignKeys.map(({ name, referencedTable, referencedIndex, onDelete }) => {
      const referenced = findTable(schema, referencedTable)!;
      return {
        ...inSchema('CONSTRAINT', name, at(table.name).schema),
        UNIQUE_CONSTRAINT_CATALOG: '',
        UNIQUE_CONSTRAINT_SCHEMA: at(referenced.name).schema,
        UNIQUE_CONSTRAINT_NAME:
          referencedIndex === undefined ? primaryKeyName(referenced) : at(referencedIndex).name,
        MATCH_OPTION: 'SIMPLE',
        UPDATE_RULE: 'NO ACTION',
        DELETE_RULE: onDelete ?? 'NO ACTION',
        SPANNER_STATE: 'COMMITTED',
      };
    }),
  );
}
