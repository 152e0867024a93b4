import { duck, NOTHING, type Sql, series } from '../../duck/sql.js';
import { invalidQuery } from '../../errors.js';
import type { Select } from '../../syntax/ast.js';
import { isGroupable, printType } from '../../syntax/types.js';
import { coerce } from '../expression/casts.js';
import { condition } from '../expression/conditions.js';
import { sortList } from '../expression/order.js';
import type { Column, FromRows, Rows } from '../scope/rows.js';
import type { Scope } from '../scope/scope.js';
import { CorrelatedWindows } from './correlated-windows.js';
import { compileFrom } from './from.js';
import { compileGroupBy, withKeysTried } from './grouping.js';
import { expandItems, type Item } from './select-items.js';
import { type Output, outputNamed, selectList } from './select-list.js';
import { orderBy, type SelectOrder } from './select-order.js';
import { limitSql, type Tail } from './tail.js';

/**
 * One SELECT with the ORDER BY and LIMIT that follow it, as one DuckDB SELECT. `input` stands for a FROM clause that
 * is compiled already.
 */
export function compileSelect(select: Select, outer: Scope, tail: Tail, input?: FromRows): Rows {
  const { compilation } = outer;
  // What a pipe operator reads is counted already.
  if (input !== undefined) return selectFrom(select, outer, tail, input);
  const { result, aggregations } = compilation.counting(() => selectFrom(select, outer, tail));
  compilation.countAggregations(aggregations);
  return result;
}

function selectFrom(select: Select, outer: Scope, tail: Tail, input?: FromRows): Rows {
  const scope = outer.child();
  scope.windows = select.windows;
  if (input === undefined) scope.node = select;
  const rows = input ?? (select.from === undefined ? undefined : compileFrom(select.from, outer));
  if (rows === undefined) refuseWithoutFrom(select);
  else scope.setRows(rows);
  const where = whereSql(select, scope, outer.guards);
  const items = expandItems(select.items, scope);
  const groupBy = groupBySql(select, items, scope);
  scope.uses = [];
  const outputs = items.map((item) => outputOf(item, scope));
  if (rows === undefined) refuseOverNoRows(select, scope);
  const inList = takeUses(scope);
  const aliases: Aliases = (name, pos) => outputNamed(outputs, name, pos)?.value;
  const having = havingSql(select, scope, aliases);
  const inHaving = takeUses(scope);
  const qualify = qualifySql(select, scope, outputs, aliases);
  const inQualify = takeUses(scope);
  if (select.distinct) checkDistinct(outputs, scope.compilation.dialect.groupsArrays);
  scope.aliases = aliases;
  const order = orderBy(tail.orderBy, outputs, scope, select.as === undefined, select.distinct);
  const grouped = scope.grouping !== undefined || scope.sawAggregate || select.having !== undefined;
  if (grouped) {
    scope.compilation.countAggregation();
    refuseUngrouped(inList, 'SELECT list');
    refuseUngrouped(inHaving, 'HAVING clause');
    refuseUngrouped(inQualify, 'QUALIFY clause');
    refuseUngrouped(scope.uses, 'ORDER BY clause');
  }
  const list = selectList(select, outputs, scope);
  const limit = limitSql(tail, outer);
  const clauses = { list: list.sql, rows, where, groupBy, having, qualify, order, limit };
  const sql = written(select, clauses, grouped, list.columns, scope);
  const ordered = order.keys.length > 0;
  const result: Rows = { sql, columns: list.columns, ordered, joins: rows?.joins };
  if (list.row !== undefined) result.row = list.row;
  const values = outputs.map((output) => output.value);
  const bare = rows === undefined && !select.distinct && !ordered && limit === NOTHING;
  const isPlain = select.as === undefined && !values.some((item) => item.sql.isOpaque);
  if (bare && isPlain) result.constants = values;
  return result;
}

type Aliases = NonNullable<Scope['aliases']>;

/** The columns that were used since they were taken last. */
function takeUses(scope: Scope): Scope['uses'] {
  const { uses } = scope;
  scope.uses = [];
  return uses;
}

function whereSql({ where }: Select, scope: Scope, tests: Sql[]): Sql {
  if (where !== undefined) {
    scope.noAggregates = 'WHERE clause';
    const test = scope.compilation.filtering(() => scope.compile(where));
    tests.push(condition(test, 'WHERE clause', scope.castContext).sql);
    scope.noAggregates = undefined;
  }
  return tests.length === 0 ? NOTHING : duck` WHERE ${series(tests, ' AND ')}`;
}

function groupBySql({ groupBy }: Select, items: Item[], scope: Scope): Sql {
  if (groupBy === undefined) return NOTHING;
  const { sql, ...grouping } = compileGroupBy(groupBy, items, scope);
  scope.grouping = grouping;
  return sql === undefined ? NOTHING : duck` GROUP BY ${sql}`;
}

