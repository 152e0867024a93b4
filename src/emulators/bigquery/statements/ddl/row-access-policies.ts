import type { CreateRowAccessPolicy, DropRowAccessPolicy } from '../../../googlesql/syntax/ast.js';
import { parseQuery } from '../../../googlesql/syntax/parser.js';
import type { RowAccessPolicy, TableEntry } from '../../catalog/entries.js';
import { tableName } from '../../catalog/names.js';
import { BigQueryError } from '../../errors.js';
import { filteredRows } from '../catalog-names.js';
import type { ExecuteResult } from '../execution.js';
import type { Session } from '../session.js';
import { requireTable, tableRef } from '../targets.js';
import { refuseInTransaction } from './create-table.js';

export async function runCreateRowAccessPolicy(
  statement: CreateRowAccessPolicy,
  session: Session,
): Promise<ExecuteResult> {
  refuseInTransaction(session);
  const table = requireTable(tableRef(statement.table, session), session);
  const { filter, grantees } = statement;
  await session.compileQuery(parseQuery(filteredRows(table.ref, [filter])));
  const result: ExecuteResult = { statementType: 'CREATE_ROW_ACCESS_POLICY', totalBytesProcessed: 0 };
  const policyId = statement.policy.name;
  const existing = findPolicy(table, policyId);
  if (existing !== undefined && statement.ifNotExists) return { ...result, ddlOperationPerformed: 'SKIP' };
  if (existing !== undefined && !statement.orReplace) throw duplicatePolicy(table, policyId);
  if (!session.request.dryRun) {
    const now = Date.now();
    const policy = { policyId, grantees, filterPredicate: filter, creationTime: now, lastModifiedTime: now };
    await session.services.tables.updateTable(table.ref, withPolicy(table, policy));
  }
  return { ...result, ddlOperationPerformed: existing === undefined ? 'CREATE' : 'REPLACE' };
}

export async function runDropRowAccessPolicy(
  statement: DropRowAccessPolicy,
  session: Session,
): Promise<ExecuteResult> {
  refuseInTransaction(session);
  const table = requireTable(tableRef(statement.table, session), session);
  const policyId = statement.policy?.name;
  const result: ExecuteResult = {
    statementType: policyId === undefined ? 'DROP_ALL_ROW_ACCESS_POLICIES' : 'DROP_ROW_ACCESS_POLICY',
    totalBytesProcessed: 0,
  };
  if (policyId !== undefined && findPolicy(table, policyId) === undefined) {
    if (statement.ifExists) return { ...result, ddlOperationPerformed: 'SKIP' };
    throw policyNotFound(table, policyId);
  }
  if (!session.request.dryRun) {
    await session.services.tables.updateTable(table.ref, withoutPolicies(table, policyId));
  }
  return { ...result, ddlOperationPerformed: 'DROP' };
}

export function findPolicy({ rowAccessPolicies }: TableEntry, policyId: string): RowAccessPolicy | undefined {
  return rowAccessPolicies?.find((policy) => policy.policyId === policyId);
}

type Policies = Pick<TableEntry, 'rowAccessPolicies'>;

/** The policies with this one, in place of the one that has its name. */
export function withPolicy({ rowAccessPolicies = [] }: TableEntry, policy: RowAccessPolicy): Policies {
  const others = rowAccessPolicies.filter(({ policyId }) => policyId !== policy.policyId);
  return { rowAccessPolicies: [...others, policy] };
}

/** The policies without the one of that name, or none. */
export function withoutPolicies({ rowAccessPolicies = [] }: TableEntry, policyId?: string): Policies {
  const kept =
    policyId === undefined ? [] : rowAccessPolicies.filter((policy) => policy.policyId !== policyId);
  return { rowAccessPolicies: kept };
}

export function duplicatePolicy(table: TableEntry, policyId: string): BigQueryError {
  return new BigQueryError(
    'duplicate',
    `Already Exists: Row access policy ${policyId} on table ${tableName(table.ref)}`,
  );
}

export function policyNotFound(table: TableEntry, policyId: string): BigQueryError {
  return new BigQueryError(
    'notFound',
    `Not found: Row access policy ${policyId} on table ${tableName(table.ref)}`,
  );
}
