import { type Column, compareColumns, type Family } from './family.js';
import { compareMicros, microsNumber } from './timestamp.js';
import { type Page, type ValuePages, valueLength, valueStart } from './value-pages.js';

/** Of a cell in {@link Row.slots}: column, high and low half of the timestamp, page and position of the value. */
const SLOTS = 5;
type Slot = Column | Page | number;

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

/** Where one new row after the other is put together. */
export interface Draft {
  slots: Slot[];
}

export function newDraft(): Draft {
  return { slots: [] };
}

/**
 * One row: its cells by column, newest first. They lie side by side in one array, because an object for each would
 * double the memory of a table.
 */
export class Row {
  /** Those of the cells that there are; what lies behind them means nothing. */
  #slots: Slot[];
  cellCount = 0;

  constructor(
    /** One character for each byte. */
    readonly key: string,
    /** Where a new row is put together: an array that grows with it would be copied several times. */
    draft: Draft,
  ) {
    this.#slots = draft.slots;
  }

  get isEmpty(): boolean {
    return this.cellCount === 0;
  }

  /** Gives a row its own array, which fits, and the draft back. */
  settle(): void {
    this.#slots = this.#slots.slice(0, this.cellCount * SLOTS);
  }

  set(
    pages: ValuePages,
    column: Column,
    high: number,
    low: number,
    source: Buffer,
    start: number,
    end: number,
  ): void {
    pages.put(source, start, end);
    const { page, position } = pages;
    const index = this.#indexOf(column, high, low);
    const slots = this.#slots;
    const at = index * SLOTS;
    const isNew = index === this.cellCount;
    if (!isNew && slots[at] === column && slots[at + 1] === high && slots[at + 2] === low) {
      pages.release(slots[at + 3] as Page, slots[at + 4] as number);
      slots[at + 3] = page;
      slots[at + 4] = position;
      return;
    }
    column.added();
    const used = this.cellCount++ * SLOTS;
    if (used === slots.length) {
      slots.splice(at, 0, column, high, low, page, position);
      return;
    }
    for (let from = used - 1; from >= at; from--) slots[from + SLOTS] = slots[from]!;
    slots[at] = column;
    slots[at + 1] = high;
    slots[at + 2] = low;
    slots[at + 3] = page;
    slots[at + 4] = position;
  }

  /** The cell of this column with exactly this timestamp. */
  find(column: Column, high: number, low: number): Cell | undefined {
    const index = this.#indexOf(column, high, low);
    const at = index * SLOTS;
    const slots = this.#slots;
    const isFound = slots[at] === column && slots[at + 1] === high && slots[at + 2] === low;
    return index < this.cellCount && isFound ? this.#cell(index) : undefined;
  }

  /** Removes the cells of a column from `start` up to `end`, which is not included; without them, all. */
  deleteColumn(
    pages: ValuePages,
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
    this.#remove(pages, from, to);
  }

  deleteFamily(pages: ValuePages, family: Family): void {
    const count = this.cellCount;
    let from = 0;
    while (from < count && this.#column(from).family !== family) from++;
    let to = from;
    while (to < count && this.#column(to).family === family) to++;
    this.#remove(pages, from, to);
  }

  clear(pages: ValuePages): void {
    this.#remove(pages, 0, this.cellCount);
  }

  /** Removes what the garbage collection rule of the column's family does not keep. */
  collectColumn(pages: ValuePages, column: Column, nowMicros: number): void {
    const { rule } = column.family;
    if (rule === undefined) return;
    const from = this.#firstOf(column);
    const to = this.#endOf(column, from);
    const cut = this.#expiredFrom(from, to, nowMicros);
    this.#remove(pages, cut, to);
  }

  /** As {@link collectColumn}, for all columns. */
  collect(pages: ValuePages, nowMicros: number): void {
    for (let from = 0; from < this.cellCount; ) {
      const column = this.#column(from);
      const to = this.#endOf(column, from);
      const cut = this.#expiredFrom(from, to, nowMicros);
      this.#remove(pages, cut, to);
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
    for (let at = 0; at < this.cellCount * SLOTS; at += SLOTS) {
      bytes += valueLength(this.#slots[at + 3] as Page, this.#slots[at + 4] as number);
    }
    return bytes;
  }

  /** Moves the values to the page that is being filled, so that the ones they were in can go. */
  repack(pages: ValuePages): void {
    for (let at = 0; at < this.cellCount * SLOTS; at += SLOTS) {
      const page = this.#slots[at + 3] as Page;
      const position = this.#slots[at + 4] as number;
      const start = valueStart(page, position);
      pages.put(page.bytes, start, start + valueLength(page, position));
      pages.release(page, position);
      this.#slots[at + 3] = pages.page;
      this.#slots[at + 4] = pages.position;
    }
  }

  #column(index: number): Column {
    return this.#slots[index * SLOTS] as Column;
  }

  #cell(index: number): Cell {
    const at = index * SLOTS;
    const page = this.#slots[at + 3] as Page;
    const position = this.#slots[at + 4] as number;
    const start = valueStart(page, position);
    return {
      column: this.#slots[at] as Column,
      high: this.#slots[at + 1] as number,
      low: this.#slots[at + 2] as number,
      bytes: page.bytes,
      start,
      end: start + valueLength(page, position),
      labels: undefined,
    };
  }

  #micros(index: number): number {
    const at = index * SLOTS;
    return microsNumber(this.#slots[at + 1] as number, this.#slots[at + 2] as number);
  }

  #compareTime(index: number, high: number, low: number): number {
    const at = index * SLOTS;
    return compareMicros(this.#slots[at + 1] as number, this.#slots[at + 2] as number, high, low);
  }

  /** Index of the first cell that is not before this column and timestamp. */
  #indexOf(column: Column, high: number, low: number): number {
    const count = this.cellCount;
    const isBefore = (index: number) => {
      const order = compareColumns(this.#column(index), column);
      return order < 0 || (order === 0 && this.#compareTime(index, high, low) > 0);
    };
    if (count === 0 || isBefore(count - 1)) return count;
    return search(0, count - 1, isBefore);
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

  #remove(pages: ValuePages, from: number, to: number): void {
    if (from >= to) return;
    for (let index = from; index < to; index++) {
      this.#column(index).removed();
      pages.release(this.#slots[index * SLOTS + 3] as Page, this.#slots[index * SLOTS + 4] as number);
    }
    this.#slots.splice(from * SLOTS, (to - from) * SLOTS);
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
