import { quoteIdentifier, quoteString } from '../../googlesql/duck/quote.js';
import { ownName } from '../../googlesql/functions/udf.js';
import { type BqType, duckType, type Field } from '../../googlesql/syntax/types.js';
import type { Relation } from './inputs.js';

/** A number as DuckDB text of type DOUBLE. */
export function doubleSql(value: number): string {
  if (Number.isNaN(value)) return "CAST('NaN' AS DOUBLE)";
  if (!Number.isFinite(value)) return `CAST('${value > 0 ? 'Infinity' : '-Infinity'}' AS DOUBLE)`;
  return Object.is(value, -0) ? '-0e0' : value.toExponential();
}

export function doubleListSql(values: Iterable<number>): string {
  return `[${Array.from(values, doubleSql).join(', ')}]`;
}

/** What a cell of a table of constants may hold: objects are rows of a STRUCT, in the order of its fields. */
export type Cell = null | boolean | number | string | bigint | readonly Cell[];

/** A constant as DuckDB text of the type that holds `type`. */
export function cellSql(cell: Cell, type: BqType): string {
  if (cell === null) return `CAST(NULL AS ${duckType(type)})`;
  if (type.kind === 'ARRAY') {
    const items = (cell as readonly Cell[]).map((item) => cellSql(item, type.element));
    return items.length === 0 ? `CAST([] AS ${duckType(type)})` : `[${items.join(', ')}]`;
  }
  if (type.kind === 'STRUCT') {
    const cells = cell as readonly Cell[];
    const fields = type.fields.map(
      (field, index) => `f${index + 1} := ${cellSql(cells[index]!, field.type)}`,
    );
    return `struct_pack(${fields.join(', ')})`;
  }
  if (type.kind === 'FLOAT64') return doubleSql(Number(cell));
  if (type.kind === 'BYTES') return `from_base64(${quoteString(String(cell))})`;
  if (type.kind === 'STRING') return quoteString(String(cell));
  if (type.kind === 'BIGNUMERIC') {
    return `CAST(${ownName('big_cast')}(${quoteString(String(cell))}) AS ${duckType(type)})`;
  }
  return `CAST(${quoteString(String(cell))} AS ${duckType(type)})`;
}

/** A table of constants. */
export function constantRelation(columns: readonly Field[], rows: readonly (readonly Cell[])[]): Relation {
  const names = columns.map((column) => column.name);
  const aliases = names.map((_, index) => `v${index}`);
  const select = columns
    .map((column, index) => `CAST(v${index} AS ${duckType(column.type)}) AS ${quoteIdentifier(column.name)}`)
    .join(', ');
  const sample = rows.length > 0 ? rows : [columns.map(() => null)];
  const values = sample
    .map((row) => `(${row.map((cell, index) => cellSql(cell, columns[index]!.type)).join(', ')})`)
    .join(', ');
  const none = rows.length > 0 ? '' : ' WHERE false';
  return {
    sql: `SELECT ${select} FROM (VALUES ${values}) AS constants(${aliases.join(', ')})${none}`,
    columns: [...columns],
    physicalNames: names,
  };
}

/** A SELECT whose columns are called c0, c1…: names of the input may repeat those of the prediction. */
export function numbered(select: readonly string[], columns: Field[], from: string): Relation {
  const physicalNames = select.map((_, index) => `c${index}`);
  return {
    sql: `SELECT ${select.map((item, index) => `${item} AS c${index}`).join(', ')} FROM ${from}`,
    columns,
    physicalNames,
  };
}
