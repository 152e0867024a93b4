import { BIGQUERY, type Dialect } from '../../dialect.js';
import { raw, type Sql } from '../../duck/sql.js';
import { invalidQuery, tooComplex } from '../../errors.js';
import type { Position } from '../../syntax/ast.js';
import type {
  CompiledQuery,
  ObjectName,
  QueryContext,
  ResolvedTable,
  TableFunctionResult,
} from './query-context.js';
import type { Column, NamedQuery } from './rows.js';

const MAX_NESTED_VIEWS = 16;

/** DuckDB's planning takes twice as long with each aggregation of an aggregation: a second for these. */
const MAX_NESTED_AGGREGATIONS = 16;
/** What nests as many is a table of its own for DuckDB, computed before it is read. */
export const MATERIALIZED_AGGREGATIONS = 8;

/**
 * Thrown when compilation meets something that must be waited for (a table function, a table another part of the
 * emulator resolves). The compiler awaits it, remembers the outcome under `key` and starts over.
 */
export class Pending extends Error {
  constructor(
    readonly key: object,
    readonly resolve: () => Promise<unknown>,
  ) {
    super('waiting for a table');
  }
}

export interface Reads {
  tables: Map<string, ObjectName>;
  routines: Map<string, ObjectName>;
  columns: Map<string, { table: ObjectName; columns: Set<string> }>;
}

/** A scope that may hold tables of a WITH clause. */
export interface WithClause {
  /** Number of scopes around it. */
  readonly depth: number;
  hasWith: boolean;
  /** Adds a table to the clause; returns its DuckDB name. */
  addTable(columns: readonly Column[], sql: Sql, options?: { name?: string; materialized?: boolean }): string;
}

/** Where the names that a query uses were found. */
export interface Lookups {
  /** Depth of the outermost scope that a column came from. */
  outermost: number;
  /** Scopes whose WITH clauses hold the tables. */
  tables: Set<WithClause>;
  /** One of the tables is the recursive one that is being compiled. */
  recursing: boolean;
}

/** State of one compilation, shared by all its scopes. */
export class Compilation {
  readonly #tables: Map<string, ObjectName>;
  readonly #routines: Map<string, ObjectName>;
  readonly #columnsRead: Map<string, { table: ObjectName; columns: Set<string> }>;
  readonly #demands = new Map<string, string>();
  #filters = 0;
  #aliases = 0;
  #expanding: string[] = [];
  #lookups: Lookups | undefined;
  #aggregations = 0;
  cacheable = true;
  /** A branch of a conditional expression holds a subquery. */
  branchesHoldSubqueries = false;

  constructor(
    readonly context: QueryContext,
    /** What `Pending` waited for, by its key; outlives restarts. */
    readonly resolved: Map<object, ResolvedTable | TableFunctionResult | string | undefined>,
    /** Parsed bodies of views and functions by text, so that their nodes stay the same across restarts. */
    readonly parsed: Map<string, object>,
    /** What the query reads; kept across restarts, as inputs of table functions are compiled only once. */
    reads: Reads,
  ) {
    this.#tables = reads.tables;
    this.#routines = reads.routines;
    this.#columnsRead = reads.columns;
  }

  get dialect(): Dialect {
    return this.context.dialect ?? BIGQUERY;
  }

  /** A DuckDB name that nothing else in the query has, nor any column of a user's, which have no `$` in their names. */
  alias(prefix = 't'): string {
    this.#aliases++;
    return `${prefix}$${this.#aliases}`;
  }

  /** A DuckDB column of such a name. */
  column(): Sql {
    return raw(this.alias('c'), 'column');
  }

  parse<T extends object>(kind: string, text: string, parser: (text: string) => T): T {
    const key = `${kind}:${text}`;
    const known = this.parsed.get(key) as T | undefined;
    if (known !== undefined) return known;
    const node = parser(text);
    this.parsed.set(key, node);
    return node;
  }

  refer(table: ObjectName): void {
    this.#tables.set(keyOf(table), table);
  }

  referRoutine(routine: ObjectName): void {
    this.#routines.set(keyOf(routine), routine);
  }

  read(table: ObjectName, column: string): void {
    const key = keyOf(table);
    const known = this.#columnsRead.get(key);
    if (known === undefined) this.#columnsRead.set(key, { table, columns: new Set([column]) });
    else known.columns.add(column);
  }

