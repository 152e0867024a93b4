import { quoteIdentifier, quoteString } from '../../../googlesql/duck/quote.js';
import { invalidQuery } from '../../../googlesql/errors.js';
import type { Expression, Insert, InsertRows, Position, Query } from '../../../googlesql/syntax/ast.js';
import { coercionCost } from '../../../googlesql/syntax/types.js';
import type { TableRef } from '../../catalog/entries.js';
import { tableName, tableOfName } from '../../catalog/names.js';
import type { ExecuteResult } from '../execution.js';
import { bytesProcessed } from '../queries.js';
import type { Session } from '../session.js';
import { columnsOf, requireColumn, resolveTarget, type Target, type TargetColumn } from '../targets.js';
import { assignable, assignableQuery, assignmentSql, insertMismatch, storedSql } from './assign.js';

/** INSERT … VALUES and INSERT … SELECT. */
export async function runInsert(statement: Insert, session: Session): Promise<ExecuteResult> {
  const target = resolveTarget(statement.target, session, 'INSERT');
  const columns = insertColumns(statement, target);
  const defaults = await defaultColumns(target, columns, session);
  const { source } = statement;
  const { sql, ...read } =
    source.kind === 'Query'
      ? await selectedRows(source, columns, defaults.sql, session)
      : await writtenRows(source, columns, defaults.sql, session);
  const result: ExecuteResult = { statementType: 'INSERT', ...read };
  if (session.request.dryRun) return result;
  const names = [...columns, ...defaults.columns].map((column) => quoteIdentifier(column.name)).join(', ');
  const inserted = await session.run(`INSERT INTO ${target.physical} (${names}) ${sql}`);
  session.markChanged(target.ref);
  const count = inserted.rowsChanged;
  return { ...result, numDmlAffectedRows: count, dmlStats: { insertedRowCount: count } };
}

interface Source {
  /** A SELECT or VALUES of DuckDB. */
  sql: string;
  totalBytesProcessed: number;
  referencedTables: TableRef[];
}

async function selectedRows(
  query: Query,
  columns: TargetColumn[],
  defaults: string[],
  session: Session,
): Promise<Source> {
  const compiled = await session.compileQuery(assignableQuery(query, columns, session));
  if (compiled.columns.length !== columns.length) {
    throw wrongCount(compiled.columns.length, columns.length, query.pos);
  }
  const values = assignmentSql(compiled, columns, insertMismatch('Query column #', query.pos));
  return {
    sql: `SELECT ${[...values, ...defaults].join(', ')} FROM (${compiled.sql}) AS q`,
    totalBytesProcessed: await bytesProcessed(compiled, session),
    referencedTables: compiled.referencedTables,
  };
}

/** Each value is compiled by itself, so that thousands of rows stay one flat list for DuckDB. */
async function writtenRows(
  source: InsertRows,
  columns: TargetColumn[],
  defaults: string[],
  session: Session,
): Promise<Source> {
  const referencedTables = new Map<string, TableRef>();
  const rows: string[] = [];
  for (const row of source.rows) {
    if (row.values.length !== columns.length) throw wrongCount(row.values.length, columns.length, row.pos);
    const values: string[] = [];
    for (const [index, value] of row.values.entries()) {
      values.push(plainLiteral(value, columns[index]!) ?? (await compiledValue(value, columns[index]!)));
    }
    rows.push(`(${[...values, ...defaults].join(', ')})`);
  }
  return {
    sql: `VALUES ${rows.join(', ')}`,
    totalBytesProcessed: 0,
    referencedTables: [...referencedTables.values()],
  };

  async function compiledValue(value: Expression, column: TargetColumn): Promise<string> {
    const compiled = await session.compileExpression(assignable(value, column, session));
    if (coercionCost(compiled.type, column.type) === undefined) {
      throw insertMismatch('Value', value.pos)(0, compiled.type, column);
    }
    for (const name of compiled.referencedTables) {
      const ref = tableOfName(name);
      referencedTables.set(tableName(ref), ref);
    }
    return storedSql(`(${compiled.sql})`, compiled.type, column);
  }
}

/** The commonest values as they are; everything else goes through the compiler. */
function plainLiteral(value: Expression, column: TargetColumn): string | undefined {
  const { kind } = column.type;
  switch (value.kind) {
    case 'NullLiteral':
      return 'NULL';
    case 'IntegerLiteral':
      return kind === 'INT64' && value.value < 2n ** 63n ? value.value.toString() : undefined;
    case 'BooleanLiteral':
      return kind === 'BOOL' ? String(value.value) : undefined;
    case 'StringLiteral':
      if (kind !== 'STRING' || column.field.maxLength !== undefined) return undefined;
      // DuckDB ends the text of a statement at a zero character.
      return value.value.includes('\0') ? undefined : quoteString(value.value);
    default:
      return undefined;
  }
}

function wrongCount(has: number, expected: number, pos: Position) {
  return invalidQuery(`Inserted row has wrong column count; Has ${has}, expected ${expected}`, pos);
}

function insertColumns(statement: Insert, target: Target): TargetColumn[] {
  if (!statement.columns) return columnsOf(target);
  const seen = new Set<string>();
  return statement.columns.map((name) => {
    const key = name.name.toLowerCase();
    if (seen.has(key)) throw invalidQuery(`INSERT has columns with duplicate name: ${name.name}`, name.pos);
    seen.add(key);
    return requireColumn(target, name);
  });
}

/** The columns that are not named but have a default. */
export async function defaultColumns(
  target: Target,
  given: TargetColumn[],
  session: Session,
): Promise<{ columns: TargetColumn[]; sql: string[] }> {
  const names = new Set(given.map((column) => column.name.toLowerCase()));
  const columns = columnsOf(target).filter(
    (column) => column.field.defaultValueExpression !== undefined && !names.has(column.name.toLowerCase()),
  );
  const sql: string[] = [];
  for (const column of columns) {
    const pos = { offset: 0, line: 1, column: 1 };
    const value = await session.compileExpression(assignable({ kind: 'DefaultValue', pos }, column, session));
    sql.push(storedSql(`(${value.sql})`, value.type, column));
  }
  return { columns, sql };
}
