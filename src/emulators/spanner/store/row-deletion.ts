import { ServiceError } from '../../serving/service-error.js';
import { findColumn, type RowDeletionPolicy, type Table } from '../schema/model.js';
import type { Row } from '../values/value.js';
import type { Database } from './database.js';
import type { SnapshotView } from './snapshot-view.js';
import { SchemaInfo } from './table-info.js';

const DAY_NANOS = 86_400_000_000_000n;
/** Rows that are looked at, and at most deleted, in one transaction. */
const BATCH_ROWS = 1000;

/** What the last round found in a table, whose definition it is the key of. */
const LOOKS = new WeakMap<Table, Look>();

interface Look {
  /** Whatever changed later it has not seen. */
  timestampMicros: number;
  /** The time of the oldest row; undefined when no row has one. */
  oldestNanos: bigint | undefined;
}

/**
 * Deletes the rows whose row deletion policy says so, with their children, in transactions of their own. One that
 * conflicts with another is left to the next time. A table is gone through only when it has changed, or the time of
 * its oldest row has come.
 * https://cloud.google.com/spanner/docs/ttl
 * @returns how many rows were deleted, without those that went with them
 */
export async function deleteExpiredRows(database: Database): Promise<number> {
  let deleted = 0;
  for (const table of database.schema.tables.values()) {
    if (isDue(database, table)) deleted += await deleteExpiredOf(database, table);
  }
  return deleted;
}

function isDue(database: Database, table: Table): boolean {
  if (table.rowDeletionPolicy === undefined) return false;
  const look = LOOKS.get(table);
  if (look === undefined || database.lastChange(table) > look.timestampMicros) return true;
  return look.oldestNanos !== undefined && look.oldestNanos < limitOf(table.rowDeletionPolicy, database);
}

async function deleteExpiredOf(database: Database, looked: Table): Promise<number> {
  const look: Look = { timestampMicros: database.timestamps.read(), oldestNanos: undefined };
  let deleted = 0;
  let start: string | undefined = '';
  while (start !== undefined) {
    const table: Table | undefined = database.schema.tables.get(looked.name.toLowerCase());
    if (table?.rowDeletionPolicy === undefined) break;
    const batch = expiredIn(database.viewAt(database.timestamps.read()), table, start, database, look);
    if (batch.keys.length > 0) deleted += await deleteThem(database, table, batch.keys);
    start = batch.next;
    await new Promise((resolve) => setImmediate(resolve));
  }
  LOOKS.set(looked, look);
  return deleted;
}

function expiredIn(view: SnapshotView, table: Table, start: string, database: Database, look: Look) {
  const info = SchemaInfo.of(view.schema).of(table);
  const timeOf = timeIn(table, table.rowDeletionPolicy!);
  const limit = limitOf(table.rowDeletionPolicy!, database);
  const keys: Row[] = [];
  let seen = 0;
  for (const { key, row } of view.rowsIn(info, { start, end: undefined })) {
    if (seen++ === BATCH_ROWS) return { keys, next: key };
    const time = timeOf(row);
    if (time === undefined) continue;
    if (look.oldestNanos === undefined || time < look.oldestNanos) look.oldestNanos = time;
    if (time < limit) keys.push(info.keyOf(row));
  }
  return { keys, next: undefined };
}

/** Not one that was given a later time meanwhile: that is a conflict. */
async function deleteThem(database: Database, table: Table, keys: Row[]): Promise<number> {
  const view = database.writeView(database.timestamps.read(), 'dml');
  const timeOf = timeIn(table, table.rowDeletionPolicy!);
  const limit = limitOf(table.rowDeletionPolicy!, database);
  const expired = keys.filter((key) => {
    const row = view.get(table, key);
    const time = row && timeOf(row);
    return time !== undefined && time < limit;
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

/** The time of a row by which it goes, in nanoseconds. One without a time stays. */
function timeIn(table: Table, { column }: RowDeletionPolicy): (row: Row) => bigint | undefined {
  const place = table.columns.indexOf(findColumn(table, column)!);
  return (row) => {
    const time = row[place];
    return typeof time === 'bigint' ? time : undefined;
  };
}

/** Rows of earlier times may be deleted by now. */
function limitOf({ olderThanDays }: RowDeletionPolicy, database: Database): bigint {
  return database.rowScope().nowNanos - BigInt(olderThanDays) * DAY_NANOS;
}
