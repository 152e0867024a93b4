import type { WireReader } from '../../../core/wire-reader.js';
import { ServiceError } from '../../serving/service-error.js';

interface Bound {
  value: string;
  isClosed: boolean;
}

/** A range of bytes, one character for each; a side that is not given is open. */
export interface ByteRange {
  start: Bound | undefined;
  end: Bound | undefined;
}

/** `google.bigtable.v2.RowFilter`, as a request has it. Bytes have one character each. */
export type FilterTree =
  | { kind: 'chain' | 'interleave'; filters: FilterTree[] }
  | {
      kind: 'condition';
      predicate: FilterTree | undefined;
      whenTrue: FilterTree | undefined;
      whenFalse: FilterTree | undefined;
    }
  | { kind: 'sink' | 'pass-all' | 'block-all' | 'strip-value'; value: boolean }
  | { kind: 'row-key-regex'; pattern: string }
  | { kind: 'family-regex' | 'qualifier-regex' | 'value-regex'; pattern: string }
  | { kind: 'row-sample'; probability: number }
  | { kind: 'column-range'; family: string; range: ByteRange }
  | { kind: 'value-range'; range: ByteRange }
  | { kind: 'timestamp-range'; start: Micros; end: Micros }
  | { kind: 'row-offset' | 'row-limit' | 'column-limit'; count: number }
  | { kind: 'label'; label: string };

interface Micros {
  high: number;
  low: number;
}

/** Limits of the documentation of `RowFilter`. */
const MAX_DEPTH = 20;
const MAX_FILTER_BYTES = 20 * 1024;

/**
 * Reads the filter that is the reader's current field.
 * @throws ServiceError INVALID_ARGUMENT for one that is too large, nested too deep, or none.
 */
export function readFilter(reader: WireReader): FilterTree {
  const before = reader.at;
  const outer = reader.enter();
  const bytes = reader.end - before;
  if (bytes > MAX_FILTER_BYTES) {
    throw invalid(`Filters may have at most ${MAX_FILTER_BYTES} bytes, but this one has ${bytes}`);
  }
  const filter = readContent(reader, 1);
  reader.leave(outer);
  // An empty message passes everything, as a filter that is not given does.
  return filter ?? { kind: 'pass-all', value: true };
}

function readContent(reader: WireReader, depth: number): FilterTree | undefined {
  if (depth > MAX_DEPTH) throw invalid(`Filters may be nested at most ${MAX_DEPTH} deep`);
  let filter: FilterTree | undefined;
  while (reader.next()) {
    const read = FIELDS[reader.field];
    if (read === undefined || reader.wireType !== read.wireType) reader.skip();
    else filter = read.read(reader, depth);
  }
  return filter;
}

interface FieldReader {
  wireType: 0 | 1 | 2;
  read(reader: WireReader, depth: number): FilterTree;
}

/** By the number of the member of the `filter` oneof. */
const FIELDS: Readonly<Record<number, FieldReader>> = {
  1: { wireType: 2, read: (reader, depth) => ({ kind: 'chain', filters: readList(reader, depth) }) },
  2: { wireType: 2, read: (reader, depth) => ({ kind: 'interleave', filters: readList(reader, depth) }) },
  3: { wireType: 2, read: readCondition },
  4: { wireType: 2, read: (reader) => ({ kind: 'row-key-regex', pattern: reader.latin1() }) },
  5: { wireType: 2, read: (reader) => ({ kind: 'family-regex', pattern: reader.latin1() }) },
  6: { wireType: 2, read: (reader) => ({ kind: 'qualifier-regex', pattern: reader.latin1() }) },
  7: { wireType: 2, read: readColumnRange },
  8: { wireType: 2, read: readTimestampRange },
  9: { wireType: 2, read: (reader) => ({ kind: 'value-regex', pattern: reader.latin1() }) },
  10: { wireType: 0, read: (reader) => ({ kind: 'row-offset', count: reader.int32() }) },
  11: { wireType: 0, read: (reader) => ({ kind: 'row-limit', count: reader.int32() }) },
  12: { wireType: 0, read: (reader) => ({ kind: 'column-limit', count: reader.int32() }) },
  13: { wireType: 0, read: (reader) => ({ kind: 'strip-value', value: reader.boolean() }) },
  14: { wireType: 1, read: (reader) => ({ kind: 'row-sample', probability: reader.double() }) },
  15: { wireType: 2, read: readValueRange },
  16: { wireType: 0, read: (reader) => ({ kind: 'sink', value: reader.boolean() }) },
  17: { wireType: 0, read: (reader) => ({ kind: 'pass-all', value: reader.boolean() }) },
  18: { wireType: 0, read: (reader) => ({ kind: 'block-all', value: reader.boolean() }) },
  19: { wireType: 2, read: (reader) => ({ kind: 'label', label: reader.text() }) },
};

