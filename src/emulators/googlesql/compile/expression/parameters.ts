import { raw, type Sql, template } from '../../duck/sql.js';
import { invalidQuery } from '../../errors.js';
import { boundedRow } from '../../functions/emit.js';
import type { NamedParameter, PositionalParameter } from '../../syntax/ast.js';
import { INT64 } from '../../syntax/types.js';
import type { Scope } from '../scope/scope.js';
import type { Value } from '../scope/value.js';

/** The text of a query has no longer literals, and DuckDB copies one of a parameter as often as there are rows. */
const MAX_LITERAL_LENGTH = 1024 * 1024;

function boundedLiteral(sql: string): Sql {
  const literal = raw(sql, 'literal');
  if (sql.length <= MAX_LITERAL_LENGTH) return literal;
  return template([literal], ([text]) => boundedRow(String(sql.length), text!));
}

/** The value of `@name` or `?`. */
export function compileParameter(node: NamedParameter | PositionalParameter, scope: Scope): Value {
  const { context } = scope.compilation;
  const given = context.parameters ?? [];
  const name = node.kind === 'NamedParameter' ? node.name : undefined;
  const found =
    node.kind === 'NamedParameter'
      ? given.find((parameter) => parameter.name?.toLowerCase() === node.name.toLowerCase())
      : given.filter((parameter) => parameter.name === undefined)[node.index];
  if (found !== undefined) {
    const { sql, ...rest } = found.value();
    return { ...rest, sql: boundedLiteral(sql), pos: node.pos, coercibility: 'parameter' };
  }
  if (context.declareParameter !== undefined) {
    context.declareParameter(name);
    const value: Value = { sql: raw('NULL', 'literal'), type: INT64, pos: node.pos, coercibility: 'null' };
    return name === undefined ? value : { ...value, undeclared: name };
  }
  throw node.kind === 'NamedParameter'
    ? invalidQuery(`Query parameter '${node.name}' not found`, node.pos)
    : invalidQuery(
        `Query parameter number ${node.index + 1} is not defined (${given.length} provided)`,
        node.pos,
      );
}
