import type { Column, Schema, Table } from '../schema/model.js';
import { afterPrefix } from '../values/key.js';
import { COMMIT_TIMESTAMP, type Row } from '../values/value.js';
import { ReadSet } from './read-set.js';
import { type DecodedRow, type EncodedRange, SnapshotView, type TreeOf } from './snapshot-view.js';
import { type IndexInfo, SchemaInfo, type TableInfo } from './table-info.js';
import type { Found } from './version-tree.js';
import type { Mutation, ReadWriteView } from './view.js';

/** A row that a transaction wrote. */
export interface Written {
  /** Undefined when it was deleted. */
  row: Row | undefined;
}

/** What a transaction wrote to one table, by encoded keys. */
export type TableWrites = Map<string, Written>;

export interface WriteViewOptions {
  schema: Schema;
  /** Of what it sees of others; infinite for one that is committed at once. */
  timestampMicros: number;
  treeOf: TreeOf;
  /** Whether queries are remembered too, not only what writes depend on. */
  remembersReads: boolean;
  /** Carries out mutations on it. */
  apply(view: WriteView, mutations: readonly Mutation[]): Promise<Row[]>;
}

/** A snapshot, and over it what its transaction writes. */
export class WriteView extends SnapshotView implements ReadWriteView {
  readonly reads = new ReadSet();
  /** As the service counts them, without those of indexes. */
  mutationCount = 0;
  readonly #writes = new Map<TableInfo, TableWrites>();
  /** Columns of tables in which it wrote a commit timestamp that is not known yet. */
  readonly #pendingTimestamps = new Set<string>();
  readonly #options: WriteViewOptions;
  /** While rows are written, what they depend on is remembered whatever the isolation. */
  #isWriting = false;
  #isForgetful = false;

  constructor(options: WriteViewOptions) {
    super(options.schema, options.timestampMicros, options.treeOf);
    this.#options = options;
  }

