import { describe, expect, it } from 'vitest';
import { Emulator, NO_JOURNAL } from '../../../../src/emulators/bigtable/emulator.js';
import { Store } from '../../../../src/emulators/bigtable/store.js';
import { encodeMutateRows } from '../../../../src/gcp/bigtable/wire.js';

const NAME = 'projects/p/instances/i/tables/t';
const DAY_MS = 86_400_000;

function emulatorAt(gcRule: object) {
  const clock = { nowMs: 400 * DAY_MS };
  const store = new Store();
  const emulator = new Emulator(store, NO_JOURNAL, { now: () => clock.nowMs, random: Math.random });
  store.change({
    type: 'create-table',
    definition: { name: NAME, columnFamilies: { f: { gcRule } }, deletionProtection: false, splitKeys: [] },
  });
  const write = (keys: readonly string[], bytes: number) =>
    emulator.mutateRows(
      encodeMutateRows(
        NAME,
        'f',
        keys.map((key) => ({
          key,
          timestampMs: clock.nowMs,
          cells: [{ qualifier: Buffer.from('q'), value: Buffer.alloc(bytes, 1) }],
        })),
      ),
    );
  return { clock, table: store.table(NAME), emulator, write };
}

const keys = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => `row-${from + index}`);

describe('the collector', () => {
  it('removes rows that got too old, gives their memory back, and then has nothing to wait for', async () => {
    const { clock, table, emulator, write } = emulatorAt({ maxAge: { seconds: '86400' } });
    await write(keys(0, 500), 10_000);
    expect(table.pages.heldBytes).toBeGreaterThan(5_000_000);
    clock.nowMs += DAY_MS / 2;
    await emulator.collector.collect();
    expect(table.rows.size).toBe(500);
    expect(table.dueMicros).toBe((400 * DAY_MS + DAY_MS) * 1000);
    clock.nowMs += DAY_MS;
    await emulator.collector.collect();
    expect(table.rows.size).toBe(0);
    expect(table.families.get('f')!.columns.size).toBe(0);
    expect(table.pages.liveBytes).toBe(0);
    expect(table.pages.heldBytes).toBeLessThan(300_000);
    expect(table.dueMicros).toBe(Number.POSITIVE_INFINITY);
    await emulator.collector.close();
  });

  it('moves values together when most of what lay beside them is gone', async () => {
    const { table, emulator, write } = emulatorAt({ maxNumVersions: 1 });
    const all = keys(0, 2000);
    await write(all, 5000);
    const heldBefore = table.pages.heldBytes;
    // One of each page stays, so that no page goes by itself.
    for (const [index, key] of all.entries()) {
      if (index % 20 !== 0) table.change(key, (row) => row.clear());
    }
    expect(table.pages.heldBytes).toBe(heldBefore);
    await emulator.collector.collect();
    expect(table.rows.size).toBe(100);
    expect(table.pages.heldBytes).toBeLessThan(heldBefore / 5);
    const cell = table.rows.get('row-20')!.live(0)[0]!;
    expect(cell.bytes.subarray(cell.start, cell.end)).toEqual(Buffer.alloc(5000, 1));
    await emulator.collector.close();
  });

  it('leaves nothing of rows that grew cell by cell, and takes their columns for others', () => {
    const { table } = emulatorAt({ maxNumVersions: 10 });
    const rows = keys(0, 50);
    const fill = (prefix: string) => {
      for (let index = 0; index < 40; index++) {
        const column = table.family('f').column(`${prefix}-${index}`);
        for (const key of rows)
          table.change(key, (row) => table.setCell(row, column, 0, index, Buffer.from(`${prefix} ${key}`)));
      }
    };
    fill('first');
    for (const key of rows) table.change(key, (row) => row.clear());
    expect(table.rows.size).toBe(0);
    expect(table.families.get('f')!.columns.size).toBe(0);
    expect([table.pages.liveBytes, table.pages.valueBytes]).toEqual([0, 0]);
    fill('second');
    for (const key of rows) {
      const cells = table.rows.get(key)!.live(0);
      expect(cells.map(({ column }) => column.qualifier)).toEqual(
        Array.from({ length: 40 }, (_, index) => `second-${index}`).sort(),
      );
      for (const { bytes, start, end } of cells)
        expect(bytes.toString('utf8', start, end)).toBe(`second ${key}`);
    }
  });

  it('takes little more than what large values have', async () => {
    const { table, emulator, write } = emulatorAt({ maxNumVersions: 1 });
    await write(keys(0, 50), 200_000);
    expect(table.pages.heldBytes).toBeLessThan(50 * 200_000 + 300_000);
    await emulator.collector.close();
  });
});
