import type { BqType } from '../../googlesql/syntax/types.js';
import type { SequenceSettings } from '../schema/model.js';
import type { Database } from '../store/database.js';
import type { ReadView } from '../store/view.js';
import type { Row, Value } from '../values/value.js';

export interface SqlParameter {
  name: string;
  /** Absent when the client leaves it to the statement. */
  type?: BqType | undefined;
  /** Its value as one of `type`. @throws ServiceError when it is none. */
  as(type: BqType): Value;
}

export interface SqlRequest {
  sql: string;
  parameters: readonly SqlParameter[];
  /** A PLAN tells columns and parameters, and runs nothing. */
  mode: 'NORMAL' | 'PLAN';
  /** DML needs a `ReadWriteView`. */
  view: ReadView;
  /** Only UPDATE and DELETE, without THEN RETURN. */
  partitioned?: boolean | undefined;
  signal?: AbortSignal | undefined;
}

export interface SqlColumn {
  /** Empty for an expression without a name. */
  name: string;
  type: BqType;
}

export interface SqlResult {
  kind: 'query' | 'dml';
  /** Of a query, or of THEN RETURN; of DML without it there are none. */
  columns: readonly SqlColumn[];
  /** Rows as they come, some at a time; whoever stops before the end calls `return`. */
  rows: AsyncIterable<readonly Row[]>;
  /** The same statement gives the same rows in the same order at the same time. */
  isRepeatable?: boolean;
  /** Rows that DML inserted, updated or deleted. */
  rowCount?: bigint | undefined;
  /** Parameters that the statement names and the client gave no type for, with the type that their use tells. */
  undeclaredParameters: readonly { name: string; type: BqType }[];
}

/** What the engine needs of the database besides the view of a request. */
export interface SqlSource extends Pick<Database, 'schema' | 'strongView' | 'lastChange' | 'changes'> {
  nextSequenceValue(sequence: SequenceSettings): bigint;
  /** The counter behind it; null before the first value. */
  sequenceState(sequence: SequenceSettings): bigint | null;
}
