import { duck, Sql, type SqlMap, series } from '../../duck/sql.js';
import { invalidQuery } from '../../errors.js';
import type { CastContext } from '../../functions/conversions.js';
import type {
  Expression,
  Identifier,
  NamedWindow,
  Position,
  Query,
  QueryBody,
  Select,
} from '../../syntax/ast.js';
import { duckFieldName, structOf, timestampOfDigits } from '../../syntax/types.js';
import type { Compilation } from './compilation.js';
import type { Column, FromRows, NamedQuery, Relation, Rows } from './rows.js';
import { closestName } from './suggest.js';
import { type Value, value } from './value.js';

/** A grouped SELECT: which texts may stand outside aggregates. */
export interface Grouping {
  keys: SqlMap<Value>;
  /** Some rows leave keys out: those of ROLLUP, CUBE and GROUPING SETS. */
  leavesOut: boolean;
}

export interface ColumnUse {
  name: string;
  /** Used by `*`. */
  star?: boolean;
  pos: Position;
}

/** The compilers of what contains itself: every part of a query reaches them through its scope. */
export interface Recursion {
  expression(node: Expression, scope: Scope): Value;
  query(query: Query, scope: Scope): Rows;
  body(body: QueryBody, scope: Scope): Rows;
}

/** Where names are looked up, from the innermost query outwards. */
export class Scope {
  relations: Relation[] = [];
  visible: Column[] = [];
  /** Lambda parameters, function arguments and WITH bindings by lower-case name. */
  readonly locals = new Map<string, Value>();
  /** SELECT aliases, seen by GROUP BY, HAVING, QUALIFY and ORDER BY only. */
  aliases?: (name: string, pos: Position) => Value | undefined;
  readonly tables = new Map<string, NamedQuery>();
  /** DuckDB text of this query's WITH clause so far. */
  withTexts: Sql[] = [];
  hasWith = false;
  /** This is the scope of a whole query, which may have a WITH clause. */
  isQuery = false;
  withRecursive = false;
  /** Compiles a table of WITH RECURSIVE that stands further down. */
  lateTables?: (name: string) => NamedQuery | undefined;
  windows: readonly NamedWindow[] = [];
  grouping?: Grouping;
  /** The SELECT whose rows these are; absent where a pipe operator made them. */
  node?: Select;
  /** Collects the columns that expressions use, for PIVOT. */
  usedColumns?: Set<Column>;
  /** Columns used outside of aggregates since the last reset; what is left of them must be grouped. */
  uses: ColumnUse[] = [];
  /** Name of the clause, for errors; undefined where aggregates are allowed. */
  noAggregates?: string;
  noWindows?: string;
  /** Window functions are allowed although aggregates are not. */
  allowWindows = false;
  sawAggregate = false;
  sawWindow = false;
  /** Name of the aggregate function whose arguments are compiled in this scope. */
  aggregateName?: string;
  /** Expressions already compiled, so that a grouped expression has one text wherever it stands. */
  readonly memo = new Map<Expression, Value>();
  /** Views hide all names around them. */
  readonly isolated: boolean;
  /** Number of scopes around this one. */
  readonly depth: number;
  /** Bodies of functions see no columns of the query around them, yet their aggregates belong to it. */
  hidesRows = false;

  constructor(
    readonly compilation: Compilation,
    readonly recursion: Recursion,
    readonly parent?: Scope,
    options: { isolated?: boolean } = {},
  ) {
    this.isolated = options.isolated ?? false;
    this.depth = parent === undefined ? 0 : parent.depth + 1;
  }

  /** Can a query in this scope use columns of rows around it? */
  get seesRows(): boolean {
    for (let scope: Scope | undefined = this; scope !== undefined; scope = scope.parent) {
      if (scope.relations.length > 0) return true;
      if (scope.isolated || scope.hidesRows) return false;
    }
    return false;
  }

  child(options: { isolated?: boolean } = {}): Scope {
    return new Scope(this.compilation, this.recursion, this, options);
  }

  /** A scope that sees nothing of the query around it, as the body of a view does. */
  apart(): Scope {
    return new Scope(this.compilation, this.recursion, undefined, { isolated: true });
  }

  compile(node: Expression): Value {
    return this.recursion.expression(node, this);
  }

  /** A query with the tail and the WITH clause that are its own. */
  query(query: Query): Rows {
    return this.recursion.query(query, this);
  }

  /** A query without ORDER BY and LIMIT: an input of a set operation. */
  body(body: QueryBody): Rows {
    return this.recursion.body(body, this);
  }

  get castContext(): CastContext {
    const { compilation } = this;
    return {
      timeZone: compilation.context.environment.timeZone,
      alias: (prefix) => compilation.alias(prefix),
      timestamp: timestampOfDigits(compilation.dialect.timestampDigits),
      declare: compilation.context.declareParameter,
      joinsAnyText: compilation.dialect.service === 'BigQuery',
    };
  }

