import { duck, NOTHING, type Sql, series, struct } from '../../duck/sql.js';
import { invalidQuery, SqlError } from '../../errors.js';
import type { OrderItem, Select } from '../../syntax/ast.js';
import { isGroupable, printType, type StructField, structOf } from '../../syntax/types.js';
import { coerce } from '../expression/casts.js';
import { condition } from '../expression/conditions.js';
import { type SortKey, sortKey, sortList } from '../expression/order.js';
import type { Column, FromRows, Rows } from '../scope/rows.js';
import type { Scope } from '../scope/scope.js';
import { type Value, value } from '../scope/value.js';
import { CorrelatedWindows } from './correlated-windows.js';
import { compileFrom } from './from.js';
import { compileGroupBy, isLiteral, withKeysTried } from './grouping.js';
import { expandItems, type Item, itemNamed } from './select-items.js';
import { limitSql, ordinalOf, type Tail } from './tail.js';

/** An item with its value and the name of its DuckDB column. */
interface Output {
  item: Item;
  value: Value;
  physical: Sql;
}

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
  const context = scope.castContext;
  let from = NOTHING;
  const rows = input ?? (select.from === undefined ? undefined : compileFrom(select.from, outer));
  if (rows !== undefined) {
    scope.setRows(rows);
    from = duck` FROM ${rows.sql}`;
  } else {
    refuseWithoutFrom(select);
  }
  const tests = outer.guards;
  if (select.where !== undefined) {
    scope.noAggregates = 'WHERE clause';
    const { where: expression } = select;
    const test = scope.compilation.filtering(() => scope.compile(expression));
    tests.push(condition(test, 'WHERE clause', context).sql);
    scope.noAggregates = undefined;
  }
  const where = tests.length === 0 ? NOTHING : duck` WHERE ${series(tests, ' AND ')}`;
  const items = expandItems(select.items, scope);
  let groupBy = NOTHING;
  if (select.groupBy !== undefined) {
    const grouping = compileGroupBy(select.groupBy, items, scope);
    scope.grouping = { keys: grouping.keys };
    if (grouping.sql !== undefined) groupBy = duck` GROUP BY ${grouping.sql}`;
  }
  scope.uses = [];
  const outputs = items.map((item): Output => {
    const before = scope.uses.length;
    const compiled = item.compile();
    if (item.expression === undefined) for (const use of scope.uses.slice(before)) use.star = true;
    const typed =
      compiled.coercibility === 'null'
        ? { ...coerce(compiled, compiled.type, context), coercibility: 'null' as const }
        : compiled;
    return { item, value: typed, physical: scope.compilation.column() };
  });
  const inList = scope.uses;
  scope.uses = [];
  const aliases = (name: string, pos: Output['item']['pos']) => outputNamed(outputs, name, pos)?.value;
  let having = NOTHING;
  if (select.having !== undefined) {
    scope.aliases = aliases;
    scope.noWindows = 'HAVING clause';
    having = duck` HAVING ${condition(scope.compile(select.having), 'HAVING clause', context).sql}`;
    scope.noWindows = undefined;
  }
  const inHaving = scope.uses;
  scope.uses = [];
  let qualify = NOTHING;
  if (select.qualify !== undefined) {
    // A window function that QUALIFY names is computed once: DuckDB knows the column by its new name there.
    scope.aliases = (name, pos) => {
      const found = aliases(name, pos);
      const output = outputs.find((candidate) => candidate.value === found);
      return output?.value.sql.isOpaque ? { ...output.value, sql: output.physical } : found;
    };
    const test = condition(scope.compile(select.qualify), 'QUALIFY clause', context);
    if (!scope.sawWindow) {
      throw invalidQuery('The QUALIFY clause requires analytic function to be present', select.qualify.pos);
    }
    qualify = duck` QUALIFY ${test.sql}`;
  }
  const inQualify = scope.uses;
  scope.uses = [];
  if (select.distinct) checkDistinct(outputs, scope.compilation.dialect.groupsArrays);
  const plain = select.as === undefined;
  scope.aliases = aliases;
  const order = orderBy(tail.orderBy, outputs, scope, plain, select.distinct);
  const grouped = scope.grouping !== undefined || scope.sawAggregate || select.having !== undefined;
  if (grouped) {
    scope.compilation.countAggregation();
    refuseUngrouped(inList, 'SELECT list');
    refuseUngrouped(inHaving, 'HAVING clause');
    refuseUngrouped(inQualify, 'QUALIFY clause');
    refuseUngrouped(scope.uses, 'ORDER BY clause');
  }
  const list = selectList(select, outputs, scope);
  const distinct = select.distinct ? 'DISTINCT ' : '';
  const limit = limitSql(tail, outer);
  const windows = new CorrelatedWindows(scope.compilation);
  const settled = (clause: Sql): Sql => {
    if (scope.grouping !== undefined) return withKeysTried(clause, scope.grouping.keys);
    return grouped ? clause : windows.settled(clause);
  };
  const names = series(
    list.columns.map((column) => column.sql),
    ', ',
  );
  const shown = settled(series([list.sql, ...order.hidden], ', '));
  const qualified = settled(qualify);
  const ordered = order.keys.length > 0;
  const orderText = ordered ? duck` ORDER BY ${settled(sortList(order.keys))}` : NOTHING;
  const body = duck`SELECT ${distinct}${shown}${windows.from(from)}${where}${groupBy}${settled(having)}${qualified}`;
  // DuckDB orders a DISTINCT by its own columns only, not by what is computed from them.
  const sql = order.outside
    ? duck`SELECT ${names} FROM (${body})${orderText}${limit}`
    : duck`${body}${orderText}${limit}`;
  const result: Rows = { sql, columns: list.columns, ordered, joins: rows?.joins };
  if (list.row !== undefined) result.row = list.row;
  const values = outputs.map((output) => output.value);
  const bare = rows === undefined && !select.distinct && !ordered && limit === NOTHING;
  if (bare && plain && !values.some((item) => item.sql.isOpaque)) result.constants = values;
  return result;
}

