import { type BigQueryError, invalidQuery } from '../errors.js';
import type { Position } from './ast.js';

/** `Syntax error: … at [line:column]` */
export function syntaxError(message: string, pos: Position): BigQueryError {
  return invalidQuery(`Syntax error: ${message}`, pos);
}
