import type { DatasetRef } from './entries.js';
import { datasetName } from './names.js';

interface Lane {
  /** Last work on the dataset as a whole. */
  whole?: Promise<unknown>;
  /** Last work on each table since. */
  tables: Map<string, Promise<unknown>>;
}

/**
 * Work in the order it comes: one at a time on each table, and alone in its dataset what concerns that as a whole.
 * DuckDB refuses two changes of one table at once, BigQuery does not.
 */
export class TableQueue {
  readonly #lanes = new Map<string, Lane>();

  /** Work on tables of one dataset. */
  onTables<T>(dataset: DatasetRef, tableIds: readonly string[], work: () => Promise<T>): Promise<T> {
    const lane = this.#lane(dataset);
    const before = [lane.whole, ...tableIds.map((id) => lane.tables.get(id))];
    const { run, tail } = after(before, work);
    for (const id of tableIds) lane.tables.set(id, tail);
    void tail.then(() => {
      for (const id of tableIds) if (lane.tables.get(id) === tail) lane.tables.delete(id);
      this.#close(dataset, lane);
    });
    return run;
  }

  onDataset<T>(dataset: DatasetRef, work: () => Promise<T>): Promise<T> {
    const lane = this.#lane(dataset);
    const { run, tail } = after([lane.whole, ...lane.tables.values()], work);
    lane.whole = tail;
    void tail.then(() => {
      if (lane.whole === tail) lane.whole = undefined;
      this.#close(dataset, lane);
    });
    return run;
  }

  #lane(dataset: DatasetRef): Lane {
    const name = datasetName(dataset);
    const lane = this.#lanes.get(name) ?? { tables: new Map() };
    this.#lanes.set(name, lane);
    return lane;
  }

  #close(dataset: DatasetRef, lane: Lane): void {
    if (lane.whole === undefined && lane.tables.size === 0) this.#lanes.delete(datasetName(dataset));
  }
}

/** `work` once all before it has ended; `tail` ends with it and never fails. */
function after<T>(
  before: readonly (Promise<unknown> | undefined)[],
  work: () => Promise<T>,
): { run: Promise<T>; tail: Promise<unknown> } {
  const run = Promise.all(before).then(work);
  return { run, tail: run.catch(() => undefined) };
}
