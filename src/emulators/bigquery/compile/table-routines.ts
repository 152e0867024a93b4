import { routineName } from '../catalog/names.js';
import { invalidQuery } from '../errors.js';
import type { TableFunctionCall } from '../sql/ast.js';
import { parseQuery } from '../sql/parser.js';
import { tryCoerce } from './casts.js';
import { castContext, compileExpression } from './expression.js';
import { compileQuery } from './query.js';
import { routineRef } from './routines.js';
import type { Rows } from './rows.js';
import { Scope } from './scope.js';
import { fromStandardType } from './standard-types.js';
import type { Value } from './value.js';

/** A SQL table function of the catalog: its query with the arguments in place; undefined when there is none. */
export function tableRoutine(node: TableFunctionCall, scope: Scope): Rows | undefined {
  const { session } = scope;
  const ref = routineRef(node.name, scope);
  if (ref === undefined || session.context.catalog.getDataset(ref) === undefined) return undefined;
  const entry = session.context.catalog.getRoutine(ref);
  if (entry === undefined || entry.routineType !== 'TABLE_VALUED_FUNCTION') return undefined;
  session.referRoutine(entry.ref);
  const name = routineName(entry.ref).replace(':', '.');
  if (node.arguments.length !== entry.arguments.length) {
    throw invalidQuery(
      `Table-valued function ${name} takes ${entry.arguments.length} arguments, found ${node.arguments.length}`,
      node.pos,
    );
  }
  const inner = new Scope(session, undefined, { isolated: true });
  for (const [index, argument] of entry.arguments.entries()) {
    const given = node.arguments[index]!;
    const argumentName = String(argument['name']).toLowerCase();
    if (given.kind === 'TableArgument' || given.kind === 'QueryArgument') {
      const { result: rows, aggregations } = session.counting(() =>
        given.kind === 'QueryArgument' ? compileQuery(given.query, scope) : tableRows(given, scope),
      );
      inner.tables.set(argumentName, {
        name: argumentName,
        sql: `(${rows.sql})`,
        columns: rows.columns,
        row: rows.row,
        aggregations,
      });
      continue;
    }
    const compiled = compileExpression(given as Parameters<typeof compileExpression>[0], scope);
    const type = fromStandardType(argument['dataType']);
    const fitted: Value | undefined =
      type === undefined ? compiled : tryCoerce(compiled, type, castContext(scope));
    if (fitted === undefined) {
      throw invalidQuery(`Invalid argument ${index + 1} of table-valued function ${name}`, compiled.pos);
    }
    inner.locals.set(argumentName, {
      ...fitted,
      coercibility: type === undefined ? fitted.coercibility : 'parameter',
    });
  }
  // Each call has nodes of its own, as table functions inside are resolved once per node.
  const query = session.parse(`call ${name} ${node.pos.offset}`, entry.definitionBody, parseQuery);
  return session.expand(name, node.pos, () => compileQuery(query, inner));
}

function tableRows(
  given: Extract<TableFunctionCall['arguments'][number], { kind: 'TableArgument' }>,
  scope: Scope,
): Rows {
  return compileQuery(
    {
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
    },
    scope,
  );
}
