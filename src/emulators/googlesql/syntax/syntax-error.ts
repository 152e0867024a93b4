import { invalidQuery, type SqlError } from '../errors.js';
import type { Position } from './ast.js';

/** `Syntax error: … at [line:column]` */
export function syntaxError(message: string, pos: Position): SqlError {
  return invalidQuery(`Syntax error: ${message}`, pos);
}
