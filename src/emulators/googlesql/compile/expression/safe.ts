import { duck, type Sql } from '../../duck/sql.js';
import { notImplemented } from '../../errors.js';
import type { Value } from '../scope/value.js';

/** DuckDB text of an expression whose errors are NULL. */
export function tried(sql: Sql): Sql {
  return duck`TRY(${sql})`.as('try');
}

/** `input` with its errors turned into NULL. */
export function safely(input: Value): Value {
  if (input.sql.isOpaque) {
    throw notImplemented('SAFE on an expression that holds a subquery or an aggregate function');
  }
  return { ...input, sql: tried(input.sql) };
}
