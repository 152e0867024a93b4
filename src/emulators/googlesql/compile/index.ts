import { duck, series } from '../duck/sql.js';
import type { Expression, Query } from '../syntax/ast.js';
import type { BqType } from '../syntax/types.js';
import { coerce, tryCoerce } from './expression/casts.js';
import { compileExpression as compileNode } from './expression/expression.js';
import { boundedText, finish } from './query/finish.js';
import { compileOperand as compileBody, compileQuery as compileWhole } from './query/query.js';
import { Compilation, Pending, type Reads } from './scope/compilation.js';
import type {
  CompiledExpression,
  CompiledQuery,
  QueryContext,
  ResolvedTable,
} from './scope/query-context.js';
import { type Recursion, Scope } from './scope/scope.js';
import { value } from './scope/value.js';

export type * from './scope/query-context.js';

const RECURSION: Recursion = { expression: compileNode, query: compileWhole, body: compileBody };

/** Compiles a query to DuckDB SQL. Failures are `BigQueryError`s with BigQuery's wording and position. */
export async function compileQuery(query: Query, context: QueryContext): Promise<CompiledQuery> {
  return withCompilation(context, (compilation) => wholeQuery(query, compilation));
}

/** The same where nothing has to be waited for: all tables are known at once, and there are no table functions. */
export function compileQueryAtOnce(query: Query, context: QueryContext): CompiledQuery {
  return wholeQuery(query, newCompilation(context));
}

/** Where a value of a row goes: its type, and the error for a value of another one. */
export interface Destination {
  type: BqType;
  mismatch(from: BqType): Error;
}

/**
 * A query whose columns go into those of a table: each is converted as the arguments of functions are, literals of its
 * SELECT lists as literals.
 */
export function compileQueryInto(
  query: Query,
  destinations: readonly Destination[],
  context: QueryContext,
): CompiledQuery {
  const compilation = newCompilation(context);
  const scope = new Scope(compilation, RECURSION);
  const rows = scope.query(query);
  const table = compilation.alias();
  const columns = rows.columns.map((column, index) => {
    const destination = destinations[index];
    const given = value(duck`${table}.${column.sql}`, column.type, query.pos, column.coercibility ?? 'none');
    if (destination === undefined) return { ...column, from: given.sql };
    const converted = tryCoerce(given, destination.type, scope.castContext);
    if (converted === undefined) throw destination.mismatch(column.type);
    return { ...column, type: destination.type, from: converted.sql, sql: compilation.column() };
  });
  const items = series(
    columns.map((column) => duck`${column.from} AS ${column.sql}`),
    ', ',
  );
  const sql = duck`SELECT ${items} FROM (${rows.sql}) AS ${table}`;
  return finish({ sql, columns, ordered: rows.ordered }, compilation);
}

function wholeQuery(query: Query, compilation: Compilation): CompiledQuery {
  const rows = new Scope(compilation, RECURSION).query(query);
  compilation.checkFilters();
  return finish(rows, compilation);
}

/** Compiles an expression that refers to no table (other than in subqueries). */
export async function compileExpression(
  expression: Expression,
  context: QueryContext,
): Promise<CompiledExpression> {
  return withCompilation(context, (compilation) => {
    const scope = new Scope(compilation, RECURSION);
    scope.noAggregates = 'a standalone expression';
    let result = scope.compile(expression);
    if (result.coercibility === 'null') result = coerce(result, result.type, scope.castContext);
    return {
      sql: boundedText(result.sql),
      type: result.type,
      referencedTables: compilation.summary().referencedTables,
    };
  });
}

function newCompilation(context: QueryContext): Compilation {
  const reads: Reads = { tables: new Map(), routines: new Map(), columns: new Map() };
  return new Compilation(context, new Map(), new Map(), reads);
}

/** Runs `work`, waiting for whatever it says it must wait for and starting over then. */
async function withCompilation<T>(context: QueryContext, work: (compilation: Compilation) => T): Promise<T> {
  const resolved: Compilation['resolved'] = new Map();
  const parsed = new Map<string, object>();
  const reads = { tables: new Map(), routines: new Map(), columns: new Map() };
  for (;;) {
    try {
      return work(new Compilation(context, resolved, parsed, reads));
    } catch (error) {
      if (!(error instanceof Pending)) throw error;
      resolved.set(error.key, (await error.resolve()) as ResolvedTable | undefined);
    }
  }
}
