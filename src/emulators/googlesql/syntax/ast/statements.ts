import type { Expression } from './expressions.js';
import type { Identifier, Node, ObjectPath, SourceNode } from './node.js';
import type { Query, SelectItem, TableExpression } from './queries.js';
import type { Block, ScriptStatement } from './scripts.js';
import type { OptionNode, TypeNode } from './types.js';

export type Statement = QueryStatement | DmlStatement | DdlStatement | DataStatement | ScriptStatement;

export interface QueryStatement extends SourceNode {
  kind: 'QueryStatement';
  query: Query;
}

// ---- DML

export type DmlStatement = Insert | Update | Delete | Merge | TruncateTable;

/** What a change of rows may end in, where the dialect has it. */
interface ChangeEnd {
  /** ASSERT_ROWS_MODIFIED */
  assertRowsModified?: Expression;
  /** THEN RETURN */
  returning?: Returning;
}

export interface Returning extends Node {
  /** WITH ACTION: name of the last column, which tells what was done to the row. */
  action?: string;
  items: SelectItem[];
}

/** ON CONFLICT */
export interface OnConflict extends Node {
  target?: { columns: Identifier[] } | { constraint: Identifier };
  /** Absent: DO NOTHING. */
  update?: { assignments: Assignment[]; where?: Expression };
}

export interface Insert extends SourceNode, ChangeEnd {
  kind: 'Insert';
  /** INSERT OR IGNORE, INSERT OR UPDATE */
  or?: 'IGNORE' | 'UPDATE';
  target: ObjectPath;
  alias?: Identifier;
  onConflict?: OnConflict;
  /** Absent: all columns in order. */
  columns?: Identifier[];
  source: InsertRows | Query;
}

export interface InsertRows extends Node {
  kind: 'InsertRows';
  rows: { values: Expression[]; pos: Node['pos'] }[];
}

export interface Assignment extends Node {
  /** `a` or a nested field `a.b.c`. */
  column: Identifier[];
  value: Expression;
}

export interface Update extends SourceNode, ChangeEnd {
  kind: 'Update';
  target: ObjectPath;
  alias?: Identifier;
  assignments: Assignment[];
  from?: TableExpression;
  /** BigQuery demands it; the interpreter reports its absence. */
  where?: Expression;
}

export interface Delete extends SourceNode, ChangeEnd {
  kind: 'Delete';
  target: ObjectPath;
  alias?: Identifier;
  where?: Expression;
}

export interface Merge extends SourceNode {
  kind: 'Merge';
  target: ObjectPath;
  alias?: Identifier;
  source: TableExpression;
  on: Expression;
  clauses: MergeClause[];
}

export interface MergeClause extends Node {
  when: 'MATCHED' | 'NOT MATCHED BY TARGET' | 'NOT MATCHED BY SOURCE';
  condition?: Expression;
  action: MergeUpdate | MergeDelete | MergeInsert;
}

export interface MergeUpdate extends Node {
  kind: 'MergeUpdate';
  assignments: Assignment[];
}

export interface MergeDelete extends Node {
  kind: 'MergeDelete';
}

/** `INSERT ROW` has neither columns nor values. */
export interface MergeInsert extends Node {
  kind: 'MergeInsert';
  columns?: Identifier[];
  values?: Expression[];
}

export interface TruncateTable extends SourceNode {
  kind: 'TruncateTable';
  target: ObjectPath;
  where?: Expression;
}

// ---- DDL

export type DdlStatement =
  | CreateSchema
  | CreateTable
  | CreateExternalTable
  | CreateSnapshotTable
  | CreateView
  | CreateMaterializedView
  | CreateFunction
  | CreateTableFunction
  | CreateProcedure
  | CreateRowAccessPolicy
  | DropRowAccessPolicy
  | CreateModel
  | Alter
  | Drop
  | UnsupportedStatement;

interface Creation extends SourceNode {
  orReplace: boolean;
  ifNotExists: boolean;
  name: ObjectPath;
}

export interface CreateSchema extends Creation {
  kind: 'CreateSchema';
  defaultCollation?: Expression;
  options: OptionNode[];
}

