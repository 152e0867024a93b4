import type { Delete, Expression, Insert, Update } from '../../googlesql/syntax/ast.js';
import { INT64 } from '../../googlesql/syntax/types.js';
import { ServiceError } from '../../serving/service-error.js';
import type { Table } from '../schema/model.js';
import { isReadWrite } from '../store/view.js';
import type { Row } from '../values/value.js';
import type { ChangePlan } from './change.js';
import { targetTable } from './change-target.js';
import { closureScope } from './closure-scope.js';
import { closureAs, closureOf } from './closures.js';
import { invalidArgument } from './errors.js';
import { planInsert } from './insert.js';
import { planDelete, planUpdate } from './modify.js';
import { requireParameters } from './parameters.js';
import { returner } from './returning.js';
import { noRows, rowsAtOnce } from './run-query.js';
import type { SqlRequest, SqlResult } from './sql-request.js';
import type { Statement } from './statement.js';

/** INSERT, UPDATE and DELETE. */
export async function runChange(
  change: Insert | Update | Delete,
  statement: Statement,
  request: SqlRequest,
): Promise<SqlResult> {
  const { view } = request;
  const table = targetTable(change.target, statement.schema);
  if (request.partitioned) checkPartitioned(change);
  const alias = change.alias?.name ?? change.target.identifiers.at(-1)!.name;
  const plan = planOf(change, table, alias, statement, request);
  const returning = change.returning && returner(change.returning, table, alias, statement, request);
  const expected = change.assertRowsModified && expectedRows(change.assertRowsModified, statement);
  const result = {
    kind: 'dml' as const,
    columns: returning?.columns ?? [],
    undeclaredParameters: statement.parameters.undeclared,
  };
  if (request.mode === 'PLAN') return { ...result, rows: noRows() };
  requireParameters(statement.parameters);
  if (!isReadWrite(view)) {
    throw invalidArgument(
      'DML statements can only be performed in a read-write or partitioned-dml transaction. Current transaction type is ReadOnly.',
    );
  }
  const { mutations, actions } = await plan.run(view);
  if (expected !== undefined && expected !== BigInt(actions.length)) {
    throw new ServiceError(
      'OUT_OF_RANGE',
      `ASSERT_ROWS_MODIFIED expected ${expected} rows modified, but found ${actions.length}`,
    );
  }
  const changed: readonly Row[] = mutations.length === 0 ? [] : await view.buffer(mutations);
  const rows = returning === undefined ? noRows() : rowsAtOnce(await returning.rows(changed, actions));
  return { ...result, rows, rowCount: BigInt(actions.length) };
}

function checkPartitioned(change: Insert | Update | Delete): void {
  if (change.kind === 'Insert') throw invalidArgument('INSERT is not supported for Partitioned DML');
  if (change.returning !== undefined)
    throw invalidArgument('THEN RETURN is not supported in Partitioned DML.');
  if (change.assertRowsModified === undefined) return;
  throw invalidArgument('Partitioned DML only supports fully partitionable statements.');
}

function planOf(
  change: Insert | Update | Delete,
  table: Table,
  alias: string,
  statement: Statement,
  request: SqlRequest,
): ChangePlan {
  switch (change.kind) {
    case 'Insert':
      return planInsert(change, table, alias, statement, request);
    case 'Update':
      return planUpdate(change, table, alias, statement, request);
    case 'Delete':
      return planDelete(change, table, alias, statement, request);
  }
}

function expectedRows(node: Expression, statement: Statement): bigint {
  const closure = closureAs(
    closureOf(node, closureScope(statement, undefined, '')),
    INT64,
    statement.timeZone,
  );
  const value = closure?.run([]);
  if (typeof value === 'bigint' && value >= 0n) return value;
  throw invalidArgument('ASSERT_ROWS_MODIFIED expects a non-negative integer literal or parameter');
}
