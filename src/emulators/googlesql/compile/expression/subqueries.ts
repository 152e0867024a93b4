import { duck, raw, type Sql, subquery } from '../../duck/sql.js';
import { invalidQuery, tooComplex } from '../../errors.js';
import type { Position, QuantifiedComparison, Query } from '../../syntax/ast.js';
import { arrayOf, BOOL, commonSupertype, isEquatable, printType } from '../../syntax/types.js';
import type { Rows } from '../scope/rows.js';
import type { Scope } from '../scope/scope.js';
import { printArgumentType, type Value, value } from '../scope/value.js';
import { coerce } from './casts.js';
import { compare, threeValued } from './comparison.js';

/** A query with one column, as subqueries in expressions must be. */
function oneColumn(query: Query, pos: Position, scope: Scope, what: string): Rows {
  const rows = scope.query(query);
  if (rows.columns.length !== 1) {
    throw invalidQuery(
      `${what} cannot have more than one column unless using SELECT AS STRUCT to build STRUCT values`,
      pos,
    );
  }
  return rows;
}

/** What DuckDB's planner takes minutes for, out of reach of an interrupt, doubles that time once more often. */
export const MAX_PLAN_DOUBLINGS = 18;

function valueQuery(sql: Sql): Sql {
  const query = sql.as('valueQuery');
  if (query.planDoublings > MAX_PLAN_DOUBLINGS) throw tooComplex();
  return query;
}

function subqueryValue(sql: Sql, type: Value['type'], pos: Position): Value {
  return value(valueQuery(sql), type, pos);
}

export function scalarSubquery(query: Query, pos: Position, scope: Scope): Value {
  const rows = oneColumn(query, pos, scope, 'Scalar subquery');
  return subqueryValue(duck`(${rows.sql})`, rows.columns[0]!.type, pos);
}

export function arraySubquery(query: Query, pos: Position, scope: Scope): Value {
  const rows = oneColumn(query, pos, scope, 'ARRAY subquery');
  const { type } = rows.columns[0]!;
  if (type.kind === 'ARRAY') {
    throw invalidQuery(
      `Cannot use array subquery with column of type ${printType(type)} because nested arrays are not supported`,
      pos,
    );
  }
  // DuckDB collects the inputs of a UNION ALL in any order, unless a LIMIT makes it count them.
  const united = query.body.kind === 'SetOperation' && !rows.ordered;
  const sql = united ? duck`SELECT * FROM (${rows.sql}) LIMIT ${2n ** 63n - 1n}` : rows.sql;
  return subqueryValue(arrayOfRows(sql), arrayOf(type), pos);
}

/** DuckDB aggregates for it. */
function arrayOfRows(rows: Sql): Sql {
  return duck`ARRAY(${rows.as('aggregate')})`;
}

export function existsSubquery(query: Query, pos: Position, scope: Scope): Value {
  const rows = scope.query(query);
  return subqueryValue(duck`EXISTS(${rows.sql})`, BOOL, pos);
}

export function inSubquery(
  operand: Value,
  query: Query,
  negated: boolean,
  pos: Position,
  scope: Scope,
): Value {
  const context = scope.castContext;
  const rows = oneColumn(query, pos, scope, 'Subquery of type IN');
  const column = rows.columns[0]!;
  const table = scope.compilation.alias();
  const item = {
    ...value(duck`${table}.${column.sql}`, column.type, pos),
    coercibility: column.coercibility ?? ('none' as const),
  };
  const type = commonSupertype([operand, item]);
  if (type === undefined || !isEquatable(type)) {
    throw invalidQuery(
      `Cannot execute IN subquery with uncomparable types ${printArgumentType(operand)} and ${printArgumentType(item)}`,
      pos,
    );
  }
  if (type.kind === 'STRUCT') {
    const sql = tests({ operator: '=', negated: false, pos }, 'ANY', operand, rows, scope);
    return value(negated ? duck`(NOT ${sql})` : sql, BOOL, pos);
  }
  const left = coerce(operand, type, context);
  const right = coerce(item, type, context);
  if (type.kind === 'FLOAT64') {
    // NaN equals nothing, but for DuckDB.
    const rest = duck`SELECT ${right.sql} FROM (${rows.sql}) AS ${table} WHERE ${right.sql} IS NULL OR NOT isnan(${right.sql})`;
    return value(duck`(${left.sql} ${negated ? 'NOT ' : ''}IN ${subquery(rest)})`, BOOL, pos);
  }
  const list = right.sql === item.sql ? rows.sql : duck`SELECT ${right.sql} FROM (${rows.sql}) AS ${table}`;
  return value(duck`(${left.sql} ${negated ? 'NOT ' : ''}IN ${duck`(${list})`.as('subquery')})`, BOOL, pos);
}

/** `x = ANY (SELECT …)`, `x LIKE ALL (SELECT …)` */
export function quantifiedSubquery(node: QuantifiedComparison, query: Query, scope: Scope): Value {
  const operand = scope.compile(node.operand);
  const rows = oneColumn(query, node.pos, scope, 'Subquery of a quantified comparison');
  return value(tests(node, node.quantifier, operand, rows, scope), BOOL, node.pos);
}

/** A subquery that compares `operand` with each of `rows`. */
function tests(
  node: Parameters<typeof compare>[0],
  quantifier: QuantifiedComparison['quantifier'],
  operand: Value,
  rows: Rows,
  scope: Scope,
): Sql {
  const { compilation } = scope;
  const table = compilation.alias();
  const item = value(duck`${table}.${rows.columns[0]!.sql}`, rows.columns[0]!.type, node.pos);
  const test = compare(node, operand, item, scope.castContext);
  const list = compilation.alias('v');
  const outcome = threeValued(raw(list, 'column'), quantifier === 'ANY' ? 'bool_or' : 'bool_and');
  const outcomes = valueQuery(arrayOfRows(duck`SELECT ${test.sql} FROM (${rows.sql}) AS ${table}`));
  return valueQuery(duck`(SELECT ${outcome} FROM (SELECT ${outcomes} AS ${list}))`);
}
