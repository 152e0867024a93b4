import { setImmediate as nextTurn } from 'node:timers/promises';
import { WireReader } from '../../../core/wire-reader.js';
import type { Call, Outgoing } from '../../serving/method.js';
import { ServiceError } from '../../serving/service-error.js';
import { compileFilter, type Filter } from '../filters/filter.js';
import { type FilterTree, readFilter } from '../filters/filter-tree.js';
import type { Row } from '../rows/row.js';
import { type KeyRange, normalize, readRowSet, successor } from '../rows/row-set.js';
import type { Table } from '../rows/table.js';
import type { Store } from '../store.js';
import { ChunkWriter } from './chunk-writer.js';
import { readTableName } from './row-writes.js';
import { encodeReadStats } from './wire-messages.js';

/** A scan lets other calls have their turn so often. */
const SLICE_MS = 10;
/** Rows between two looks at the clock. */
const ROWS_PER_LOOK = 128;
/** A client that is told nothing for so long is told how far the scan has come, so that it can resume there. */
const SILENCE_MS = 1000;
/** What may wait to be sent: enough that a client always finds something when it comes to read. */
const MAX_WAITING_BYTES = 2 * 1024 * 1024;

interface ReadRequest {
  ranges: KeyRange[];
  filter: FilterTree | undefined;
  /** Rows to return; 0 is all. */
  limit: number;
  wantsStats: boolean;
  isReversed: boolean;
}

/** Answers a `ReadRowsRequest`. Each row is as it was at one moment, but not all at the same. */
export async function readRows(
  store: Store,
  bytes: Buffer,
  call: Call & Outgoing<Buffer>,
  { now, random }: { now: () => number; random: () => number },
): Promise<void> {
  const table = store.table(readTableName(bytes, 9, 11));
  const request = readRequest(bytes);
  const filter = request.filter === undefined ? undefined : compileFilter(request.filter, random);
  const started = performance.now();
  const scan = new Scan(table, request, filter, now() * 1000);
  let lastSent = started;
  let sentBytes = 0;
  for (let hasMore = true; hasMore; ) {
    hasMore = scan.slice();
    if (!hasMore) {
      if (request.wantsStats)
        scan.writer.writeStats(encodeReadStats(scan.stats, performance.now() - started));
      scan.writer.flush();
    } else if (scan.writer.full.length === 0 && performance.now() - lastSent > SILENCE_MS) {
      scan.writer.flush();
      scan.writer.writeLastScanned(scan.lastKey);
    }
    for (const response of scan.writer.full.splice(0)) {
      sentBytes = call.send(response) ? 0 : sentBytes + response.length;
      lastSent = performance.now();
    }
    if (!hasMore) return;
    if (sentBytes > MAX_WAITING_BYTES) {
      await call.drained();
      sentBytes = 0;
    } else await nextTurn();
    if (call.signal.aborted) return;
  }
}

function readRequest(bytes: Buffer): ReadRequest {
  const ranges: KeyRange[] = [];
  const request: ReadRequest = { ranges, filter: undefined, limit: 0, wantsStats: false, isReversed: false };
  const reader = new WireReader(bytes);
  while (reader.next()) {
    if (reader.isBytes(2)) readRowSet(reader, ranges);
    else if (reader.isBytes(3)) request.filter = readFilter(reader);
    else if (reader.isVarint(4)) request.limit = reader.integer();
    else if (reader.isVarint(6)) request.wantsStats = reader.int32() === 2;
    else if (reader.isVarint(7)) request.isReversed = reader.boolean();
    else reader.skip();
  }
  if (request.limit < 0) {
    throw new ServiceError('INVALID_ARGUMENT', "Error in field 'rows_limit' : must not be negative");
  }
  request.ranges = normalize(ranges);
  if (request.isReversed) request.ranges.reverse();
  return request;
}

/** Where a read is, between two turns of the event loop: the table may change meanwhile. */
class Scan {
  readonly writer = new ChunkWriter();
  readonly stats = { rowsSeen: 0, rowsReturned: 0, cellsSeen: 0, cellsReturned: 0 };
  /** Key of the row that was looked at last. */
  lastKey = '';
  readonly #ranges: KeyRange[];
  readonly #limit: number;

  constructor(
    private readonly table: Table,
    private readonly request: ReadRequest,
    private readonly filter: Filter | undefined,
    private readonly nowMicros: number,
  ) {
    this.#ranges = request.ranges;
    this.#limit = request.limit === 0 ? Number.POSITIVE_INFINITY : request.limit;
  }

  /** Goes on until a response is full or time is up. @returns false when everything has been read. */
  slice(): boolean {
    const deadline = performance.now() + SLICE_MS;
    let rows = 0;
    const visit = (row: Row) => {
      this.#visit(row);
      if (this.stats.rowsReturned >= this.#limit || this.writer.full.length > 0) return false;
      return ++rows % ROWS_PER_LOOK !== 0 || performance.now() < deadline;
    };
    for (let range = this.#ranges[0]; range !== undefined; range = this.#ranges[0]) {
      const isDone = this.request.isReversed
        ? this.table.rows.scanReversed(range.start, range.end, visit)
        : this.table.rows.scan(range.start, range.end, visit);
      if (this.stats.rowsReturned >= this.#limit) return false;
      if (!isDone) {
        if (this.request.isReversed) range.end = this.lastKey;
        else range.start = successor(this.lastKey);
        return true;
      }
      this.#ranges.shift();
    }
    return false;
  }

  #visit(row: Row): void {
    this.lastKey = row.key;
    const live = row.live(this.nowMicros);
    if (live.length === 0) return;
    const cells = this.filter === undefined ? live : this.filter(live, { key: row.key, sunk: [] });
    this.stats.rowsSeen++;
    this.stats.cellsSeen += live.length;
    if (cells.length === 0) return;
    this.stats.rowsReturned++;
    this.stats.cellsReturned += cells.length;
    this.writer.writeRow(row.key, cells);
  }
}