  /** The scope a lambda, WITH expression or the like adds: same rows, more names. */
  withLocals(names: Iterable<[string, Value]>): Scope {
    const inner = this.child();
    for (const [name, local] of names) inner.locals.set(name.toLowerCase(), local);
    inner.transparent = true;
    return inner;
  }

  /** Its rows are those of the tables to the left of a table in FROM. */
  isLateral = false;

  /** Of the rows for which what is compiled in this scope is computed. */
  guard?: Sql;

  /** The guards of all scopes around this one, for the WHERE of a SELECT in it. */
  get guards(): Sql[] {
    const found: Sql[] = [];
    for (let scope: Scope | undefined = this; scope !== undefined; scope = scope.parent) {
      if (scope.guard !== undefined) found.push(scope.guard.replace(asOuter));
      if (scope.isolated || scope.hidesRows) break;
    }
    return found;
  }

  /** A scope without rows of its own: aggregates and grouping are its parent's. */
  transparent = false;

  /** The scope whose SELECT an expression in this scope belongs to. */
  get select(): Scope {
    return this.transparent && this.parent !== undefined ? this.parent.select : this;
  }

  setRows(rows: FromRows): void {
    this.relations = rows.relations;
    this.visible = rows.visible;
  }

  /** Is this within the arguments of an aggregate of the same SELECT? */
  get insideAggregate(): boolean {
    for (let scope: Scope = this; ; scope = scope.parent) {
      if (scope.aggregateName !== undefined) return true;
      if (!scope.transparent || scope.parent === undefined) return false;
    }
  }

  /** Adds a table to this query's WITH clause; returns its DuckDB name. */
  addTable(
    columns: readonly Column[],
    sql: Sql,
    {
      name = this.compilation.alias('q'),
      materialized = false,
    }: { name?: string; materialized?: boolean } = {},
  ): string {
    const as = materialized ? 'AS MATERIALIZED' : 'AS';
    this.withTexts.push(
      duck`${name}(${series(
        columns.map((column) => column.sql),
        ', ',
      )}) ${as} (${sql})`,
    );
    return name;
  }

  /**
   * A query behind the WITH clause of this scope.
   * @param mayHaveWith it may have one of its own, which DuckDB does not take behind another.
   */
  behindTables(sql: Sql, mayHaveWith: boolean): Sql {
    if (this.withTexts.length === 0) return sql;
    const body = mayHaveWith ? duck`SELECT * FROM (${sql})` : sql;
    return duck`WITH ${this.withRecursive ? 'RECURSIVE ' : ''}${series(this.withTexts, ', ')} ${body}`;
  }

  /** The scope of the whole query around this one that is furthest out. */
  get outermostQuery(): Scope | undefined {
    let found: Scope | undefined;
    for (let scope: Scope | undefined = this; scope !== undefined; scope = scope.parent) {
      if (scope.isQuery) found = scope;
      if (scope.isolated) break;
    }
    return found;
  }

  findTable(name: string): NamedQuery | undefined {
    const wanted = name.toLowerCase();
    for (let scope: Scope | undefined = this; scope !== undefined; scope = scope.parent) {
      const found = scope.tables.get(wanted) ?? scope.lateTables?.(wanted);
      if (found !== undefined) {
        this.compilation.foundTable(scope, found);
        return found;
      }
      if (scope.isolated) return undefined;
    }
    return undefined;
  }

  findWindow(name: string): NamedWindow | undefined {
    const wanted = name.toLowerCase();
    return this.select.windows.find((window) => window.name.name.toLowerCase() === wanted);
  }

  /**
   * Looks up the first name of a path. The result tells how many parts it took: a range variable with a column takes
   * two. Undefined when nothing has that name.
   */
  resolve(parts: readonly Identifier[]): { value: Value; taken: number } | undefined {
    // Within an aggregate a name means the column, even where SELECT gives the same name to its result.
    let inAggregate = false;
    for (let scope: Scope | undefined = this; scope !== undefined; scope = scope.parent) {
      inAggregate ||= scope.aggregateName !== undefined;
      const found = scope.#resolveHere(parts, inAggregate);
      if (found !== undefined) {
        this.compilation.foundColumn(scope);
        return this.select === scope.select && !scope.isLateral ? found : fromAround(found);
      }
      if (scope.isolated || scope.hidesRows) return undefined;
    }
    return undefined;
  }

