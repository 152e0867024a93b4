import type { CompiledArgument, LiteralValue } from '../../functions/registry.js';
import type { Position } from '../../syntax/ast.js';
import { type BqType, type Coercibility, printType } from '../../syntax/types.js';
import type { FloatOperation } from './float-operation.js';

/** A compiled expression: DuckDB text with its BigQuery type. */
export interface Value extends CompiledArgument {
  /** The text holds a subquery, an aggregate or a window function, none of which DuckDB's TRY takes. */
  opaque?: boolean;
  /** Of a struct constructor: the fields that `sql` is made of. */
  parts?: readonly Value[];
  /** What `sql` was written from. */
  floatOperation?: FloatOperation;
  /** The operands of `||` that `sql` was written from. */
  concatenation?: { sql: string; operands: readonly Value[] };
  /** It is a column over which its table demands a filter. */
  filterOf?: string;
  /** A name for the column when the expression stands in a SELECT list without alias. */
  name?: string;
}

export function value(
  sql: string,
  type: BqType,
  pos: Position,
  inputs: readonly Value[] = [],
  coercibility: Coercibility = 'none',
): Value {
  const result: Value = { sql, type, pos, coercibility };
  if (inputs.some((input) => input.opaque)) result.opaque = true;
  return result;
}

export function literalValue(sql: string, type: BqType, pos: Position, literal: LiteralValue): Value {
  return { sql, type, pos, coercibility: 'literal', literal };
}

/** The type of an argument as error messages show it. */
export function printArgumentType(input: Value): string {
  return input.coercibility === 'null' ? 'NULL' : printType(input.type);
}
