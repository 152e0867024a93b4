import { duck, type Sql } from '../../duck/sql.js';
import { notImplemented } from '../../errors.js';
import { bindInputs } from '../../functions/share.js';
import type { Value } from '../scope/value.js';

/**
 * DuckDB text of an expression whose errors are NULL. What has another value each time is handed over by name, as
 * DuckDB does not try it; its own errors remain.
 */
export function tried(sql: Sql): Sql {
  if (!sql.isVolatile) return duck`TRY(${sql})`.as('try');
  const found = new Set<Sql>();
  sql.replace((node) => {
    if (node.kind !== 'volatile') return undefined;
    found.add(node);
    return node;
  });
  const nodes = [...found];
  const { names, around } = bindInputs(nodes);
  const named = sql.replace((node) => (found.has(node) ? names[nodes.indexOf(node)] : undefined));
  return around(duck`TRY(${named})`.as('try'));
}

/** `input` with its errors turned into NULL. */
export function safely(input: Value): Value {
  if (input.sql.isOpaque) {
    throw notImplemented('SAFE on an expression that holds a subquery or an aggregate function');
  }
  return { ...input, sql: tried(input.sql) };
}

/** Tables, fields and parentheses around a column. */
const PLACE_OF_COLUMN = /^(?:[("]|[\w$"]+\.|\)\.f\d+|\))*$/;

/** Neither computed nor converted, so that it has no errors. */
function isInfallible(sql: Sql): boolean {
  if (sql.kind === 'literal' || sql.kind === 'column') return true;
  return (
    !sql.isOpaque &&
    sql.pieces.every((piece) =>
      typeof piece === 'string' ? PLACE_OF_COLUMN.test(piece) : isInfallible(piece),
    )
  );
}

/** Names for inputs whose own errors SAFE does not cover; undefined when none of them has any. */
export function bindFallible(inputs: readonly Sql[]): ReturnType<typeof bindInputs> | undefined {
  return inputs.every(isInfallible) ? undefined : bindInputs(inputs);
}