/** The output of a name; `star` looks at those of `*` as well. */
function outputNamed(
  outputs: readonly Output[],
  name: string,
  pos: Output['item']['pos'],
  star = false,
): Output | undefined {
  const items = outputs.map(({ item }) => item);
  const outputOf = (item: Item): Output => outputs[items.indexOf(item)]!;
  const found = itemNamed(items, name, pos, star, (item) => outputOf(item).value.sql);
  return found === undefined ? undefined : outputOf(found);
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

function selectList(
  select: Select,
  outputs: readonly Output[],
  scope: Scope,
): { sql: Sql; columns: Column[]; row?: Value['type'] } {
  if (select.as === 'STRUCT') {
    const fields: StructField[] = outputs.map(({ item, value: output }) =>
      item.name === undefined ? { type: output.type } : { name: item.name, type: output.type },
    );
    const type = structOf(fields);
    const physical = scope.compilation.column();
    return {
      sql: duck`${struct(outputs.map((output) => output.value.sql))} AS ${physical}`,
      columns: [{ sql: physical, type }],
      row: type,
    };
  }
  if (select.as === 'VALUE') {
    const only = outputs[0];
    if (only === undefined || outputs.length !== 1) {
      throw invalidQuery('SELECT AS VALUE query must have exactly one column', select.pos);
    }
    return {
      sql: duck`${only.value.sql} AS ${only.physical}`,
      columns: [{ sql: only.physical, type: only.value.type }],
      row: only.value.type,
    };
  }
  return {
    sql: series(
      outputs.map((output) => duck`${output.value.sql} AS ${output.physical}`),
      ', ',
    ),
    columns: outputs.map(({ item, value: output, physical }) => ({
      ...(item.name === undefined ? {} : { name: item.name }),
      sql: physical,
      type: output.type,
      ...(output.filterOf === undefined ? {} : { filterOf: output.filterOf }),
      ...(output.coercibility === 'none' || output.coercibility === 'parameter'
        ? {}
        : { coercibility: output.coercibility }),
    })),
  };
}

interface OrderText {
  keys: SortKey[];
  /** The keys stand in a SELECT around this one. */
  outside: boolean;
  /** Items of this SELECT that only those keys read. */
  hidden: Sql[];
}

function orderBy(
  items: readonly OrderItem[],
  outputs: readonly Output[],
  scope: Scope,
  plain: boolean,
  distinct: boolean,
): OrderText {
  let outside = false;
  const hidden: Sql[] = [];
  const outputOf = (item: OrderItem): Output | undefined => {
    const { expression } = item;
    const ordinal = ordinalOf(expression, outputs.length);
    if (ordinal !== undefined) return outputs[ordinal];
    if (expression.kind !== 'PathExpression' || expression.parts.length !== 1) return undefined;
    return outputNamed(outputs, expression.parts[0]!.name, item.pos, true);
  };
  // DuckDB computes nothing of a column of the SELECT list that has another value each time.
  const around =
    plain &&
    !distinct &&
    items.some((item) => {
      const output = outputOf(item);
      return output?.value.sql.isVolatile && !isBare(sortKey(output.value, item), output.value.sql);
    });
  const keys = items.flatMap((item) => {
    const { expression } = item;
    if (isLiteral(expression)) throw invalidQuery('Cannot ORDER BY literal values', expression.pos);
    let output = outputOf(item);
    const compiled = output === undefined ? scope.compile(expression) : output.value;
    if (distinct && output === undefined) {
      output = outputs.find((candidate) => candidate.value.sql.equals(compiled.sql));
      if (output === undefined) {
        outside = true;
        return sortKey(overOutputs(expression, outputs, scope, compiled), item);
      }
    }
    if (output === undefined && around) {
      const name = scope.compilation.column();
      hidden.push(duck`${compiled.sql} AS ${name}`);
      return sortKey({ ...compiled, sql: name }, item);
    }
    if (output === undefined || !plain) return sortKey(compiled, item);
    const key = { ...value(output.physical, output.value.type, item.pos), literal: output.value.literal };
    const keys = sortKey(key, item);
    const bare = isBare(keys, key.sql);
    outside ||= distinct && !bare;
    // Nor of one that holds a subquery.
    return bare || distinct || around || !output.value.sql.hasSubquery ? keys : sortKey(output.value, item);
  });
  return { keys, outside: outside || around, hidden };
}

function isBare(keys: readonly SortKey[], sql: Sql): boolean {
  return keys.length === 1 && keys[0]!.by === sql;
}

/** An expression over the columns of a SELECT DISTINCT, which are all that is left after it. */
function overOutputs(
  expression: OrderItem['expression'],
  outputs: readonly Output[],
  scope: Scope,
  compiled: Value,
): Value {
  const after = scope.child({ isolated: true });
  after.visible = outputs.map(({ item, physical, value: output }) => ({
    ...(item.name === undefined ? {} : { name: item.name }),
    sql: physical,
    type: output.type,
  }));
  try {
    return after.compile(expression);
  } catch (error) {
    if (!(error instanceof SqlError)) throw error;
    throw invalidQuery(
      `ORDER BY clause expression references column ${compiled.name ?? ''} which is not visible after SELECT DISTINCT`,
      expression.pos,
      error,
    );
  }
}
