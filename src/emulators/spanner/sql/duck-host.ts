import { Database } from '../../googlesql/duck/database.js';
import { batchUdf, integer, text } from '../../googlesql/duck/scalar-function.js';
import { NEXT_SEQUENCE_VALUE } from '../../googlesql/functions/spanner.js';
import { registerFunctions } from '../../googlesql/functions/udf.js';
import type { SqlSource } from './sql-request.js';

/** DuckDB of all databases of the emulator, which is opened when a statement first needs it. */
export class DuckHost {
  readonly #sources = new Map<string, SqlSource>();
  #opening: Promise<Database> | undefined;
  #added = 0;
  #closed = false;

  /** @param threads that DuckDB runs a query with; as many as there are processors when absent */
  constructor(readonly threads?: number) {}

  /** @returns a prefix that no other database has for its tables */
  addSource(source: SqlSource): string {
    const prefix = `d${++this.#added}`;
    this.#sources.set(prefix, source);
    return prefix;
  }

  removeSource(prefix: string): void {
    this.#sources.delete(prefix);
  }

  /** Whether anything has needed it. */
  get isOpen(): boolean {
    return this.#opening !== undefined;
  }

  database(): Promise<Database> {
    if (this.#closed) throw new Error('the emulator is stopped');
    this.#opening ??= this.#open();
    return this.#opening;
  }

  #open(): Promise<Database> {
    const nextSequenceValue = batchUdf(
      [text, integer],
      integer,
      () => (prefix, id) => this.#nextSequenceValue(prefix, id),
      { volatile: true },
    );
    return Database.open({
      ...(this.threads === undefined ? {} : { threads: this.threads }),
      prepare: (connection, interrupted) => {
        registerFunctions(connection, interrupted);
        nextSequenceValue.register(connection, NEXT_SEQUENCE_VALUE, interrupted);
      },
    });
  }

  #nextSequenceValue(prefix: string, id: bigint): bigint {
    const source = this.#sources.get(prefix);
    const sequences = source?.schema.sequences.values() ?? [];
    for (const sequence of sequences) {
      if (BigInt(sequence.id) === id) return source!.nextSequenceValue(sequence);
    }
    throw new Error('The sequence was dropped');
  }

  async close(): Promise<void> {
    this.#closed = true;
    (await this.#opening)?.close();
  }
}
