import type { WireReader } from '../../../core/wire-reader.js';
import { ServiceError } from '../../serving/service-error.js';

/** Keys from `start` up to `end`, which is not included; undefined is the end of the table. */
export interface KeyRange {
  start: string;
  end: string | undefined;
}

/** Follows a key without any other key between them. */
export function successor(key: string): string {
  return `${key}\0`;
}

/**
 * Reads a `google.bigtable.v2.RowSet`, which is the reader's current field, into ranges.
 * @throws ServiceError INVALID_ARGUMENT for a range that ends before it starts.
 */
export function readRowSet(reader: WireReader, ranges: KeyRange[]): void {
  const outer = reader.enter();
  while (reader.next()) {
    if (reader.isBytes(1)) {
      const start = reader.latin1();
      ranges.push({ start, end: successor(start) });
    } else if (reader.isBytes(2)) ranges.push(readRowRange(reader, ranges.length));
    else reader.skip();
  }
  reader.leave(outer);
}

interface Bound {
  /** As the field is called. */
  name: string;
  key: string;
}

function readRowRange(reader: WireReader, index: number): KeyRange {
  let start: Bound = { name: 'start_key_closed', key: '' };
  let end: Bound = { name: 'end_key_open', key: '' };
  const outer = reader.enter();
  while (reader.next()) {
    if (reader.isBytes(1)) start = { name: 'start_key_closed', key: reader.latin1() };
    else if (reader.isBytes(2)) start = { name: 'start_key_open', key: reader.latin1() };
    else if (reader.isBytes(3)) end = { name: 'end_key_open', key: reader.latin1() };
    else if (reader.isBytes(4)) end = { name: 'end_key_closed', key: reader.latin1() };
    else reader.skip();
  }
  reader.leave(outer);
  checkOrder(start, end, index);
  return {
    start: start.name === 'start_key_open' ? successor(start.key) : start.key,
    end: end.key === '' ? undefined : end.name === 'end_key_closed' ? successor(end.key) : end.key,
  };
}

/** An empty key leaves a side open. Of a range of one key, both ends must be closed. */
function checkOrder(start: Bound, end: Bound, index: number): void {
  if (end.key === '') return;
  const isOneKey = start.name === 'start_key_closed' && end.name === 'end_key_closed';
  const isOrdered = isOneKey ? start.key <= end.key : start.key < end.key;
  if (isOrdered || (start.key === '' && end.key !== '')) return;
  throw new ServiceError(
    'INVALID_ARGUMENT',
    `Error in field 'rows' : Error in element #${index} : ${start.name} must be less than ${end.name}`,
  );
}

/** Sorts and joins ranges, so that every key is in one of them at most. No range is the whole table. */
export function normalize(ranges: readonly KeyRange[]): KeyRange[] {
  if (ranges.length === 0) return [{ start: '', end: undefined }];
  const sorted = [...ranges].sort((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0));
  const joined: KeyRange[] = [];
  for (const range of sorted) {
    const last = joined.at(-1);
    if (last === undefined || (last.end !== undefined && last.end < range.start)) joined.push({ ...range });
    else if (last.end !== undefined && (range.end === undefined || range.end > last.end))
      last.end = range.end;
  }
  return joined;
}
