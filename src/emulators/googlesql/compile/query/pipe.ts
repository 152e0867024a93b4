import { duck, NOTHING, type Sql, SqlMap, series, subquery } from '../../duck/sql.js';
import { invalidQuery } from '../../errors.js';
import type {
  Expression,
  GroupBy,
  GroupingItem,
  Identifier,
  OrderItem,
  PipeAggregate,
  PipeOperator,
  Position,
  Select,
  SelectItem,
} from '../../syntax/ast.js';
import { isGroupable, printType } from '../../syntax/types.js';
import { condition } from '../expression/conditions.js';
import { type SortKey, sortKey, sortList } from '../expression/order.js';
import { type Column, type FromRows, type Rows, relationOf } from '../scope/rows.js';
import { findColumn, type Scope } from '../scope/scope.js';
import type { Value } from '../scope/value.js';
import { CorrelatedWindows } from './correlated-windows.js';
import { compileFrom, joinRows, sampleRows } from './from.js';
import { compilePivot, compileUnpivot } from './pivot.js';
import { compileSelect } from './select.js';
import { selectAll } from './select-all.js';
import { expandItems } from './select-items.js';
import { combine } from './set-operations.js';
import { compileTableFunction } from './table-function.js';
import { limitSql, ordinalOf } from './tail.js';
import { declareTables } from './with.js';

/** Applies the operators behind `|>` one after the other. */
export function applyPipes(input: FromRows, pipes: readonly PipeOperator[], scope: Scope): Rows {
  let rows = input;
  let ordered = false;
  for (const pipe of pipes) {
    rows = applyPipe(rows, pipe, scope);
    if (pipe.kind === 'PipeOrderBy' || (pipe.kind === 'PipeAggregate' && isOrdered(pipe))) ordered = true;
    else if (
      ['PipeJoin', 'PipeAggregate', 'PipeDistinct', 'PipeSetOperation', 'PipePivot'].includes(pipe.kind)
    )
      ordered = false;
  }
  const inner = scope.child();
  inner.setRows(rows);
  return selectAll(rows, inner, NOTHING, ordered);
}

function applyPipe(rows: FromRows, pipe: PipeOperator, scope: Scope): FromRows {
  const { compilation } = scope;
  switch (pipe.kind) {
    case 'PipeSelect':
      return again(compileSelect(selectOf(pipe.items, pipe.pos, pipe), scope, { orderBy: [] }, rows), scope);
    case 'PipeExtend':
      return extend(rows, pipe.items, pipe.windows, scope, pipe.pos);
    case 'PipeWindow':
      return extend(rows, pipe.items, [], scope, pipe.pos);
    case 'PipeSet':
      return setColumns(rows, pipe.items, scope);
    case 'PipeDrop':
      return {
        ...rows,
        visible: pipe.columns.reduce(
          (visible, name) => visible.filter((column) => column !== columnNamed(visible, name)),
          rows.visible,
        ),
      };
    case 'PipeRename': {
      const renamed = pipe.items.map((item) => ({
        column: columnNamed(rows.visible, item.from),
        to: item.to.name,
      }));
      const visible = rows.visible.map((column) => {
        const found = renamed.find((item) => item.column === column);
        return found === undefined ? column : { ...column, name: found.to };
      });
      return { ...rows, visible };
    }
    case 'PipeAs':
      return { ...rows, relations: [{ alias: pipe.alias.name, columns: rows.visible }] };
    case 'PipeWhere': {
      const inner = over(rows, scope);
      inner.noAggregates = 'pipe WHERE';
      inner.allowWindows = true;
      const tested = compilation.filtering(() => inner.compile(pipe.condition));
      const test = condition(tested, 'WHERE clause', scope.castContext);
      // A window function is legal here, which WHERE of DuckDB does not take.
      const word = test.sql.hasWindow ? 'QUALIFY' : 'WHERE';
      return wrap(rows, [], duck` ${word} ${test.sql}`, scope).rows;
    }
    case 'PipeAggregate':
      return again(aggregate(rows, pipe, scope), scope);
    case 'PipeDistinct':
      return distinct(rows, scope);
    case 'PipeOrderBy':
      return wrap(rows, [], duck` ORDER BY ${sortList(orderBy(rows, pipe.items, scope))}`, scope).rows;
    case 'PipeLimit':
      return wrap(rows, [], limitSql(pipe, scope), scope).rows;
    case 'PipeJoin':
      return joinRows(pipe.join, rows, compileFrom(pipe.join.right, scope, rows), scope);
    case 'PipeSetOperation': {
      const inner = over(rows, scope);
      const inputs = [selectAll(rows, inner), ...pipe.queries.map((query) => scope.query(query))];
      const positions = [pipe.pos, ...pipe.queries.map((query) => query.pos)];
      return again(combine(pipe, inputs, positions, scope), scope);
    }
    case 'PipeCall': {
      const table = selectAll(rows, over(rows, scope));
      const { aggregations } = compilation;
      const name = `$${compilation.alias('pipe')}`;
      const inner = scope.child();
      inner.tables.set(name, {
        name,
        sql: subquery(table.sql),
        columns: table.columns,
        row: table.row,
        aggregations,
      });
      const identifier: Identifier = { kind: 'Identifier', name, quoted: true, pos: pipe.pos };
      const path = { kind: 'ObjectPath' as const, pos: pipe.pos, parts: [name], identifiers: [identifier] };
      const call = {
        ...pipe.call,
        arguments: [{ kind: 'TableArgument' as const, pos: pipe.pos, path }, ...pipe.call.arguments],
      };
      return compileTableFunction(call, inner);
    }
    case 'PipeSample':
      return wrap(sampleRows(wrap(rows, [], NOTHING, scope).rows, pipe.sample, scope), [], NOTHING, scope)
        .rows;
    case 'PipePivot':
      return compilePivot(rows, pipe.pivot, pipe.alias?.name, scope, pipe.pos);
    case 'PipeUnpivot':
      return compileUnpivot(rows, pipe.unpivot, pipe.alias?.name, scope, pipe.pos);
    case 'PipeWith':
      declareTables(pipe.with, scope);
      return rows;
  }
}

