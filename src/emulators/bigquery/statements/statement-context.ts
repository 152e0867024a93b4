import { compileQuery as compile } from '../../googlesql/compile/index.js';
import type { CompiledQuery, QueryContext } from '../../googlesql/compile/scope/query-context.js';
import type { Query } from '../../googlesql/syntax/ast.js';
import type { RoutineRef, TableRef } from '../catalog/entries.js';
import { routineOfName, tableOfName } from '../catalog/names.js';
import type { Surroundings } from './catalog-names.js';

/** What a query of BigQuery sees: what every query sees, and where names that are not given in full lie. */
export interface StatementContext extends QueryContext, Surroundings {}

/** A query ready for DuckDB, with what it reads in the catalog's terms. */
export interface BoundQuery
  extends Omit<CompiledQuery, 'referencedTables' | 'referencedRoutines' | 'columnsRead'> {
  referencedTables: TableRef[];
  referencedRoutines: RoutineRef[];
  columnsRead: { ref: TableRef; columns: string[] }[];
}

export async function compileQuery(query: Query, context: QueryContext): Promise<BoundQuery> {
  const compiled = await compile(query, context);
  return {
    ...compiled,
    referencedTables: compiled.referencedTables.map(tableOfName),
    referencedRoutines: compiled.referencedRoutines.map(routineOfName),
    columnsRead: compiled.columnsRead.map(({ table, columns }) => ({ ref: tableOfName(table), columns })),
  };
}
