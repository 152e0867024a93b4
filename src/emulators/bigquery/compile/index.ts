import { tooComplex } from '../errors.js';
import type { Expression, Query } from '../sql/ast.js';
import { duckFieldName, duckType, type Field } from '../sql/types.js';
import type { CompiledExpression, CompiledQuery, QueryContext, ResolvedTable } from './context.js';
import { compileExpression as expressionIn } from './expression.js';
import { stringSql, typedNull } from './literals.js';
import { compileQuery as queryIn } from './query.js';
import type { Rows } from './rows.js';
import { Scope } from './scope.js';
import { Pending, Session } from './session.js';
import type { TableFunctionResult } from './table-functions.js';

export type * from './context.js';
export type * from './table-functions.js';

/** Compiles a query to DuckDB SQL. Failures are `BigQueryError`s with BigQuery's wording and position. */
export async function compileQuery(query: Query, context: QueryContext): Promise<CompiledQuery> {
  return withSession(context, (session) => {
    const rows = queryIn(query, new Scope(session));
    session.checkFilters();
    return finish(rows, session);
  });
}

/** Compiles an expression that refers to no table (other than in subqueries). */
export async function compileExpression(
  expression: Expression,
  context: QueryContext,
): Promise<CompiledExpression> {
  return withSession(context, (session) => {
    const scope = new Scope(session);
    scope.noAggregates = 'a standalone expression';
    let result = expressionIn(expression, scope);
    if (result.coercibility === 'null') result = typedNull(result.type, result.pos);
    return { sql: result.sql, type: result.type, referencedTables: session.summary().referencedTables };
  });
}

/** DuckDB plans longer texts for minutes and in gigabytes; names that stand for one another make them of short ones. */
const MAX_SQL_LENGTH = 16 * 1024 * 1024;

function checkLength<T extends { sql: string }>(compiled: T): T {
  if (compiled.sql.length > MAX_SQL_LENGTH) throw tooComplex();
  return compiled;
}

/** Runs `work`, waiting for whatever it says it must wait for and starting over then. */
async function withSession<T extends { sql: string }>(
  context: QueryContext,
  work: (session: Session) => T,
): Promise<T> {
  const resolved = new Map<object, ResolvedTable | TableFunctionResult | undefined>();
  const parsed = new Map<string, object>();
  const reads = { tables: new Map(), routines: new Map(), columns: new Map() };
  for (;;) {
    try {
      return checkLength(work(new Session(context, resolved, parsed, reads)));
    } catch (error) {
      if (!(error instanceof Pending)) throw error;
      resolved.set(error.key, (await error.resolve()) as ResolvedTable | undefined);
    }
  }
}

/** Names the columns as BigQuery names a result: `f0_` where there is no name. */
export function finish(rows: Rows, session: Session): CompiledQuery {
  if (rows.row?.kind === 'STRUCT' && rows.row.fields.length > 0) {
    const table = session.alias();
    const column = rows.columns[0]!.sql;
    const fields = rows.row.fields.map((field, index) => ({
      name: field.name,
      sql: session.alias('c'),
      type: field.type,
      from: `(${table}.${column}).${duckFieldName(index)}`,
    }));
    const items = fields.map((field) => `${field.from} AS ${field.sql}`).join(', ');
    return finish(
      { sql: `SELECT ${items} FROM (${rows.sql}) AS ${table}`, columns: fields, ordered: rows.ordered },
      session,
    );
  }
  let anonymous = 0;
  const columns: Field[] = rows.columns.map((column) => ({
    name: column.name ?? `f${anonymous++}_`,
    type: column.type,
  }));
  const written = writable(rows, columns, session);
  return {
    sql: written.sql,
    columns,
    physicalNames: written.columns.map((column) => column.sql),
    ...session.summary(),
  };
}

/** Arrays may hold NULL while a query runs, but not in what it writes. */
function writable(rows: Rows, columns: readonly Field[], session: Session): Rows {
  if (!columns.some((column) => column.type.kind === 'ARRAY')) return rows;
  const table = session.alias();
  const checked = rows.columns.map((column, index) => {
    const sql = `${table}.${column.sql}`;
    if (column.type.kind !== 'ARRAY') return { ...column, from: sql, sql: column.sql };
    const message = stringSql(
      `Array cannot have a null element; error in writing field ${columns[index]!.name}`,
    );
    const from = `CASE WHEN list_count(${sql}) < len(${sql}) THEN CAST(bq_error(${message}) AS ${duckType(column.type)}) ELSE ${sql} END`;
    return { ...column, from, sql: session.alias('c') };
  });
  const items = checked.map((column) => `${column.from} AS ${column.sql}`).join(', ');
  return { ...rows, sql: `SELECT ${items} FROM (${rows.sql}) AS ${table}`, columns: checked };
}
