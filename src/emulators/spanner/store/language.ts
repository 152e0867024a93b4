import type { DdlAnalyzer } from '../schema/ddl.js';
import type { Check, Schema, SequenceSettings, Table } from '../schema/model.js';
import type { Row, Value } from '../values/value.js';

/** A row that is about to be written. */
export interface PendingRow {
  /** In the order of the columns; those that nobody gave are null. To be filled in place. */
  values: Value[];
  /** Whether the writer gave the column, in the order of the columns. */
  given: readonly boolean[];
  isInsert: boolean;
}

/** What expressions in rows are evaluated with. */
export interface RowScope {
  schema: Schema;
  /** Of CURRENT_TIMESTAMP, in nanoseconds. */
  nowNanos: bigint;
  nextSequenceValue(sequence: SequenceSettings): bigint;
}

/** What the store needs of the language. A promise only when it cannot be told at once. */
export interface Language extends DdlAnalyzer {
  /**
   * Fills columns that were not given: DEFAULT and identity of inserted rows, ON UPDATE of others, and generated ones
   * of all. A value that may not be NULL, or is too long, is the business of the store.
   */
  complete(scope: RowScope, table: Table, rows: readonly PendingRow[]): void | Promise<void>;
  /** The first row that a CHECK is false for. @param checks those of the table, or one that is to be added. */
  violatedCheck(
    scope: RowScope,
    table: Table,
    rows: readonly Row[],
    checks: readonly Check[],
  ): Violation | undefined | Promise<Violation | undefined>;
}

export interface Violation {
  row: Row;
  check: Check;
}
