import type { CatalogTable, NameResolver } from '../../googlesql/compile/scope/query-context.js';
import { invalidQuery } from '../../googlesql/errors.js';
import type { ObjectPath } from '../../googlesql/syntax/ast.js';
import { ServiceError } from '../../serving/service-error.js';
import { type Column, findColumn, findTable, type Schema, type Table } from '../schema/model.js';
import { informationSchema } from './system-tables.js';

/** The DuckDB column that holds a column of a table: no name that the compiler makes for its own columns. */
export function physicalColumn(columnId: number): string {
  return `col_${columnId}`;
}

export function keyColumns(table: Table): Column[] {
  return table.primaryKey.map(({ column }) => findColumn(table, column)!);
}

/** https://cloud.google.com/spanner/docs/introspection */
const SYSTEM_STATISTICS =
  /^spanner_sys\.((query|read|txn|lock|split|table_(operations|sizes)|column_operations)_stats_\w+|oldest_active_queries|active_(queries_summary|partitioned_dmls)|row_deletion_policies|supported_optimizer_versions|user_split_points)$/i;

/** Names of a database's tables and views, as the compiler asks for them. */
export function databaseNames(
  schema: Schema,
  mirrorOf: (table: Table) => string,
  sawSystemTable: () => void,
): NameResolver {
  return {
    table: (path) => tableOf(path, schema, mirrorOf, sawSystemTable),
    routine: () => undefined,
  };
}

function tableOf(
  path: ObjectPath,
  schema: Schema,
  mirrorOf: (table: Table) => string,
  sawSystemTable: () => void,
): CatalogTable {
  const name = path.identifiers.map((identifier) => identifier.name).join('.');
  const table = findTable(schema, name);
  if (table !== undefined) return storedTable(table, mirrorOf(table));
  const view = schema.views.get(name.toLowerCase());
  if (view !== undefined) {
    return {
      kind: 'view',
      name: [view.name],
      shownName: view.name,
      query: view.query,
      columnNames: view.columns.map((column) => column.name),
    };
  }
  const system = informationSchema(
    path.identifiers.map((identifier) => identifier.name),
    schema,
  );
  if (system !== undefined) {
    sawSystemTable();
    return system;
  }
  if (SYSTEM_STATISTICS.test(name)) {
    throw new ServiceError(
      'UNIMPLEMENTED',
      `The tables of SPANNER_SYS are not supported by the embedded Spanner: ${name}`,
    );
  }
  throw invalidQuery(`Table not found: ${name}`, path.pos);
}

export function storedTable(table: Table, sql: string): Extract<CatalogTable, { kind: 'table' }> {
  return {
    kind: 'table',
    name: [table.name],
    sql,
    columns: table.columns.map((column) => ({
      name: column.name,
      physicalName: physicalColumn(column.id),
      type: column.type,
      pseudo: column.hidden === true,
    })),
  };
}