/** A finished query as the input of the next operator. */
function again(rows: Rows, scope: Scope): FromRows {
  return relationOf(rows, subquery(rows.sql), undefined, scope.compilation);
}

function over(rows: FromRows, scope: Scope): Scope {
  const inner = scope.child();
  inner.setRows(rows);
  return inner;
}

function columnNamed(columns: readonly Column[], name: Identifier): Column {
  const column = findColumn(columns, name, name.name);
  if (column === undefined) throw invalidQuery(`Column ${name.name} not found in pipe input`, name.pos);
  return column;
}

function selectOf(
  items: SelectItem[],
  pos: Position,
  options: { distinct: boolean; as?: 'STRUCT' | 'VALUE'; windows: Select['windows'] },
): Select {
  return {
    kind: 'Select',
    pos,
    items,
    distinct: options.distinct,
    windows: options.windows,
    ...(options.as === undefined ? {} : { as: options.as }),
  };
}

/**
 * The same rows in a SELECT of their own, with further columns and clauses. Columns that are no longer visible stay
 * reachable through their range variables, as pipes demand.
 */
function wrap(
  rows: FromRows,
  extra: readonly { name?: string; value: Value }[],
  clauses: Sql,
  scope: Scope,
  distinct = false,
): { rows: FromRows; added: Column[] } {
  const { compilation } = scope;
  const table = compilation.alias();
  const places = new SqlMap<Sql>();
  const use = over(rows, scope);
  const place = (sql: Sql): Sql => {
    if (!places.has(sql)) places.add(sql, compilation.column());
    return duck`${table}.${places.get(sql)!}`;
  };
  const move = (column: Column): Column => {
    use.use({ ...column, ambiguous: false }, { pos: { offset: 0, line: 1, column: 1 } });
    return { ...column, sql: place(column.sql), origin: undefined };
  };
  const relations = rows.relations.map((relation) => ({
    ...relation,
    columns: relation.columns.map(move),
    ...(relation.row === undefined ? {} : { row: { sql: place(relation.row.sql), type: relation.row.type } }),
  }));
  const visible = rows.visible.map(move);
  const further = extra.map(({ name, value: input }) => ({ name, input, physical: compilation.column() }));
  const added = further.map(
    ({ name, input, physical }): Column => ({
      ...(name === undefined ? {} : { name }),
      sql: duck`${table}.${physical}`,
      type: input.type,
    }),
  );
  const windows = new CorrelatedWindows(compilation);
  const items = series(
    [
      ...places.entries().map(([sql, name]) => duck`${sql} AS ${name}`),
      ...further.map(({ input, physical }) => duck`${windows.settled(input.sql)} AS ${physical}`),
    ],
    ', ',
  );
  const tail = windows.settled(clauses);
  const word = distinct ? 'SELECT DISTINCT' : 'SELECT';
  return {
    rows: {
      sql: duck`(${word} ${items}${windows.from(duck` FROM ${rows.sql}`)}${tail}) AS ${table}`,
      relations,
      visible,
    },
    added,
  };
}

/** Rows that differ in a visible column; range variables keep those of their columns that are visible. */
function distinct(rows: FromRows, scope: Scope): FromRows {
  const visible = rows.visible.filter((column) => column.pseudo !== true);
  const odd = visible.find((column) => !isGroupable(column.type));
  if (odd !== undefined) {
    throw invalidQuery(`Column ${odd.name ?? ''} of type ${printType(odd.type)} cannot be used in DISTINCT`);
  }
  const shown = new SqlMap<true>();
  for (const column of visible) shown.add(column.sql, true);
  const relations = rows.relations
    .filter((relation) => relation.row === undefined)
    .map((relation) => ({
      ...relation,
      columns: relation.columns.filter((column) => shown.has(column.sql)),
    }));
  return wrap({ sql: rows.sql, relations, visible }, [], NOTHING, scope, true).rows;
}

