import { ServiceError } from '../../serving/service-error.js';
import { findColumn, type RowDeletionPolicy, type Table } from '../schema/model.js';
import type { Row } from '../values/value.js';
import type { Database } from './database.js';
import type { SnapshotView } from './snapshot-view.js';
import { SchemaInfo } from './table-info.js';

const DAY_NANOS = 86_400_000_000_000n;
/** Rows that are looked at, and at most deleted, in one transaction. */
const BATCH_ROWS = 1000;

/**
 * Deletes the rows whose row deletion policy says so, with their children, in transactions of their own. One that
 * conflicts with another is left to the next time.
 * https://cloud.google.com/spanner/docs/ttl
 * @returns how many rows were deleted, without those that went with them
 */
export async function deleteExpiredRows(database: Database): Promise<number> {
  let deleted = 0;
  for (const { name } of database.schema.tables.values()) {
    let start: string | undefined = '';
    while (start !== undefined) {
      const table: Table | undefined = database.schema.tables.get(name.toLowerCase());
      if (table?.rowDeletionPolicy === undefined) break;
      const batch = expiredIn(database.viewAt(database.timestamps.read()), table, start, database);
      if (batch.keys.length > 0) deleted += await deleteThem(database, table, batch.keys);
      start = batch.next;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  return deleted;
}

function expiredIn(view: SnapshotView, table: Table, start: string, database: Database) {
  const info = SchemaInfo.of(view.schema).of(table);
  const isExpired = expiry(table, table.rowDeletionPolicy!, database);
  const keys: Row[] = [];
  let seen = 0;
  for (const { key, row } of view.rowsIn(info, { start, end: undefined })) {
    if (seen++ === BATCH_ROWS) return { keys, next: key };
    if (isExpired(row)) keys.push(info.keyOf(row));
  }
  return { keys, next: undefined };
}

/** Not one that was given a later time meanwhile: that is a conflict. */
async function deleteThem(database: Database, table: Table, keys: Row[]): Promise<number> {
  const view = database.writeView(database.timestamps.read(), 'dml');
  const isExpired = expiry(table, table.rowDeletionPolicy!, database);
  const expired = keys.filter((key) => {
    const row = view.get(table, key);
    return row !== undefined && isExpired(row);
  });
  try {
    await view.buffer([
      { kind: 'delete', table: table.name, keys: { keys: expired, ranges: [], all: false } },
    ]);
    await database.commit({ view, mutations: [], transaction: '' });
    return expired.length;
  } catch (error) {
    if (error instanceof ServiceError) return 0;
    throw error;
  }
}

/** Whether a row may be deleted by now. One without a time stays. */
function expiry(table: Table, policy: RowDeletionPolicy, database: Database): (row: Row) => boolean {
  const place = table.columns.indexOf(findColumn(table, policy.column)!);
  const limit = database.rowScope().nowNanos - BigInt(policy.olderThanDays) * DAY_NANOS;
  return (row) => {
    const time = row[place];
    return typeof time === 'bigint' && time < limit;
  };
}
