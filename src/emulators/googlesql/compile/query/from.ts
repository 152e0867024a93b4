import { duck, NOTHING, raw, type Sql, series, subquery } from '../../duck/sql.js';
import { invalidQuery, notImplemented, tooComplex } from '../../errors.js';
import { own } from '../../functions/udf.js';
import type {
  Join,
  SampledTable,
  SubqueryTable,
  TableExpression,
  TableReference,
  Unnest,
} from '../../syntax/ast.js';
import { commonSupertype, INT64, isNumeric, printType } from '../../syntax/types.js';
import { coerce } from '../expression/casts.js';
import { comparison } from '../expression/comparison.js';
import { condition } from '../expression/conditions.js';
import { type Lookups, MATERIALIZED_AGGREGATIONS, type WithClause } from '../scope/compilation.js';
import { type Column, type FromRows, relationOf, valueRelation, withFields } from '../scope/rows.js';
import { findColumn, type Scope } from '../scope/scope.js';
import { type JoinedSides, joined } from './joined.js';
import { compilePivot, compileUnpivot } from './pivot.js';
import { compileTableFunction } from './table-function.js';
import { compileTable } from './tables.js';

/**
 * Compiles a FROM clause. `left` holds the tables to the left of the same FROM, whose columns UNNEST may use.
 */
export function compileFrom(node: TableExpression, outer: Scope, left?: FromRows): FromRows {
  switch (node.kind) {
    case 'TableReference':
      return tableReference(node, outer, left);
    case 'Unnest':
      return unnest(node, lateralScope(outer, left));
    case 'SubqueryTable':
      return subqueryTable(node, outer);
    case 'TableFunctionCall':
      return compileTableFunction(node, outer);
    case 'Join':
      return join(node, outer, left);
    case 'PivotTable':
      return compilePivot(
        compileFrom(node.input, outer, left),
        node.pivot,
        node.alias?.name,
        outer,
        node.pos,
      );
    case 'UnpivotTable':
      return compileUnpivot(
        compileFrom(node.input, outer, left),
        node.unpivot,
        node.alias?.name,
        outer,
        node.pos,
      );
    case 'SampledTable':
      return sampled(node, outer, left);
  }
}

function lateralScope(outer: Scope, left: FromRows | undefined): Scope {
  if (left === undefined) return outer;
  const scope = outer.child();
  scope.setRows(left);
  scope.isLateral = true;
  return scope;
}

function subqueryTable(node: SubqueryTable, outer: Scope): FromRows {
  const { compilation } = outer;
  const { result, aggregations } = compilation.counting(() =>
    compilation.observing(() => outer.query(node.query)),
  );
  const { result: rows, lookups } = result;
  const materialized = aggregations >= MATERIALIZED_AGGREGATIONS;
  const holder = outer.seesRows || materialized ? holderOf(lookups, outer, materialized) : undefined;
  if (holder === undefined || !materialized) compilation.countAggregations(aggregations);
  const held = holder?.addTable(rows.columns, rows.sql, { materialized });
  const sql = held === undefined ? subquery(rows.sql) : raw(held);
  return relationOf(rows, sql, node.alias?.name, compilation);
}

/**
 * The query whose WITH clause can take a subquery that does not use the rows around it. DuckDB takes each reading of
 * a table of WITH below a correlated subquery for correlated and pairs it with all rows, which only a scan of a whole
 * table of WITH is spared.
 */
function holderOf(
  { outermost, tables, recursing }: Lookups,
  outer: Scope,
  materialized: boolean,
): WithClause | undefined {
  if (recursing || outermost <= outer.depth) return undefined;
  const around = [...tables].filter((scope) => scope.depth <= outer.depth);
  const innermost = around.sort((left, right) => right.depth - left.depth)[0];
  if (innermost === undefined && materialized) return outer.outermostQuery;
  return innermost?.hasWith ? innermost : undefined;
}

function tableReference(node: TableReference, outer: Scope, left: FromRows | undefined): FromRows {
  if (node.systemTime !== undefined) {
    throw notImplemented('FOR SYSTEM_TIME AS OF (time travel)');
  }
  const array = arrayPath(node, outer, left);
  if (array !== undefined) return array;
  if (node.withOffset !== undefined)
    throw invalidQuery('WITH OFFSET can only be used with array scans', node.pos);
  return compileTable(node, outer);
}

