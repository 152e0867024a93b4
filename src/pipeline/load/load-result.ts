import type { ObjectVersion } from '../../gcp/storage/port.js';
import type { RejectFile } from './rejects.js';
import type { TableInput } from './scan.js';
import type { ReasonCount, Validation } from './validate.js';

export interface TableLoadResult {
  table: string;
  rowsRead: number;
  /** Rows that passed every check before the first was written. */
  rowsValid: number;
  rowsLoaded: number;
  rowsRejected: number;
  /** Rows that an earlier, interrupted run of the same load had written. */
  rowsResumed: number;
  rejectsFile: string | null;
  rejectsFiles: string[];
  stagedObject: string | null;
  stagedObjects: string[];
  reasons: ReasonCount[];
}

export interface LoadResult extends TableLoadResult {
  mode: string;
  seconds: number;
  rowsPerSecond: number;
  /** Only when several tables were loaded; the figures above are their sums. */
  tables?: TableLoadResult[];
}

const SHOWN_REASONS = 10;

/** A table whose rows were checked. */
export interface CheckedTable {
  table: TableInput;
  validation: Validation;
  /** One for each source. */
  rejects: RejectFile[];
  staged?: ObjectVersion[];
}

/** @param written default: as if nothing had been. */
export function tableResult(
  { table, validation, rejects, staged = [] }: CheckedTable,
  written: { rowsLoaded: number; rowsResumed?: number; rowsRejected?: number } = { rowsLoaded: 0 },
): TableLoadResult {
  const paths = [...new Set(rejects.flatMap(({ path }) => (path === undefined ? [] : [path])))];
  const objects = staged.map(({ bucket, name }) => `gs://${bucket}/${name}`);
  return {
    table: table.schema.spannerTable,
    rowsRead: validation.rowsRead,
    rowsValid: validation.rowsRead - validation.rowsRejected,
    rowsLoaded: written.rowsLoaded,
    rowsRejected: written.rowsRejected ?? validation.rowsRejected,
    rowsResumed: written.rowsResumed ?? 0,
    rejectsFile: paths[0] ?? null,
    rejectsFiles: paths,
    stagedObject: objects[0] ?? null,
    stagedObjects: objects,
    reasons: validation.reasons.top(SHOWN_REASONS),
  };
}

/** The figures of all tables together. @param rated what `rowsPerSecond` counts. */
export function summary(
  tables: readonly TableLoadResult[],
  mode: string,
  startedMs: number,
  rated: (table: TableLoadResult) => number,
): LoadResult {
  const seconds = (performance.now() - startedMs) / 1000;
  const sum = (pick: (table: TableLoadResult) => number) =>
    tables.reduce((total, table) => total + pick(table), 0);
  const [first] = tables as [TableLoadResult];
  return {
    table: tables.map(({ table }) => table).join(', '),
    rowsRead: sum((table) => table.rowsRead),
    rowsValid: sum((table) => table.rowsValid),
    rowsLoaded: sum((table) => table.rowsLoaded),
    rowsRejected: sum((table) => table.rowsRejected),
    rowsResumed: sum((table) => table.rowsResumed),
    rejectsFile: tables.find(({ rejectsFile }) => rejectsFile !== null)?.rejectsFile ?? null,
    rejectsFiles: tables.flatMap(({ rejectsFiles }) => rejectsFiles),
    stagedObject: first.stagedObject,
    stagedObjects: tables.flatMap(({ stagedObjects }) => stagedObjects),
    reasons: tables
      .flatMap(({ reasons }) => reasons)
      .sort((a, b) => b.count - a.count)
      .slice(0, SHOWN_REASONS),
    mode,
    seconds,
    rowsPerSecond: Math.round(sum(rated) / Math.max(seconds, 0.001)),
    ...(tables.length > 1 && { tables: [...tables] }),
  };
}
