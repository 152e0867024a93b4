import type { DuckDBConnection, DuckDBDataChunk } from '@duckdb/node-api';
import type { CompiledQuery } from '../../googlesql/compile/scope/query-context.js';
import { translateDuckError } from '../../googlesql/duck/errors.js';
import { ServiceError } from '../../serving/service-error.js';
import { findTable } from '../schema/model.js';
import type { ReadView } from '../store/view.js';
import type { Row } from '../values/value.js';
import { refusePending } from './access.js';
import { fromDuck } from './duck-values.js';
import { evaluationError } from './errors.js';
import type { SqlColumn } from './sql-request.js';
import type { Statement } from './statement.js';

/** Rows of a compiled query as they come; the connection is given back at the end, however it comes. */
export async function* streamRows(
  compiled: CompiledQuery,
  statement: Statement,
  view: ReadView,
  sql: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<Row[]> {
  throwIfAborted(signal);
  for (const { table, columns } of compiled.columnsRead) {
    const found = findTable(statement.schema, table.join('.'));
    if (found !== undefined) refusePending(view, found, columns);
  }
  const { mirrors } = statement.services;
  const { connection, release } = await mirrors.open(view, [...statement.tables]);
  let isClean = false;
  const interrupt = () => connection.interrupt();
  signal?.addEventListener('abort', interrupt, { once: true });
  try {
    const result = await connection.stream(compiled.sql);
    for (;;) {
      const chunk = await result.fetchChunk();
      if (chunk === null || chunk.rowCount === 0) break;
      yield rowsOf(chunk, compiled.columns);
    }
    isClean = true;
  } catch (error) {
    throwIfAborted(signal);
    throw evaluationError(translateDuckError(error), sql);
  } finally {
    signal?.removeEventListener('abort', interrupt);
    await release(isClean);
  }
}

/** All rows of a query that is part of a statement. */
export async function allRows(
  compiled: CompiledQuery,
  statement: Statement,
  view: ReadView,
  sql: string,
  signal: AbortSignal | undefined,
): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const part of streamRows(compiled, statement, view, sql, signal)) rows.push(...part);
  return rows;
}

/** Rows of a query that reads no table, on whatever connection. */
export async function readRows(connection: DuckDBConnection, compiled: CompiledQuery): Promise<Row[]> {
  const rows: Row[] = [];
  const result = await connection.run(compiled.sql);
  for (const chunk of await result.fetchAllChunks()) rows.push(...rowsOf(chunk, compiled.columns));
  return rows;
}

function rowsOf(chunk: DuckDBDataChunk, columns: readonly SqlColumn[]): Row[] {
  const count = chunk.rowCount;
  const rows: Row[] = Array.from({ length: count }, () => new Array(columns.length));
  for (const [index, { type }] of columns.entries()) {
    const vector = chunk.getColumnVector(index);
    for (let row = 0; row < count; row++) {
      (rows[row] as unknown[])[index] = fromDuck(type, vector.getItem(row) as Parameters<typeof fromDuck>[1]);
    }
  }
  return rows;
}

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (!signal?.aborted) return;
  if (signal.reason instanceof ServiceError) throw signal.reason;
  throw new ServiceError('CANCELLED', 'The statement was cancelled.');
}

export async function* noRows(): AsyncGenerator<never> {}

export async function* rowsAtOnce(rows: readonly Row[]): AsyncGenerator<readonly Row[]> {
  if (rows.length > 0) yield rows;
}