/** `FROM t, t.items`: the array of an earlier table, or of a query around this one. */
function arrayPath(node: TableReference, outer: Scope, left: FromRows | undefined): FromRows | undefined {
  const identifiers = node.path.identifiers;
  if (identifiers.length < 2) return undefined;
  const scope = lateralScope(outer, left);
  const first = identifiers[0]!.name.toLowerCase();
  const known = [scope, outer].some((candidate) => hasRelation(candidate, first));
  if (!known && hasColumn(scope, first)) {
    const name = identifiers[0]!.name;
    throw invalidQuery(
      `Aliases referenced in the from clause must refer to preceding scans, and cannot refer to columns on those scans. ${name} refers to a column and must be qualified with a table name.`,
      node.pos,
    );
  }
  if (!known || scope.findTable(node.path.parts.join('.')) !== undefined) return undefined;
  const expression = { kind: 'PathExpression' as const, parts: identifiers, pos: node.pos };
  const alias = node.alias ?? { ...identifiers.at(-1)! };
  return unnest(
    { kind: 'Unnest', pos: node.pos, arrays: [{ expression }], alias, withOffset: node.withOffset },
    scope,
  );
}

function hasColumn(from: Scope, name: string): boolean {
  for (let scope: Scope | undefined = from; scope !== undefined; scope = scope.parent) {
    if (scope.visible.some((column) => column.name?.toLowerCase() === name)) return true;
    if (scope.isolated || scope.hidesRows) return false;
  }
  return false;
}

function hasRelation(from: Scope, name: string): boolean {
  for (let scope: Scope | undefined = from; scope !== undefined; scope = scope.parent) {
    if (scope.relations.some((relation) => relation.alias?.toLowerCase() === name)) return true;
    if (scope.isolated) return false;
  }
  return false;
}

function unnest(node: Unnest, scope: Scope): FromRows {
  if (node.arrays.length > 1) return unnestTogether(node, scope);
  const { expression, alias: arrayAlias } = node.arrays[0]!;
  const array = scope.compile(expression);
  if (array.type.kind !== 'ARRAY') {
    throw invalidQuery(
      `Values referenced in UNNEST must be arrays. UNNEST contains expression of type ${printType(array.type)}`,
      array.pos,
    );
  }
  const table = scope.compilation.alias();
  const item = scope.compilation.alias('c');
  const offset = node.withOffset === undefined ? undefined : scope.compilation.alias('c');
  const columns = [duck`unnest(${array.sql}) AS ${item}`];
  if (offset !== undefined) columns.push(duck`unnest(range(len(${array.sql}))) AS ${offset}`);
  const alias = node.alias?.name ?? arrayAlias?.name;
  const relation = valueRelation(duck`${table}.${item}`, array.type.element, alias);
  const relations = [relation];
  const visible = [...relation.columns];
  if (offset !== undefined) {
    const column: Column = {
      name: node.withOffset!.alias?.name ?? 'offset',
      sql: duck`${table}.${offset}`,
      type: INT64,
    };
    relations.push({ columns: [column] });
    visible.push(column);
  }
  const query = subquery(duck`SELECT ${series(columns, ', ')}`);
  const rows = withFields(query, relation, { table, item: raw(item, 'column') }, scope.compilation);
  return { sql: duck`${rows} AS ${table}`, relations, visible, lateral: array.sql.hasOuter };
}

