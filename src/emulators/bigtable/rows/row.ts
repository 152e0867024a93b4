import { CELL_INTS, type CellPages, type Page, valueLength, valueStart } from './cell-pages.js';
import { type Column, compareColumns, type Family } from './family.js';
import { compareMicros, microsNumber } from './timestamp.js';

/** A cell as a read gives it. Filters may change copies of it. */
export interface Cell {
  column: Column;
  high: number;
  low: number;
  bytes: Buffer;
  start: number;
  end: number;
  labels: readonly string[] | undefined;
}

/** Cells that a new row has room for before it has to grow. */
const DRAFT_CELLS = 16;

/** Where one new row after the other is put together. */
export function newDraft(pages: CellPages): Page {
  return pages.detached(DRAFT_CELLS * CELL_INTS * Int32Array.BYTES_PER_ELEMENT);
}

/** One row: its cells by column, newest first, side by side in a page. */
export class Row {
  cellCount = 0;
  #page: Page;
  /** Where the first cell is among the integers of the page. */
  #start = 0;
  /** Cells that there is room for. */
  #room: number;

  constructor(
    /** One character for each byte. */
    readonly key: string,
    draft: Page,
  ) {
    this.#page = draft;
    this.#room = Math.floor(draft.ints.length / CELL_INTS);
  }

  get isEmpty(): boolean {
    return this.cellCount === 0;
  }

  /** Gives a row room of its own, which fits, and the draft back. */
  settle(): void {
    this.#move(this.cellCount);
  }

  /** Gives the room of a row back that is no more. */
  end(): void {
    this.#page.pages.releaseCells(this.#page, this.#room);
  }

  set(column: Column, high: number, low: number, source: Buffer, start: number, end: number): void {
    const { pages } = this.#page;
    const index = this.#indexOf(column, high, low);
    const isThere = index < this.cellCount && this.#isAt(index, column, high, low);
    if (isThere) this.#release(index);
    else this.#insert(index, column, high, low);
    pages.put(source, start, end);
    this.#place(index);
  }

  /** The cell of this column with exactly this timestamp. */
  find(column: Column, high: number, low: number): Cell | undefined {
    const index = this.#indexOf(column, high, low);
    return index < this.cellCount && this.#isAt(index, column, high, low) ? this.#cell(index) : undefined;
  }

