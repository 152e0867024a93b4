import { KeyTree } from '../../key-tree.js';
import { ServiceError } from '../../serving/service-error.js';
import { CellPages, type Page } from './cell-pages.js';
import type { Column, Family } from './family.js';
import {
  ADD_TO_CELL,
  DELETE_FROM_COLUMN,
  DELETE_FROM_FAMILY,
  DELETE_FROM_ROW,
  MERGE_TO_CELL,
  type MutationBatch,
  SET_CELL,
} from './mutation-batch.js';
import { newDraft, Row } from './row.js';
import { type Micros, microsNumber, microsOf } from './timestamp.js';

/** The rows of a table and how they are changed. */
export class Table {
  readonly families = new Map<string, Family>();
  rows = new KeyTree<Row>();
  pages = new CellPages();
  /** Time of the request that is carried out: the timestamp that the server gives, and what age is measured from. */
  now: Micros = microsOf(0);
  nowMicros = 0;
  /** When the next cell may get too old, at the earliest. */
  dueMicros = Number.POSITIVE_INFINITY;
  #draft: Page = newDraft(this.pages);
  /** Columns of the row before, by the place of their mutation: the next row mostly has the same. */
  #recent: (Column | undefined)[] = [];
  /** Called with a row before it changes; undefined while it does not exist. */
  beforeChange: ((key: string, row: Row | undefined) => void) | undefined;

  constructor(
    readonly name: string,
    /** One character for each byte, ascending. */
    readonly splitKeys: readonly string[],
  ) {}

  /** @param timeMs of the request; after a restart the same as before. */
  setTime(timeMs: number): void {
    this.now = microsOf(timeMs);
    this.nowMicros = timeMs * 1000;
  }

  /** @throws ServiceError NOT_FOUND. */
  family(name: string): Family {
    const family = this.families.get(name);
    if (family === undefined) throw new ServiceError('NOT_FOUND', 'Requested column family not found.');
    return family;
  }

  /** The column that is named by bytes of a request. */
  columnAt(
    element: number,
    bytes: Buffer,
    familyStart: number,
    familyEnd: number,
    qualifierStart: number,
    qualifierEnd: number,
  ): Column {
    const recent = this.#recent[element];
    if (
      recent !== undefined &&
      recent.cells > 0 &&
      isSame(recent.bytes, bytes, qualifierStart, qualifierEnd) &&
      isSame(recent.family.nameBytes, bytes, familyStart, familyEnd)
    ) {
      return recent;
    }
    const family = this.family(bytes.toString('utf8', familyStart, familyEnd));
    const column = family.column(bytes.toString('latin1', qualifierStart, qualifierEnd));
    this.#recent[element] = column;
    return column;
  }

  addFamily(family: Family): void {
    this.families.set(family.name, family);
    this.#recent = [];
  }

  dropFamily(family: Family): void {
    this.families.delete(family.name);
    this.#recent = [];
    this.#sweep((row) => row.deleteFamily(family));
  }

  /** Removes what garbage collection does not keep at the time set. */
  collect(): void {
    this.#sweep((row) => row.collect(this.nowMicros));
    // The rules may be new: the collector finds out when the next cell is due.
    this.dueMicros = 0;
  }

  dropAll(): void {
    if (this.beforeChange !== undefined) this.#sweep((row) => row.clear());
    this.rows = new KeyTree<Row>();
    this.pages = new CellPages();
    this.#draft = newDraft(this.pages);
    for (const family of this.families.values()) family.columns.clear();
    this.#recent = [];
  }

  /** @param prefix one character for each byte. */
  dropPrefix(prefix: string): void {
    const doomed: Row[] = [];
    this.rows.scan(prefix, undefined, (row) => row.key.startsWith(prefix) && doomed.push(row) > 0);
    for (const row of doomed) this.change(row.key, (found) => found.clear());
  }

  /** Applies mutations `from` up to `to` of a batch to a row. They have been checked, so that none can fail. */
  apply(key: string, batch: MutationBatch, from: number, to: number): void {
    this.change(key, (row) => {
      for (let at = from; at < to; at++) this.#applyOne(row, batch, at);
    });
  }

  /** Lets a row be changed; it comes into being, and ceases to be, with its cells. */
  change(key: string, edit: (row: Row) => void): void {
    const found = this.rows.get(key);
    this.beforeChange?.(key, found);
    const row = found ?? new Row(key, this.#draft);
    edit(row);
    if (found === undefined) {
      if (row.isEmpty) return;
      row.settle();
      this.rows.insert(row);
    } else if (row.isEmpty) this.#end(row);
  }

  /** A cell's new value, with what garbage collection then removes. */
  setCell(row: Row, column: Column, high: number, low: number, value: Buffer): void {
    row.set(column, high, low, value, 0, value.length);
    this.#collectAfter(row, column, high, low);
  }

  #applyOne(row: Row, batch: MutationBatch, at: number): void {
    const kind = batch.kinds[at]!;
    const column = batch.columns[at];
    const high = batch.highs[at]!;
    const low = batch.lows[at]!;
    if (kind === SET_CELL) {
      row.set(column!, high, low, batch.sources[at]!, batch.starts[at]!, batch.ends[at]!);
      this.#collectAfter(row, column!, high, low);
    } else if (kind === ADD_TO_CELL || kind === MERGE_TO_CELL) {
      this.#aggregate(row, column!, high, low, batch.sources[at]!);
    } else if (kind === DELETE_FROM_COLUMN) {
      if (column === undefined) return;
      const [endHigh, endLow] = [batch.endHighs[at]!, batch.endLows[at]!];
      row.deleteColumn(column, { startHigh: high, startLow: low, endHigh, endLow });
    } else if (kind === DELETE_FROM_FAMILY) {
      row.deleteFamily(batch.families[at]!);
    } else if (kind === DELETE_FROM_ROW) {
      row.clear();
    }
  }

  #aggregate(row: Row, column: Column, high: number, low: number, state: Buffer): void {
    if (column.family.rule !== undefined) row.collectColumn(column, this.nowMicros);
    const cell = row.find(column, high, low);
    const merged =
      cell === undefined
        ? state
        : column.family.aggregator!.merge(cell.bytes.subarray(cell.start, cell.end), state);
    this.setCell(row, column, high, low, merged);
  }

  /** Removes what the new cell, with this timestamp, has made one too many. */
  #collectAfter(row: Row, column: Column, high: number, low: number): void {
    const { rule } = column.family;
    if (rule === undefined) return;
    row.collectColumn(column, this.nowMicros);
    for (const age of rule.ages) this.dueMicros = Math.min(this.dueMicros, microsNumber(high, low) + age);
  }

  #sweep(edit: (row: Row) => void): void {
    const emptied: Row[] = [];
    this.rows.scan('', undefined, (row) => {
      this.beforeChange?.(row.key, row);
      edit(row);
      if (row.isEmpty) emptied.push(row);
      return true;
    });
    for (const row of emptied) this.#end(row);
  }

  #end(row: Row): void {
    row.end();
    this.rows.delete(row.key);
  }
}

function isSame(known: Buffer, bytes: Buffer, start: number, end: number): boolean {
  if (end - start !== known.length) return false;
  for (let index = 0; index < known.length; index++) {
    if (known[index] !== bytes[start + index]) return false;
  }
  return true;
}

/** Timestamp of a read-modify-write: now, unless the cell it follows is from the future. */
export function laterOf(now: Micros, previous: Micros | undefined): Micros {
  if (previous === undefined) return now;
  return microsNumber(previous.high, previous.low) > microsNumber(now.high, now.low) ? previous : now;
}
