import { quoteString } from '../../duck/quote.js';
import { duck, raw, type Sql, series, subquery } from '../../duck/sql.js';
import { invalidQuery, notImplemented } from '../../errors.js';
import { own } from '../../functions/udf.js';
import type { CommonTableExpression, Query, QueryBody, SetOperation } from '../../syntax/ast.js';
import { printType } from '../../syntax/types.js';
import { tryCoerce } from '../expression/casts.js';
import type { Column, Rows } from '../scope/rows.js';
import type { Scope } from '../scope/scope.js';
import { value } from '../scope/value.js';

/** Whether the name of a table occurs in FROM anywhere in the query. */
export function refersTo(query: Query, name: string): boolean {
  const wanted = name.toLowerCase();
  const search = (node: unknown): boolean => {
    if (Array.isArray(node)) return node.some(search);
    if (typeof node !== 'object' || node === null) return false;
    if ('kind' in node && node.kind === 'TableReference') {
      const { path } = node as { path?: { parts: string[] } };
      if (path?.parts.length === 1 && path.parts[0]!.toLowerCase() === wanted) return true;
    }
    return Object.values(node).some(search);
  };
  return search(query);
}

/** `WITH RECURSIVE t AS (base UNION ALL recursive)`; the types of the base decide. `inner` knows its own WITH. */
export function recursiveQuery(
  entry: CommonTableExpression,
  physicalName: string,
  scope: Scope,
  inner: Scope,
): Rows {
  const { name, query } = entry;
  let body = query.body;
  while (body.kind === 'Query' && body.with === undefined && body.pipes.length === 0) body = body.body;
  if (body.kind !== 'SetOperation' || body.operator !== 'UNION') {
    throw invalidQuery(
      `Recursive table ${name.name} must be a UNION of a base and a recursive term`,
      entry.pos,
    );
  }
  const bases = body.inputs.filter((input) => !refersTo({ ...query, body: input, pipes: [] }, name.name));
  const loops = body.inputs.filter((input) => !bases.includes(input));
  if (bases.length === 0 || loops.length === 0) {
    throw invalidQuery(`Recursive table ${name.name} needs a term that does not refer to itself`, entry.pos);
  }
  const context = scope.castContext;
  const first = inner.body(bases[0]!);
  const kept = matched(first, first.columns, body);
  const columns: Column[] = kept.columns.map((column) => ({ ...column, origin: undefined }));
  const step = (input: QueryBody): Sql => {
    const rows = matched(inner.body(input), columns, body);
    if (rows.columns.length !== columns.length) {
      throw invalidQuery(
        `Queries in UNION ${body.distinct ? 'DISTINCT' : 'ALL'} have mismatched column count; query 1 has ${columns.length} columns, query 2 has ${rows.columns.length} columns`,
        entry.pos,
      );
    }
    const table = scope.compilation.alias();
    const items = rows.columns.map((column, index) => {
      const input = {
        ...value(duck`${table}.${column.sql}`, column.type, entry.pos),
        coercibility: column.coercibility ?? 'none',
      };
      const fitted = tryCoerce(input, columns[index]!.type, context);
      if (fitted === undefined) {
        throw invalidQuery(
          `Column ${index + 1} in UNION has incompatible types: ${printType(columns[index]!.type)}, ${printType(column.type)}`,
          entry.pos,
        );
      }
      return duck`${fitted.sql} AS ${columns[index]!.sql}`;
    });
    return duck`SELECT ${series(items, ', ')} FROM (${rows.sql}) AS ${table}`;
  };
  const base = series(
    [subquery(kept.sql), ...bases.slice(1).map(step)],
    body.distinct ? ' UNION ' : ' UNION ALL ',
  );
  scope.tables.set(name.name.toLowerCase(), {
    name: name.name,
    sql: raw(physicalName),
    columns,
    row: first.row,
    aggregations: 0,
    recursing: true,
  });
  const steps = series(loops.map(step), ' UNION ALL ');
  return {
    sql: body.distinct
      ? duck`(${base}) UNION (${steps})`
      : counted(base, steps, physicalName, scope.compilation.alias('i')),
    columns,
    ...(first.row === undefined ? {} : { row: first.row }),
    ordered: false,
  };
}

/** An input of the UNION with its columns in the order of the base's, where they match by name. */
function matched(
  input: Rows,
  base: readonly Column[],
  { columns: match, distinct, pos }: SetOperation,
): Rows {
  if (match.by === 'POSITION') return input;
  const shown = `UNION ${distinct ? 'DISTINCT' : 'ALL'} ${match.by === 'NAME' ? 'BY NAME' : match.by}`;
  if (match.mode === 'FULL' || match.mode === 'LEFT') {
    throw notImplemented(`${match.mode} ${shown} in a recursive table`, 'query', pos);
  }
  const wanted = match.on?.map(({ name }) => name) ?? base.map(({ name }) => name ?? '');
  const key = (name: string | undefined) => name?.toLowerCase();
  const columns = wanted.flatMap(
    (name) => input.columns.find((column) => key(column.name) === key(name)) ?? [],
  );
  const surplus = match.on === undefined && input.columns.length !== wanted.length;
  if (columns.length !== wanted.length || surplus) {
    throw invalidQuery(`Inputs of ${shown} in a recursive table have different columns`, pos);
  }
  const names = series(
    columns.map((column) => column.sql),
    ', ',
  );
  return { ...input, sql: duck`SELECT ${names} FROM (${input.sql})`, columns };
}

/** The service ends a recursion after so many rounds. */
const MAX_ITERATIONS = 500;

/** UNION ALL with one more column, which counts the rounds. */
function counted(base: Sql, steps: Sql, physicalName: string, round: string): Sql {
  const message = quoteString(
    `A recursive CTE has reached the maximum number of iterations: ${MAX_ITERATIONS}`,
  );
  const last = duck`(SELECT max(${round}) AS ${round} FROM ${physicalName}) AS l`;
  const goesOn = duck`CASE WHEN l.${round} >= ${MAX_ITERATIONS} THEN CAST(${own.error}(${message}) AS BOOLEAN) ELSE true END`;
  return duck`(SELECT *, 0 AS ${round} FROM (${base})) UNION ALL (SELECT s.*, l.${round} + 1 FROM (${steps}) AS s, ${last} WHERE ${goesOn})`;
}
