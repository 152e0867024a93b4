import type { Expression } from './expressions.js';
import type { Identifier, Node } from './node.js';
import type {
  ColumnMatch,
  GroupBy,
  Join,
  NamedWindow,
  OrderItem,
  Pivot,
  Query,
  Sample,
  SelectItem,
  TableFunctionCall,
  Unpivot,
  With,
} from './queries.js';

/** What may follow `|>`. */
export type PipeOperator =
  | PipeSelect
  | PipeExtend
  | PipeSet
  | PipeDrop
  | PipeRename
  | PipeAs
  | PipeWhere
  | PipeAggregate
  | PipeDistinct
  | PipeOrderBy
  | PipeLimit
  | PipeJoin
  | PipeSetOperation
  | PipeCall
  | PipeSample
  | PipePivot
  | PipeUnpivot
  | PipeWindow
  | PipeWith;

export interface PipeSelect extends Node {
  kind: 'PipeSelect';
  distinct: boolean;
  as?: 'STRUCT' | 'VALUE';
  items: SelectItem[];
  windows: NamedWindow[];
}

export interface PipeExtend extends Node {
  kind: 'PipeExtend';
  items: SelectItem[];
  windows: NamedWindow[];
}

/** The older `|> WINDOW f() OVER (…) AS x`, which extends too. */
export interface PipeWindow extends Node {
  kind: 'PipeWindow';
  items: SelectItem[];
}

export interface PipeSet extends Node {
  kind: 'PipeSet';
  items: { column: Identifier; value: Expression }[];
}

export interface PipeDrop extends Node {
  kind: 'PipeDrop';
  columns: Identifier[];
}

export interface PipeRename extends Node {
  kind: 'PipeRename';
  items: { from: Identifier; to: Identifier }[];
}

export interface PipeAs extends Node {
  kind: 'PipeAs';
  alias: Identifier;
}

export interface PipeWhere extends Node {
  kind: 'PipeWhere';
  condition: Expression;
}

export interface PipeAggregate extends Node {
  kind: 'PipeAggregate';
  items: {
    expression: Expression;
    alias?: Identifier;
    order?: Omit<OrderItem, 'expression'>;
    pos: Node['pos'];
  }[];
  groupBy?: GroupBy;
  /** GROUP AND ORDER BY: the result is ordered by the grouping items as well. */
  ordered: boolean;
}

export interface PipeDistinct extends Node {
  kind: 'PipeDistinct';
}

export interface PipeOrderBy extends Node {
  kind: 'PipeOrderBy';
  items: OrderItem[];
}

export interface PipeLimit extends Node {
  kind: 'PipeLimit';
  limit: Expression;
  offset?: Expression;
}

/** The join without its left side, which is the pipe's input. */
export interface PipeJoin extends Node {
  kind: 'PipeJoin';
  join: Omit<Join, 'left'>;
}

export interface PipeSetOperation extends Node {
  kind: 'PipeSetOperation';
  operator: 'UNION' | 'INTERSECT' | 'EXCEPT';
  distinct: boolean;
  columns: ColumnMatch;
  queries: Query[];
}

/** `|> CALL tvf(args) AS x`: the input is the function's first table argument. */
export interface PipeCall extends Node {
  kind: 'PipeCall';
  call: TableFunctionCall;
}

export interface PipeSample extends Node {
  kind: 'PipeSample';
  sample: Sample;
}

export interface PipePivot extends Node {
  kind: 'PipePivot';
  pivot: Pivot;
  alias?: Identifier;
}

export interface PipeUnpivot extends Node {
  kind: 'PipeUnpivot';
  unpivot: Unpivot;
  alias?: Identifier;
}

export interface PipeWith extends Node {
  kind: 'PipeWith';
  with: With;
}
