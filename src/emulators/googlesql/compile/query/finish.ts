import { quoteString } from '../../duck/quote.js';
import { duckFieldName, duckType, type Field } from '../../syntax/types.js';
import type { Compilation } from '../scope/compilation.js';
import type { CompiledQuery } from '../scope/query-context.js';
import type { Rows } from '../scope/rows.js';

/** Names the columns as BigQuery names a result: `f0_` where there is no name. */
export function finish(rows: Rows, compilation: Compilation): CompiledQuery {
  if (rows.row?.kind === 'STRUCT' && rows.row.fields.length > 0) {
    const table = compilation.alias();
    const column = rows.columns[0]!.sql;
    const fields = rows.row.fields.map((field, index) => ({
      name: field.name,
      sql: compilation.alias('c'),
      type: field.type,
      from: `(${table}.${column}).${duckFieldName(index)}`,
    }));
    const items = fields.map((field) => `${field.from} AS ${field.sql}`).join(', ');
    return finish(
      { sql: `SELECT ${items} FROM (${rows.sql}) AS ${table}`, columns: fields, ordered: rows.ordered },
      compilation,
    );
  }
  let anonymous = 0;
  const columns: Field[] = rows.columns.map((column) => ({
    name: column.name ?? `f${anonymous++}_`,
    type: column.type,
  }));
  const written = writable(rows, columns, compilation);
  return {
    sql: written.sql,
    columns,
    physicalNames: written.columns.map((column) => column.sql),
    ...compilation.summary(),
  };
}

/** Arrays may hold NULL while a query runs, but not in what it writes. */
function writable(rows: Rows, columns: readonly Field[], compilation: Compilation): Rows {
  if (!columns.some((column) => column.type.kind === 'ARRAY')) return rows;
  const table = compilation.alias();
  const checked = rows.columns.map((column, index) => {
    const sql = `${table}.${column.sql}`;
    if (column.type.kind !== 'ARRAY') return { ...column, from: sql, sql: column.sql };
    const message = quoteString(
      `Array cannot have a null element; error in writing field ${columns[index]!.name}`,
    );
    const from = `CASE WHEN list_count(${sql}) < len(${sql}) THEN CAST(bq_error(${message}) AS ${duckType(column.type)}) ELSE ${sql} END`;
    return { ...column, from, sql: compilation.alias('c') };
  });
  const items = checked.map((column) => `${column.from} AS ${column.sql}`).join(', ');
  return { ...rows, sql: `SELECT ${items} FROM (${rows.sql}) AS ${table}`, columns: checked };
}