function readList(reader: WireReader, depth: number): FilterTree[] {
  const filters: FilterTree[] = [];
  const outer = reader.enter();
  while (reader.next()) {
    if (reader.isBytes(1)) filters.push(readNested(reader, depth) ?? { kind: 'pass-all', value: true });
    else reader.skip();
  }
  reader.leave(outer);
  return filters;
}

function readNested(reader: WireReader, depth: number): FilterTree | undefined {
  const outer = reader.enter();
  const filter = readContent(reader, depth + 1);
  reader.leave(outer);
  return filter;
}

function readCondition(reader: WireReader, depth: number): FilterTree {
  const parts: (FilterTree | undefined)[] = [];
  const outer = reader.enter();
  while (reader.next()) {
    if (reader.wireType === 2 && reader.field <= 3) {
      parts[reader.field] = readNested(reader, depth) ?? { kind: 'pass-all', value: true };
    } else reader.skip();
  }
  reader.leave(outer);
  return { kind: 'condition', predicate: parts[1], whenTrue: parts[2], whenFalse: parts[3] };
}

function readColumnRange(reader: WireReader): FilterTree {
  let family = '';
  const range: ByteRange = { start: undefined, end: undefined };
  const outer = reader.enter();
  while (reader.next()) {
    if (reader.isBytes(1)) family = reader.latin1();
    else if (reader.wireType !== 2 || !readBound(reader, range, [2, 3, 4, 5])) reader.skip();
  }
  reader.leave(outer);
  return { kind: 'column-range', family, range };
}

function readValueRange(reader: WireReader): FilterTree {
  const range: ByteRange = { start: undefined, end: undefined };
  const outer = reader.enter();
  while (reader.next()) {
    if (reader.wireType !== 2 || !readBound(reader, range, [1, 2, 3, 4])) reader.skip();
  }
  reader.leave(outer);
  return { kind: 'value-range', range };
}

/** @param fields numbers of start closed, start open, end closed, end open. */
function readBound(reader: WireReader, range: ByteRange, fields: readonly number[]): boolean {
  const index = fields.indexOf(reader.field);
  if (index === -1) return false;
  const bound = { value: reader.latin1(), isClosed: index % 2 === 0 };
  if (index < 2) range.start = bound;
  else range.end = bound;
  return true;
}

function readTimestampRange(reader: WireReader): FilterTree {
  const bounds = [
    { high: 0, low: 0 },
    { high: 0, low: 0 },
  ];
  const outer = reader.enter();
  while (reader.next()) {
    const bound = reader.wireType === 0 ? bounds[reader.field - 1] : undefined;
    if (bound === undefined) reader.skip();
    else {
      reader.int64();
      bound.high = reader.high;
      bound.low = reader.low;
    }
  }
  reader.leave(outer);
  return { kind: 'timestamp-range', start: bounds[0]!, end: bounds[1]! };
}

export function invalid(message: string): ServiceError {
  return new ServiceError('INVALID_ARGUMENT', message);
}
