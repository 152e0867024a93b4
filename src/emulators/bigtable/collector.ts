import type { Surroundings } from './emulator.js';
import type { Row } from './rows/row.js';
import { successor } from './rows/row-set.js';
import type { Table } from './rows/table.js';
import type { Store } from './store.js';

/** Changes within this time are looked at together. */
const MIN_PAUSE_MS = 5000;
/** Share of the time that going through all rows may take, in a table of which some are always due. */
const MAX_SHARE = 0.05;
/** Work between two turns of the event loop. */
const SLICE_MS = 5;
/** Rows between two looks at the clock. */
const ROWS_PER_LOOK = 64;
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * Removes cells that have got too old, and moves values together when pages are mostly empty. Nobody sees it: reads
 * leave such cells out anyway. It sleeps until the next cell is due.
 */
export class Collector {
  #timer: NodeJS.Timeout | undefined;
  #wakesAtMs = Number.POSITIVE_INFINITY;
  #earliestMs = 0;
  #running: Promise<void> | undefined;
  #isClosed = false;

  constructor(
    private readonly store: Store,
    private readonly surroundings: Surroundings,
  ) {}

  /** To be called after changes. */
  look(): void {
    if (this.#running !== undefined || this.#isClosed) return;
    let dueMs = Number.POSITIVE_INFINITY;
    for (const { table } of this.store.tables.values()) dueMs = Math.min(dueMs, dueOf(table));
    if (dueMs >= this.#wakesAtMs) return;
    const nowMs = this.surroundings.now();
    this.#wakesAtMs = Math.max(dueMs, nowMs + MIN_PAUSE_MS, this.#earliestMs);
    clearTimeout(this.#timer);
    const delayMs = Math.min(this.#wakesAtMs - nowMs, MAX_TIMER_MS);
    if (delayMs < Number.POSITIVE_INFINITY)
      this.#timer = setTimeout(() => void this.collect(), delayMs).unref();
  }

  /** Goes through the tables in which something is due. */
  async collect(): Promise<void> {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
      this.#wakesAtMs = Number.POSITIVE_INFINITY;
      this.look();
    });
    await this.#running;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  async #run(): Promise<void> {
    const started = performance.now();
    for (const { table } of [...this.store.tables.values()]) {
      if (table.dueMicros <= this.surroundings.now() * 1000) await this.#collect(table);
      if (table.pages.isSparse) await this.#walk(table, (row) => row.repack());
    }
    this.#earliestMs = this.surroundings.now() + (performance.now() - started) / MAX_SHARE;
  }

  async #collect(table: Table): Promise<void> {
    table.dueMicros = Number.POSITIVE_INFINITY;
    await this.#walk(table, (row) => {
      const nowMicros = this.surroundings.now() * 1000;
      if (row.hasExpired(nowMicros)) table.change(row.key, (found) => found.collect(nowMicros));
      table.dueMicros = Math.min(table.dueMicros, row.dueMicros(nowMicros));
    });
  }

  /** Shows all rows to `visit`, which may remove the one it is shown. */
  async #walk(table: Table, visit: (row: Row) => void): Promise<void> {
    let start = '';
    for (let isDone = false; !isDone && !this.#isClosed; ) {
      const deadline = performance.now() + SLICE_MS;
      while (!isDone && performance.now() < deadline) {
        const rows: Row[] = [];
        isDone = table.rows.scan(start, undefined, (row) => rows.push(row) < ROWS_PER_LOOK);
        for (const row of rows) visit(row);
        const last = rows.at(-1);
        if (last !== undefined) start = successor(last.key);
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

function dueOf(table: Table): number {
  return table.pages.isSparse ? 0 : table.dueMicros / 1000;
}
