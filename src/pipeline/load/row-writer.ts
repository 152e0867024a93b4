import { HealthmonError } from '../../errors/healthmon-error.js';
import { errorCode, GRPC } from '../../gcp/google-errors.js';
import type { SpannerData } from '../../gcp/spanner/data.js';
import type { Value } from '../../schema/cell-problem.js';
import { canonicalDecimal } from '../../schema/decimal.js';
import type { Problem } from '../../schema/row-validator.js';
import type { Field } from '../../schema/table-schema.js';
import type { AdaptiveLimit } from './adaptive-limit.js';
import { keyText } from './key-text.js';
import type { PendingRows } from './pending-rows.js';
import { isRowFault, refusalOf } from './refusal.js';
import { isSessionEnded, retried } from './retry.js';

export interface Rejection {
  number: number;
  problem: Problem;
}

export type WriteMode = 'upsert' | 'insert' | 'truncate';

export interface WriterOptions {
  table: string;
  fields: readonly Field[];
  primaryKey: readonly string[];
  commitTimestamp: string | undefined;
  mode: WriteMode;
  /** Sessions that nobody uses; files share them. */
  sessions: string[];
  lowPriority: boolean;
  tag: string | undefined;
  signal: AbortSignal;
  onCommit(rows: number, milliseconds: number): void;
}

/** Existing rows read at once; an answer holds 10 MB. */
const EXISTING_PER_READ = 500;
/** Rows refused by Spanner before any was taken: then the table is at fault, not the rows. */
const HOPELESS_REJECTIONS = 200;

/** Writes batches of rows, and finds the rows of a batch that Spanner refuses. */
export class RowWriter {
  readonly #columns: string[];
  #taken = 0;
  #refused = 0;

  constructor(
    private readonly data: SpannerData,
    private readonly limit: AdaptiveLimit,
    private readonly options: WriterOptions,
  ) {
    this.#columns = options.fields.map((field) => field.name);
    if (options.commitTimestamp !== undefined) this.#columns.push(options.commitTimestamp);
  }

  /** Columns of a commit, in the order in which they are sent. */
  get columns(): readonly string[] {
    return this.#columns;
  }

  /** Writes the rows of one commit; refused rows are found by halving, the others are written. */
  async write(rows: PendingRows, indexes: readonly number[]): Promise<Rejection[]> {
    try {
      await this.limit.run(indexes.length, () => this.#commit(rows, indexes));
      this.#taken += indexes.length;
      return [];
    } catch (error) {
      const code = errorCode(error);
      if (!isRowFault(code, (error as Error).message)) throw error;
      if (code === GRPC.alreadyExists && this.options.mode === 'insert') {
        const sorted = await this.#sortOutExisting(rows, indexes, error as Error);
        if (sorted !== undefined) return sorted;
      }
      if (indexes.length === 1) return [this.#refuse(rows.number(indexes[0]!), error as Error)];
      const middle = indexes.length >>> 1;
      // Until a row is taken, each half is spread over the batch, so that a table is not judged by its first rows.
      const spread = this.#taken === 0;
      const isFirst = (position: number) => (spread ? position % 2 === 0 : position < middle);
      const first = indexes.filter((_, position) => isFirst(position));
      const second = indexes.filter((_, position) => !isFirst(position));
      return [...(await this.write(rows, first)), ...(await this.write(rows, second))];
    }
  }

  #refuse(number: number, error: Error): Rejection {
    this.#refused++;
    if (this.#taken === 0 && this.#refused >= HOPELESS_REJECTIONS) {
      throw new HealthmonError({
        code: 'every-row-refused',
        message: `Spanner refused the first ${this.#refused} rows for the table ${this.options.table}.`,
        // What follows a bracket or a quote are values of a row.
        detail: error.message.replace(/[{["].*/s, '…').slice(0, 500),
        suggestion: 'Run "healthmon provision --diff" to compare the table with its schema.',
        cause: error,
      });
    }
    return { number, problem: refusalOf(errorCode(error), error.message) };
  }

  /**
   * Tells rows whose key exists from the others, all at once. A row that is there just so was written by an earlier
   * try of this load. Undefined when no key exists: then it is another index that refuses.
   */
  async #sortOutExisting(
    pending: PendingRows,
    indexes: readonly number[],
    error: Error,
  ): Promise<Rejection[] | undefined> {
    const { fields } = this.options;
    const keys = this.options.primaryKey.map((name) => fields.findIndex((field) => field.name === name));
    const rows = indexes.map((index) => this.data.decode(pending.wire, index) as Value[]);
    const present = await this.#existing(rows, keys);
    if (present.size === 0) return undefined;
    const rejections: Rejection[] = [];
    const others: number[] = [];
    for (const [at, index] of indexes.entries()) {
      const values = rows[at]!;
      const found = present.get(keyText(values, keys)!);
      if (found === undefined) others.push(index);
      else if (fields.every((field, position) => sameValue(field, values[position]!, found[position]!))) {
        this.#taken++;
      } else
        rejections.push({
          number: pending.number(index),
          problem: refusalOf(errorCode(error), error.message),
        });
    }
    return others.length === 0 ? rejections : [...rejections, ...(await this.write(pending, others))];
  }

  /** Rows of the table that have the keys of these rows, by key. */
  async #existing(rows: readonly Value[][], keys: readonly number[]): Promise<Map<string, Value[]>> {
    const { fields, table } = this.options;
    const columns = fields.map((field) => field.name);
    const present = new Map<string, Value[]>();
    for (let from = 0; from < rows.length; from += EXISTING_PER_READ) {
      const some = rows.slice(from, from + EXISTING_PER_READ);
      const wanted = some.map((values) => keys.map((at) => values[at]!));
      for (const found of (await this.data.readKeys(table, columns, wanted)) as Value[][]) {
        present.set(keyText(found, keys)!, found);
      }
    }
    return present;
  }

  async #commit(rows: PendingRows, indexes: readonly number[]): Promise<void> {
    const { options } = this;
    const write = {
      table: options.table,
      columns: this.#columns,
      rows: rows.wire,
      indexes,
      insertOnly: options.mode === 'insert',
    };
    await retried(
      async () => {
        const session = options.sessions.pop() ?? (await this.data.session());
        const startedMs = performance.now();
        try {
          await this.data.commit(session, write, {
            lowPriority: options.lowPriority,
            ...(options.tag !== undefined && { tag: options.tag }),
            signal: options.signal,
          });
        } catch (error) {
          if (!isSessionEnded(error)) options.sessions.push(session);
          throw error;
        }
        options.sessions.push(session);
        options.onCommit(indexes.length, performance.now() - startedMs);
      },
      {
        local: this.data.local,
        signal: options.signal,
        onFault: (code) => {
          if (code === GRPC.aborted || code === GRPC.resourceExhausted) this.limit.overloaded();
        },
      },
    );
  }
}

function sameValue(field: Field, a: Value, b: Value): boolean {
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((element, index) => sameValue(field, element, b[index]!));
  }
  if (a === null || b === null) return a === b;
  switch (field.type) {
    case 'NUMERIC':
      return canonicalDecimal(String(a)) === canonicalDecimal(String(b));
    case 'JSON':
      return sameJson(JSON.parse(String(a)), JSON.parse(String(b)));
    case 'FLOAT64':
      return Object.is(Number(a), Number(b)) || Number(a) === Number(b);
    default:
      return String(a) === String(b);
  }
}

/** Spanner gives the keys of objects in an order of its own. */
function sameJson(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    Array.isArray(a) === Array.isArray(b) &&
    keys.every((key) => sameJson((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]))
  );
}
