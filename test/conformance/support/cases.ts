import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Folder with the recorded conformance files; without it only the project's own cases run. */
export const corpusFolder = process.env['HEALTHMON_CORPUS'];

export interface SchemaField {
  name: string;
  type: string;
  mode: string;
  rangeElementType?: { type: string };
  fields?: SchemaField[];
}

export interface CaseParameter {
  name?: string;
  type: string | { type: string; arrayType?: { type: string } };
  value: unknown;
}

/** A statement and what the service answered. */
export interface RecordedCase {
  id: string;
  setup?: string;
  /** Requests that follow the setup. */
  setup_rest?: { method: string; path: string; body: unknown }[];
  sql: string;
  /** Of the request with the statement: who asks. */
  headers?: Record<string, string>;
  parameters?: { mode: 'named' | 'positional'; parameters: CaseParameter[] };
  job_config?: {
    use_query_cache?: boolean;
    destination?: string;
    write_disposition?: string;
    time_partitioning?: { type: string; field?: string };
    labels?: Record<string, string>;
    job_timeout_ms?: number;
    connection_properties?: { key: string; value: string }[];
  };
  expected_schema?: SchemaField[];
  expected_rows?: Record<string, unknown>[];
  expected_error?: { reason: string; location: string | null; http_status: number; message_pattern: string };
  job_metadata?: {
    statement_type?: string;
    num_dml_affected_rows?: number;
    ddl_operation_performed?: string;
    cache_hit?: boolean;
  };
  ordered: boolean;
}

/** An example of the language reference with its result as it is printed there. */
export interface DocumentationCase {
  id: string;
  sql: string;
  expected_columns: string[];
  expected_rows_text: string[][];
  flags: string[];
  ordered: boolean;
}

export function readCases<Case>(file: string): Case[] {
  if (corpusFolder === undefined) return [];
  const text = readFileSync(join(corpusFolder, 'conformance', file), 'utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Case);
}
