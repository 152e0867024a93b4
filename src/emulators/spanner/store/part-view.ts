import type { Table } from '../schema/model.js';
import type { Row } from '../values/value.js';
import { type DecodedRow, type EncodedRange, SnapshotView } from './snapshot-view.js';
import type { TableInfo } from './table-info.js';

/** The rows at one time, of one table only those whose keys are in a range. */
export class PartView extends SnapshotView {
  constructor(
    whole: SnapshotView,
    readonly part: Table,
    private readonly range: EncodedRange,
  ) {
    super(whole.schema, whole.timestampMicros, whole.treeOf);
  }

  override count(table: Table): number {
    if (table !== this.part) return super.count(table);
    let count = 0;
    for (const _ of this.stored(this.info.of(table).treeId, this.range, false)) count++;
    return count;
  }

  override getEncoded(info: TableInfo, key: string): Row | undefined {
    return info.table === this.part && !this.#has(key) ? undefined : super.getEncoded(info, key);
  }

  override *rowsIn(info: TableInfo, range: EncodedRange, reverse = false): Generator<DecodedRow, void, void> {
    yield* super.rowsIn(info, info.table === this.part ? this.#shared(range) : range, reverse);
  }

  #has(key: string): boolean {
    const { start, end } = this.range;
    return key >= start && (end === undefined || key < end);
  }

  #shared({ start, end }: EncodedRange): EncodedRange {
    const own = this.range;
    const isLater = end === undefined || (own.end !== undefined && own.end < end);
    return { start: own.start > start ? own.start : start, end: isLater ? own.end : end };
  }
}
