import type { Schema, Table } from '../schema/model.js';
import type { Row } from '../values/value.js';
import type { ReadView } from './view.js';

export interface RowChange {
  key: Row;
  /** Undefined when it was deleted. */
  row: Row | undefined;
}

/** One database: its schema and rows, at every time of the retention period. */
export interface Database {
  /** `projects/p/instances/i/databases/d` */
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly createdAtMs: number;
  /** The current one. */
  readonly schema: Schema;
  /** Statements that made the schema with the times of their commits in microseconds, of all its life. */
  readonly statements: readonly { statement: string; timestampMicros: number }[];
  /** All that is committed. */
  strongView(): ReadView;
  /** When rows of the table changed last, in microseconds; 0 for never. */
  lastChange(table: Table): number;
  /**
   * Rows of the table that changed after `sinceMicros` and up to `untilMicros`, as they are then, in no order;
   * undefined when that is not known any more, and the table has to be read anew. Changes up to `sinceMicros` are
   * forgotten: there is one reader.
   */
  changes(table: Table, sinceMicros: number, untilMicros: number): RowChange[] | undefined;
}
