import type { StructField } from '../../googlesql/syntax/types.js';
import type { Message } from '../../serving/method.js';
import type { ReadView, ReadWriteView } from '../store/view.js';
import type { Row } from '../values/value.js';

export interface SqlRequest {
  sql: string;
  /** `google.protobuf.Value` messages by the name of the parameter, as the descriptors decode them. */
  params: Readonly<Record<string, Message>>;
  /** `google.spanner.v1.Type` messages by the name of the parameter. */
  paramTypes: Readonly<Record<string, Message>>;
  /** DML needs a view that can be written to, and is refused with another one. */
  view: ReadView | ReadWriteView;
  /** `plan` analyzes only: there are no rows, and nothing is written. */
  mode: 'run' | 'plan';
  /** The statement may only be a query that can be cut into parts by the key: of PartitionQuery. */
  isPartitioned?: boolean;
  /** The statement may only be DML of partitioned DML. */
  isPartitionedDml?: boolean;
  signal: AbortSignal;
}

export interface SqlResult {
  kind: 'query' | 'dml';
  /** Empty for DML without THEN RETURN. */
  fields: readonly StructField[];
  rows: AsyncIterable<readonly Row[]> | readonly Row[];
  /** Rows that DML changed. */
  rowCount?: number;
  /** Parameters without a type, with the one they were taken for. */
  undeclaredParameters: readonly StructField[];
  /** Whether the same statement at the same timestamp gives the rows in the same order. */
  isRepeatable: boolean;
}

/** The language of one database. */
export interface SqlEngine {
  /** @throws ServiceError with the code and text of the service */
  execute(request: SqlRequest): Promise<SqlResult>;
  close(): Promise<void>;
}
