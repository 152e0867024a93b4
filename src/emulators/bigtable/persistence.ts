import type { JournalRecord } from '../journal/journal.js';
import { textField } from '../wire/writer.js';
import { readModifyWriteRow } from './data/row-edits.js';
import { mutateRow, mutateRows } from './data/row-writes.js';
import { encodeEntry } from './data/wire-messages.js';
import type { Row } from './rows/row.js';
import type { Table } from './rows/table.js';
import type { SchemaChange, Store } from './store.js';

/** Of the payloads below. */
export const FORMAT_VERSION = 1;

/**
 * Kinds of journal records. All but changes of the schema, which are JSON, are the time of the request in milliseconds
 * (a double) and the bytes of the request as it came.
 */
export const SCHEMA = 1;
export const MUTATE_ROWS = 2;
export const MUTATE_ROW = 3;
export const READ_MODIFY_WRITE = 4;
/** Rows of a checkpoint, as a `MutateRowsRequest`. */
const RESTORE = 5;

const TIME_BYTES = 8;
/** A record of a checkpoint ends with the row that makes it this large. */
const RESTORE_BYTES = 64 * 1024;

export function timedPayload(timeMs: number, request: Buffer): Buffer[] {
  const time = Buffer.allocUnsafe(TIME_BYTES);
  time.writeDoubleLE(timeMs);
  return [time, request];
}

export function schemaPayload(change: SchemaChange): Buffer {
  return Buffer.from(JSON.stringify(change));
}

export function replay(store: Store, kind: number, payload: Buffer): void {
  if (kind === SCHEMA) {
    store.change(JSON.parse(payload.toString('utf8')) as SchemaChange);
    return;
  }
  const timeMs = payload.readDoubleLE();
  const request = payload.subarray(TIME_BYTES);
  if (kind === MUTATE_ROWS) mutateRows(store, request, timeMs);
  else if (kind === MUTATE_ROW) mutateRow(store, request, timeMs);
  else if (kind === READ_MODIFY_WRITE) readModifyWriteRow(store, request, timeMs);
  else if (kind === RESTORE) mutateRows(store, request, timeMs, true);
  else throw new Error(`The journal has a record of the unknown kind ${kind}.`);
}

/**
 * The state as it is when the first record is asked for, whatever changes while the others are read: a row that is
 * about to change, and is not yet written, is put aside as it was.
 */
export function* checkpoint(store: Store, timeMs: number): Generator<JournalRecord> {
  const snapshots = [...store.tables.values()].map(({ table }) => new TableSnapshot(table, timeMs));
  const schema: SchemaChange[] = [
    ...[...store.tables.values()].map(({ definition }) => ({ type: 'create-table', definition }) as const),
    ...[...store.resources].map(([name, resource]) => ({ type: 'put-resource', name, resource }) as const),
  ];
  const payloads = schema.map(schemaPayload);
  try {
    for (const payload of payloads) yield [SCHEMA, payload];
    for (const snapshot of snapshots) yield* snapshot.records();
  } finally {
    for (const snapshot of snapshots) snapshot.end();
  }
}

class TableSnapshot {
  /** Rows up to here are written. */
  #lastKey = '';
  /** Rows that changed before they were written: what they were, undefined when they were not. */
  readonly #aside = new Map<string, Buffer | undefined>();

  constructor(
    private readonly table: Table,
    private readonly timeMs: number,
  ) {
    table.beforeChange = (key, row) => {
      if (key > this.#lastKey && !this.#aside.has(key)) this.#aside.set(key, row && this.#encode(row));
    };
  }

  *records(): Generator<JournalRecord> {
    const rows = this.table.rows;
    for (let isDone = false; !isDone; ) {
      const entries: Buffer[] = [];
      let bytes = 0;
      isDone = rows.scan(`${this.#lastKey}\0`, undefined, (row) => {
        this.#lastKey = row.key;
        if (this.#aside.has(row.key)) return true;
        const entry = this.#encode(row);
        entries.push(entry);
        bytes += entry.length;
        return bytes < RESTORE_BYTES;
      });
      if (entries.length > 0) yield this.#record(entries);
    }
    const aside = [...this.#aside.values()].filter((entry) => entry !== undefined);
    this.end();
    for (const entry of aside) yield this.#record([entry]);
  }

  end(): void {
    this.table.beforeChange = undefined;
    this.#aside.clear();
  }

  /** Cells that are too old are left out: nobody can read them any more. */
  #encode(row: Row): Buffer {
    return encodeEntry(row.key, row.live(this.timeMs * 1000));
  }

  #record(entries: readonly Buffer[]): JournalRecord {
    return [RESTORE, [...timedPayload(this.timeMs, textField(1, this.table.name)), ...entries]];
  }
}