  /** A table that may be read only with a filter over its partitioning column; returns the key of this reading. */
  demandFilter(table: ObjectName, columns: readonly string[]): string {
    const key = this.alias('f');
    const names = columns.map((column) => `'${column}'`).join(', ');
    this.#demands.set(
      key,
      `Cannot query over table '${table.join('.')}' without a filter over column(s) ${names} that can be used for partition elimination`,
    );
    return key;
  }

  /** Runs `work`, and tells where the names it used were found. */
  observing<T>(work: () => T): { result: T; lookups: Lookups } {
    const outer = this.#lookups;
    const lookups: Lookups = { outermost: Number.POSITIVE_INFINITY, tables: new Set(), recursing: false };
    this.#lookups = lookups;
    try {
      return { result: work(), lookups };
    } finally {
      this.#lookups = outer;
      if (outer !== undefined) {
        outer.outermost = Math.min(outer.outermost, lookups.outermost);
        for (const scope of lookups.tables) outer.tables.add(scope);
        outer.recursing ||= lookups.recursing;
      }
    }
  }

  /** How many aggregations are nested in one another in what the query under way reads so far. */
  get aggregations(): number {
    return this.#aggregations;
  }

  /** Runs `work`, and tells how many aggregations are nested in one another in what it compiled. */
  counting<T>(work: () => T): { result: T; aggregations: number } {
    const around = this.#aggregations;
    this.#aggregations = 0;
    const result = work();
    const aggregations = this.#aggregations;
    this.#aggregations = around;
    return { result, aggregations };
  }

  /** Counts a query that is read and nests as many aggregations. */
  countAggregations(nested: number): void {
    if (nested > MAX_NESTED_AGGREGATIONS) throw tooComplex();
    this.#aggregations = Math.max(this.#aggregations, nested);
  }

  /** Counts an aggregation over all that is counted so far. */
  countAggregation(): void {
    this.countAggregations(this.#aggregations + 1);
  }

  foundColumn(scope: { readonly depth: number }): void {
    this.#reach(scope.depth);
  }

  foundTable(scope: WithClause, table: NamedQuery): void {
    this.countAggregations(table.aggregations);
    if (table.outermost !== undefined) this.#reach(table.outermost);
    this.#lookups?.tables.add(scope);
    if (this.#lookups !== undefined) this.#lookups.recursing ||= table.recursing === true;
  }

  #reach(depth: number): void {
    if (this.#lookups !== undefined) this.#lookups.outermost = Math.min(this.#lookups.outermost, depth);
  }

  /** Columns that `work` uses count as filtered: it compiles WHERE or ON. */
  filtering<T>(work: () => T): T {
    this.#filters++;
    try {
      return work();
    } finally {
      this.#filters--;
    }
  }

  filtered(key: string): void {
    if (this.#filters > 0) this.#demands.delete(key);
  }

  /** Refuses a query that reads a table without the filter it demands. */
  checkFilters(): void {
    for (const message of this.#demands.values()) throw invalidQuery(message);
  }

  /** Runs `work` for the body of a view or routine; refuses recursion. */
  expand<T>(name: string, pos: Position | undefined, work: () => T): T {
    if (this.#expanding.includes(name) || this.#expanding.length >= MAX_NESTED_VIEWS) {
      throw invalidQuery(`Recursive or too deeply nested reference to ${name}`, pos);
    }
    this.#expanding.push(name);
    // A body sees nothing of the query around it.
    const lookups = this.#lookups;
    this.#lookups = undefined;
    try {
      return work();
    } finally {
      this.#lookups = lookups;
      this.#expanding.pop();
    }
  }

  summary(): Omit<CompiledQuery, 'sql' | 'columns' | 'physicalNames'> {
    return {
      referencedTables: [...this.#tables.values()],
      referencedRoutines: [...this.#routines.values()],
      columnsRead: [...this.#columnsRead.values()].map(({ table, columns }) => ({
        table,
        columns: [...columns],
      })),
      cacheable: this.cacheable,
      branchesHoldSubqueries: this.branchesHoldSubqueries,
    };
  }
}

function keyOf(name: ObjectName): string {
  return name.join('\0');
}