function outputOf(item: Item, scope: Scope): Output {
  const before = scope.uses.length;
  const compiled = item.compile();
  if (item.expression === undefined) for (const use of scope.uses.slice(before)) use.star = true;
  const typed =
    compiled.coercibility === 'null'
      ? { ...coerce(compiled, compiled.type, scope.castContext), coercibility: 'null' as const }
      : compiled;
  return { item, value: typed, physical: scope.compilation.column() };
}

function havingSql({ having }: Select, scope: Scope, aliases: Aliases): Sql {
  if (having === undefined) return NOTHING;
  scope.aliases = aliases;
  scope.noWindows = 'HAVING clause';
  const sql = duck` HAVING ${condition(scope.compile(having), 'HAVING clause', scope.castContext).sql}`;
  scope.noWindows = undefined;
  return sql;
}

function qualifySql({ qualify }: Select, scope: Scope, outputs: readonly Output[], aliases: Aliases): Sql {
  if (qualify === undefined) return NOTHING;
  // A window function that QUALIFY names is computed once: DuckDB knows the column by its new name there.
  scope.aliases = (name, pos) => {
    const found = aliases(name, pos);
    const output = outputs.find((candidate) => candidate.value === found);
    return output?.value.sql.isOpaque ? { ...output.value, sql: output.physical } : found;
  };
  const test = condition(scope.compile(qualify), 'QUALIFY clause', scope.castContext);
  if (!scope.sawWindow) {
    throw invalidQuery('The QUALIFY clause requires analytic function to be present', qualify.pos);
  }
  return duck` QUALIFY ${test.sql}`;
}

interface Clauses {
  list: Sql;
  rows: FromRows | undefined;
  where: Sql;
  groupBy: Sql;
  having: Sql;
  qualify: Sql;
  order: SelectOrder;
  limit: Sql;
}

function written(
  select: Select,
  { list, rows, where, groupBy, having, qualify, order, limit }: Clauses,
  grouped: boolean,
  columns: readonly Column[],
  scope: Scope,
): Sql {
  const windows = new CorrelatedWindows(scope.compilation);
  const settled = (clause: Sql): Sql => {
    if (scope.grouping !== undefined) return withKeysTried(clause, scope.grouping.keys);
    return grouped ? clause : windows.settled(clause);
  };
  const shown = settled(series([list, ...order.hidden], ', '));
  const qualified = settled(qualify);
  const orderText = order.keys.length > 0 ? duck` ORDER BY ${settled(sortList(order.keys))}` : NOTHING;
  const from = windows.from(rows === undefined ? NOTHING : duck` FROM ${rows.sql}`);
  const distinct = select.distinct ? 'DISTINCT ' : '';
  const body = duck`SELECT ${distinct}${shown}${from}${where}${groupBy}${settled(having)}${qualified}`;
  if (!order.outside) return duck`${body}${orderText}${limit}`;
  // DuckDB orders a DISTINCT by its own columns only, not by what is computed from them.
  const names = series(
    columns.map((column) => column.sql),
    ', ',
  );
  return duck`SELECT ${names} FROM (${body})${orderText}${limit}`;
}

function refuseWithoutFrom(select: Select): void {
  const clause = (
    [
      ['where', 'a WHERE clause'],
      ['groupBy', 'a GROUP BY clause'],
      ['having', 'a HAVING clause'],
      ['qualify', 'a QUALIFY clause'],
    ] as const
  ).find(([key]) => select[key] !== undefined);
  if (clause !== undefined)
    throw invalidQuery(`Query without FROM clause cannot have ${clause[1]}`, select[clause[0]]?.pos);
}

function refuseOverNoRows(select: Select, { sawAggregate, sawWindow }: Scope): void {
  if (!sawAggregate && !sawWindow) return;
  const name = sawAggregate ? 'aggregation' : 'analytic functions';
  throw invalidQuery(`SELECT without FROM clause cannot use ${name}`, select.pos);
}

function refuseUngrouped(uses: Scope['uses'], clause: string): void {
  const first = uses[0];
  if (first === undefined) return;
  throw invalidQuery(
    `${first.star ? 'Star expansion' : clause} expression references column ${first.name} which is neither grouped nor aggregated`,
    first.pos,
  );
}

function checkDistinct(outputs: readonly Output[], groupsArrays: boolean): void {
  for (const { value: output, item } of outputs) {
    if (!isGroupable(output.type, groupsArrays)) {
      throw invalidQuery(
        `Column ${item.name ?? ''} of type ${printType(output.type)} cannot be used in SELECT DISTINCT`,
        item.pos,
      );
    }
  }
}
