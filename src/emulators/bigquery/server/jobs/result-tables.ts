import { createHash } from 'node:crypto';
import type { Catalog } from '../../catalog/catalog.js';
import type { DatasetRef, TableField, TableRef } from '../../catalog/entries.js';
import type { TableStore } from '../../catalog/table-store.js';
import { LOCATION } from '../server-context.js';

/** The service keeps results for about a day. */
const RESULT_LIFETIME_MS = 24 * 3_600_000;
/** Results lie in memory, so there is a bound to their number as well. */
const MAX_RESULTS = 500;

/** Rows of a query, in a DuckDB table that several jobs may share through the result cache. */
export interface QueryRows {
  fields: TableField[];
  totalRows: number;
  /** Quoted DuckDB name. */
  table: string;
  /** The anonymous table under which SQL and tabledata.list find the rows. */
  ref: TableRef;
}

/** The tables that hold query results; the oldest go first when there are too many. */
export class ResultTables {
  readonly #catalog: Catalog;
  readonly #tables: TableStore;
  readonly #kept: TableRef[] = [];

  constructor(catalog: Catalog, tables: TableStore) {
    this.#catalog = catalog;
    this.#tables = tables;
  }

  async keep(projectId: string, fields: TableField[], table: string, totalRows: number): Promise<QueryRows> {
    const dataset = anonymousDataset(projectId);
    if (this.#catalog.getDataset(dataset) === undefined) {
      this.#catalog.insertDataset({ ref: dataset, location: LOCATION, holdsResults: true });
    }
    const ref = anonymousTable(projectId, table);
    const rows: QueryRows = { fields, totalRows, table, ref };
    // The last statement of a script and the script itself have the same rows.
    if (this.has(rows)) return rows;
    this.#catalog.insertTable({
      ref,
      type: 'TABLE',
      fields,
      physicalName: table,
      expirationTime: Date.now() + RESULT_LIFETIME_MS,
    });
    this.#kept.push(ref);
    while (this.#kept.length > MAX_RESULTS) {
      const oldest = this.#kept.shift()!;
      if (this.#catalog.getTable(oldest) !== undefined) await this.#tables.dropTable(oldest);
    }
    return rows;
  }

  has(rows: QueryRows): boolean {
    return this.#catalog.getTable(rows.ref) !== undefined;
  }
}

/** Name of the anonymous table for what `key` stands for. */
export function anonymousTable(projectId: string, key: string): TableRef {
  return {
    ...anonymousDataset(projectId),
    tableId: `anon${createHash('sha1').update(key).digest('hex')}`,
  };
}

/** Hidden dataset in which results without a destination table can be read as tables; named as the service does. */
function anonymousDataset(projectId: string): DatasetRef {
  return { projectId, datasetId: `_${createHash('sha1').update(projectId).digest('hex')}` };
}