export interface ColumnDefinition extends Node {
  kind: 'ColumnDefinition';
  name: Identifier;
  type: TypeNode;
  notNull: boolean;
  default?: Expression;
  defaultText?: string;
  generated?: Expression;
  primaryKey?: boolean;
  references?: ForeignKeyTarget;
  options: OptionNode[];
}

export interface ForeignKeyTarget extends Node {
  table: ObjectPath;
  columns: Identifier[];
}

export interface TableConstraint extends Node {
  kind: 'TableConstraint';
  name?: Identifier;
  constraint: 'PRIMARY KEY' | 'FOREIGN KEY';
  columns: Identifier[];
  references?: ForeignKeyTarget;
}

export interface CreateTable extends Creation {
  kind: 'CreateTable';
  temporary: boolean;
  /** Absent: the columns come from the query, or from `like`, `copy`, `clone`. */
  columns?: (ColumnDefinition | TableConstraint)[];
  like?: ObjectPath;
  copy?: ObjectPath;
  clone?: { path: ObjectPath; systemTime?: Expression };
  defaultCollation?: Expression;
  partitionBy?: Expression;
  clusterBy?: Expression[];
  options: OptionNode[];
  as?: Query;
}

export interface CreateExternalTable extends Creation {
  kind: 'CreateExternalTable';
  columns?: (ColumnDefinition | TableConstraint)[];
  partitionColumns?: (ColumnDefinition | TableConstraint)[];
  connection?: ObjectPath;
  options: OptionNode[];
}

export interface CreateSnapshotTable extends Creation {
  kind: 'CreateSnapshotTable';
  clone: { path: ObjectPath; systemTime?: Expression };
  options: OptionNode[];
}

export interface ViewColumn extends Node {
  name: Identifier;
  options: OptionNode[];
}

export interface CreateView extends Creation {
  kind: 'CreateView';
  columns?: ViewColumn[];
  options: OptionNode[];
  query: Query;
}

export interface CreateMaterializedView extends Creation {
  kind: 'CreateMaterializedView';
  partitionBy?: Expression;
  clusterBy?: Expression[];
  options: OptionNode[];
  /** Absent with `replicaOf`. */
  query?: Query;
  replicaOf?: ObjectPath;
}

export interface RoutineParameter extends Node {
  name?: Identifier;
  /** Only of procedures. */
  mode?: 'IN' | 'OUT' | 'INOUT';
  /** `NOT AGGREGATE` of an aggregate function. */
  notAggregate?: boolean;
  /** `ANY TYPE` is a SimpleType of that name. */
  type: TypeNode;
  default?: Expression;
}

export interface CreateFunction extends Creation {
  kind: 'CreateFunction';
  temporary: boolean;
  aggregate: boolean;
  parameters: RoutineParameter[];
  returns?: TypeNode;
  /** Upper case: JS, PYTHON; SQL when not given. */
  language: string;
  determinism?: 'DETERMINISTIC' | 'NOT DETERMINISTIC';
  /** `AS (expression)` */
  body?: Expression;
  /** The text between the parentheses, or the source string of another language. */
  bodyText?: string;
  remote: boolean;
  connection?: ObjectPath;
  options: OptionNode[];
}

export interface CreateTableFunction extends Creation {
  kind: 'CreateTableFunction';
  parameters: RoutineParameter[];
  returns?: TypeNode;
  options: OptionNode[];
  query: Query;
}

export interface CreateProcedure extends Creation {
  kind: 'CreateProcedure';
  parameters: RoutineParameter[];
  options: OptionNode[];
  language: string;
  /** Absent for another language. */
  body?: Block;
  bodyText?: string;
}

export interface CreateRowAccessPolicy extends SourceNode {
  kind: 'CreateRowAccessPolicy';
  orReplace: boolean;
  ifNotExists: boolean;
  policy: Identifier;
  table: ObjectPath;
  grantees: string[];
  /** Text between the parentheses of FILTER USING. */
  filter: string;
}

