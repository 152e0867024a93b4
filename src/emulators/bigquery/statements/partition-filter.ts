import { invalidQuery } from '../../googlesql/errors.js';
import type { Query } from '../../googlesql/syntax/ast.js';
import type { TableEntry, TableRef } from '../catalog/entries.js';
import { isIngestionPartitioned } from '../catalog/stored-table.js';
import type { Session } from './session.js';

/**
 * Refuses a query that reads a table with `require_partition_filter` and filters by none of its partition columns.
 * A filter counts by the column's name alone: views and functions that filter inside their own text are not seen.
 */
export function checkPartitionFilter(query: Query, tables: TableRef[], session: Session): void {
  const { catalog } = session.services;
  const guarded = tables
    .map((ref) => catalog.getTable(ref))
    .filter((table) => table?.requirePartitionFilter === true);
  if (guarded.length === 0) return;
  const filtered = filteredNames(query);
  for (const table of guarded) {
    const columns = partitionColumns(table!);
    if (columns.some((column) => filtered.has(column.toLowerCase()))) continue;
    const { projectId, datasetId, tableId } = table!.ref;
    throw invalidQuery(
      `Cannot query over table '${projectId}.${datasetId}.${tableId}' without a filter over column(s) ${columns.map((column) => `'${column}'`).join(', ')} that can be used for partition elimination`,
    );
  }
}

function partitionColumns(table: TableEntry): string[] {
  if (isIngestionPartitioned(table)) return ['_PARTITION_LOAD_TIME', '_PARTITIONDATE', '_PARTITIONTIME'];
  const column = table.timePartitioning?.field ?? table.rangePartitioning?.field;
  return column === undefined ? [] : [column];
}

const filterKeys = new Set(['where', 'on', 'condition', 'having', 'qualify']);

/** Names of columns in all conditions of a query, in lower case. */
function filteredNames(query: Query): Set<string> {
  const names = new Set<string>();
  const walk = (node: unknown, inFilter: boolean): void => {
    if (typeof node !== 'object' || node === null || node instanceof Uint8Array) return;
    const { kind, parts } = node as { kind?: string; parts?: { name: string }[] };
    if (inFilter && kind === 'PathExpression') names.add(parts!.at(-1)!.name.toLowerCase());
    for (const [key, inner] of Object.entries(node)) walk(inner, inFilter || filterKeys.has(key));
  };
  walk(query, false);
  return names;
}
