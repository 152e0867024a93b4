import type { ResolvedTable } from '../../../googlesql/compile/scope/query-context.js';
import { quoteIdentifier, quoteString } from '../../../googlesql/duck/quote.js';
import { type BqType, duckType, STRING } from '../../../googlesql/syntax/types.js';
import type { DatasetEntry, TableEntry } from '../../catalog/entries.js';
import type { Session } from '../session.js';

/** A value of a view's row; `{ micros }` is a TIMESTAMP, `{ sql }` DuckDB text of whatever the column is. */
export type Cell = string | number | boolean | null | undefined | { micros: bigint } | { sql: string };

/** The columns that name a table, first in most views. */
export const tableColumns: View['columns'] = [
  ['table_catalog', STRING],
  ['table_schema', STRING],
  ['table_name', STRING],
];

export function nameOf(table: Pick<TableEntry, 'ref'>): [string, string, string] {
  return [table.ref.projectId, table.ref.datasetId, table.ref.tableId];
}

/** What a view is asked about: one dataset, or all of a project. */
export interface ViewScope {
  session: Session;
  projectId: string;
  datasets: DatasetEntry[];
}

/** One view of INFORMATION_SCHEMA. */
export interface View {
  columns: [name: string, type: BqType][];
  rows: (scope: ViewScope) => Cell[][] | Promise<Cell[][]>;
}

export function milliseconds(time: number | undefined): Cell {
  return time === undefined ? null : { micros: BigInt(Math.round(time * 1000)) };
}

export function yesNo(value: boolean): string {
  return value ? 'YES' : 'NO';
}

/** Every table of the scope, dataset by dataset. */
export function tablesOf(scope: ViewScope): TableEntry[] {
  const { catalog } = scope.session.services;
  return scope.datasets.flatMap((dataset) => catalog.listTables(dataset.ref));
}

/** The rows as DuckDB text for FROM. */
export async function viewSource(view: View, scope: ViewScope): Promise<ResolvedTable> {
  const rows = await view.rows(scope);
  const columns = view.columns.map(([name, type]) => ({ name, type }));
  const typed = view.columns.map(
    ([name, type]) => `CAST(${quoteIdentifier(name)} AS ${duckType(type)}) AS ${quoteIdentifier(name)}`,
  );
  const names = view.columns.map(([name]) => quoteIdentifier(name)).join(', ');
  const values = rows.map((row) => `(${row.map(cellSql).join(', ')})`);
  const none = `(${view.columns.map(() => 'NULL').join(', ')})`;
  const filter = rows.length === 0 ? ' WHERE false' : '';
  const sql = `(SELECT ${typed.join(', ')} FROM (VALUES ${values.join(', ') || none}) AS v(${names})${filter})`;
  return { sql, columns };
}

function cellSql(cell: Cell): string {
  if (cell === null || cell === undefined) return 'NULL';
  if (typeof cell === 'string') return quoteString(cell);
  if (typeof cell === 'object') return 'sql' in cell ? cell.sql : `make_timestamptz(${cell.micros})`;
  return String(cell);
}
