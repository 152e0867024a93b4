import type { DuckDBVector } from '@duckdb/node-api';
import { BIGINT, BOOLEAN, DuckDBScalarFunction, type DuckDBType, VARCHAR } from '@duckdb/node-api';
import { type Calls, ThreadPool } from '../../javascript/pool.js';
import { TIMED_OUT } from '../../javascript/protocol.js';
import type { Udf } from '../duck/scalar-function.js';
import { BatchBudget } from '../duck/value-limit.js';

/** How long this thread waits for results before DuckDB's does. */
const QUICK_MS = 2;
const PAUSE_GROWTH = 1.5;
/** For the calls of one batch of rows together. */
const MAX_WAIT_MS = 300_000;

/** Between looks for the results: few, as each look takes time. */
export const PAUSES_MS: readonly number[] = pauses();

function pauses(): number[] {
  const list: number[] = [];
  for (let pause = 1, sum = 0; sum < MAX_WAIT_MS; pause *= PAUSE_GROWTH) {
    list.push(Math.round(pause));
    sum += pause;
  }
  return list;
}

interface Started {
  calls: Calls;
  connectionId: number;
  rowsTaken: number;
  /** When a statement last asked for it, by the clock of `performance`. */
  askedMs: number;
}

const ROWS = 65_536n;
const pool = new ThreadPool();
const started = new Map<bigint, Started>();
let lastBatch = 0n;

/** What a function sees of a batch of rows. */
interface Chunk {
  columns: DuckDBVector[];
  rowCount: number;
  connectionId: number;
  write(row: number, value: bigint | string | null): void;
}

/**
 * Functions in JavaScript run in threads, and a statement waits for them in DuckDB, so that the server goes on. The
 * calls of one batch of rows begin together; each row has a ticket, by which its result is taken.
 */
export const javaScriptUdfs = {
  // definition, arguments as JSON, whether errors are NULL → ticket
  js_start: perChunk([VARCHAR, VARCHAR, BOOLEAN], BIGINT, ({ columns, rowCount, connectionId, write }) => {
    forgetAbandoned();
    const [definition, texts, safe] = columns;
    lastBatch += 1n;
    const calls = Array.from({ length: rowCount }, (_, row) => texts!.getItem(row) as string);
    started.set(lastBatch, {
      calls: pool.start(definition!.getItem(0) as string, calls, safe!.getItem(0) as boolean),
      connectionId,
      rowsTaken: 0,
      askedMs: performance.now(),
    });
    for (let row = 0; row < rowCount; row++) write(row, lastBatch * ROWS + BigInt(row));
  }),
  // ticket, most milliseconds → how long to wait, in the first row, or NULL
  js_pause: perChunk([BIGINT, BIGINT], BIGINT, ({ columns: [tickets, most], rowCount, write }) => {
    const batch = batchOf(tickets!.getItem(0) as bigint);
    batch.askedMs = performance.now();
    write(0, batch.calls.isDone(QUICK_MS) ? null : (most!.getItem(0) as bigint));
    for (let row = 1; row < rowCount; row++) write(row, null);
  }),
  // ticket → result
  js_take: perChunk([BIGINT], VARCHAR, ({ columns: [tickets], rowCount, write }) => {
    const budget = new BatchBudget();
    for (let row = 0; row < rowCount; row++) {
      const result = resultOf(tickets!.getItem(row) as bigint);
      if (result !== null) budget.take(result.length);
      write(row, result);
    }
  }),
};

function batchOf(ticket: bigint): Started {
  const batch = started.get(ticket / ROWS);
  if (batch === undefined) throw new Error('the calls of a JavaScript function were given up');
  return batch;
}

function resultOf(ticket: bigint): string | null {
  const batch = batchOf(ticket);
  if (!batch.calls.isDone()) {
    forget(ticket / ROWS);
    throw new Error(TIMED_OUT);
  }
  const { results, error } = batch.calls.outcome!;
  if (error !== undefined) {
    forget(ticket / ROWS);
    throw new Error(error);
  }
  batch.rowsTaken += 1;
  if (batch.rowsTaken === results.length) started.delete(ticket / ROWS);
  return results[Number(ticket % ROWS)] ?? null;
}

function forget(id: bigint): void {
  started.get(id)?.calls.cancel();
  started.delete(id);
}

/** A statement that fails elsewhere leaves its calls behind. */
function forgetAbandoned(): void {
  const oldest = performance.now() - MAX_WAIT_MS;
  for (const [id, { askedMs }] of started) if (askedMs < oldest) forget(id);
}

function perChunk(parameterTypes: DuckDBType[], returnType: DuckDBType, body: (chunk: Chunk) => void): Udf {
  return {
    register(connection, name, interrupted) {
      connection.registerScalarFunction(
        DuckDBScalarFunction.create({
          name,
          parameterTypes,
          returnType,
          specialHandling: true,
          volatile: true,
          initFunction: (info) => info.setState({ connectionId: info.clientContext.connectionId }),
          mainFunction: (info, chunk, output) => {
            const { connectionId } = info.state as { connectionId: number };
            if (interrupted.has(connectionId)) {
              for (const [id, batch] of started) if (batch.connectionId === connectionId) forget(id);
              throw new Error('interrupted');
            }
            const columns = parameterTypes.map((_, index) => chunk.getColumnVector(index));
            const write = (row: number, value: bigint | string | null) => output.setItem(row, value);
            body({ columns, rowCount: chunk.rowCount, connectionId, write });
            output.flush();
          },
        }),
      );
    },
  };
}
