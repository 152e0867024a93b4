import { duck, raw, type Sql, series } from '../../duck/sql.js';
import { type BqType, type Coercibility, duckFieldName } from '../../syntax/types.js';
import type { ObjectName } from './query-context.js';
import type { Value } from './value.js';

export interface Column {
  /** Absent for an anonymous column, which only `*` and positions reach. */
  name?: string;
  sql: Sql;
  type: BqType;
  /** How freely a set operation may convert it: literals of its SELECT list coerce as literals do. */
  coercibility?: Coercibility;
  /** Catalog column it comes from, for bytes processed. */
  origin?: { table: ObjectName; column: string };
  /** DuckDB type that the stored column is cast to (`_PARTITIONDATE` is `_PARTITIONTIME` as DATE). */
  cast?: string;
  /** Reading of its table demands a filter over this column; see `Compilation.demandFilter`. */
  filterOf?: string;
  /** Reachable by name, but not part of `*`. */
  pseudo?: boolean;
  /** Two columns under one name that a pipe or join made: naming it is an error. */
  ambiguous?: boolean;
}

/** What one item of FROM offers: a range variable with its columns. */
export interface Relation {
  alias?: string;
  /**
   * The last part of the path, as it is written in backticks (`` `dataset.table` ``), where the name is that of the
   * table as none was given: it is a name as well, and a column goes before both.
   */
  written?: string;
  columns: Column[];
  /** The row itself, for value tables (UNNEST, SELECT AS STRUCT): the alias alone then means this value. */
  row?: { sql: Sql; type: BqType };
  /** On the outer side of a join: a row that found no partner is NULL as a whole. */
  nullable?: boolean;
}

/** The rows a SELECT works on. `visible` is what `*` gives and what plain names mean, in order. */
export interface FromRows {
  sql: Sql;
  /** How many joins they are made by. */
  joins?: number | undefined;
  relations: Relation[];
  visible: Column[];
  /** Arrays of tables to the left, or of a query around. */
  lateral?: boolean;
}

/** A table known under a name within a query: a common table expression. */
export interface NamedQuery {
  name: string;
  sql: Sql;
  columns: Column[];
  row?: BqType;
  /** How many aggregations are nested in it. */
  aggregations: number;
  /** It is not known outside of itself yet. */
  recursing?: boolean;
  /** Depth of the outermost scope whose rows it depends on. */
  outermost?: number;
}

/** A compiled query body: SELECT text and its columns. */
export interface Rows {
  sql: Sql;
  /** `sql` of each is the bare name of the DuckDB column. */
  columns: Column[];
  /** Set for a value table: there is one DuckDB column, which holds this type. */
  row?: BqType;
  ordered: boolean;
  /** How many joins DuckDB orders in one plan. */
  joins?: number | undefined;
  /** The values of a SELECT without FROM, which is one row of constants. */
  constants?: Value[];
}

/** Gives DuckDB names that nothing else in the query has. */
export interface Names {
  alias(prefix?: string): string;
}

/** What `FROM (rows) AS alias` offers; the DuckDB alias is new. */
export function relationOf(
  rows: Pick<Rows, 'columns' | 'row' | 'joins'>,
  source: Sql,
  alias: string | undefined,
  names: Names,
): FromRows {
  const table = names.alias();
  const column = rows.columns[0]!;
  if (rows.row === undefined) {
    const columns = rows.columns.map((each) => ({ ...each, sql: qualified(each, table) }));
    const { joins } = rows;
    return { sql: duck`${source} AS ${table}`, relations: [{ alias, columns }], visible: columns, joins };
  }
  const value = duck`${table}.${column.sql}`;
  const relation = valueRelation(value, rows.row, alias ?? column.name, column.origin);
  relation.alias = alias;
  // A table of a WITH clause is to be scanned as it is; see `holderOf`.
  const isQuery = source.kind === 'subquery';
  const sql = isQuery ? withFields(source, relation, { table, item: column.sql }, names) : source;
  return {
    sql: duck`${sql} AS ${table}`,
    relations: [relation],
    visible: relation.columns,
    joins: rows.joins,
  };
}

/**
 * A query with the fields of its struct `item` as columns besides, which `relation`, known as `table`, shows then.
 * DuckDB does not know a field of a column again that a query is grouped by, when a subquery in it uses that field.
 */
export function withFields(
  query: Sql,
  relation: Relation,
  { table, item }: { table: string; item: Sql },
  names: Names,
): Sql {
  if (relation.row?.type.kind !== 'STRUCT' || relation.columns.length === 0) return query;
  const fields = relation.columns.map((column, index) => {
    const name = names.alias('c');
    column.sql = raw(`${table}.${name}`, 'column');
    return duck`(${item}).${duckFieldName(index)} AS ${name}`;
  });
  return duck`(SELECT *, ${series(fields, ', ')} FROM ${query} AS ${names.alias()})`.as('subquery');
}

function qualified(column: Column, table: string): Sql {
  const sql = duck`${table}.${column.sql}`;
  return column.cast === undefined ? sql : duck`CAST(${sql} AS ${column.cast})`;
}

/** A range variable over values: the fields of a struct are its columns, another value is one column of that name. */
export function valueRelation(
  sql: Sql,
  type: BqType,
  alias: string | undefined,
  origin?: Column['origin'],
): Relation {
  const columns: Column[] =
    type.kind === 'STRUCT'
      ? type.fields.map((field, index) => ({
          name: field.name,
          sql: duck`(${sql}).${duckFieldName(index)}`,
          type: field.type,
          origin,
        }))
      : [{ name: alias, sql, type, origin }];
  return { alias, columns, row: { sql, type } };
}