  #resolveHere(
    parts: readonly Identifier[],
    inAggregate: boolean,
  ): { value: Value; taken: number } | undefined {
    const first = parts[0]!;
    const name = first.name.toLowerCase();
    const local = this.locals.get(name);
    if (local !== undefined) return { value: { ...local, pos: first.pos, name: first.name }, taken: 1 };
    if (this.aliases !== undefined && !inAggregate) {
      const alias = this.aliases(name, first.pos);
      if (alias !== undefined) return { value: { ...alias, pos: first.pos }, taken: 1 };
    }
    const relations = this.relations.filter(
      ({ alias, written }) => alias?.toLowerCase() === name || written?.toLowerCase() === name,
    );
    if (relations.length > 1) throw invalidQuery(`Table name ${first.name} is ambiguous`, first.pos);
    const relation = relations[0];
    const isRelation = relation !== undefined && (parts.length > 1 || relation.written === undefined);
    const column = isRelation ? undefined : findColumn(this.visible, first, first.name);
    if (column !== undefined) return { value: this.use(column, first), taken: 1 };
    return relation === undefined ? undefined : this.#resolveInRelation(relation, parts);
  }

  #resolveInRelation(relation: Relation, parts: readonly Identifier[]): { value: Value; taken: number } {
    const first = parts[0]!;
    const second = parts[1];
    if (second === undefined || (relation.row !== undefined && relation.row.type.kind !== 'STRUCT')) {
      return { value: this.rowOf(relation, first), taken: 1 };
    }
    const column = findColumn(relation.columns, second, `${first.name}.${second.name}`);
    if (column === undefined) {
      const hint = closestName(
        second.name,
        relation.columns.flatMap((item) => (item.name === undefined ? [] : [item.name])),
      );
      throw invalidQuery(
        `Name ${second.name} not found inside ${first.name}${hint === undefined ? '' : `; Did you mean ${hint}?`}`,
        second.pos,
      );
    }
    return { value: this.use(column, second), taken: 2 };
  }

  /** The whole row of a range variable as a struct, or the value of a value table. */
  rowOf(relation: Relation, at: Identifier): Value {
    if (relation.row !== undefined) {
      const row = relation.row;
      for (const column of relation.columns) this.#note(column);
      this.#noteUse(row.sql, at.name, at.pos);
      return { ...value(row.sql, row.type, at.pos), name: at.name };
    }
    const columns = relation.columns.filter((column) => column.pseudo !== true);
    for (const column of columns) this.use(column, at);
    const row = duck`{${series(
      columns.map((column, index) => duck`'${duckFieldName(index)}': ${column.sql}`),
      ', ',
    )}}`;
    const absent = series(
      columns.map((column) => duck`${column.sql} IS NULL`),
      ' AND ',
    );
    const sql = relation.nullable ? duck`CASE WHEN ${absent} THEN NULL ELSE ${row} END` : row;
    const type = structOf(columns.map((column) => ({ name: column.name, type: column.type })));
    return { ...value(sql, type, at.pos), name: at.name };
  }

  /** A reference to a column: remembered for bytes processed and for the rules of GROUP BY. */
  use(column: Column, at: { name?: string; pos: Position }): Value {
    if (column.ambiguous) throw invalidQuery(`Column name ${column.name ?? ''} is ambiguous`, at.pos);
    this.usedColumns?.add(column);
    if (column.filterOf !== undefined) this.compilation.filtered(column.filterOf);
    this.#note(column);
    this.#noteUse(column.sql, at.name ?? column.name ?? '', at.pos);
    const result: Value = { ...value(column.sql, column.type, at.pos), name: column.name };
    if (column.filterOf !== undefined) result.filterOf = column.filterOf;
    return result;
  }

  #note(column: Column): void {
    if (column.origin !== undefined) this.compilation.read(column.origin.table, column.origin.column);
  }

  #noteUse(sql: Sql, name: string, pos: Position): void {
    if (this.grouping?.keys.has(sql) !== true) this.uses.push({ name, pos });
  }

  /** All names that could have been meant, nearest scope first. */
  names(): string[] {
    const names: string[] = [];
    for (let scope: Scope | undefined = this; scope !== undefined; scope = scope.parent) {
      names.push(...scope.locals.keys());
      for (const column of scope.visible) if (column.name !== undefined) names.push(column.name);
      for (const relation of scope.relations) if (relation.alias !== undefined) names.push(relation.alias);
      if (scope.isolated || scope.hidesRows) break;
    }
    return names;
  }
}

/** A name found in a query around the one that uses it; the SQL tells, as DuckDB takes such columns in fewer places. */
function fromAround(found: { value: Value; taken: number }): { value: Value; taken: number } {
  const { value: input, taken } = found;
  if (input.literal !== undefined || input.sql.kind === 'literal') return found;
  return { value: { ...input, sql: new Sql('outer', [input.sql]) }, taken };
}

function asOuter(node: Sql): Sql | undefined {
  if (node.kind === 'outer') return node;
  return node.kind === 'column' ? new Sql('outer', [node]) : undefined;
}

/** Finds a column by name without regard to case; two of that name are an error. */
export function findColumn(columns: readonly Column[], at: Identifier, shown: string): Column | undefined {
  const wanted = at.name.toLowerCase();
  const found = columns.filter((column) => column.name?.toLowerCase() === wanted);
  if (found.length > 1) throw invalidQuery(`Column name ${shown} is ambiguous`, at.pos);
  return found[0];
}
