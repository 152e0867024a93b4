import { duck } from '../../duck/sql.js';
import { notImplemented } from '../../errors.js';
import type { Value } from '../scope/value.js';

/** `input` with its errors turned into NULL. */
export function safely(input: Value): Value {
  if (input.sql.isOpaque) {
    throw notImplemented('SAFE on an expression that holds a subquery or an aggregate function');
  }
  return { ...input, sql: duck`TRY(${input.sql})` };
}
