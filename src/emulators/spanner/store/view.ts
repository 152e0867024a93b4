import type { Column, Index, Schema, Table } from '../schema/model.js';
import type { Row } from '../values/value.js';

/** The first parts of a key, or all of them. */
export interface KeyBound {
  key: Row;
  /** Whether keys that begin with these parts are in the range. */
  inclusive: boolean;
}

/** Keys between two bounds; without one it goes to the end of the table. */
export interface KeyRange {
  start?: KeyBound | undefined;
  end?: KeyBound | undefined;
}

export interface KeySet {
  /** Whole keys. */
  keys: readonly Row[];
  ranges: readonly KeyRange[];
  all: boolean;
}

export interface ScanOptions {
  /** The range is one of its parts (and then of the primary key), and rows come in its order. */
  index?: Index | undefined;
  reverse?: boolean | undefined;
  limit?: number | undefined;
}

/** The rows of a database as they are at one time. */
export interface ReadView {
  readonly schema: Schema;
  /** Microseconds since the epoch. */
  readonly timestampMicros: number;
  /** The row of a primary key, its values in the order of `table.columns`. */
  get(table: Table, key: Row): Row | undefined;
  /** How many rows a table has. */
  count(table: Table): number;
  /** Rows in the order of the primary key or of an index. May be read on in later turns of the event loop. */
  scan(table: Table, range: KeyRange, options?: ScanOptions): IterableIterator<Row>;
}

/**
 * What a read-write transaction sees: the rows of its snapshot and over them what it wrote. Whatever it reads is
 * remembered, and its commit fails with ABORTED when another transaction has changed that since.
 */
export interface ReadWriteView extends ReadView {
  /** Remembers that all rows of the table were read, for who reads them some other way. */
  markRead(table: Table): void;
  /** Whether it wrote the timestamp of its commit to the column, which nobody can read before that is known. */
  hasPendingTimestamp(table: Table, column: Column): boolean;
  /** What it wrote to a table so far, in no order; a deleted row has none. */
  overlay(table: Table): Iterable<{ key: Row; row: Row | undefined }>;
  /**
   * Writes rows, with all that follows from it: defaults, generated columns, cascades.
   * @returns rows as they are after it, in the order of the mutations; of a deletion as they were before.
   * @throws ServiceError when a constraint does not hold; then nothing of it is written.
   */
  buffer(mutations: readonly Mutation[]): Promise<Row[]>;
}

export type WriteKind = 'insert' | 'update' | 'insert-or-update' | 'replace';

/** Names are those of the client, in any case. */
export type Mutation =
  | { kind: WriteKind; table: string; columns: readonly string[]; rows: readonly Row[] }
  | { kind: 'delete'; table: string; keys: KeySet };

export function isReadWrite(view: ReadView): view is ReadWriteView {
  return 'buffer' in view;
}
