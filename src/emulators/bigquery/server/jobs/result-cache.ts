import type { Catalog } from '../../catalog/catalog.js';
import type { TableRef } from '../../catalog/entries.js';
import type { ExecuteResult } from '../../statements/execution.js';
import type { QueryOptions } from './query-job.js';
import type { QueryRows, ResultTables } from './result-tables.js';

/** Entries are small (the rows lie in DuckDB); the bound keeps generated queries from piling up. */
const MAX_ENTRIES = 500;

export interface CachedResult {
  result: ExecuteResult;
  rows: QueryRows;
  versions: { ref: TableRef; version: number }[];
  routinesVersion: number;
}

/**
 * Results of earlier queries, found again by the same text, parameters and default dataset as long as no table they
 * read has changed: BigQuery's own rule.
 */
export class ResultCache {
  readonly #catalog: Catalog;
  readonly #results: ResultTables;
  readonly #entries = new Map<string, CachedResult>();
  #routinesVersion = 0;

  constructor(catalog: Catalog, results: ResultTables) {
    this.#catalog = catalog;
    this.#results = results;
    catalog.onChange((event) => {
      if (event.kind === 'routine' || event.kind === 'model') this.#routinesVersion++;
    });
  }

  find(options: QueryOptions): CachedResult | undefined {
    if (options.sessionId !== undefined || options.createSession) return undefined;
    const key = cacheKey(options);
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    const fresh =
      entry.routinesVersion === this.#routinesVersion &&
      this.#results.has(entry.rows) &&
      entry.versions.every(
        ({ ref, version }) =>
          this.#catalog.getTable(ref) !== undefined && this.#catalog.dataVersion(ref) === version,
      );
    if (!fresh) this.#entries.delete(key);
    return fresh ? entry : undefined;
  }

  /** `versionBefore` is the catalog's version when the query began: a table that changed since spoils the result. */
  keep(options: QueryOptions, result: ExecuteResult, rows: QueryRows, versionBefore: number): void {
    if (result.cacheable !== true || result.statementType !== 'SELECT') return;
    if (options.sessionId !== undefined || options.createSession) return;
    const versions = (result.referencedTables ?? []).map((ref) => ({
      ref,
      version: this.#catalog.dataVersion(ref),
    }));
    if (versions.some(({ version }) => version > versionBefore)) return;
    this.#entries.set(cacheKey(options), {
      result,
      rows,
      versions,
      routinesVersion: this.#routinesVersion,
    });
    if (this.#entries.size > MAX_ENTRIES) this.#entries.delete(this.#entries.keys().next().value!);
  }
}

function cacheKey(options: QueryOptions): string {
  const { projectId, datasetProjectId, timeZone, defaultDataset, sql, parameters, caller } = options;
  const location = options.location?.toLowerCase();
  return JSON.stringify([
    projectId,
    datasetProjectId,
    location,
    timeZone,
    defaultDataset,
    sql,
    parameters,
    caller,
  ]);
}
