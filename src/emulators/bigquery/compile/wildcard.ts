import type { TableEntry, TableRef } from '../catalog/entries.js';
import { tableName } from '../catalog/names.js';
import { quoteIdentifier } from '../duck/database.js';
import { BigQueryError } from '../errors.js';
import { duckType, fromTableField, STRING } from '../sql/types.js';
import { stringSql } from './literals.js';
import type { Rows } from './rows.js';
import type { Column } from './scope.js';
import type { Session } from './session.js';

/** `dataset.prefix*`: all tables of that prefix, with the columns of the newest one and `_TABLE_SUFFIX`. */
export function wildcardTable(ref: TableRef, session: Session): Rows {
  const { catalog, environment } = session.context;
  const prefix = ref.tableId.slice(0, -1);
  catalog.datasetFor(ref, environment.location);
  const tables = catalog
    .listTables(ref)
    .filter(
      (table) =>
        table.ref.tableId.startsWith(prefix) && (table.type === 'TABLE' || table.type === 'SNAPSHOT'),
    );
  if (tables.length === 0) {
    throw new BigQueryError('notFound', `${tableName(ref)} does not match any table.`);
  }
  const newest = tables.reduce((left, right) => (right.creationTime >= left.creationTime ? right : left));
  const names = newest.fields.map(() => session.alias('c'));
  const suffix = session.alias('c');
  const parts = tables.map((table) => {
    session.refer(table.ref);
    return tableSql(table, newest, names, suffix, prefix, session);
  });
  const columns: Column[] = newest.fields.map((field, index) => {
    const { name, type } = fromTableField(field);
    return { name, sql: names[index]!, type, origin: { ref: newest.ref, column: name } };
  });
  columns.push({ name: '_TABLE_SUFFIX', sql: suffix, type: STRING, pseudo: true });
  return { sql: parts.join(' UNION ALL '), columns, ordered: false };
}

function tableSql(
  table: TableEntry,
  newest: TableEntry,
  names: readonly string[],
  suffix: string,
  prefix: string,
  session: Session,
): string {
  const items = newest.fields.map((field, index) => {
    const own = table.fields.find((candidate) => candidate.name.toLowerCase() === field.name.toLowerCase());
    const duck = duckType(fromTableField(field).type);
    const sql = own === undefined ? `CAST(NULL AS ${duck})` : `CAST(${quoteIdentifier(own.name)} AS ${duck})`;
    return `${sql} AS ${names[index]}`;
  });
  items.push(`${stringSql(table.ref.tableId.slice(prefix.length))} AS ${suffix}`);
  return `SELECT ${items.join(', ')} FROM ${session.context.catalog.physicalName(table.ref)}`;
}
