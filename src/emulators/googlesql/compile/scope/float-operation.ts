import type { Sql } from '../../duck/sql.js';

export type FloatOperator = '+' | '-' | '*' | '/';

/**
 * FLOAT64 arithmetic, which BigQuery fails where finite operands give what is not finite. Nothing but a division makes
 * such a result finite again, so that the whole tells whether all is well; which operation failed is looked for only
 * when it is not.
 */
export interface FloatOperation {
  operator: FloatOperator;
  left: FloatOperand;
  right: FloatOperand;
  range: Range;
  /** Number of operations, this one included. */
  size: number;
  canFail: boolean;
  /** With its checks. */
  sql: Sql;
}

export type FloatOperand = FloatOperation | FloatLeaf;

export interface FloatLeaf {
  leaf: Sql;
  range: Range;
}

/** Bounds of a magnitude: `most` of any value, `least` of those other than zero. */
export interface Range {
  most: number;
  least: number;
}
