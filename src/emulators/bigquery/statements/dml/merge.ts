import { quoteIdentifier } from '../../../googlesql/duck/quote.js';
import { invalidQuery } from '../../../googlesql/errors.js';
import type {
  Expression,
  Merge,
  MergeClause,
  MergeInsert,
  Query,
  SelectItem,
  TableExpression,
} from '../../../googlesql/syntax/ast.js';
import { and, isTrue, selectItem, selectQuery } from '../ast-builders.js';
import type { ExecuteResult } from '../execution.js';
import type { Session } from '../session.js';
import type { BoundQuery } from '../statement-context.js';
import { columnsOf, requireColumn, resolveTarget, type Target, type TargetColumn } from '../targets.js';
import { assignable, assignmentSql, insertMismatch } from './assign.js';
import { assignmentItems, resolveAssignments, setList } from './assignments.js';
import { changeRows, deleteRows, type NumberedRows, updateRows } from './changed-rows.js';
import { defaultColumns } from './insert.js';
import { compileOnTarget, dmlResult, rowIdItem, rowIdOf, targetAlias, targetTable } from './modify.js';

/** One clause, ready to run: what it selects, and how its rows are written. */
interface Plan {
  compiled: BoundQuery;
  table: string;
  /** SQL that writes its rows. */
  write: (rows: NumberedRows) => string;
  counts: 'insertedRowCount' | 'updatedRowCount' | 'deletedRowCount';
  /** The rows are rows of the target, each of which may be touched once. */
  touchesTarget: boolean;
}

/**
 * MERGE: each clause is a query of its own over the rows that no earlier clause of its kind took. All of them run
 * before anything is written, so that every clause sees the table as it was.
 */
export async function runMerge(statement: Merge, session: Session): Promise<ExecuteResult> {
  const target = resolveTarget(statement.target, session, 'MERGE');
  const plans = await compileOnTarget(target, session, () => planClauses(statement, target, session));
  const queries = plans.map((plan) => plan.compiled);
  const changesRows = plans.some((plan) => plan.touchesTarget);
  const result = await dmlResult('MERGE', queries, target, session, changesRows);
  if (session.request.dryRun) return result;
  const dmlStats = { insertedRowCount: 0, updatedRowCount: 0, deletedRowCount: 0 };
  await session.atomically(target.physical, async () => {
    for (const plan of plans) {
      await session.runLocal(`CREATE OR REPLACE TEMP TABLE ${plan.table} AS ${plan.compiled.sql}`);
    }
    await checkTouchedOnce(plans, session);
    await changeRows(target, session, async (rows) => {
      for (const { counts, write } of plans) {
        dmlStats[counts] += (await session.run(write(rows))).rowsChanged;
      }
    });
    for (const plan of plans) await session.run(`DROP TABLE temp.main.${plan.table}`);
  });
  session.markChanged(target.ref);
  const numDmlAffectedRows = dmlStats.insertedRowCount + dmlStats.updatedRowCount + dmlStats.deletedRowCount;
  return { ...result, dmlStats, numDmlAffectedRows };
}

async function checkTouchedOnce(plans: Plan[], session: Session): Promise<void> {
  const ids = plans
    .filter((plan) => plan.touchesTarget)
    .map((plan) => `SELECT ${rowIdOf(plan.compiled)} AS r FROM temp.main.${plan.table}`);
  if (ids.length === 0) return;
  const twice = await session.read(
    `SELECT 1 FROM (${ids.join(' UNION ALL ')}) GROUP BY r HAVING count(*) > 1 LIMIT 1`,
  );
  if (twice.currentRowCount > 0) {
    throw invalidQuery('UPDATE/MERGE must match at most one source row for each target row');
  }
}

async function planClauses(statement: Merge, target: Target, session: Session): Promise<Plan[]> {
  const plans: Plan[] = [];
  const earlier: Record<MergeClause['when'], Expression[]> = {
    MATCHED: [],
    'NOT MATCHED BY TARGET': [],
    'NOT MATCHED BY SOURCE': [],
  };
  for (const clause of statement.clauses) {
    const before = earlier[clause.when];
    const conditions = before.map((condition) => isTrue(condition, true));
    if (clause.condition) conditions.push(clause.condition);
    plans.push(await planClause(statement, clause, conditions, target, session, plans.length));
    before.push(clause.condition ?? { kind: 'BooleanLiteral', value: true, pos: clause.pos });
  }
  return plans;
}