  /** A view of what is committed by now, over which lies what was written so far. */
  rebased(schema: Schema): WriteView {
    const view = new WriteView({ ...this.#options, schema, timestampMicros: Number.POSITIVE_INFINITY });
    const info = SchemaInfo.of(schema);
    for (const [table, writes] of this.#writes) view.#writes.set(info.of(table.table), writes);
    for (const pending of this.#pendingTimestamps) view.#pendingTimestamps.add(pending);
    view.mutationCount = this.mutationCount;
    view.#isForgetful = true;
    return view;
  }

  get writes(): ReadonlyMap<TableInfo, TableWrites> {
    return this.#writes;
  }

  markRead(table: Table): void {
    if (this.#remembers) this.reads.addAll(this.info.of(table).treeId);
  }

  override count(table: Table): number {
    this.markRead(table);
    const info = this.info.of(table);
    let count = super.count(table);
    for (const [key, { row }] of this.#writes.get(info) ?? []) {
      count += Number(row !== undefined) - Number(super.getEncoded(info, key) !== undefined);
    }
    return count;
  }

  *overlay(table: Table): Generator<{ key: Row; row: Row | undefined }, void, void> {
    const info = this.info.of(table);
    for (const { row, before } of this.#changes(info)) {
      yield { key: info.keyOf(row ?? before!), row };
    }
  }

  /** Deleted rows with what they were. */
  *#changes(info: TableInfo): Generator<{ row: Row | undefined; before: Row | undefined }, void, void> {
    for (const [key, { row }] of this.#writes.get(info) ?? []) {
      const before = row === undefined ? super.getEncoded(info, key) : undefined;
      if (row !== undefined || before !== undefined) yield { row, before };
    }
  }

  async buffer(mutations: readonly Mutation[]): Promise<Row[]> {
    this.#isWriting = true;
    const before = new Map([...this.#writes].map(([info, writes]) => [info, new Map(writes)]));
    try {
      return await this.#options.apply(this, mutations);
    } catch (error) {
      this.#writes.clear();
      for (const [info, writes] of before) this.#writes.set(info, writes);
      throw error;
    } finally {
      this.#isWriting = false;
    }
  }

  hasPendingTimestamp(table: Table, column: Column): boolean {
    return this.#pendingTimestamps.has(`${table.id}:${column.id}`);
  }

  /** @param row undefined deletes it. */
  write(info: TableInfo, key: string, row: Row | undefined): void {
    let writes = this.#writes.get(info);
    if (writes === undefined) {
      writes = new Map();
      this.#writes.set(info, writes);
    }
    writes.set(key, { row });
    if (row === undefined) return;
    for (const [place, value] of row.entries()) {
      if (value === COMMIT_TIMESTAMP)
        this.#pendingTimestamps.add(`${info.table.id}:${info.table.columns[place]!.id}`);
    }
  }

  /** A row as it was before anything that the transaction wrote. */
  committed(info: TableInfo, key: string): Row | undefined {
    return super.getEncoded(info, key);
  }

  override getEncoded(info: TableInfo, key: string): Row | undefined {
    if (this.#remembers) this.reads.addKey(info.treeId, key);
    const written = this.#writes.get(info)?.get(key);
    return written === undefined ? super.getEncoded(info, key) : written.row;
  }

  override *rowsIn(info: TableInfo, range: EncodedRange, reverse = false): Generator<DecodedRow, void, void> {
    const writes = this.#writes.get(info);
    if (writes === undefined || writes.size === 0) {
      yield* super.rowsIn(info, range, reverse);
      return;
    }
    const own: DecodedRow[] = [];
    for (const [key, { row }] of writes)
      if (row !== undefined && isWithin(range, key)) own.push({ key, row });
    const others = kept(super.rowsIn(info, range, reverse), writes);
    yield* merged(
      others,
      own.map((row) => ({ ...row, order: row.key })),
      reverse,
    );
  }

  override *indexedRowsIn(
    index: IndexInfo,
    range: EncodedRange,
    reverse = false,
  ): Generator<DecodedRow, void, void> {
    const writes = this.#writes.get(index.table);
    if (writes === undefined || writes.size === 0) {
      yield* super.indexedRowsIn(index, range, reverse);
      return;
    }
    const own: (DecodedRow & { order: string })[] = [];
    for (const [key, { row }] of writes) {
      if (row === undefined || !index.includes(row)) continue;
      const order = index.encodedEntryOf(row);
      if (isWithin(range, order)) own.push({ key, row, order });
    }
    const others = kept(super.indexedRowsIn(index, range, reverse), writes, (row) =>
      index.encodedEntryOf(row),
    );
    yield* merged(others, own, reverse);
  }

  /** Keys of the rows that have these parts in an index, as far as they are committed. */
  committedKeys(index: IndexInfo, prefix: string): string[] {
    const range = { start: prefix, end: afterPrefix(prefix) };
    return [...this.stored(index.treeId, range, false)].map(({ row }) => row);
  }

  protected override stored(tree: string, range: EncodedRange, reverse: boolean): Iterable<Found> {
    if (this.#remembers) this.reads.addRange(tree, range.start, range.end);
    return super.stored(tree, range, reverse);
  }

  get #remembers(): boolean {
    return !this.#isForgetful && (this.#isWriting || this.#options.remembersReads);
  }
}

interface OrderedRow extends DecodedRow {
  order: string;
}

function isWithin({ start, end }: EncodedRange, key: string): boolean {
  return key >= start && (end === undefined || key < end);
}

/** Rows that the transaction has not written, with what orders them. */
function* kept(
  rows: Iterable<DecodedRow>,
  writes: TableWrites,
  orderOf?: (row: Row) => string,
): Generator<OrderedRow, void, void> {
  for (const { key, row } of rows) {
    if (!writes.has(key)) yield { key, row, order: orderOf === undefined ? key : orderOf(row) };
  }
}

function* merged(
  others: Iterator<OrderedRow, void, void>,
  own: OrderedRow[],
  reverse: boolean,
): Generator<DecodedRow, void, void> {
  const direction = reverse ? -1 : 1;
  own.sort((a, b) => (a.order < b.order ? -direction : direction));
  let other = others.next();
  for (const row of own) {
    while (!other.done && (other.value.order < row.order ? 1 : -1) === direction) {
      yield other.value;
      other = others.next();
    }
    yield row;
  }
  for (; !other.done; other = others.next()) yield other.value;
}
