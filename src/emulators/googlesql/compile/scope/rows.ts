import { type BqType, type Coercibility, duckFieldName } from '../../syntax/types.js';
import type { ObjectName } from './query-context.js';
import type { Value } from './value.js';

export interface Column {
  /** Absent for an anonymous column, which only `*` and positions reach. */
  name?: string;
  sql: string;
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
  columns: Column[];
  /** The row itself, for value tables (UNNEST, SELECT AS STRUCT): the alias alone then means this value. */
  row?: { sql: string; type: BqType };
  /** On the outer side of a join: a row that found no partner is NULL as a whole. */
  nullable?: boolean;
}

/** The rows a SELECT works on. `visible` is what `*` gives and what plain names mean, in order. */
export interface FromRows {
  sql: string;
  /** How many joins they are made by. */
  joins?: number | undefined;
  relations: Relation[];
  visible: Column[];
}

/** A table known under a name within a query: a common table expression. */
export interface NamedQuery {
  name: string;
  sql: string;
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
  sql: string;
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
  source: string,
  alias: string | undefined,
  names: Names,
): FromRows {
  const table = names.alias();
  const column = rows.columns[0]!;
  if (rows.row === undefined) {
    const columns = rows.columns.map((each) => ({ ...each, sql: qualified(each, table) }));
    const { joins } = rows;
    return { sql: `${source} AS ${table}`, relations: [{ alias, columns }], visible: columns, joins };
  }
  const relation = valueRelation(`${table}.${column.sql}`, rows.row, alias ?? column.name, column.origin);
  relation.alias = alias;
  // A table of a WITH clause is to be scanned as it is; see `holderOf`.
  const isQuery = source.startsWith('(');
  const sql = isQuery ? withFields(source, relation, { table, item: column.sql }, names) : source;
  return {
    sql: `${sql} AS ${table}`,
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
  query: string,
  relation: Relation,
  { table, item }: { table: string; item: string },
  names: Names,
): string {
  if (relation.row?.type.kind !== 'STRUCT' || relation.columns.length === 0) return query;
  const fields = relation.columns.map((column, index) => {
    const name = names.alias('c');
    column.sql = `${table}.${name}`;
    return `(${item}).${duckFieldName(index)} AS ${name}`;
  });
  return `(SELECT *, ${fields.join(', ')} FROM ${query} AS ${names.alias()})`;
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
