import { quoteIdentifier } from '../duck/database.js';
import type { ExecuteResult } from '../engine-types.js';
import { invalidQuery } from '../errors.js';
import type { Insert, Query, SelectItem } from '../sql/ast.js';
import { assignable, assignableQuery, assignmentSql, insertMismatch, storedSql } from './assign.js';
import { asQuery, selectItem, selectQuery } from './ast-builders.js';
import { bytesProcessed } from './queries.js';
import type { Session } from './session.js';
import { columnsOf, requireColumn, resolveTarget, type Target, type TargetColumn } from './targets.js';

/** INSERT … VALUES and INSERT … SELECT. */
export async function runInsert(statement: Insert, session: Session): Promise<ExecuteResult> {
  const target = resolveTarget(statement.target, session, 'INSERT');
  const columns = insertColumns(statement, target);
  const query =
    statement.source.kind === 'Query' ? statement.source : rowsAsQuery(statement, columns, session);
  const compiled = await session.compileQuery(
    statement.source.kind === 'Query' ? assignableQuery(query, columns, session) : query,
  );
  if (compiled.columns.length !== columns.length) {
    throw invalidQuery(
      `Inserted row has wrong column count; Has ${compiled.columns.length}, expected ${columns.length}`,
      query.pos,
    );
  }
  const what = statement.source.kind === 'Query' ? 'Query column #' : 'Value';
  const values = assignmentSql(compiled, columns, insertMismatch(what, query.pos));
  const result: ExecuteResult = {
    statementType: 'INSERT',
    totalBytesProcessed: await bytesProcessed(compiled, session),
    referencedTables: compiled.referencedTables,
  };
  if (session.request.dryRun) return result;
  const defaults = await defaultColumns(target, columns, session);
  const names = [...columns, ...defaults.columns].map((column) => quoteIdentifier(column.name)).join(', ');
  const select = [...values, ...defaults.sql].join(', ');
  const inserted = await session.run(
    `INSERT INTO ${target.physical} (${names}) SELECT ${select} FROM (${compiled.sql}) AS q`,
  );
  session.markChanged(target.ref);
  const count = inserted.rowsChanged;
  return { ...result, numDmlAffectedRows: count, dmlStats: { insertedRowCount: count } };
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

/** The rows of VALUES as selects, joined by UNION ALL. */
function rowsAsQuery(statement: Insert, columns: TargetColumn[], session: Session): Query {
  if (statement.source.kind !== 'InsertRows') return statement.source;
  const selects = statement.source.rows.map((row) => {
    if (row.values.length !== columns.length) {
      throw invalidQuery(
        `Inserted row has wrong column count; Has ${row.values.length}, expected ${columns.length}`,
        row.pos,
      );
    }
    const items: SelectItem[] = row.values.map((value, index) =>
      selectItem(assignable(value, columns[index]!, session), columns[index]!.name),
    );
    return selectQuery(items, undefined, undefined, row.pos);
  });
  if (selects.length === 1) return selects[0]!;
  const { pos } = statement.source;
  const bodies = selects.map((select) => select.body);
  return asQuery(
    {
      kind: 'SetOperation',
      operator: 'UNION',
      distinct: false,
      inputs: bodies,
      columns: { by: 'POSITION', mode: 'INNER' },
      pos,
    },
    pos,
  );
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
