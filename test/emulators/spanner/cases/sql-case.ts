import type { CodeName } from '../../../../src/emulators/serving/service-error.js';
import type { Plain } from '../../../../src/emulators/spanner/values/plain.js';

/** What a statement comes to: its columns as `name:TYPE`, its rows as JSON carries them, or what it is refused with. */
export interface SqlOutcome {
  columns?: string;
  /** In any order, unless the statement asks for one. */
  rows?: unknown[];
  /** Rows that it changed. */
  changed?: number;
  /** Parameters without a type, as `name:TYPE`. */
  undeclared?: string;
  /** The code, and the first line of the text. */
  error?: [code: CodeName, text: string];
}

/** A statement on what those before it left behind. */
export interface SqlCase extends SqlOutcome {
  sql: string;
  /** Without types. */
  params?: Record<string, Plain>;
  /** In the query mode PLAN. */
  plan?: boolean;
}

/** The tables that cases are about. */
export const SQL_TABLES = [
  `CREATE TABLE T (
    K INT64 NOT NULL, S STRING(10), F FLOAT64, B BOOL, N NUMERIC, D DATE,
    TS TIMESTAMP OPTIONS (allow_commit_timestamp = true), J JSON, BYT BYTES(MAX), A ARRAY<INT64>, F3 FLOAT32,
    DEF STRING(MAX) DEFAULT ('x'), G STRING(MAX) AS (UPPER(S)) STORED
  ) PRIMARY KEY (K)`,
  'CREATE INDEX TS_IDX ON T(S)',
  `CREATE TABLE C (K INT64 NOT NULL, L INT64 NOT NULL, V STRING(MAX)) PRIMARY KEY (K, L DESC),
    INTERLEAVE IN PARENT T ON DELETE CASCADE`,
  'CREATE VIEW V SQL SECURITY INVOKER AS SELECT T.K, T.S FROM T',
  "CREATE SEQUENCE SQ OPTIONS (sequence_kind = 'bit_reversed_positive')",
  'CREATE TABLE M (K INT64 NOT NULL, S STRING(10), TS TIMESTAMP) PRIMARY KEY (K)',
];
