import type { BqType } from '../../syntax/types.js';
import { duckFieldName } from '../../syntax/types.js';
import type { Compilation } from './compilation.js';
import type { Column, FromRows, Relation } from './scope.js';
import type { Value } from './value.js';

/** A compiled query body: SELECT text and its columns. */
export interface Rows {
  sql: string;
  /** `sql` of each is the bare name of the DuckDB column. */
  columns: Column[];
  /** Set for a value table: there is one DuckDB column, which holds this type. */
  row?: BqType;
  ordered: boolean;
  /** The values of a SELECT without FROM, which is one row of constants. */
  constants?: Value[];
}

/** What `FROM (rows) AS alias` offers; the DuckDB alias is new. */
export function relationOf(
  rows: Pick<Rows, 'columns' | 'row'>,
  source: string,
  alias: string | undefined,
  compilation: Compilation,
): FromRows {
  const table = compilation.alias();
  return tableRows(rows, `${source} AS ${table}`, table, alias);
}

/** As `relationOf` for a table that is already named `table` in `sql`. */
function tableRows(
  rows: Pick<Rows, 'columns' | 'row'>,
  sql: string,
  table: string,
  alias: string | undefined,
): FromRows {
  if (rows.row === undefined) {
    const columns = rows.columns.map((column) => ({ ...column, sql: qualified(column, table) }));
    return { sql, relations: [{ alias, columns }], visible: columns };
  }
  const value = `${table}.${rows.columns[0]!.sql}`;
  const relation = valueRelation(value, rows.row, alias ?? rows.columns[0]!.name, rows.columns[0]!.origin);
  relation.alias = alias;
  return { sql, relations: [relation], visible: relation.columns };
}

function qualified(column: Column, table: string): string {
  const sql = `${table}.${column.sql}`;
  return column.cast === undefined ? sql : `CAST(${sql} AS ${column.cast})`;
}

/** A range variable over values: the fields of a struct are its columns, another value is one column of that name. */
export function valueRelation(
  sql: string,
  type: BqType,
  alias: string | undefined,
  origin?: Column['origin'],
): Relation {
  const columns: Column[] =
    type.kind === 'STRUCT'
      ? type.fields.map((field, index) => ({
          name: field.name,
          sql: `(${sql}).${duckFieldName(index)}`,
          type: field.type,
          origin,
        }))
      : [{ name: alias, sql, type, origin }];
  return { alias, columns, row: { sql, type } };
}
