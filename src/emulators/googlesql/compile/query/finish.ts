import { quoteString } from '../../duck/quote.js';
import { duck, print, type Sql, series } from '../../duck/sql.js';
import { tooComplex } from '../../errors.js';
import { own } from '../../functions/udf.js';
import { duckFieldName, duckType, type Field } from '../../syntax/types.js';
import type { Compilation } from '../scope/compilation.js';
import type { CompiledQuery } from '../scope/query-context.js';
import type { Rows } from '../scope/rows.js';

/** DuckDB plans longer texts for minutes and in gigabytes; names that stand for one another make them of short ones. */
const MAX_SQL_LENGTH = 16 * 1024 * 1024;

/** The text of what is compiled, unless it is too long for DuckDB. */
export function boundedText(sql: Sql): string {
  if (sql.length > MAX_SQL_LENGTH) throw tooComplex();
  return print(sql);
}

/** Names the columns as the dialect names those of a result. */
export function finish(rows: Rows, compilation: Compilation): CompiledQuery {
  if (rows.row?.kind === 'STRUCT' && rows.row.fields.length > 0) {
    const table = compilation.alias();
    const column = rows.columns[0]!.sql;
    const fields = rows.row.fields.map((field, index) => ({
      name: field.name,
      sql: compilation.column(),
      type: field.type,
      from: duck`(${table}.${column}).${duckFieldName(index)}`,
    }));
    const items = series(
      fields.map((field) => duck`${field.from} AS ${field.sql}`),
      ', ',
    );
    return finish(
      { sql: duck`SELECT ${items} FROM (${rows.sql}) AS ${table}`, columns: fields, ordered: rows.ordered },
      compilation,
    );
  }
  let anonymous = 0;
  const columns: Field[] = rows.columns.map((column) => ({
    name: column.name ?? compilation.dialect.anonymousColumn(anonymous++),
    type: column.type,
  }));
  const written = writable(rows, columns, compilation);
  return {
    sql: boundedText(written.sql),
    columns,
    physicalNames: written.columns.map((column) => print(column.sql)),
    ...compilation.summary(),
  };
}

/** Arrays may hold NULL while a query runs, but not in what it writes. */
function writable(rows: Rows, columns: readonly Field[], compilation: Compilation): Rows {
  if (compilation.dialect.returnsNullElements) return rows;
  if (!columns.some((column) => column.type.kind === 'ARRAY')) return rows;
  const table = compilation.alias();
  const checked = rows.columns.map((column, index) => {
    const sql = duck`${table}.${column.sql}`;
    if (column.type.kind !== 'ARRAY') return { ...column, from: sql, sql: column.sql };
    const message = quoteString(
      `Array cannot have a null element; error in writing field ${columns[index]!.name}`,
    );
    const from = duck`CASE WHEN list_count(${sql}) < len(${sql}) THEN CAST(${own.error}(${message}) AS ${duckType(column.type)}) ELSE ${sql} END`;
    return { ...column, from, sql: compilation.column() };
  });
  const items = series(
    checked.map((column) => duck`${column.from} AS ${column.sql}`),
    ', ',
  );
  return { ...rows, sql: duck`SELECT ${items} FROM (${rows.sql}) AS ${table}`, columns: checked };
}
