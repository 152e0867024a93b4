import { raw, subquery } from '../../duck/sql.js';
import { invalidQuery } from '../../errors.js';
import type { Expression, TableFunctionCall } from '../../syntax/ast.js';
import { parseQuery } from '../../syntax/parser.js';
import { tryCoerce } from '../expression/casts.js';
import type { Rows } from '../scope/rows.js';
import type { Scope } from '../scope/scope.js';
import type { Value } from '../scope/value.js';

/** A SQL table function of the catalog: its query with the arguments in place; undefined when there is none. */
export function tableRoutine(node: TableFunctionCall, scope: Scope): Rows | undefined {
  const { compilation } = scope;
  const entry = compilation.context.names.routine(node.name.map((part) => part.name));
  if (entry?.kind !== 'tableFunction') return undefined;
  compilation.referRoutine(entry.ref);
  const { name } = entry;
  if (node.arguments.length !== entry.arguments.length) {
    throw invalidQuery(
      `Table-valued function ${name} takes ${entry.arguments.length} arguments, found ${node.arguments.length}`,
      node.pos,
    );
  }
  const inner = scope.apart();
  for (const [index, argument] of entry.arguments.entries()) {
    const given = node.arguments[index]!;
    const argumentName = argument.name.toLowerCase();
    if (given.kind === 'TableArgument' || given.kind === 'QueryArgument') {
      const { result: rows, aggregations } = compilation.counting(() =>
        given.kind === 'QueryArgument' ? scope.query(given.query) : tableRows(given, scope),
      );
      // The body may read it more than once, each time with the same values.
      const isOneTable = rows.sql.isVolatile && !rows.sql.hasOuter;
      inner.tables.set(argumentName, {
        name: argumentName,
        sql: isOneTable
          ? raw(inner.addTable(rows.columns, rows.sql, { materialized: true }))
          : subquery(rows.sql),
        columns: rows.columns,
        row: rows.row,
        aggregations,
      });
      continue;
    }
    const compiled = scope.compile(given as Expression);
    const { type } = argument;
    const fitted: Value | undefined =
      type === undefined ? compiled : tryCoerce(compiled, type, scope.castContext);
    if (fitted === undefined) {
      throw invalidQuery(`Invalid argument ${index + 1} of table-valued function ${name}`, compiled.pos);
    }
    inner.locals.set(argumentName, {
      ...fitted,
      coercibility: type === undefined ? fitted.coercibility : 'parameter',
    });
  }
  // Each call has nodes of its own, as table functions inside are resolved once per node.
  const query = compilation.parse(`call ${name} ${node.pos.offset}`, entry.body, parseQuery);
  return compilation.expand(name, node.pos, () => {
    const rows = inner.query(query);
    return { ...rows, sql: inner.behindTables(rows.sql, true) };
  });
}

function tableRows(
  given: Extract<TableFunctionCall['arguments'][number], { kind: 'TableArgument' }>,
  scope: Scope,
): Rows {
  return scope.query({
    kind: 'Query',
    pos: given.pos,
    end: given.pos.offset,
    orderBy: [],
    pipes: [],
    body: {
      kind: 'FromQuery',
      pos: given.pos,
      from: { kind: 'TableReference', pos: given.pos, path: given.path },
    },
  });
}
