import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { deleteExpiredRows } from '../../../src/emulators/spanner/store/row-deletion.js';
import { SqlDatabase } from './sql-database.js';

const DAY_MS = 86_400_000;

let own: SqlDatabase;
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  own = await SqlDatabase.open([
    'CREATE TABLE Visits (K INT64, Seen TIMESTAMP) PRIMARY KEY (K), ROW DELETION POLICY (OLDER_THAN(Seen, INTERVAL 30 DAY))',
    'CREATE TABLE Kept (K INT64, Seen TIMESTAMP) PRIMARY KEY (K)',
  ]);
});
afterEach(async () => {
  vi.useRealTimers();
  await own.close();
});

/** What a round of deletions does: how many rows it deletes, and whether it goes through any. */
async function round() {
  const views = vi.spyOn(own.database, 'viewAt');
  try {
    const deleted = await deleteExpiredRows(own.database);
    return { deleted, looks: views.mock.calls.length > 0 };
  } finally {
    views.mockRestore();
  }
}

describe('rounds of row deletion', () => {
  it('go through a table that has changed, or whose oldest row is due, and through no other', async () => {
    const nothing = { deleted: 0, looks: false };
    expect(await round()).toEqual({ deleted: 0, looks: true });
    expect(await round()).toEqual(nothing);
    await own.run('INSERT INTO Visits (K, Seen) VALUES (1, CURRENT_TIMESTAMP()), (2, NULL)');
    expect(await round()).toEqual({ deleted: 0, looks: true });
    await own.run('INSERT INTO Kept (K, Seen) VALUES (1, CURRENT_TIMESTAMP())');
    expect(await round()).toEqual(nothing);
    vi.setSystemTime(Date.now() + 29 * DAY_MS);
    expect(await round()).toEqual(nothing);
    vi.setSystemTime(Date.now() + 2 * DAY_MS);
    expect(await round()).toEqual({ deleted: 1, looks: true });
    // The deletion is a change.
    expect(await round()).toEqual({ deleted: 0, looks: true });
    expect(await round()).toEqual(nothing);
    expect((await own.run('SELECT K FROM Visits')).rows).toEqual([['2']]);
  });

  it('go through a table whose policy is another one', async () => {
    await own.run('INSERT INTO Visits (K, Seen) VALUES (1, CURRENT_TIMESTAMP())');
    await round();
    vi.setSystemTime(Date.now() + 3 * DAY_MS);
    expect(await round()).toEqual({ deleted: 0, looks: false });
    const [name] = own.store.databases.keys();
    await own.store.updateSchema(name!, [
      'ALTER TABLE Visits REPLACE ROW DELETION POLICY (OLDER_THAN(Seen, INTERVAL 1 DAY))',
    ]);
    expect(await round()).toEqual({ deleted: 1, looks: true });
  });
});