function extend(
  rows: FromRows,
  items: readonly SelectItem[],
  windows: Select['windows'],
  scope: Scope,
  pos: Position,
): FromRows {
  const inner = over(rows, scope);
  inner.windows = windows;
  inner.noAggregates = 'pipe EXTEND';
  inner.allowWindows = true;
  const extra = expandItems(items, inner).map((item) => ({
    ...(item.name === undefined ? {} : { name: item.name }),
    value: item.compile(),
  }));
  if (extra.length === 0) throw invalidQuery('EXTEND needs an expression', pos);
  const { rows: next, added } = wrap(rows, extra, NOTHING, scope);
  return { ...next, visible: [...next.visible, ...added] };
}

function setColumns(
  rows: FromRows,
  items: readonly { column: Identifier; value: Expression }[],
  scope: Scope,
): FromRows {
  const inner = over(rows, scope);
  inner.noAggregates = 'pipe SET';
  inner.allowWindows = true;
  const targets = items.map((item) => rows.visible.indexOf(columnNamed(rows.visible, item.column)));
  const extra = items.map((item) => ({
    name: item.column.name,
    value: inner.compile(item.value),
  }));
  const { rows: next, added } = wrap(rows, extra, NOTHING, scope);
  const visible = next.visible.map((column, index) => {
    const at = targets.indexOf(index);
    return at < 0 ? column : { ...added[at]!, name: column.name };
  });
  return { ...next, visible };
}

function orderBy(rows: FromRows, items: readonly OrderItem[], scope: Scope): SortKey[] {
  const inner = over(rows, scope);
  inner.noAggregates = 'pipe ORDER BY';
  return items.flatMap((item) => {
    const ordinal = ordinalOf(item.expression, rows.visible.length);
    const key =
      ordinal === undefined ? inner.compile(item.expression) : inner.use(rows.visible[ordinal]!, item);
    return sortKey(key, item);
  });
}

function isOrdered(pipe: PipeAggregate): boolean {
  const grouped = pipe.groupBy?.items.some(
    (item) => item.kind === 'GroupingExpression' && item.order !== undefined,
  );
  return pipe.ordered || grouped === true || pipe.items.some((item) => item.order !== undefined);
}

/** AGGREGATE … GROUP BY: the grouping columns come first, then the aggregates. */
function aggregate(rows: FromRows, pipe: PipeAggregate, scope: Scope): Rows {
  const keys: SelectItem[] = [];
  const orders: OrderItem[] = [];
  const order = (place: number, item: Omit<OrderItem, 'expression' | 'pos'>, pos: Position) =>
    orders.push({
      ...item,
      pos,
      expression: { kind: 'IntegerLiteral', value: BigInt(place), text: String(place), pos },
    });
  const groupingItems: GroupingItem[] = (pipe.groupBy?.items ?? []).map((item) => {
    if (item.kind !== 'GroupingExpression') {
      for (const expression of expressionsOf(item))
        keys.push({ kind: 'SelectExpression', expression, pos: expression.pos });
      return item;
    }
    keys.push({
      kind: 'SelectExpression',
      expression: item.expression,
      pos: item.pos,
      ...(item.alias === undefined ? {} : { alias: item.alias }),
    });
    const place = keys.length;
    if (item.order !== undefined || pipe.ordered) order(place, item.order ?? { descending: false }, item.pos);
    return {
      kind: 'GroupingExpression',
      pos: item.pos,
      expression: { kind: 'IntegerLiteral', value: BigInt(place), text: String(place), pos: item.pos },
    };
  });
  const results = pipe.items.map(
    (item): SelectItem => ({
      kind: 'SelectExpression',
      expression: item.expression,
      pos: item.pos,
      ...(item.alias === undefined ? {} : { alias: item.alias }),
    }),
  );
  for (const [index, item] of pipe.items.entries()) {
    if (item.order !== undefined) order(keys.length + index + 1, item.order, item.pos);
  }
  const groupBy: GroupBy | undefined =
    pipe.groupBy === undefined
      ? undefined
      : { pos: pipe.groupBy.pos, all: pipe.groupBy.all, items: groupingItems };
  const select: Select = {
    ...selectOf([...keys, ...results], pipe.pos, { distinct: false, windows: [] }),
    ...(groupBy === undefined ? {} : { groupBy }),
  };
  return compileSelect(select, scope, { orderBy: orders }, rows);
}

function expressionsOf(item: Exclude<GroupingItem, { kind: 'GroupingExpression' }>): Expression[] {
  switch (item.kind) {
    case 'GroupingRollup':
    case 'GroupingCube':
      return item.elements.flat();
    case 'GroupingSets': {
      const all = item.sets.flatMap((set) =>
        set.kind === 'GroupingSet' ? set.expressions : expressionsOf(set),
      );
      const seen = new Set<string>();
      return all.filter((expression) => {
        const key =
          expression.kind === 'PathExpression'
            ? expression.parts.map((part) => part.name.toLowerCase()).join('.')
            : JSON.stringify(expression.pos);
        if (seen.has(key)) return false;
        seen.add(key);
        return true;
      });
    }
  }
}
