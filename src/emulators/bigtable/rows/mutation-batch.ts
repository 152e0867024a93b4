import type { WireReader } from '../../../core/wire-reader.js';
import { ServiceError } from '../../serving/service-error.js';
import { type Aggregator, int64Bytes } from './aggregate.js';
import type { Column, Family } from './family.js';
import type { Table } from './table.js';
import { compareMicros, isWholeMillis, microsText } from './timestamp.js';

/** Limits of https://cloud.google.com/bigtable/quotas. */
export const MAX_MUTATIONS = 100_000;
const MAX_QUALIFIER_BYTES = 16 * 1024;
const MAX_VALUE_BYTES = 100 * 1024 * 1024;

/** Numbers of the members of `google.bigtable.v2.Mutation`. */
export const SET_CELL = 1;
export const DELETE_FROM_COLUMN = 2;
export const DELETE_FROM_FAMILY = 3;
export const DELETE_FROM_ROW = 4;
export const ADD_TO_CELL = 5;
export const MERGE_TO_CELL = 6;

/**
 * Mutations as a request has them, checked but not yet carried out. One after the other they fill the same arrays,
 * which are used again by the next request: an object for each of a hundred thousand cells a second costs more than
 * the rest of the work.
 */
export class MutationBatch {
  count = 0;
  readonly kinds: number[] = [];
  readonly families: (Family | undefined)[] = [];
  readonly columns: (Column | undefined)[] = [];
  /** Timestamp of a cell, or where a range of them starts. */
  readonly highs: number[] = [];
  readonly lows: number[] = [];
  /** End of a range of timestamps, 0 when it has none. */
  readonly endHighs: number[] = [];
  readonly endLows: number[] = [];
  /** The value's place in the source. */
  readonly sources: Buffer[] = [];
  readonly starts: number[] = [];
  readonly ends: number[] = [];

  clear(): void {
    // The arrays keep what they grew to, and would keep the bytes of requests with it.
    for (const array of [this.families, this.columns, this.sources]) array.length = 0;
    this.count = 0;
  }

  /**
   * Reads the mutation that is the reader's current field.
   * @param element its place in its row, for errors; the columns of the row before it are tried first.
   * @param isRestore takes what a checkpoint holds: the states of aggregates are set.
   * @throws ServiceError for what the service refuses.
   */
  read(reader: WireReader, table: Table, element: number, isRestore: boolean): void {
    const outer = reader.enter();
    const at = this.count;
    this.kinds[at] = 0;
    this.columns[at] = undefined;
    while (reader.next()) {
      const { field } = reader;
      if (reader.wireType !== 2 || field < SET_CELL || field > MERGE_TO_CELL) {
        reader.skip();
        continue;
      }
      const inner = reader.enter();
      this.kinds[at] = field;
      if (field === SET_CELL) this.#readSetCell(reader, table, element, isRestore);
      else if (field === DELETE_FROM_COLUMN) this.#readDeleteFromColumn(reader, table, element);
      else if (field === DELETE_FROM_FAMILY) this.#readDeleteFromFamily(reader, table);
      else if (field >= ADD_TO_CELL) this.#readAggregate(reader, table, element, field);
      while (reader.next()) reader.skip();
      reader.leave(inner);
    }
    reader.leave(outer);
    if (this.kinds[at] === 0) throw elementError(element, 'No mutation is set');
    this.count++;
  }