export interface DropRowAccessPolicy extends SourceNode {
  kind: 'DropRowAccessPolicy';
  ifExists: boolean;
  /** Absent: all of the table. */
  policy?: Identifier;
  table: ObjectPath;
}

export interface CreateModel extends Creation {
  kind: 'CreateModel';
  transform?: SelectItem[];
  transformText?: string;
  /** `INPUT (…) OUTPUT (…)` of imported and remote models. */
  input?: (ColumnDefinition | TableConstraint)[];
  output?: (ColumnDefinition | TableConstraint)[];
  remote: boolean;
  connection?: ObjectPath;
  options: OptionNode[];
  /** `AS SELECT …` */
  query?: Query;
  /** `AS (training_data AS (…), custom_holiday AS (…))` */
  aliasedQueries?: { name: Identifier; query: Query }[];
}

export type ObjectType =
  | 'SCHEMA'
  | 'TABLE'
  | 'EXTERNAL TABLE'
  | 'SNAPSHOT TABLE'
  | 'VIEW'
  | 'MATERIALIZED VIEW'
  | 'FUNCTION'
  | 'TABLE FUNCTION'
  | 'PROCEDURE'
  | 'MODEL';

export interface Drop extends SourceNode {
  kind: 'Drop';
  objectType: ObjectType;
  ifExists: boolean;
  name: ObjectPath;
  /** Only of DROP SCHEMA. */
  behaviour?: 'CASCADE' | 'RESTRICT';
}

export interface Alter extends SourceNode {
  kind: 'Alter';
  objectType: 'SCHEMA' | 'TABLE' | 'VIEW' | 'MATERIALIZED VIEW' | 'MODEL' | 'FUNCTION' | 'PROCEDURE';
  ifExists: boolean;
  name: ObjectPath;
  actions: AlterAction[];
}

export type AlterAction = Node &
  (
    | { kind: 'SetOptions'; options: OptionNode[] }
    | { kind: 'SetDefaultCollation'; collation: Expression }
    | { kind: 'RenameTo'; name: Identifier }
    | { kind: 'AddColumn'; ifNotExists: boolean; column: ColumnDefinition }
    | { kind: 'DropColumn'; ifExists: boolean; column: Identifier }
    | { kind: 'RenameColumn'; ifExists: boolean; column: Identifier; to: Identifier }
    | { kind: 'AlterColumn'; ifExists: boolean; column: Identifier[]; change: ColumnChange }
    | { kind: 'AddConstraint'; ifNotExists: boolean; constraint: TableConstraint }
    | { kind: 'DropConstraint'; ifExists: boolean; name: Identifier }
    | { kind: 'DropPrimaryKey'; ifExists: boolean }
  );

export type ColumnChange =
  | { kind: 'SetOptions'; options: OptionNode[] }
  | { kind: 'SetDataType'; type: TypeNode }
  | { kind: 'SetDefault'; value: Expression; text: string }
  | { kind: 'DropDefault' }
  | { kind: 'DropNotNull' };

/** A statement of BigQuery that is recognised only to be refused by its name: `CREATE ROW ACCESS POLICY`. */
export interface UnsupportedStatement extends SourceNode {
  kind: 'UnsupportedStatement';
  feature: string;
}

// ---- Data in and out

export type DataStatement = ExportData | ExportModel | LoadData;

export interface ExportData extends SourceNode {
  kind: 'ExportData';
  connection?: ObjectPath;
  options: OptionNode[];
  query: Query;
}

export interface ExportModel extends SourceNode {
  kind: 'ExportModel';
  model: ObjectPath;
  options: OptionNode[];
}

export interface LoadData extends SourceNode {
  kind: 'LoadData';
  overwrite: boolean;
  temporary: boolean;
  target: ObjectPath;
  columns?: (ColumnDefinition | TableConstraint)[];
  partitionBy?: Expression;
  clusterBy?: Expression[];
  options: OptionNode[];
  fromFiles: OptionNode[];
  partitionColumns?: (ColumnDefinition | TableConstraint)[];
  connection?: ObjectPath;
}
