import { quoteString } from '../duck/quote.js';
import { tooComplex } from '../errors.js';
import type { Expression, Query } from '../syntax/ast.js';
import { duckFieldName, duckType, type Field } from '../syntax/types.js';
import { compileExpression as expressionIn } from './expression/expression.js';
import { typedNull } from './expression/literals.js';
import { compileQuery as queryIn } from './query/query.js';
import { Compilation, Pending } from './scope/compilation.js';
import type {
  CompiledExpression,
  CompiledQuery,
  QueryContext,
  ResolvedTable,
} from './scope/query-context.js';
import type { Rows } from './scope/rows.js';
import { Scope } from './scope/scope.js';
import type { TableFunctionResult } from './scope/table-function-resolver.js';

export type * from './scope/query-context.js';
export type * from './scope/table-function-resolver.js';

/** Compiles a query to DuckDB SQL. Failures are `BigQueryError`s with BigQuery's wording and position. */
export async function compileQuery(query: Query, context: QueryContext): Promise<CompiledQuery> {
  return withCompilation(context, (compilation) => {
    const rows = queryIn(query, new Scope(compilation));
    compilation.checkFilters();
    return finish(rows, compilation);
  });
}

/** Compiles an expression that refers to no table (other than in subqueries). */
export async function compileExpression(
  expression: Expression,
  context: QueryContext,
): Promise<CompiledExpression> {
  return withCompilation(context, (compilation) => {
    const scope = new Scope(compilation);
    scope.noAggregates = 'a standalone expression';
    let result = expressionIn(expression, scope);
    if (result.coercibility === 'null') result = typedNull(result.type, result.pos);
    return { sql: result.sql, type: result.type, referencedTables: compilation.summary().referencedTables };
  });
}

/** DuckDB plans longer texts for minutes and in gigabytes; names that stand for one another make them of short ones. */
const MAX_SQL_LENGTH = 16 * 1024 * 1024;

function checkLength<T extends { sql: string }>(compiled: T): T {
  if (compiled.sql.length > MAX_SQL_LENGTH) throw tooComplex();
  return compiled;
}

/** Runs `work`, waiting for whatever it says it must wait for and starting over then. */
async function withCompilation<T extends { sql: string }>(
  context: QueryContext,
  work: (compilation: Compilation) => T,
): Promise<T> {
  const resolved = new Map<object, ResolvedTable | TableFunctionResult | undefined>();
  const parsed = new Map<string, object>();
  const reads = { tables: new Map(), routines: new Map(), columns: new Map() };
  for (;;) {
    try {
      return checkLength(work(new Compilation(context, resolved, parsed, reads)));
    } catch (error) {
      if (!(error instanceof Pending)) throw error;
      resolved.set(error.key, (await error.resolve()) as ResolvedTable | undefined);
    }
  }
}

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
