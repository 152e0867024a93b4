import type { CatalogColumn, CatalogTable } from '../../googlesql/compile/scope/query-context.js';
import { quoteIdentifier, quoteString } from '../../googlesql/duck/quote.js';
import { duckType, STRING } from '../../googlesql/syntax/types.js';
import type { Catalog } from '../catalog/catalog.js';
import type { TableEntry, TableRef } from '../catalog/entries.js';
import { objectName, tableName } from '../catalog/names.js';
import { fromTableField } from '../catalog/rest-types.js';
import { type Caller, requireAllRows } from '../catalog/row-access.js';
import { BigQueryError } from '../errors.js';

/** `dataset.prefix*`: all tables of that prefix, with the columns of the newest one and `_TABLE_SUFFIX`. */
export function wildcardTable(ref: TableRef, catalog: Catalog, caller: Caller): CatalogTable {
  const prefix = ref.tableId.slice(0, -1);
  const tables = catalog
    .listTables(ref)
    .filter(
      (table) =>
        table.ref.tableId.startsWith(prefix) && (table.type === 'TABLE' || table.type === 'SNAPSHOT'),
    );
  if (tables.length === 0) {
    throw new BigQueryError('notFound', `${tableName(ref)} does not match any table.`);
  }
  for (const table of tables) requireAllRows(table, caller);
  const newest = tables.reduce((left, right) => (right.creationTime >= left.creationTime ? right : left));
  const columns: CatalogColumn[] = newest.fields.map((field, index) => {
    const { name, type } = fromTableField(field);
    return { name, physicalName: `c${index}`, type };
  });
  const suffix = `c${columns.length}`;
  columns.push({ name: '_TABLE_SUFFIX', physicalName: suffix, type: STRING, pseudo: true });
  const parts = tables.map((table) => tableSql(table, newest, suffix, prefix, catalog));
  return {
    kind: 'table',
    name: objectName(newest.ref),
    madeOf: tables.map((table) => objectName(table.ref)),
    sql: `(${parts.join(' UNION ALL ')})`,
    columns,
  };
}

function tableSql(
  table: TableEntry,
  newest: TableEntry,
  suffix: string,
  prefix: string,
  catalog: Catalog,
): string {
  const items = newest.fields.map((field, index) => {
    const own = table.fields.find((candidate) => candidate.name.toLowerCase() === field.name.toLowerCase());
    const duck = duckType(fromTableField(field).type);
    const sql = own === undefined ? `CAST(NULL AS ${duck})` : `CAST(${quoteIdentifier(own.name)} AS ${duck})`;
    return `${sql} AS c${index}`;
  });
  items.push(`${quoteString(table.ref.tableId.slice(prefix.length))} AS ${suffix}`);
  return `SELECT ${items.join(', ')} FROM ${catalog.physicalName(table.ref)}`;
}
