import { addAbortSignal } from 'node:stream';
import { text } from 'node:stream/consumers';
import { stringify } from 'csv-stringify/sync';
import type { Config } from '../../config/config.js';
import { usageError } from '../../errors/healthmon-error.js';
import { bigQueryPort, type QueryOutcome, type QueryParameter } from '../../gcp/bigquery/port.js';
import type { BigQueryField, JsonValue } from '../../gcp/bigquery/values.js';
import { rowObject } from '../../gcp/bigquery/values.js';
import type { GoogleClients } from '../../gcp/clients.js';

export interface QueryInput {
  sql: string;
  format: 'table' | 'json' | 'csv';
  limit: number | undefined;
  /** `name=value` or `name:TYPE=value`. */
  params: readonly string[];
  maxBytesBilled: number | undefined;
  dryRun: boolean;
}

export interface QuerySurroundings {
  clients(): Promise<GoogleClients>;
  config: Config;
  signal: AbortSignal;
  /** Takes rows as text as they arrive; without it the rows are returned. */
  write: ((chunk: string) => Promise<void>) | undefined;
}

export interface QueryResult {
  schema: { name: string; type: string; mode: string }[];
  rows: Record<string, JsonValue>[];
  totalRows: number;
  printedRows: number;
  affectedRows: number;
  statementType: string;
  totalBytesProcessed: number;
  dryRun: boolean;
  format: 'table' | 'json' | 'csv';
  seconds: number;
}

/** A table on a terminal is drawn at once, so it holds at most this many rows unless `--limit` says otherwise. */
const TABLE_ROWS = 1000;

/** Runs one statement and writes its rows page by page, so that memory does not grow with the result. */
export async function runQueryCommand(input: QueryInput, around: QuerySurroundings): Promise<QueryResult> {
  const startedMs = performance.now();
  // Not synchronously: neither Ctrl-C nor --timeout would end the wait for a reader that has nothing to say.
  const sql = input.sql === '-' ? await text(addAbortSignal(around.signal, process.stdin)) : input.sql;
  if (sql.trim() === '') {
    throw usageError({
      code: 'invalid-argument',
      message: 'The statement is empty.',
      suggestion: 'Write it in quotes: healthmon query "SELECT 1"; "-" reads it from standard input.',
    });
  }
  const port = await bigQueryPort(await around.clients());
  const outcome = await port.query(sql, {
    params: input.params.map(parseParameter),
    defaultDataset: around.config.bigquery.dataset,
    dryRun: input.dryRun,
    signal: around.signal,
    ...(input.maxBytesBilled === undefined ? {} : { maximumBytesBilled: String(input.maxBytesBilled) }),
  });
  const streamed = around.write !== undefined && input.format !== 'table';
  const limit =
    input.limit ?? (around.write !== undefined && input.format === 'table' ? TABLE_ROWS : Infinity);
  const rows: Record<string, JsonValue>[] = [];
  let printedRows = 0;
  if (streamed && input.format === 'csv' && outcome.schema.length > 0) {
    await around.write!(csv([outcome.schema.map((field) => field.name)]));
  }
  for await (const page of limitedPages(outcome, limit)) {
    around.signal.throwIfAborted();
    printedRows += page.length;
    if (streamed) await around.write!(encode(input.format, outcome.schema, page));
    else for (const values of page) rows.push(rowObject(outcome.schema, values));
  }
  return {
    schema: outcome.schema.map(({ name, type, mode }) => ({ name, type, mode: mode ?? 'NULLABLE' })),
    rows,
    totalRows: outcome.totalRows,
    printedRows,
    affectedRows: outcome.affectedRows,
    statementType: outcome.statementType,
    totalBytesProcessed: outcome.bytesProcessed,
    dryRun: input.dryRun,
    format: input.format,
    seconds: (performance.now() - startedMs) / 1000,
  };
}

async function* limitedPages(outcome: QueryOutcome, limit: number): AsyncGenerator<JsonValue[][]> {
  let left = limit;
  for await (const page of outcome.pages()) {
    if (left <= 0) return;
    yield page.length <= left ? page : page.slice(0, left);
    left -= page.length;
  }
}

function encode(
  format: 'json' | 'csv' | 'table',
  schema: readonly BigQueryField[],
  page: JsonValue[][],
): string {
  if (format === 'csv') return csv(page);
  return page.map((values) => `${JSON.stringify(rowObject(schema, values))}\n`).join('');
}

function csv(rows: readonly JsonValue[][]): string {
  return stringify(
    rows.map((row) =>
      row.map((value) => (typeof value === 'object' && value !== null ? JSON.stringify(value) : value)),
    ),
    {
      cast: {
        boolean: String,
        // As "healthmon load" reads it: nothing is NULL, and "" an empty string.
        string: (text) => ({ value: text, quoted_empty: true }),
      },
    },
  );
}

const PARAMETER = /^([A-Za-z_][A-Za-z0-9_]*)(?::([A-Za-z0-9_]+))?=(.*)$/s;
const PARAMETER_TYPES = new Set(
  'STRING INT64 FLOAT64 NUMERIC BIGNUMERIC BOOL DATE DATETIME TIME TIMESTAMP BYTES JSON'.split(' '),
);

function parseParameter(text: string): QueryParameter {
  const match = PARAMETER.exec(text);
  const type = (match?.[2] ?? 'STRING').toUpperCase();
  if (match === null || !PARAMETER_TYPES.has(type)) {
    throw usageError({
      code: 'invalid-option',
      message: `--param ${text.split('=', 1)[0]} is not a parameter.`,
      detail: `Types: ${[...PARAMETER_TYPES].join(', ')}.`,
      suggestion: 'Write --param name=value or --param name:INT64=7.',
    });
  }
  return { name: match[1]!, type, value: match[3]! };
}
