import { duck, isQuery, type Sql, SqlMap, series } from '../../duck/sql.js';
import { invalidQuery } from '../../errors.js';
import { bindInputs } from '../../functions/share.js';
import type { Expression, GroupBy, GroupingItem } from '../../syntax/ast.js';
import { isGroupable, printType } from '../../syntax/types.js';
import type { Grouping, Scope } from '../scope/scope.js';
import type { Value } from '../scope/value.js';
import { type Item, itemNamed } from './select-items.js';

export interface GroupingText extends Grouping {
  /** What follows GROUP BY; absent where everything is grouped into one row. */
  sql?: Sql;
}

const MAX_SETS = 4096;

/** Compiles GROUP BY; `items` is the SELECT list its aliases and ordinals refer to. */
export function compileGroupBy(groupBy: GroupBy, items: readonly Item[], scope: Scope): GroupingText {
  const keys = new SqlMap<Value>();
  const add = (key: Value): Value => {
    if (!isGroupable(key.type, scope.compilation.dialect.groupsArrays)) {
      throw invalidQuery(`Grouping by expressions of type ${printType(key.type)} is not allowed`, key.pos);
    }
    keys.add(key.sql, key);
    return key;
  };
  if (groupBy.all) {
    for (const key of groupByAll(items, scope)) add(key);
    return { sql: duck`()`, ...listed(keys) };
  }
  const compile = (expression: Expression) => add(groupingKey(expression, items, scope));
  const simple = groupBy.items.every((item) => item.kind === 'GroupingExpression');
  if (simple) {
    for (const item of groupBy.items) if (item.kind === 'GroupingExpression') compile(item.expression);
    return listed(keys);
  }
  // Several of ROLLUP, CUBE and GROUPING SETS multiply.
  let sets: Value[][] = [[]];
  for (const item of groupBy.items) {
    const own = setsOf(item, compile);
    sets = sets.flatMap((set) => own.map((more) => [...set, ...more]));
    if (sets.length > MAX_SETS)
      throw invalidQuery(`Too many grouping sets; the limit is ${MAX_SETS}`, groupBy.pos);
  }
  const texts = sets.map((set) => duck`(${groupables(distinct(set))})`);
  return { keys, leavesOut: true, sql: duck`GROUPING SETS (${series(texts, ', ')})` };
}

function listed(keys: SqlMap<Value>): GroupingText {
  const values = keys.entries().map(([, key]) => key);
  return { keys, leavesOut: false, ...(values.length > 0 && { sql: groupables(values) }) };
}

function distinct(set: readonly Value[]): Value[] {
  const known = new SqlMap<Value>();
  for (const key of set) known.add(key.sql, key);
  return known.entries().map(([, key]) => key);
}

function groupables(keys: readonly Value[]): Sql {
  return series(
    keys.map(({ sql }) => sql),
    ', ',
  );
}

/** DuckDB takes a bare integer for an ordinal. */
function groupable(key: Value): Value {
  const isOrdinal = key.type.kind === 'INT64' && key.sql.kind === 'literal';
  return isOrdinal ? { ...key, sql: duck`(${key.sql} + 0)` } : key;
}

function setsOf(item: GroupingItem, compile: (expression: Expression) => Value): Value[][] {
  switch (item.kind) {
    case 'GroupingExpression':
      return [[compile(item.expression)]];
    case 'GroupingRollup': {
      const elements = item.elements.map((element) => element.map(compile));
      return Array.from({ length: elements.length + 1 }, (_, dropped) =>
        elements.slice(0, elements.length - dropped).flat(),
      );
    }
    case 'GroupingCube': {
      const elements = item.elements.map((element) => element.map(compile));
      if (elements.length > 12) throw invalidQuery('CUBE has too many elements', item.pos);
      return Array.from({ length: 2 ** elements.length }, (_, mask) =>
        elements.filter((_element, index) => (mask & (1 << index)) === 0).flat(),
      );
    }
    case 'GroupingSets':
      return item.sets.flatMap((set) =>
        set.kind === 'GroupingSet' ? [set.expressions.map(compile)] : setsOf(set, compile),
      );
  }
}

