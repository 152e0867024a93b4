import type { Schema, Table } from '../schema/model.js';
import { afterPrefix, encodeKey, type KeyPartType } from '../values/key.js';
import type { Row } from '../values/value.js';
import { type IndexInfo, SchemaInfo, type TableInfo, type TreeId } from './table-info.js';
import type { Found, VersionTree } from './version-tree.js';
import type { KeyRange, ReadView, ScanOptions } from './view.js';

/** Where a range begins, and what it ends before; undefined is the end of the tree. */
export interface EncodedRange {
  start: string;
  end: string | undefined;
}

export function encodeRange(parts: readonly KeyPartType[], { start, end }: KeyRange): EncodedRange {
  const from = start === undefined ? '' : encodeKey(parts, start.key);
  const to = end === undefined ? undefined : encodeKey(parts, end.key);
  return {
    start: start === undefined || start.inclusive ? from : afterPrefix(from),
    end: to === undefined || !end!.inclusive ? to : afterPrefix(to),
  };
}

export interface DecodedRow {
  /** Encoded. */
  key: string;
  row: Row;
}

export type TreeOf = (id: TreeId) => VersionTree | undefined;

/** The rows at one time. */
export class SnapshotView implements ReadView {
  protected readonly info: SchemaInfo;

  constructor(
    readonly schema: Schema,
    readonly timestampMicros: number,
    readonly treeOf: TreeOf,
  ) {
    this.info = SchemaInfo.of(schema);
  }

  get(table: Table, key: Row): Row | undefined {
    const info = this.info.of(table);
    return this.getEncoded(info, encodeKey(info.keyParts, key));
  }

  count(table: Table): number {
    return this.treeOf(this.info.of(table).treeId)?.count(this.timestampMicros) ?? 0;
  }

  *scan(table: Table, range: KeyRange, options: ScanOptions = {}): Generator<Row, void, void> {
    const info = this.info.of(table);
    const index = options.index && info.indexes.find(({ treeId }) => treeId === `i${options.index!.id}`);
    const encoded = encodeRange(index === undefined ? info.keyParts : index.partTypes, range);
    let rest = options.limit ?? Number.POSITIVE_INFINITY;
    if (rest <= 0) return;
    const rows =
      index === undefined
        ? this.rowsIn(info, encoded, options.reverse)
        : this.indexedRowsIn(index, encoded, options.reverse);
    for (const { row } of rows) {
      yield row;
      if (--rest === 0) return;
    }
  }

  getEncoded(info: TableInfo, key: string): Row | undefined {
    const tuple = this.treeOf(info.treeId)?.get(key, this.timestampMicros);
    return tuple === undefined ? undefined : info.layout.decode(tuple);
  }

  *rowsIn(info: TableInfo, range: EncodedRange, reverse = false): Generator<DecodedRow, void, void> {
    for (const { key, row } of this.stored(info.treeId, range, reverse)) {
      yield { key, row: info.layout.decode(row) };
    }
  }

  /** Rows in the order of an index. */
  *indexedRowsIn(index: IndexInfo, range: EncodedRange, reverse = false): Generator<DecodedRow, void, void> {
    for (const { row: key } of this.stored(index.treeId, range, reverse)) {
      const row = this.getEncoded(index.table, key);
      if (row !== undefined) yield { key, row };
    }
  }

  /** Keys of a tree, in order. */
  keysIn(tree: TreeId, range: EncodedRange): string[] {
    return [...this.stored(tree, range, false)].map(({ key }) => key);
  }

  protected stored(tree: TreeId, { start, end }: EncodedRange, reverse: boolean): Iterable<Found> {
    return this.treeOf(tree)?.rows(start, end, this.timestampMicros, reverse) ?? [];
  }
}