  #readSetCell(reader: WireReader, table: Table, element: number, isRestore: boolean): void {
    const at = this.count;
    let [familyStart, familyEnd, qualifierStart, qualifierEnd] = [0, 0, 0, 0];
    this.highs[at] = 0;
    this.lows[at] = 0;
    this.sources[at] = reader.bytes;
    this.starts[at] = 0;
    this.ends[at] = 0;
    while (reader.next()) {
      if (reader.isBytes(1)) {
        familyStart = reader.span();
        familyEnd = reader.at;
      } else if (reader.isBytes(2)) {
        qualifierStart = reader.span();
        qualifierEnd = reader.at;
      } else if (reader.isVarint(3)) {
        reader.int64();
        this.highs[at] = reader.high;
        this.lows[at] = reader.low;
      } else if (reader.isBytes(4)) {
        this.starts[at] = reader.span();
        this.ends[at] = reader.at;
      } else reader.skip();
    }
    const column = table.columnAt(
      element,
      reader.bytes,
      familyStart,
      familyEnd,
      qualifierStart,
      qualifierEnd,
    );
    this.columns[at] = column;
    if (isRestore) return;
    if (column.family.aggregator !== undefined) {
      throw elementError(element, `SetCell cannot be used on the aggregate family '${column.family.name}'`);
    }
    this.#checkTimestamp(element, table);
    checkSizes(element, qualifierEnd - qualifierStart, this.ends[at]! - this.starts[at]!);
  }

  /** -1 is the time of the server. */
  #checkTimestamp(element: number, table: Table): void {
    const at = this.count;
    const [high, low] = [this.highs[at]!, this.lows[at]!];
    if (high === -1 && low === -1) {
      this.highs[at] = table.now.high;
      this.lows[at] = table.now.low;
    } else checkMillis(element, high, low);
  }

  #readDeleteFromColumn(reader: WireReader, table: Table, element: number): void {
    const at = this.count;
    let name = '';
    let qualifier = '';
    this.highs[at] = 0;
    this.lows[at] = 0;
    this.endHighs[at] = 0;
    this.endLows[at] = 0;
    while (reader.next()) {
      if (reader.isBytes(1)) name = reader.text();
      else if (reader.isBytes(2)) qualifier = reader.latin1();
      else if (reader.isBytes(3)) {
        const outer = reader.enter();
        while (reader.next()) {
          if (reader.isVarint(1)) {
            reader.int64();
            this.highs[at] = reader.high;
            this.lows[at] = reader.low;
          } else if (reader.isVarint(2)) {
            reader.int64();
            this.endHighs[at] = reader.high;
            this.endLows[at] = reader.low;
          } else reader.skip();
        }
        reader.leave(outer);
      } else reader.skip();
    }
    // No column of that name has cells when it is not known: then there is nothing to remove.
    this.columns[at] = table.family(name).columns.get(qualifier);
    const [startHigh, startLow] = [this.highs[at]!, this.lows[at]!];
    const [endHigh, endLow] = [this.endHighs[at]!, this.endLows[at]!];
    checkMillis(element, startHigh, startLow);
    checkMillis(element, endHigh, endLow);
    const isUnbounded = endHigh === 0 && endLow === 0;
    if (!isUnbounded && compareMicros(startHigh, startLow, endHigh, endLow) >= 0) {
      const range = `[${microsText(startHigh, startLow)}, ${microsText(endHigh, endLow)})`;
      throw elementError(element, `Error in field 'time_range' : the range of timestamps ${range} is empty`);
    }
  }

  #readDeleteFromFamily(reader: WireReader, table: Table): void {
    let name = '';
    while (reader.next()) {
      if (reader.isBytes(1)) name = reader.text();
      else reader.skip();
    }
    this.families[this.count] = table.family(name);
  }

  #readAggregate(reader: WireReader, table: Table, element: number, kind: number): void {
    const at = this.count;
    let name = '';
    const qualifier = new TypedValue();
    const timestamp = new TypedValue();
    const input = new TypedValue();
    while (reader.next()) {
      if (reader.isBytes(1)) name = reader.text();
      else if (reader.isBytes(2)) qualifier.read(reader);
      else if (reader.isBytes(3)) timestamp.read(reader);
      else if (reader.isBytes(4)) input.read(reader);
      else reader.skip();
    }
    const family = table.family(name);
    const { aggregator } = family;
    if (aggregator === undefined) {
      const mutation = kind === ADD_TO_CELL ? 'AddToCell' : 'MergeToCell';
      throw elementError(
        element,
        `${mutation} can only be used on an aggregate family, which '${name}' is not`,
      );
    }
    if (qualifier.raw === undefined) {
      throw elementError(element, "Error in field 'column_qualifier' : raw_value must be set");
    }
    if (timestamp.micros === undefined) {
      throw elementError(element, "Error in field 'timestamp' : raw_timestamp_micros must be set");
    }
    this.highs[at] = timestamp.micros.high;
    this.lows[at] = timestamp.micros.low;
    this.#checkTimestamp(element, table);
    const state = kind === ADD_TO_CELL ? inputState(aggregator, input) : mergedState(aggregator, input);
    if (state === undefined) {
      const wanted = kind === ADD_TO_CELL ? 'int_value' : aggregator.stateText;
      throw elementError(element, `Error in field 'input' : ${wanted} must be set`);
    }
    checkSizes(element, qualifier.raw.length, state.length);
    this.columns[at] = family.column(qualifier.raw.toString('latin1'));
    this.sources[at] = state;
    this.starts[at] = 0;
    this.ends[at] = state.length;
  }
}

function inputState(aggregator: Aggregator, { integer }: TypedValue): Buffer | undefined {
  return integer && aggregator.stateOf(integer);
}

function mergedState(aggregator: Aggregator, { raw }: TypedValue): Buffer | undefined {
  return raw !== undefined && aggregator.isState(raw) ? raw : undefined;
}

/** `google.bigtable.v2.Value`, of which aggregates take three kinds. */
class TypedValue {
  raw: Buffer | undefined;
  integer: Buffer | undefined;
  micros: { high: number; low: number } | undefined;

  read(reader: WireReader): void {
    const outer = reader.enter();
    while (reader.next()) {
      if (reader.isBytes(8)) this.raw = reader.slice();
      else if (reader.isVarint(6)) {
        reader.int64();
        this.integer = int64Bytes((BigInt(reader.high) << 32n) | BigInt(reader.low >>> 0));
      } else if (reader.isVarint(9)) {
        reader.int64();
        this.micros = { high: reader.high, low: reader.low };
      } else reader.skip();
    }
    reader.leave(outer);
  }
}

function checkMillis(element: number, high: number, low: number): void {
  if (isWholeMillis(high, low)) return;
  const text = microsText(high, low);
  throw elementError(
    element,
    high < 0
      ? `Timestamps must not be negative, but got ${text}`
      : `Timestamp granularity mismatch. Expected a multiple of 1000 (millisecond granularity), but got ${text}.`,
  );
}

function checkSizes(element: number, qualifierBytes: number, valueBytes: number): void {
  if (qualifierBytes > MAX_QUALIFIER_BYTES) {
    const limit = `at most ${MAX_QUALIFIER_BYTES} bytes`;
    throw elementError(
      element,
      `Error in field 'column_qualifier' : must have ${limit}, but has ${qualifierBytes}`,
    );
  }
  if (valueBytes > MAX_VALUE_BYTES) {
    throw elementError(element, `Error in field 'value' : must have at most ${MAX_VALUE_BYTES} bytes`);
  }
}

function elementError(element: number, message: string): ServiceError {
  return new ServiceError(
    'INVALID_ARGUMENT',
    `Error in field 'Mutation list' : Error in element #${element} : ${message}`,
  );
}
