import type { Expression } from './expressions.js';
import type { Identifier, Node } from './node.js';

/** A type as written: `STRING(10)`, `ARRAY<STRUCT<a INT64>>`, `ANY TYPE` (as name ANY TYPE), `TABLE<…>`. */
export type TypeNode = SimpleTypeNode | ArrayTypeNode | StructTypeNode | RangeTypeNode | TableTypeNode;

export interface SimpleTypeNode extends Node {
  kind: 'SimpleType';
  /** Upper case: INT64, NUMERIC, …; aliases (INT, DECIMAL, …) are left as written. */
  name: string;
  /** `NUMERIC(10, 2)`, `STRING(5)`, `NUMERIC(MAX)` has none. */
  parameters: number[];
  collation?: string;
}

export interface ArrayTypeNode extends Node {
  kind: 'ArrayType';
  element: TypeNode;
}

export interface StructTypeNode extends Node {
  kind: 'StructType';
  fields: StructTypeField[];
}

export interface StructTypeField extends Node {
  name?: Identifier;
  type: TypeNode;
  /** Only in column definitions of CREATE TABLE and ALTER TABLE. */
  notNull?: boolean;
  options?: OptionNode[];
}

export interface RangeTypeNode extends Node {
  kind: 'RangeType';
  element: TypeNode;
}

/** The parameter type `TABLE<a INT64, b STRING>` of a table function; `ANY TABLE` has no columns. */
export interface TableTypeNode extends Node {
  kind: 'TableType';
  columns?: StructTypeField[];
}

/** One `name = value` of an OPTIONS list. */
export interface OptionNode extends Node {
  name: Identifier;
  value: Expression;
}