/** `UNNEST(a, b)`: arrays side by side, the shorter ones filled with NULL. */
function unnestTogether(node: Unnest, scope: Scope): FromRows {
  if (node.mode !== undefined && node.mode.kind !== 'StringLiteral') {
    throw notImplemented('A mode of UNNEST that is not a literal', 'query', node.mode.pos);
  }
  const mode = node.mode?.value.toUpperCase() ?? 'PAD';
  if (mode !== 'PAD' && mode !== 'STRICT' && mode !== 'TRUNCATE') {
    throw invalidQuery(`Invalid UNNEST mode ${mode}`, node.mode?.pos);
  }
  const table = scope.compilation.alias();
  const columns: Column[] = [];
  const items: Sql[] = [];
  const lengths: Sql[] = [];
  for (const { expression, alias } of node.arrays) {
    const array = scope.compile(expression);
    if (array.type.kind !== 'ARRAY')
      throw invalidQuery(`UNNEST needs arrays, not ${printType(array.type)}`, array.pos);
    const name = scope.compilation.alias('c');
    items.push(duck`unnest(${array.sql}) AS ${name}`);
    lengths.push(duck`coalesce(len(${array.sql}), 0)`);
    columns.push({ name: alias?.name ?? array.name, sql: duck`${table}.${name}`, type: array.type.element });
  }
  const counter = scope.compilation.alias('c');
  items.push(duck`unnest(range(greatest(${series(lengths, ', ')}))) AS ${counter}`);
  let filter = NOTHING;
  if (mode === 'TRUNCATE') filter = duck` WHERE ${counter} < least(${series(lengths, ', ')})`;
  if (mode === 'STRICT') {
    filter = duck` WHERE CASE WHEN least(${series(lengths, ', ')}) <> greatest(${series(lengths, ', ')}) THEN CAST(${own.error}('Unnested arrays under STRICT mode must have equal lengths') AS BOOLEAN) ELSE true END`;
  }
  const visible = [...columns];
  if (node.withOffset !== undefined) {
    visible.push({
      name: node.withOffset.alias?.name ?? 'offset',
      sql: duck`${table}.${counter}`,
      type: INT64,
    });
  }
  const sql = duck`(SELECT * FROM (SELECT ${series(items, ', ')}) AS ${scope.compilation.alias()}${filter}) AS ${table}`;
  const lateral = items.some((item) => item.hasOuter);
  return { sql, relations: [{ alias: node.alias?.name, columns: visible }], visible, lateral };
}

function join(node: Join, outer: Scope, before: FromRows | undefined): FromRows {
  const { result, lookups } = outer.compilation.observing(() => {
    const left = compileFrom(node.left, outer, before);
    const seen = before === undefined ? left : merge(NOTHING, before, left);
    return { left, right: compileFrom(node.right, outer, seen) };
  });
  return joinRows(node, result.left, result.right, outer, lookups.outermost <= outer.depth);
}

/** DuckDB takes a second to find an order for as many, a minute for twice as many, and cannot be interrupted. */
export const MAX_JOINS = 64;

/** Joins two compiled sides; pipes give the left one ready-made. */
export function joinRows(
  node: Omit<Join, 'left'>,
  left: FromRows,
  right: FromRows,
  outer: Scope,
  correlated = false,
): FromRows {
  const joins = (left.joins ?? 0) + (right.joins ?? 0) + 1;
  if (joins > MAX_JOINS) throw tooComplex();
  return { ...joinSides(node, left, right, outer, correlated), joins };
}

function joinSides(
  node: Omit<Join, 'left'>,
  leftSide: FromRows,
  rightSide: FromRows,
  outer: Scope,
  correlated: boolean,
): FromRows {
  const left = node.type === 'RIGHT' || node.type === 'FULL' ? nullable(leftSide) : leftSide;
  const right = node.type === 'LEFT' || node.type === 'FULL' ? nullable(rightSide) : rightSide;
  checkAliases(left, right, node);
  if (node.type === 'CROSS' || node.type === 'COMMA') {
    if (node.on !== undefined || node.using !== undefined) {
      throw invalidQuery('CROSS JOIN does not take ON or USING', node.pos);
    }
    return merge(duck`${left.sql} CROSS JOIN ${right.sql}`, left, right);
  }
  const sides = { type: node.type, left, right: parenthesised(right, node), correlated };
  if (node.using !== undefined) return joinUsing(node, sides, outer);
  const merged = merge(NOTHING, left, right);
  if (node.on === undefined) {
    // An array needs no condition: each row joins its own elements.
    if (node.right.kind !== 'Unnest' && node.right.kind !== 'TableReference') {
      throw invalidQuery(`${node.type} JOIN must have an immediately following ON or USING clause`, node.pos);
    }
    return joined({ ...sides, on: raw('true', 'literal') }, merged, outer.compilation);
  }
  const scope = outer.child();
  scope.setRows(merged);
  scope.noAggregates = 'JOIN ON clause';
  const { on: expression } = node;
  const test = outer.compilation.filtering(() => scope.compile(expression));
  const on = condition(test, 'JOIN ON clause', outer.castContext);
  const offered = node.type === 'ANTI' ? left : merged;
  return joined({ ...sides, on: on.sql }, offered, outer.compilation);
}

