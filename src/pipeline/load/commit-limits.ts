import type { LiveTable } from '../../gcp/spanner/live-table.js';

/** Spanner takes 80,000 mutations in a commit, counted in cells; a tenth is headroom. */
const MUTATION_LIMIT = 80_000 * 0.9;
/**
 * Spanner takes 100 MB in a commit and writes nothing faster beyond 1 to 5 MB; a request in flight is also
 * memory here.
 */
export const COMMIT_BYTES = 4 * 1024 * 1024;
/** More rows in one commit gain nothing, and one refused row costs more tries to find. */
const COMMIT_ROWS = 4_000;

/** A commit of Google's emulator takes time quadratic in its rows where the table has foreign keys. */
const EMULATED_REFERRING_ROWS = 500;

/**
 * Mutations that writing one row counts as: every written column; where the table has defaults or generated
 * columns, those and the key once more; and the columns of every index entry, twice, because an update removes
 * the old entry.
 */
export function mutationsPerRow(table: LiveTable, written: readonly string[]): number {
  const explicit = new Set([...written, ...table.primaryKey]);
  let count = explicit.size;
  const computed = table.columns.filter(({ hasDefault, generated }) => hasDefault || generated);
  if (computed.length > 0) {
    count += computed.filter(({ name }) => !explicit.has(name)).length + table.primaryKey.length;
  }
  for (const index of table.indexes) {
    const columns = new Set([...index.columns, ...table.primaryKey]);
    count += 2 * columns.size;
  }
  return count;
}

/**
 * Rows of one commit at the most; at least one, which Spanner itself may then refuse.
 * @param where `refers`: the table has foreign keys; `official`: it is in Google's emulator.
 */
export function rowsPerCommit(
  table: LiveTable,
  written: readonly string[],
  where: { refers: boolean; official: boolean },
): number {
  const byMutations = Math.floor(MUTATION_LIMIT / mutationsPerRow(table, written));
  const most = where.refers && where.official ? EMULATED_REFERRING_ROWS : COMMIT_ROWS;
  return Math.max(1, Math.min(most, byMutations));
}

/** Cuts rows into commits that respect both limits. */
export function* commits<T>(
  rows: readonly T[],
  bytesOf: (row: T) => number,
  maxRows: number,
): Generator<T[]> {
  let batch: T[] = [];
  let bytes = 0;
  for (const row of rows) {
    const size = bytesOf(row);
    if (batch.length > 0 && (batch.length >= maxRows || bytes + size > COMMIT_BYTES)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(row);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}
