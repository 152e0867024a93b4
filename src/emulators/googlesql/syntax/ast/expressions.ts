import type { Identifier, Node, ObjectPath } from './node.js';
import type { OrderItem, Query } from './queries.js';
import type { StructTypeNode, TypeNode } from './types.js';

/** Parentheses leave no trace: `(a)` is `a`. */
export type Expression =
  | NullLiteral
  | BooleanLiteral
  | IntegerLiteral
  | FloatLiteral
  | StringLiteral
  | BytesLiteral
  | TypedLiteral
  | RangeLiteral
  | IntervalExpression
  | PathExpression
  | NamedParameter
  | PositionalParameter
  | SystemVariable
  | Unary
  | Binary
  | Logical
  | Comparison
  | QuantifiedComparison
  | Between
  | Like
  | In
  | Is
  | IsDistinctFrom
  | Case
  | Cast
  | Extract
  | FunctionCall
  | FieldAccess
  | Subscript
  | ArrayConstructor
  | StructConstructor
  | ScalarSubquery
  | ArraySubquery
  | Exists
  | WithExpression
  | DefaultValue;

export interface NullLiteral extends Node {
  kind: 'NullLiteral';
}

export interface BooleanLiteral extends Node {
  kind: 'BooleanLiteral';
  value: boolean;
}

export interface IntegerLiteral extends Node {
  kind: 'IntegerLiteral';
  /** Not negative; may be 2^63, which is legal only directly under a unary minus, and larger (an error to report). */
  value: bigint;
  text: string;
}

export interface FloatLiteral extends Node {
  kind: 'FloatLiteral';
  text: string;
}

export interface StringLiteral extends Node {
  kind: 'StringLiteral';
  value: string;
}

export interface BytesLiteral extends Node {
  kind: 'BytesLiteral';
  value: Uint8Array;
}

export type TypedLiteralName = 'DATE' | 'TIME' | 'DATETIME' | 'TIMESTAMP' | 'NUMERIC' | 'BIGNUMERIC' | 'JSON';

/** `DATE '2024-01-01'`; DECIMAL and BIGDECIMAL are given under their canonical names. */
export interface TypedLiteral extends Node {
  kind: 'TypedLiteral';
  type: TypedLiteralName;
  value: string;
  /** Of the string itself, where a bad value is reported. */
  valuePos: Node['pos'];
}

/** `RANGE<DATE> '[2024-01-01, UNBOUNDED)'` */
export interface RangeLiteral extends Node {
  kind: 'RangeLiteral';
  element: TypeNode;
  value: string;
}

/** `INTERVAL 3 DAY`, `INTERVAL '1-2' YEAR TO MONTH`; parts are upper case. */
export interface IntervalExpression extends Node {
  kind: 'IntervalExpression';
  value: Expression;
  part: string;
  toPart?: string;
}

/**
 * `a`, `a.b.c`: a column, a table alias, a variable, or any field of them; also what stands where a date part is
 * expected (`DATE_DIFF(a, b, DAY)`; `WEEK(MONDAY)` arrives as a FunctionCall).
 */
export interface PathExpression extends Node {
  kind: 'PathExpression';
  parts: Identifier[];
}

/** `@name` (kept as written; names are case-insensitive). */
export interface NamedParameter extends Node {
  kind: 'NamedParameter';
  name: string;
}

/** `?`; `index` counts from 0 in the order of the whole script. */
export interface PositionalParameter extends Node {
  kind: 'PositionalParameter';
  index: number;
}

/** `@@row_count`, `@@error.message`: the parts in lower case. */
export interface SystemVariable extends Node {
  kind: 'SystemVariable';
  parts: string[];
}

export interface Unary extends Node {
  kind: 'Unary';
  operator: '-' | '+' | '~' | 'NOT';
  operand: Expression;
}

export type BinaryOperator = '+' | '-' | '*' | '/' | '||' | '&' | '|' | '^' | '<<' | '>>';