function nullable(rows: FromRows): FromRows {
  return { ...rows, relations: rows.relations.map((relation) => ({ ...relation, nullable: true })) };
}

function parenthesised(right: FromRows, node: Omit<Join, 'left'>): FromRows {
  return node.right.kind === 'Join' ? { ...right, sql: duck`(${right.sql})` } : right;
}

function merge(sql: Sql, left: FromRows, right: FromRows): FromRows {
  return {
    sql,
    relations: [...left.relations, ...right.relations],
    visible: [...left.visible, ...right.visible],
  };
}

function checkAliases(left: FromRows, right: FromRows, node: Omit<Join, 'left'>): void {
  const names = new Set(left.relations.flatMap((relation) => relation.alias?.toLowerCase() ?? []));
  const twice = right.relations.find(
    (relation) => relation.alias !== undefined && names.has(relation.alias.toLowerCase()),
  );
  if (twice !== undefined) {
    throw invalidQuery(`Duplicate table alias ${twice.alias} in the same FROM clause`, node.right.pos);
  }
}

function joinUsing(node: Omit<Join, 'left'>, sides: Omit<JoinedSides, 'on'>, outer: Scope): FromRows {
  const { left, right } = sides;
  const context = outer.castContext;
  const conditions: Sql[] = [];
  const shared: Column[] = [];
  const used = new Set<Column>();
  const scope = outer.apart();
  for (const name of node.using ?? []) {
    const sides = [left, right].map((side, index) => {
      const column = findColumn(side.visible, name, name.name);
      if (column === undefined) {
        throw invalidQuery(
          `Column ${name.name} in USING clause not found on ${index === 0 ? 'left' : 'right'} side of join`,
          name.pos,
        );
      }
      used.add(column);
      return column;
    });
    const [a, b] = sides.map((column) => scope.use(column, name));
    const type = commonSupertype([a!, b!]);
    if (type === undefined) {
      throw invalidQuery(
        `Column ${name.name} in USING has incompatible types on either side of the join: ${printType(a!.type)} and ${printType(b!.type)}`,
        name.pos,
      );
    }
    const [first, second] = [coerce(a!, type, context).sql, coerce(b!, type, context).sql];
    conditions.push(comparison('=', a!, b!, name.pos, context).sql);
    const sql =
      node.type === 'FULL' ? duck`coalesce(${first}, ${second})` : node.type === 'RIGHT' ? second : first;
    shared.push({ name: sides[0]!.name, sql, type });
  }
  const rest = [...left.visible, ...right.visible].filter((column) => !used.has(column));
  const relations = [...left.relations, ...right.relations];
  const offered = { sql: NOTHING, relations, visible: [...shared, ...rest] };
  return joined({ ...sides, on: series(conditions, ' AND ') }, offered, outer.compilation);
}

function sampled(node: SampledTable, outer: Scope, left: FromRows | undefined): FromRows {
  const input = compileFrom(node.input, outer, left);
  return sampleRows(input, node.sample, outer);
}

/** TABLESAMPLE: BigQuery takes blocks of storage, here each row has its chance. */
export function sampleRows(input: FromRows, sample: SampledTable['sample'], outer: Scope): FromRows {
  outer.compilation.cacheable = false;
  const size = outer.compile(sample.size);
  if (typeof size.literal !== 'bigint' && typeof size.literal !== 'string') {
    throw invalidQuery('TABLESAMPLE needs a literal or a parameter', size.pos);
  }
  const amount = Number(size.literal);
  if (!isNumeric(size.type) || Number.isNaN(amount) || (sample.unit === 'ROWS' && !(amount >= 0))) {
    throw invalidQuery('TABLESAMPLE needs a number that is not negative', size.pos);
  }
  if (sample.unit === 'PERCENT' && (amount < 0 || amount > 100)) {
    throw invalidQuery('PERCENT value must be in the range [0, 100]', size.pos);
  }
  const method =
    sample.unit === 'ROWS'
      ? `RESERVOIR(${Math.floor(amount)} ROWS)`
      : amount >= 100
        ? undefined
        : `BERNOULLI(${amount} PERCENT)`;
  return method === undefined ? input : { ...input, sql: duck`${input.sql} TABLESAMPLE ${method}` };
}
