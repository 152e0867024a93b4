import type { Dialect } from '../../dialect.js';
import type { Environment, FunctionRegistry, LiteralValue } from '../../functions/registry.js';
import type { Expression, FunctionCall, ObjectPath, Select, TableFunctionCall } from '../../syntax/ast.js';
import type { BqType, Field } from '../../syntax/types.js';

/** A table or routine by the parts of its full name. The compiler reports it and tells by it whether two are one. */
export type ObjectName = readonly string[];

export interface CatalogColumn {
  name: string;
  /** Name of the DuckDB column. */
  physicalName: string;
  type: BqType;
  /** Reachable by name, but not part of `*`. */
  pseudo?: boolean;
  /** DuckDB type that the stored column is cast to. */
  cast?: string;
  /** The table may be read only with a filter over one of these columns. */
  needsFilter?: boolean;
}

/** What a name in FROM means in the catalog. */
export type CatalogTable =
  | {
      kind: 'table';
      name: ObjectName;
      /** DuckDB text for FROM: a quoted name or a query in parentheses. */
      sql: string;
      columns: readonly CatalogColumn[];
      /** The tables that `sql` reads, when it is more than one. */
      madeOf?: readonly ObjectName[];
    }
  | {
      kind: 'view';
      name: ObjectName;
      /** Name for error messages. */
      shownName: string;
      /** Text of its query. */
      query: string;
      /** Names that the columns had when the view was made. */
      columnNames: readonly string[];
    };

/** What a function in JavaScript has besides its body. */
export interface JavaScriptCode {
  /** `gs://` addresses of code that runs before. */
  libraries: string[];
  deterministic: boolean;
  /** Of an aggregate: which arguments are the same for all rows. */
  notAggregate: boolean[];
}

/** A function of the user: its body is an expression of the language, or code. */
export interface SqlFunction {
  name: string;
  /** A type that is absent takes any. */
  arguments: { name: string; type?: BqType }[];
  returns?: BqType;
  /** Text of the body: an expression, or a query of a table function. */
  body: string;
  aggregate?: boolean;
  /** The body is JavaScript. */
  code?: JavaScriptCode;
}

export interface CatalogRoutine extends SqlFunction {
  kind: 'function' | 'tableFunction' | 'procedure';
  ref: ObjectName;
}

/** All that the compiler asks of a catalog; its names are those that stand in the query. */
export interface NameResolver {
  /** Throws the dialect's own error when there is no such table. */
  table(path: ObjectPath): CatalogTable;
  routine(parts: readonly string[]): CatalogRoutine | undefined;
}

/** A table that is in no catalog: temporary tables, INFORMATION_SCHEMA views, transition tables. */
export interface ResolvedTable {
  /** DuckDB text for FROM: a quoted name or a query in parentheses. */
  sql: string;
  columns: Field[];
  /** DuckDB column names in the order of `columns`, when they differ from the columns' names. */
  physicalNames?: string[];
  /** What to report in `referencedTables`. */
  ref?: ObjectName;
}

/** A variable of a script, or a column an expression may use outside of any FROM. */
export interface Variable {
  /** DuckDB text of its current value, for instance `getvariable('v1')` or a literal. */
  sql: string;
  type: BqType;
}

/** The value of a parameter as DuckDB text. */
export interface ParameterValue {
  sql: string;
  type: BqType;
  literal?: LiteralValue;
}

/** `@name`, or `?` without a name. */
export interface Parameter {
  name?: string;
  /** Read where the query names it: a value that nothing asks for may be wrong. */
  value(): ParameterValue;
}

/** Everything a query can see besides its own text. */
export interface QueryContext {
  /** Whose language it is; BigQuery's when absent. */
  dialect?: Dialect;
  names: NameResolver;
  functions: FunctionRegistry;
  environment: Environment;
  /** Parameters as they came with the request; absent in DDL bodies such as views. */
  parameters?: readonly Parameter[];
  /** Script variables by lower-case name, and system variables by `@@name`. */
  variables?: ReadonlyMap<string, Variable>;
  temporaryFunctions?: ReadonlyMap<string, SqlFunction>;
  /**
   * First to be asked for a table name: temporary tables, INFORMATION_SCHEMA and whatever else is not in the
   * catalog. Undefined lets the catalog answer.
   */
  resolveTable?: (path: ObjectPath) => ResolvedTable | undefined | Promise<ResolvedTable | undefined>;
  tableFunctions?: TableFunctionResolver;
  /** Rewrites a call of a function that is neither built in nor a routine (`ML.BUCKETIZE`) as plain GoogleSQL. */
  expandCall?: (
    call: FunctionCall,
    typeOf: (argument: Expression) => BqType,
    select: Select | undefined,
  ) => Expression | undefined;
  /** The text of a `gs://` object. */
  readLibrary?: (uri: string) => Promise<string>;
  /**
   * Told which parameters a query names without their being given, and then what each turns out to be where it stands;
   * INT64 stands in for what is not told.
   */
  declareParameter?: (name: string | undefined, type?: BqType) => void;
}

/** A query ready for DuckDB. */
export interface CompiledQuery {
  /** One SELECT whose columns are `columns` in order, under the names `physicalNames`. */
  sql: string;
  columns: Field[];
  /** Unique names of the DuckDB columns. */
  physicalNames: string[];
  referencedTables: ObjectName[];
  referencedRoutines: ObjectName[];
  /** Columns read of each catalog table, for bytes processed. */
  columnsRead: { table: ObjectName; columns: string[] }[];
  /** False when a function such as RAND or CURRENT_TIMESTAMP makes the result differ between runs. */
  cacheable: boolean;
  /** What fails may do better with `Environment.guardsBranches`. */
  branchesHoldSubqueries: boolean;
}

export interface CompiledExpression {
  /** One DuckDB expression, without references to tables. */
  sql: string;
  type: BqType;
  referencedTables: ObjectName[];
}

/** What a table function turned into: a table as far as the compiler is concerned. */
export interface TableFunctionResult {
  /** DuckDB text for FROM: a quoted table name or a query in parentheses. Its columns stand in the order of `columns`. */
  sql: string;
  columns: Field[];
  /** Names of the DuckDB columns, in the same order; `columns[i].name` when absent. */
  physicalNames?: string[];
}

/** What a table function may ask of the compiler while it is being resolved. */
export interface TableFunctionCompiler {
  context: QueryContext;
  /**
   * Compiles the table argument of a call (`TABLE name`, or a query in parentheses), with the common table
   * expressions that are visible where the call stands.
   */
  compileTable(argument: TableFunctionCall['arguments'][number]): Promise<CompiledQuery>;
  /** Value of a constant argument: literals, STRUCTs, arrays, parameters and expressions of them, evaluated in DuckDB. */
  evaluate(argument: TableFunctionCall['arguments'][number]): Promise<ConstantArgument>;
}

/** DuckDB SQL and type of a constant; `run` gives its value as the DuckDB driver hands it out. */
export interface ConstantArgument {
  sql: string;
  type: Field['type'];
}

/**
 * Resolves calls of table functions that are not SQL table functions of the catalog, `ML.*` first of all. Calls are
 * resolved while the query is compiled, so that their columns are known; `sql` may name a temporary table that was
 * filled meanwhile. Undefined: the function is not one of this resolver's.
 */
export type TableFunctionResolver = (
  call: TableFunctionCall,
  compiler: TableFunctionCompiler,
) => Promise<TableFunctionResult> | undefined;
