import type { TableFunctionCall } from '../../syntax/ast.js';
import type { Field } from '../../syntax/types.js';
import type { CompiledQuery, QueryContext } from './query-context.js';

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