/**
 * A clause of a grouped SELECT for DuckDB, whose TRY takes a key in it for the column of a single row: the keys in a
 * TRY are handed over by name.
 */
export function withKeysTried(clause: Sql, keys: SqlMap<Value>, inSubquery = false): Sql {
  return clause.replace((node) => {
    if (!node.hasTry || keys.has(node)) return node;
    if (node.kind === 'try') return withKeysBound(node, keys);
    // What an aggregate of a subquery has of the keys is grouped already.
    if (node.kind === 'aggregate' && !inSubquery) return node;
    if (!isQuery(node.kind) || inSubquery) return undefined;
    return withKeysTried(node, keys, true);
  });
}

function withKeysBound(tried: Sql, keys: SqlMap<Value>): Sql {
  const found = new SqlMap<Sql>();
  tried.replace((node) => {
    if (!keys.has(node)) return undefined;
    found.add(node, node);
    return node;
  });
  const inputs = found.entries().map(([key]) => key);
  if (inputs.length === 0) return tried;
  const { names, around } = bindInputs(inputs);
  const named = new SqlMap<Sql>();
  for (const [index, key] of inputs.entries()) named.add(key, names[index]!);
  return around(tried.replace((node) => named.get(node)));
}

function groupingKey(expression: Expression, items: readonly Item[], scope: Scope): Value {
  const item = itemOf(expression, items);
  if (item !== undefined) {
    const aggregates = scope.sawAggregate;
    scope.sawAggregate = false;
    const key = groupable(item.compile());
    const name = scope.sawAggregate ? 'aggregate' : key.sql.hasWindow ? 'analytic' : undefined;
    if (name !== undefined) {
      throw invalidQuery(
        expression.kind === 'IntegerLiteral'
          ? `Cannot GROUP BY field references from SELECT list alias or ordinal that contains an ${name} function`
          : `${name === 'aggregate' ? 'Aggregate' : 'Analytic'} functions are not allowed in GROUP BY`,
        expression.pos,
      );
    }
    scope.sawAggregate = aggregates;
    // One text for the key, however often the SELECT list is compiled.
    if (item.expression !== undefined) scope.memo.set(item.expression, key);
    return key;
  }
  scope.noAggregates = 'GROUP BY clause';
  const key = scope.compile(expression);
  scope.noAggregates = undefined;
  if (isLiteral(expression)) throw invalidQuery('Cannot GROUP BY literal values', expression.pos);
  return key;
}

/** A bare literal, which would group all rows together; integers are places in the SELECT list. */
export function isLiteral(expression: Expression): boolean {
  return /^(?:String|Bytes|Float|Boolean|Null|Typed)Literal$/.test(expression.kind);
}

function itemOf(expression: Expression, items: readonly Item[]): Item | undefined {
  if (expression.kind === 'IntegerLiteral') {
    const item = items[Number(expression.value) - 1];
    if (item === undefined) {
      throw invalidQuery(
        `GROUP BY is out of range for SELECT column number ${expression.value}`,
        expression.pos,
      );
    }
    return item;
  }
  if (expression.kind !== 'PathExpression' || expression.parts.length !== 1) return undefined;
  return itemNamed(items, expression.parts[0]!.name, expression.pos);
}

/** GROUP BY ALL: every item that holds columns and no aggregate or window function. */
function groupByAll(items: readonly Item[], scope: Scope): Value[] {
  const keys: Value[] = [];
  const before = scope.sawAggregate;
  for (const item of items) {
    scope.sawAggregate = false;
    const usesBefore = scope.uses.length;
    const key = item.compile();
    const grouped = !scope.sawAggregate && scope.uses.length > usesBefore && !key.sql.hasWindow;
    if (!grouped) continue;
    if (item.expression !== undefined) scope.memo.set(item.expression, key);
    keys.push(key);
  }
  scope.sawAggregate = before;
  return keys;
}