export interface Binary extends Node {
  kind: 'Binary';
  operator: BinaryOperator;
  left: Expression;
  right: Expression;
  /** Where the operator stands: BigQuery reports operator errors at the left operand, this is for the rest. */
}

/** A chain `a AND b AND c` is one node. */
export interface Logical extends Node {
  kind: 'Logical';
  operator: 'AND' | 'OR';
  operands: Expression[];
}

export type ComparisonOperator = '=' | '!=' | '<' | '<=' | '>' | '>=';

/** `<>` arrives as `!=`. */
export interface Comparison extends Node {
  kind: 'Comparison';
  operator: ComparisonOperator;
  left: Expression;
  right: Expression;
}

/** What follows IN, LIKE ANY and their like. */
export type SetSource =
  | { kind: 'List'; items: Expression[]; pos: Node['pos'] }
  | { kind: 'Subquery'; query: Query; pos: Node['pos'] }
  | { kind: 'Unnest'; array: Expression; pos: Node['pos'] };

/** `x LIKE ANY ('a%', 'b%')`, `x = ALL (SELECT …)`; SOME arrives as ANY. */
export interface QuantifiedComparison extends Node {
  kind: 'QuantifiedComparison';
  operator: ComparisonOperator | 'LIKE';
  negated: boolean;
  quantifier: 'ANY' | 'ALL';
  operand: Expression;
  source: SetSource;
}

export interface Between extends Node {
  kind: 'Between';
  negated: boolean;
  /** Place of the word BETWEEN, where its errors are. */
  operatorPos: Node['pos'];
  operand: Expression;
  low: Expression;
  high: Expression;
}

export interface Like extends Node {
  kind: 'Like';
  negated: boolean;
  operand: Expression;
  pattern: Expression;
}

export interface In extends Node {
  kind: 'In';
  negated: boolean;
  /** Place of the word IN, where its errors are. */
  operatorPos: Node['pos'];
  operand: Expression;
  source: SetSource;
}

export interface Is extends Node {
  kind: 'Is';
  negated: boolean;
  operand: Expression;
  value: 'NULL' | 'TRUE' | 'FALSE' | 'UNKNOWN';
}

export interface IsDistinctFrom extends Node {
  kind: 'IsDistinctFrom';
  negated: boolean;
  left: Expression;
  right: Expression;
}

export interface Case extends Node {
  kind: 'Case';
  /** `CASE x WHEN 1 …` */
  operand?: Expression;
  branches: { when: Expression; result: Expression }[];
  otherwise?: Expression;
}

export interface Cast extends Node {
  kind: 'Cast';
  safe: boolean;
  /** It stands for a conversion that BigQuery makes by itself; no text is written so. */
  implicit?: boolean;
  operand: Expression;
  type: TypeNode;
  format?: Expression;
  timeZone?: Expression;
}

export interface Extract extends Node {
  kind: 'Extract';
  /** Upper case: YEAR, ISOWEEK, DATE, TIME, … */
  part: string;
  /** `EXTRACT(WEEK(MONDAY) FROM d)` */
  weekday?: string;
  partPos: Node['pos'];
  operand: Expression;
  timeZone?: Expression;
}

export type Argument =
  | Expression
  | StarArgument
  | NamedArgument
  | Lambda
  | TableArgument
  | ModelArgument
  | ConnectionArgument
  | QueryArgument
  | DescriptorArgument;

/** `COUNT(*)` */
export interface StarArgument extends Node {
  kind: 'StarArgument';
}

/** `step => 1` */
export interface NamedArgument extends Node {
  kind: 'NamedArgument';
  name: Identifier;
  value: Argument;
}

/** `e -> e + 1`, `(a, b) -> a + b` */
export interface Lambda extends Node {
  kind: 'Lambda';
  parameters: Identifier[];
  body: Expression;
}

/** `TABLE dataset.name` */
export interface TableArgument extends Node {
  kind: 'TableArgument';
  path: ObjectPath;
}

