/** Lets one statement at a time change a table, as BigQuery queues DML; DuckDB would refuse the second one. */
export class TableLocks {
  readonly #tails = new Map<string, Promise<unknown>>();

  async exclusive<Result>(table: string, work: () => Promise<Result>): Promise<Result> {
    const before = this.#tails.get(table) ?? Promise.resolve();
    const run = before.then(work);
    const tail = run.catch(() => undefined);
    this.#tails.set(table, tail);
    try {
      return await run;
    } finally {
      if (this.#tails.get(table) === tail) this.#tails.delete(table);
    }
  }
}
