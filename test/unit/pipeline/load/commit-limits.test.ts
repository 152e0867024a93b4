import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LiveTable } from '../../../../src/gcp/spanner/live-table.js';
import {
  COMMIT_BYTES,
  commits,
  mutationsPerRow,
  rowsPerCommit,
} from '../../../../src/pipeline/load/commit-limits.js';

/** Spanner's own limits, without the headroom that load keeps. */
const SPANNER_MUTATIONS = 80_000;
const SPANNER_BYTES = 100 * 1024 * 1024;

const tables = fc
  .record({
    columns: fc.integer({ min: 1, max: 1000 }),
    keys: fc.integer({ min: 1, max: 16 }),
    computed: fc.integer({ min: 0, max: 20 }),
    indexes: fc.array(fc.integer({ min: 1, max: 16 }), { maxLength: 120 }),
  })
  .map(({ columns, keys, computed, indexes }): { table: LiveTable; written: string[] } => {
    const names = Array.from({ length: Math.max(columns, keys) }, (_, index) => `c${index}`);
    const column = (name: string, generated: boolean) => ({
      name,
      type: 'STRING(MAX)',
      nullable: true,
      hasDefault: false,
      generated,
      commitTimestamp: false,
    });
    return {
      written: names,
      table: {
        name: 't',
        columns: [
          ...names.map((name) => column(name, false)),
          ...Array.from({ length: computed }, (_, index) => column(`g${index}`, true)),
        ],
        primaryKey: names.slice(0, keys),
        indexes: indexes.map((size, index) => ({
          name: `i${index}`,
          columns: names.slice(0, size),
          unique: false,
        })),
      },
    };
  });

describe('the limits of a commit', () => {
  it('count ten columns and no index as ten', () => {
    const names = Array.from({ length: 10 }, (_, index) => `c${index}`);
    const table: LiveTable = {
      name: 't',
      columns: [],
      primaryKey: ['c0'],
      indexes: [],
    };
    expect(mutationsPerRow(table, names)).toBe(10);
  });

  it('hold for any mix of columns, keys, generated columns and indexes', () => {
    fc.assert(
      fc.property(
        tables,
        fc.array(fc.integer({ min: 0, max: 11 * 1024 * 1024 }), { maxLength: 300 }),
        ({ table, written }, sizes) => {
          const maxRows = rowsPerCommit(table, written, { refers: false, official: true });
          expect(rowsPerCommit(table, written, { refers: true, official: false })).toBe(maxRows);
          expect(rowsPerCommit(table, written, { refers: true, official: true })).toBe(
            Math.min(maxRows, 500),
          );
          const perRow = mutationsPerRow(table, written);
          const rows = sizes.map((bytes, number) => ({ bytes, number }));
          const batches = [...commits(rows, (row) => row.bytes, maxRows)];
          expect(batches.flat()).toEqual(rows);
          for (const batch of batches) {
            const bytes = batch.reduce((sum, row) => sum + row.bytes, 0);
            expect(batch.length === 1 || batch.length * perRow <= SPANNER_MUTATIONS).toBe(true);
            expect(batch.length === 1 || bytes <= COMMIT_BYTES).toBe(true);
            expect(bytes).toBeLessThan(SPANNER_BYTES);
          }
        },
      ),
    );
  });
});