/** `MODEL dataset.name` */
export interface ModelArgument extends Node {
  kind: 'ModelArgument';
  path: ObjectPath;
}

/** `CONNECTION name` */
export interface ConnectionArgument extends Node {
  kind: 'ConnectionArgument';
  path: ObjectPath;
}

/** `(SELECT …)` given to a table function (in a scalar function the same text is a ScalarSubquery). */
export interface QueryArgument extends Node {
  kind: 'QueryArgument';
  query: Query;
}

/** `DESCRIPTOR(a, b)` */
export interface DescriptorArgument extends Node {
  kind: 'DescriptorArgument';
  columns: Identifier[];
}

export interface FunctionCall extends Node {
  kind: 'FunctionCall';
  /** `SAFE.` is not part of it. `NET.HOST` has two parts, `proj.ds.fn` three. Backticked parts are split at dots. */
  name: Identifier[];
  safe: boolean;
  arguments: Argument[];
  /** `(x).UPPER()`: the first argument stood before the name. */
  chained?: boolean;
  distinct?: boolean;
  nullHandling?: 'IGNORE' | 'RESPECT';
  /** `HAVING MAX x`, `HAVING MIN x` */
  having?: { extreme: 'MAX' | 'MIN'; expression: Expression };
  /** `COUNTIF(x WHERE y)` of the newer aggregate syntax. */
  where?: Expression;
  orderBy?: OrderItem[];
  limit?: Expression;
  over?: Window;
}

/** `OVER w` is a window with a base and nothing else. */
export interface Window extends Node {
  base?: Identifier;
  partitionBy: Expression[];
  orderBy: OrderItem[];
  frame?: WindowFrame;
}

export interface WindowFrame extends Node {
  unit: 'ROWS' | 'RANGE';
  start: FrameBound;
  /** Absent when written without BETWEEN: then it is CURRENT ROW. */
  end?: FrameBound;
}

export interface FrameBound extends Node {
  bound: 'UNBOUNDED PRECEDING' | 'PRECEDING' | 'CURRENT ROW' | 'FOLLOWING' | 'UNBOUNDED FOLLOWING';
  /** For PRECEDING and FOLLOWING. */
  offset?: Expression;
}

/** A field of something that is not a plain path: `f(x).a`, `arr[0].b`, `(SELECT AS STRUCT …).c`. */
export interface FieldAccess extends Node {
  kind: 'FieldAccess';
  operand: Expression;
  field: Identifier;
}

export interface Subscript extends Node {
  kind: 'Subscript';
  operand: Expression;
  index: Expression;
  /** Absent in `a[0]`, `json['x']`. */
  mode?: 'OFFSET' | 'ORDINAL' | 'SAFE_OFFSET' | 'SAFE_ORDINAL' | 'KEY' | 'SAFE_KEY';
}

export interface ArrayConstructor extends Node {
  kind: 'ArrayConstructor';
  /** `ARRAY<INT64>[…]` */
  element?: TypeNode;
  elements: Expression[];
}

export interface StructConstructor extends Node {
  kind: 'StructConstructor';
  /** `STRUCT<a INT64>(…)` */
  type?: StructTypeNode;
  /** Written `(a, b)`: the fields have no names, not even those their expressions would give. */
  tuple: boolean;
  fields: { expression: Expression; alias?: Identifier }[];
}

export interface ScalarSubquery extends Node {
  kind: 'ScalarSubquery';
  query: Query;
}

/** `ARRAY(SELECT …)` */
export interface ArraySubquery extends Node {
  kind: 'ArraySubquery';
  query: Query;
}

export interface Exists extends Node {
  kind: 'Exists';
  query: Query;
}

/** `WITH(a AS 1, b AS a + 1, a + b)` */
export interface WithExpression extends Node {
  kind: 'WithExpression';
  bindings: { name: Identifier; value: Expression }[];
  body: Expression;
}

/** `DEFAULT` as a value of INSERT, UPDATE and MERGE. */
export interface DefaultValue extends Node {
  kind: 'DefaultValue';
}