  /** Removes the cells of a column from `start` up to `end`, which is not included; without them, all. */
  deleteColumn(
    column: Column,
    range?: { startHigh: number; startLow: number; endHigh: number; endLow: number },
  ): void {
    let from = this.#firstOf(column);
    let to = this.#endOf(column, from);
    if (range !== undefined) {
      const { startHigh, startLow, endHigh, endLow } = range;
      const isUnbounded = endHigh === 0 && endLow === 0;
      while (!isUnbounded && from < to && this.#compareTime(from, endHigh, endLow) >= 0) from++;
      while (to > from && this.#compareTime(to - 1, startHigh, startLow) < 0) to--;
    }
    this.#remove(from, to);
  }

  deleteFamily(family: Family): void {
    const count = this.cellCount;
    let from = 0;
    while (from < count && this.#column(from).family !== family) from++;
    let to = from;
    while (to < count && this.#column(to).family === family) to++;
    this.#remove(from, to);
  }

  clear(): void {
    this.#remove(0, this.cellCount);
  }

  /** Removes what the garbage collection rule of the column's family does not keep. */
  collectColumn(column: Column, nowMicros: number): void {
    const { rule } = column.family;
    if (rule === undefined) return;
    const from = this.#firstOf(column);
    const to = this.#endOf(column, from);
    const cut = this.#expiredFrom(from, to, nowMicros);
    this.#remove(cut, to);
  }

  /** As {@link collectColumn}, for all columns. */
  collect(nowMicros: number): void {
    for (let from = 0; from < this.cellCount; ) {
      const column = this.#column(from);
      const to = this.#endOf(column, from);
      const cut = this.#expiredFrom(from, to, nowMicros);
      this.#remove(cut, to);
      from = cut;
    }
  }

  /** The cells that garbage collection leaves, whether it has come to them yet or not. */
  live(nowMicros: number): Cell[] {
    const cells: Cell[] = [];
    const count = this.cellCount;
    for (let from = 0; from < count; ) {
      const column = this.#column(from);
      // Versions beyond the number that is kept are removed when a newer one comes.
      if (!isAging(column)) {
        cells.push(this.#cell(from++));
        continue;
      }
      const to = this.#endOf(column, from);
      const cut = this.#expiredFrom(from, to, nowMicros);
      while (from < cut) cells.push(this.#cell(from++));
      from = to;
    }
    return cells;
  }

  /** Whether there is anything to collect. */
  hasExpired(nowMicros: number): boolean {
    return this.live(nowMicros).length < this.cellCount;
  }

  /** When, after now, the next cell reaches an age that a rule names; infinite when none does. */
  dueMicros(nowMicros: number): number {
    let due = Number.POSITIVE_INFINITY;
    for (let index = 0; index < this.cellCount; index++) {
      for (const age of this.#column(index).family.rule?.ages ?? []) {
        const reached = this.#micros(index) + age;
        if (reached >= nowMicros && reached < due) due = reached;
      }
    }
    return due;
  }

  /** Bytes of all values. */
  get valueBytes(): number {
    let bytes = 0;
    for (let index = 0; index < this.cellCount; index++) {
      bytes += valueLength(this.#valuePage(index), this.#int(index, 4));
    }
    return bytes;
  }

  /** Moves the cells and their values to the page that is being filled, so that the ones they were in can go. */
  repack(): void {
    const { pages } = this.#page;
    this.#move(this.cellCount);
    for (let index = 0; index < this.cellCount; index++) {
      const page = this.#valuePage(index);
      const position = this.#int(index, 4);
      const start = valueStart(page, position);
      pages.put(page.bytes, start, start + valueLength(page, position));
      pages.release(page, position);
      this.#place(index);
    }
  }

  /** One of the integers of a cell. */
  #int(index: number, offset: number): number {
    return this.#page.ints[this.#start + index * CELL_INTS + offset]!;
  }

  #column(index: number): Column {
    return this.#page.pages.columns.get(this.#int(index, 0));
  }

  #valuePage(index: number): Page {
    return this.#page.pages.numbered(this.#int(index, 3));
  }

  #isAt(index: number, column: Column, high: number, low: number): boolean {
    const at = this.#start + index * CELL_INTS;
    const { ints } = this.#page;
    return ints[at] === column.number && ints[at + 1] === high && ints[at + 2] === low;
  }

  #cell(index: number): Cell {
    const page = this.#valuePage(index);
    const position = this.#int(index, 4);
    const start = valueStart(page, position);
    return {
      column: this.#column(index),
      high: this.#int(index, 1),
      low: this.#int(index, 2),
      bytes: page.bytes,
      start,
      end: start + valueLength(page, position),
      labels: undefined,
    };
  }

  #micros(index: number): number {
    return microsNumber(this.#int(index, 1), this.#int(index, 2));
  }

  #compareTime(index: number, high: number, low: number): number {
    return compareMicros(this.#int(index, 1), this.#int(index, 2), high, low);
  }

  /** Puts a cell at an index; its value is to be placed. */
  #insert(index: number, column: Column, high: number, low: number): void {
    column.added(this.#page.pages.columns);
    if (this.cellCount === this.#room) this.#grow();
    const { ints } = this.#page;
    const at = this.#start + index * CELL_INTS;
    const used = this.#start + this.cellCount++ * CELL_INTS;
    for (let from = used - 1; from >= at; from--) ints[from + CELL_INTS] = ints[from]!;
    ints[at] = column.number;
    ints[at + 1] = high;
    ints[at + 2] = low;
  }

  /** Gives a cell the value that was put last. */
  #place(index: number): void {
    const { ints, pages } = this.#page;
    const at = this.#start + index * CELL_INTS;
    ints[at + 3] = pages.page.id;
    ints[at + 4] = pages.position;
  }

  #release(index: number): void {
    this.#page.pages.release(this.#valuePage(index), this.#int(index, 4));
  }

  #grow(): void {
    const room = this.#room + (this.#room >> 1) + 1;
    if (this.#page.id >= 0) this.#move(room);
    else {
      const ints = new Int32Array(room * CELL_INTS);
      ints.set(this.#page.ints);
      this.#page.ints = ints;
      this.#room = room;
    }
  }

  /** Gives the cells other room. */
  #move(room: number): void {
    const { pages, ints, id } = this.#page;
    const start = pages.takeCells(room);
    const { page } = pages;
    const length = this.cellCount * CELL_INTS;
    for (let at = 0; at < length; at++) page.ints[start + at] = ints[this.#start + at]!;
    if (id >= 0) this.end();
    this.#page = page;
    this.#start = start;
    this.#room = room;
  }

  /** Index of the first cell that is not before this column and timestamp. */
  #indexOf(column: Column, high: number, low: number): number {
    let from = 0;
    let to = this.cellCount;
    if (to === 0 || this.#isBefore(--to, column, high, low)) return this.cellCount;
    while (from < to) {
      const middle = (from + to) >>> 1;
      if (this.#isBefore(middle, column, high, low)) from = middle + 1;
      else to = middle;
    }
    return from;
  }

  #isBefore(index: number, column: Column, high: number, low: number): boolean {
    const order = compareColumns(this.#column(index), column);
    return order < 0 || (order === 0 && this.#compareTime(index, high, low) > 0);
  }

  #firstOf(column: Column): number {
    return search(0, this.cellCount, (index) => compareColumns(this.#column(index), column) < 0);
  }

  /** Index behind the last cell of the column whose first cell is at `from`. */
  #endOf(column: Column, from: number): number {
    let to = from;
    while (to < this.cellCount && this.#column(to) === column) to++;
    return to;
  }

  /** Of the cells of one column from `from` to `to`, the first one to collect. */
  #expiredFrom(from: number, to: number, nowMicros: number): number {
    const rule = from === to ? undefined : this.#column(from).family.rule;
    if (rule === undefined) return to;
    if (rule.maxVersions !== undefined) return Math.min(to, from + rule.maxVersions);
    const firstOlderThan = (ageMicros: number) =>
      search(from, to, (index) => {
        return this.#micros(index) >= nowMicros - ageMicros;
      }) - from;
    return from + rule.firstExpired(to - from, firstOlderThan);
  }

  #remove(from: number, to: number): void {
    if (from >= to) return;
    const { ints, pages } = this.#page;
    for (let index = from; index < to; index++) {
      this.#release(index);
      this.#column(index).removed(pages.columns);
    }
    const [first, next, end] = [from, to, this.cellCount].map((index) => this.#start + index * CELL_INTS);
    ints.copyWithin(first!, next!, end!);
    this.cellCount -= to - from;
  }
}

function isAging(column: Column): boolean {
  const { rule } = column.family;
  return rule !== undefined && rule.ages.length > 0;
}

/** First index between `from` and `to` for which the condition, true up to somewhere, is false. */
function search(from: number, to: number, isBefore: (index: number) => boolean): number {
  let low = from;
  let high = to;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isBefore(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}
