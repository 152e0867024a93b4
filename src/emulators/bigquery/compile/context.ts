import type { Catalog } from '../catalog/catalog.js';
import type { DatasetRef, RoutineRef, TableRef } from '../catalog/entries.js';
import type { QueryParameter } from '../engine-types.js';
import type { Environment, FunctionRegistry } from '../functions/registry.js';
import type { Expression, FunctionCall, ObjectPath, Select } from '../sql/ast.js';
import type { BqType, Field } from '../sql/types.js';
import type { TableFunctionResolver } from './table-functions.js';

/** A table that is in no catalog: temporary tables, INFORMATION_SCHEMA views, transition tables. */
export interface ResolvedTable {
  /** DuckDB text for FROM: a quoted name or a query in parentheses. */
  sql: string;
  columns: Field[];
  /** DuckDB column names in the order of `columns`, when they differ from the columns' names. */
  physicalNames?: string[];
  /** What to report in `referencedTables`. */
  ref?: TableRef;
}

/** A variable of a script, or a column an expression may use outside of any FROM. */
export interface Variable {
  /** DuckDB text of its current value, for instance `getvariable('v1')` or a literal. */
  sql: string;
  type: BqType;
}

/** A function made by CREATE TEMP FUNCTION, in the shape of a catalog entry. */
export interface TemporaryFunction {
  name: string;
  arguments: { name: string; type?: BqType }[];
  returns?: BqType;
  /** Text of the body expression. */
  body: string;
  aggregate?: boolean;
}

/** Everything a query can see besides its own text. */
export interface QueryContext {
  catalog: Catalog;
  functions: FunctionRegistry;
  environment: Environment;
  defaultDataset?: DatasetRef;
  /** Parameters as they came with the request; absent in DDL bodies such as views. */
  parameters?: readonly QueryParameter[];
  /** Script variables by lower-case name, and system variables by `@@name`. */
  variables?: ReadonlyMap<string, Variable>;
  temporaryFunctions?: ReadonlyMap<string, TemporaryFunction>;
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
  /** Types of parameters without a given type are asked for in a dry run; they are collected here. */
  undeclaredParameters?: QueryParameter[];
}

/** A query ready for DuckDB. */
export interface CompiledQuery {
  /** One SELECT whose columns are `columns` in order, under the names `physicalNames`. */
  sql: string;
  columns: Field[];
  /** Unique names of the DuckDB columns. */
  physicalNames: string[];
  referencedTables: TableRef[];
  referencedRoutines: RoutineRef[];
  /** Columns read of each catalog table, for bytes processed. */
  columnsRead: { ref: TableRef; columns: string[] }[];
  /** False when a function such as RAND or CURRENT_TIMESTAMP makes the result differ between runs. */
  cacheable: boolean;
}

export interface CompiledExpression {
  /** One DuckDB expression, without references to tables. */
  sql: string;
  type: BqType;
  referencedTables: TableRef[];
}
