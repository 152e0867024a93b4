import type { Sql } from '../../duck/sql.js';
import type { LiteralValue } from '../../functions/registry.js';
import type { Position } from '../../syntax/ast.js';
import { type BqType, type Coercibility, printType } from '../../syntax/types.js';
import type { FloatOperation } from './float-operation.js';

/** A compiled expression: SQL for DuckDB with its BigQuery type. */
export interface Value {
  sql: Sql;
  type: BqType;
  coercibility: Coercibility;
  pos: Position;
  /** Present for a literal (or a constant made of one, such as `-1`). */
  literal?: LiteralValue;
  /** Of a call of ERROR, which takes any type: the SQL of its message. */
  failure?: Sql;
  /** The fields of a struct constructor. */
  parts?: readonly Value[];
  /** A parameter whose type only its use tells, by its name. */
  undeclared?: string;
  /** What the constructor wrote: `parts` are those of the value as long as it is that. */
  constructed?: Sql;
  /** What its SQL was written from, as long as it is that. */
  floatOperation?: FloatOperation;
  /** The operands of `||` that `sql` was written from. */
  concatenation?: { sql: Sql; operands: readonly Value[] };
  /** What stands for its SQL, as long as it is that, where NULL and FALSE do the same. */
  asCondition?: { of: Sql; sql: Sql };
  /** It is a column over which its table demands a filter. */
  filterOf?: string;
  /** A name for the column when the expression stands in a SELECT list without alias. */
  name?: string;
}

export function value(sql: Sql, type: BqType, pos: Position, coercibility: Coercibility = 'none'): Value {
  return { sql, type, pos, coercibility };
}

export function literalValue(sql: Sql, type: BqType, pos: Position, literal: LiteralValue): Value {
  return { sql, type, pos, coercibility: 'literal', literal };
}

/** The type of an argument as error messages show it. */
export function printArgumentType(input: Value): string {
  return input.coercibility === 'null' ? 'NULL' : printType(input.type);
}