async function planClause(
  statement: Merge,
  clause: MergeClause,
  conditions: Expression[],
  target: Target,
  session: Session,
  index: number,
): Promise<Plan> {
  const alias = targetAlias(statement.target, statement.alias);
  const { action } = clause;
  const table = quoteIdentifier(`~merge${index}`);
  const query = (items: SelectItem[]) => clauseQuery(statement, clause, conditions, items);
  if (action.kind === 'MergeInsert') {
    if (clause.when !== 'NOT MATCHED BY TARGET') {
      throw invalidQuery('INSERT is allowed only in a WHEN NOT MATCHED BY TARGET clause', action.pos);
    }
    return planInsert(statement, action, query, target, session, table);
  }
  if (clause.when === 'NOT MATCHED BY TARGET') {
    throw invalidQuery('UPDATE and DELETE need a row of the target', action.pos);
  }
  if (action.kind === 'MergeDelete') {
    const compiled = await session.compileQuery(query([rowIdItem(alias)]));
    const write = (rows: NumberedRows) => deleteRows(rows, `temp.main.${table}`, rowIdOf(compiled));
    return { compiled, table, write, counts: 'deletedRowCount', touchesTarget: true };
  }
  const assignments = resolveAssignments(action.assignments, target, alias);
  const compiled = await session.compileQuery(
    query([rowIdItem(alias), ...assignmentItems(assignments, session)]),
  );
  const set = setList(assignments, compiled, 1);
  const write = (rows: NumberedRows) => updateRows(rows, set, `temp.main.${table}`, rowIdOf(compiled));
  return { compiled, table, write, counts: 'updatedRowCount', touchesTarget: true };
}

/** The rows that a clause of this kind is about. */
function clauseQuery(
  statement: Merge,
  clause: MergeClause,
  conditions: Expression[],
  items: SelectItem[],
): Query {
  const { pos } = clause;
  const target = targetTable(statement.target, statement.alias);
  const { source, on } = statement;
  if (clause.when === 'MATCHED') {
    const from: TableExpression = { kind: 'Join', type: 'INNER', left: target, right: source, on, pos };
    return selectQuery(items, from, and(conditions), pos);
  }
  const [left, right] = clause.when === 'NOT MATCHED BY TARGET' ? [source, target] : [target, source];
  return selectQuery(items, { kind: 'Join', type: 'ANTI', left, right, on, pos }, and(conditions), pos);
}

async function planInsert(
  statement: Merge,
  action: MergeInsert,
  query: (items: SelectItem[]) => Query,
  target: Target,
  session: Session,
  table: string,
): Promise<Plan> {
  const columns = action.columns
    ? action.columns.map((name) => requireColumn(target, name))
    : columnsOf(target);
  const compiled = await session.compileQuery(query(insertItems(statement, action, columns, session)));
  if (compiled.columns.length !== columns.length) {
    throw invalidQuery(
      `Inserted row has wrong column count; Has ${compiled.columns.length}, expected ${columns.length}`,
      action.pos,
    );
  }
  const values = assignmentSql(compiled, columns, insertMismatch('Value', action.pos));
  const defaults = await defaultColumns(target, columns, session);
  const names = [...columns, ...defaults.columns].map((column) => quoteIdentifier(column.name)).join(', ');
  const write = (rows: NumberedRows) =>
    `INSERT INTO ${rows.table} (${names}) SELECT ${[...values, ...defaults.sql].join(', ')} FROM temp.main.${table} AS q`;
  return { compiled, table, write, counts: 'insertedRowCount', touchesTarget: false };
}

/** The values of INSERT; `INSERT ROW` takes the source's columns in order. */
function insertItems(
  statement: Merge,
  action: MergeInsert,
  columns: TargetColumn[],
  session: Session,
): SelectItem[] {
  if (!action.values) {
    return [{ kind: 'SelectStar', except: [], replace: [], pos: statement.source.pos }];
  }
  if (action.values.length !== columns.length) {
    throw invalidQuery(
      `Inserted row has wrong column count; Has ${action.values.length}, expected ${columns.length}`,
      action.pos,
    );
  }
  return action.values.map((value, index) =>
    selectItem(assignable(value, columns[index]!, session), columns[index]!.name),
  );
}
