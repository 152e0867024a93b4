import { quoteIdentifier } from '../../../googlesql/duck/quote.js';
import { invalidQuery } from '../../../googlesql/errors.js';
import type {
  Delete,
  Expression,
  Identifier,
  ObjectPath,
  Position,
  SelectItem,
  TableExpression,
  TableReference,
  TruncateTable,
  Update,
} from '../../../googlesql/syntax/ast.js';
import { tableName } from '../../catalog/names.js';
import { identifier, pathExpression, selectItem, selectQuery, tableReference } from '../ast-builders.js';
import type { ExecuteResult } from '../execution.js';
import { bytesProcessed } from '../queries.js';
import type { Session } from '../session.js';
import type { BoundQuery } from '../statement-context.js';
import { ROW_ID, resolveTarget, TARGET, type Target } from '../targets.js';
import { assignmentItems, resolveAssignments, setList } from './assignments.js';
import { changeRows, deleteRows, updateRows } from './changed-rows.js';

/** Table of row ids and new values, on the session's connection while a statement runs. */
const CHANGES = 'temp.main."~changes"';

/** The target's alias in its statement. */
export function targetAlias(target: ObjectPath, alias: Identifier | undefined): Identifier {
  return alias ?? identifier(target.parts.at(-1)!, target.pos);
}

/** The target as a table of a query, known by all names that the statement may use. */
export function targetTable(target: ObjectPath, alias: Identifier | undefined): TableReference {
  const table = tableReference(TARGET, targetAlias(target, alias), target.pos);
  return alias === undefined ? { ...table, written: target.identifiers.at(-1)?.name } : table;
}

/** `alias.$rowid AS r` */
export function rowIdItem(alias: Identifier): SelectItem {
  return selectItem(pathExpression([alias.name, ROW_ID], alias.pos), 'r');
}

/** The column of the numbers of rows in what such a query gives. */
export function rowIdOf(compiled: BoundQuery): string {
  return quoteIdentifier(compiled.physicalNames[0]!);
}

/** UPDATE: finds rows and new values by a query, then writes them. */
export async function runUpdate(statement: Update, session: Session): Promise<ExecuteResult> {
  const target = resolveTarget(statement.target, session, 'UPDATE');
  requireWhere(statement.where, 'UPDATE', statement.pos);
  const alias = targetAlias(statement.target, statement.alias);
  const assignments = resolveAssignments(statement.assignments, target, alias);
  const items = [rowIdItem(alias), ...assignmentItems(assignments, session)];
  const from = joined(targetTable(statement.target, statement.alias), statement.from);
  const compiled = await compileOnTarget(target, session, () =>
    session.compileQuery(selectQuery(items, from, statement.where, statement.pos)),
  );
  const set = setList(assignments, compiled, 1);
  const result = await dmlResult('UPDATE', [compiled], target, session);
  if (session.request.dryRun) return result;
  const updated = await session.atomically(target.physical, async () => {
    await stage([compiled], session, statement.from !== undefined);
    const changed = await changeRows(target, session, (rows) =>
      session.run(updateRows(rows, set, CHANGES, rowIdOf(compiled))),
    );
    return changed.rowsChanged;
  });
  session.markChanged(target.ref);
  return { ...result, numDmlAffectedRows: updated, dmlStats: { updatedRowCount: updated } };
}

export async function runDelete(statement: Delete, session: Session): Promise<ExecuteResult> {
  const target = resolveTarget(statement.target, session, 'DELETE');
  requireWhere(statement.where, 'DELETE', statement.pos);
  const alias = targetAlias(statement.target, statement.alias);
  const from = targetTable(statement.target, statement.alias);
  const compiled = await compileOnTarget(target, session, () =>
    session.compileQuery(selectQuery([rowIdItem(alias)], from, statement.where, statement.pos)),
  );
  const result = await dmlResult('DELETE', [compiled], target, session);
  if (session.request.dryRun) return result;
  const deleted = await session.atomically(target.physical, async () => {
    await stage([compiled], session, false);
    const changed = await changeRows(target, session, (rows) =>
      session.run(deleteRows(rows, CHANGES, rowIdOf(compiled))),
    );
    return changed.rowsChanged;
  });
  session.markChanged(target.ref);
  return { ...result, numDmlAffectedRows: deleted, dmlStats: { deletedRowCount: deleted } };
}

