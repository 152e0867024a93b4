import type { Argument, Expression, FunctionCall, Window } from './expressions.js';
import type { Identifier, Node, ObjectPath, SourceNode } from './node.js';
import type { PipeOperator } from './pipes.js';

/** A whole query, in parentheses or not. */
export interface Query extends SourceNode {
  kind: 'Query';
  with?: With;
  body: QueryBody;
  orderBy: OrderItem[];
  limit?: Expression;
  offset?: Expression;
  /** Rows that it reads are locked for who reads them. */
  forUpdate?: boolean;
  /** Applied in order after everything above. */
  pipes: PipeOperator[];
}

/** A `Query` here was in parentheses; a `FromQuery` is what `FROM t |> …` begins with. */
export type QueryBody = Select | SetOperation | FromQuery | Query;

export interface FromQuery extends Node {
  kind: 'FromQuery';
  from: TableExpression;
}

export interface With extends Node {
  recursive: boolean;
  entries: CommonTableExpression[];
}

export interface CommonTableExpression extends Node {
  name: Identifier;
  query: Query;
}

export interface Select extends Node {
  kind: 'Select';
  distinct: boolean;
  as?: 'STRUCT' | 'VALUE';
  items: SelectItem[];
  from?: TableExpression;
  where?: Expression;
  groupBy?: GroupBy;
  having?: Expression;
  qualify?: Expression;
  windows: NamedWindow[];
}

export interface NamedWindow extends Node {
  name: Identifier;
  window: Window;
}

export type SelectItem = SelectExpression | SelectStar;

export interface SelectExpression extends Node {
  kind: 'SelectExpression';
  expression: Expression;
  alias?: Identifier;
}

/** `*`, `t.*`, `expr.*`, each with `EXCEPT (…)` and `REPLACE (… AS …)`. */
export interface SelectStar extends Node {
  kind: 'SelectStar';
  qualifier?: Expression;
  except: Identifier[];
  replace: { expression: Expression; name: Identifier }[];
}

export interface GroupBy extends Node {
  /** GROUP BY ALL; then there are no items. */
  all: boolean;
  items: GroupingItem[];
}

export type GroupingItem = GroupingExpression | GroupingRollup | GroupingCube | GroupingSets;

export interface GroupingExpression extends Node {
  kind: 'GroupingExpression';
  expression: Expression;
  /** Only in the pipe operator AGGREGATE. */
  alias?: Identifier;
  order?: { descending: boolean; nulls?: 'FIRST' | 'LAST' };
}

/** Each element is one column or a list `(a, b)` that is rolled up as one. */
export interface GroupingRollup extends Node {
  kind: 'GroupingRollup';
  elements: Expression[][];
}

export interface GroupingCube extends Node {
  kind: 'GroupingCube';
  elements: Expression[][];
}

export interface GroupingSets extends Node {
  kind: 'GroupingSets';
  /** `()` is a GroupingSet without expressions. */
  sets: (GroupingSet | GroupingRollup | GroupingCube)[];
}

export interface GroupingSet extends Node {
  kind: 'GroupingSet';
  expressions: Expression[];
}

export interface OrderItem extends Node {
  expression: Expression;
  descending: boolean;
  nulls?: 'FIRST' | 'LAST';
  collation?: Expression;
}

/** A chain of one operator is one node with all its inputs, as BigQuery asks parentheses for anything else. */
export interface SetOperation extends Node {
  kind: 'SetOperation';
  operator: 'UNION' | 'INTERSECT' | 'EXCEPT';
  distinct: boolean;
  inputs: QueryBody[];
  columns: ColumnMatch;
}

export interface ColumnMatch {
  by: 'POSITION' | 'NAME' | 'CORRESPONDING';
  /** `FULL OUTER UNION`, `LEFT UNION`, `STRICT CORRESPONDING`; INNER without them. */
  mode: 'INNER' | 'FULL' | 'LEFT' | 'STRICT';
  /** `BY NAME ON (a, b)` */
  on?: Identifier[];
}

export type TableExpression =
  | TableReference
  | Unnest
  | SubqueryTable
  | TableFunctionCall
  | Join
  | PivotTable
  | UnpivotTable
  | SampledTable;

/** A name in FROM: a table, view, common table expression, or an array of an earlier table (`t, t.items`). */
export interface TableReference extends Node {
  kind: 'TableReference';
  path: ObjectPath;
  alias?: Identifier;
  /** The name in backticks of the target of DML, whose place another table takes. */
  written?: string;
  /** FOR SYSTEM_TIME AS OF */
  systemTime?: Expression;
  /** For an array path. */
  withOffset?: WithOffset;
}

export interface WithOffset extends Node {
  alias?: Identifier;
}

export interface Unnest extends Node {
  kind: 'Unnest';
  /** More than one: unnested side by side (with `mode`). */
  arrays: { expression: Expression; alias?: Identifier }[];
  /** `UNNEST(a, b, mode => 'PAD')` */
  mode?: Expression;
  alias?: Identifier;
  withOffset?: WithOffset;
}

export interface SubqueryTable extends Node {
  kind: 'SubqueryTable';
  query: Query;
  alias?: Identifier;
}

export interface TableFunctionCall extends Node {
  kind: 'TableFunctionCall';
  /** Backticked parts are split at dots; `ML.PREDICT` has two parts. */
  name: Identifier[];
  arguments: Argument[];
  alias?: Identifier;
}

export interface Join extends Node {
  kind: 'Join';
  /** ANTI: rows of the left without a partner, which only MERGE asks for. */
  type: 'INNER' | 'LEFT' | 'RIGHT' | 'FULL' | 'CROSS' | 'COMMA' | 'ANTI';
  left: TableExpression;
  right: TableExpression;
  on?: Expression;
  using?: Identifier[];
}

export interface PivotTable extends Node {
  kind: 'PivotTable';
  input: TableExpression;
  pivot: Pivot;
  alias?: Identifier;
}

export interface Pivot extends Node {
  aggregates: { call: FunctionCall; alias?: Identifier }[];
  column: Expression;
  values: { expression: Expression; alias?: Identifier }[];
}

export interface UnpivotTable extends Node {
  kind: 'UnpivotTable';
  input: TableExpression;
  unpivot: Unpivot;
  alias?: Identifier;
}

export interface Unpivot extends Node {
  includeNulls: boolean;
  /** One name, or several for `UNPIVOT((a, b) FOR …)`. */
  values: Identifier[];
  name: Identifier;
  columns: { columns: Identifier[]; label?: Expression; pos: Node['pos'] }[];
}

export interface SampledTable extends Node {
  kind: 'SampledTable';
  input: TableExpression;
  sample: Sample;
}

export interface Sample extends Node {
  /** SYSTEM, BERNOULLI, RESERVOIR */
  method: string;
  size: Expression;
  unit: 'PERCENT' | 'ROWS';
}