/** TRUNCATE TABLE; it counts as a definition, not as a change of rows. */
export async function runTruncate(statement: TruncateTable, session: Session): Promise<ExecuteResult> {
  const target = resolveTarget(statement.target, session, 'TRUNCATE TABLE');
  if (statement.where) throw invalidQuery('TRUNCATE TABLE does not support WHERE', statement.where.pos);
  const result: ExecuteResult = {
    statementType: 'TRUNCATE_TABLE',
    totalBytesProcessed: 0,
    ddlOperationPerformed: 'TRUNCATE',
    ddlTargetTable: target.ref,
  };
  if (session.request.dryRun) return result;
  const deleted = await session.atomically(target.physical, () =>
    session.run(`DELETE FROM ${target.physical}`),
  );
  session.markChanged(target.ref);
  const { rowsChanged } = deleted;
  return { ...result, numDmlAffectedRows: rowsChanged, dmlStats: { deletedRowCount: rowsChanged } };
}

function requireWhere(where: Expression | undefined, verb: string, pos: Position): void {
  if (!where) throw invalidQuery(`${verb} must have a WHERE clause`, pos);
}

function joined(target: TableExpression, from: TableExpression | undefined): TableExpression {
  return from ? { kind: 'Join', type: 'COMMA', left: target, right: from, pos: from.pos } : target;
}

/** Compiles while the target can be named `$target`, with its row ids. */
export async function compileOnTarget<Result>(
  target: Target,
  session: Session,
  compile: () => Promise<Result>,
): Promise<Result> {
  return session.withTable(TARGET, session.tableSource(target.entry), compile);
}

/**
 * Bytes are those of the columns that the statement reads, and of the whole table when rows of it are changed; see
 * https://cloud.google.com/bigquery/docs/reference/standard-sql/dml-syntax#on-demand_query_size_calculation
 */
export async function dmlResult(
  statementType: string,
  queries: readonly BoundQuery[],
  target: Target,
  session: Session,
  changesRows = true,
): Promise<ExecuteResult> {
  const read = new Map<string, BoundQuery['columnsRead'][number]>();
  for (const { ref, columns } of queries.flatMap((query) => query.columnsRead)) {
    const name = tableName(ref);
    read.set(name, { ref, columns: [...new Set([...(read.get(name)?.columns ?? []), ...columns])] });
  }
  const columnsRead = [...read.values()];
  if (changesRows && target.ref) {
    columnsRead.push({ ref: target.ref, columns: target.entry.fields.map((field) => field.name) });
  }
  return {
    statementType,
    totalBytesProcessed: await bytesProcessed({ columnsRead }, session),
    referencedTables: queries[0]!.referencedTables,
  };
}

/**
 * Keeps the found rows beside the table, since a table must not change while it is read. With `unique`, a row that
 * was found twice is BigQuery's error.
 */
async function stage(queries: BoundQuery[], session: Session, unique: boolean): Promise<void> {
  const union = queries.map((query) => query.sql).join(' UNION ALL ');
  await session.runLocal(`CREATE OR REPLACE TEMP TABLE "~changes" AS ${union}`);
  if (!unique) return;
  const rowId = rowIdOf(queries[0]!);
  const twice = await session.read(`SELECT 1 FROM ${CHANGES} GROUP BY ${rowId} HAVING count(*) > 1 LIMIT 1`);
  if (twice.currentRowCount > 0) {
    throw invalidQuery('UPDATE/MERGE must match at most one source row for each target row');
  }
}
