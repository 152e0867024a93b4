import type { BigtablePort } from '../../gcp/bigtable/port.js';
import type { RowRange, StoredCell, StoredRow } from '../../gcp/bigtable/rows.js';
import { ALERTS_FAMILY, bigtableRowRange, readingOfRowKey } from '../../schema/bigtable-columns.js';
import { type AlertEvent, READINGS_TO_SETTLE } from './alerts.js';
import { type Risk, scoreReading } from './news2.js';
import { type Reading, TIME_FLAG_QUALIFIER, type TimeFlag, VITALS, VITALS_FAMILY } from './reading.js';
import type { Span } from './unjudged-marks.js';

/** What was found at a reading, as it stands in the reading's row before it is announced. */
export interface Announcement {
  event: AlertEvent;
  /** The worker that found it, and when. */
  by: string;
  atMs: number;
}

export const EVENT_QUALIFIER = 'event';
export const ANNOUNCED_QUALIFIER = 'announced';

/** A stored reading with what was found at it. */
export interface JudgedReading {
  key: string;
  reading: Reading;
  risk: Risk;
  /** The cell as it is, to be changed only if it is still the same. */
  stored: Buffer | undefined;
  announcement: Announcement | undefined;
  /** Highest revision that reached the topic. */
  announcedRevision: number;
}

/** A part of a patient's course in the order of event time. */
export interface Stretch {
  /** The state before the first reading. */
  before: Risk;
  readings: readonly JudgedReading[];
}

/** A live reading needs the few before it, a replay hundreds: pages grow. */
const FIRST_PAGE_ROWS = 16;
const PAGE_FACTOR = 4;
const MAX_PAGE_ROWS = 1_000;
/** How much later than the span is read at first, and by what it grows while the state there is not settled. */
const FIRST_AHEAD_MS = 2 * 3_600_000;
const AHEAD_FACTOR = 6;

/**
 * The stored readings around a span of a patient's event time: from where the state before it is settled, to where
 * nothing within it can matter any more. What lies beyond is not read, however long the patient's history is.
 */
export async function readStretch(
  port: Pick<BigtablePort, 'readRows'>,
  patientId: string,
  { fromMs, toMs }: Span,
): Promise<Stretch> {
  let pages = pagesOf(port, bigtableRowRange(patientId));
  const first = (await pages.next()).value ?? [];
  let newestFirst = judgedReadings(patientId, first);
  let later = newestFirst.filter(({ reading }) => reading.eventTimeMs > toMs).reverse();
  if (first.length === FIRST_PAGE_ROWS && later.length === newestFirst.length) {
    later = await readLater(port, patientId, toMs);
    newestFirst = [];
    pages = pagesOf(port, bigtableRowRange(patientId, { toMs }));
  } else {
    newestFirst = newestFirst.slice(later.length);
    later = untilSettled(later).readings;
  }
  for (;;) {
    const settled = settledBefore(newestFirst, fromMs);
    if (settled !== undefined) {
      const before = newestFirst[settled]!.risk;
      return { before, readings: [...newestFirst.slice(0, settled).reverse(), ...later] };
    }
    const { value: rows } = await pages.next();
    if (rows === undefined) return { before: 'undetermined', readings: [...newestFirst.reverse(), ...later] };
    newestFirst.push(...judgedReadings(patientId, rows));
  }
}

async function* pagesOf(
  port: Pick<BigtablePort, 'readRows'>,
  { start, end }: RowRange,
): AsyncGenerator<StoredRow[], undefined> {
  let from = start;
  for (let limit = FIRST_PAGE_ROWS; ; limit = Math.min(limit * PAGE_FACTOR, MAX_PAGE_ROWS)) {
    const rows = await port.readRows({ start: from, end }, { limit });
    yield rows;
    if (rows.length < limit) return undefined;
    from = `${rows.at(-1)!.key}\0`;
  }
}

/** Position of the newest reading, in a list from the newest to the oldest, at which the state before `fromMs` is settled. */
function settledBefore(newestFirst: readonly JudgedReading[], fromMs: number): number | undefined {
  let alike = 0;
  for (let index = 0; index < newestFirst.length; index++) {
    const { reading, risk } = newestFirst[index]!;
    if (reading.eventTimeMs >= fromMs) continue;
    alike = alike > 0 && newestFirst[index - 1]!.risk === risk ? alike + 1 : 1;
    if (alike === READINGS_TO_SETTLE) return index - READINGS_TO_SETTLE + 1;
  }
  return undefined;
}

/** Readings after `afterMs` in order, until the state is settled whatever was before. */
async function readLater(
  port: Pick<BigtablePort, 'readRows'>,
  patientId: string,
  afterMs: number,
): Promise<JudgedReading[]> {
  for (let aheadMs = FIRST_AHEAD_MS; ; aheadMs *= AHEAD_FACTOR) {
    const everything = aheadMs > afterMs;
    const toMs = everything ? undefined : afterMs + aheadMs;
    const rows: StoredRow[] = [];
    for await (const page of pagesOf(port, bigtableRowRange(patientId, { fromMs: afterMs + 1, toMs }))) {
      rows.push(...page);
    }
    const { readings, settled } = untilSettled(judgedReadings(patientId, rows).reverse());
    if (settled || everything) return readings;
  }
}

/** Readings in order up to the one at which the state is settled whatever was before. */
function untilSettled(readings: JudgedReading[]): { readings: JudgedReading[]; settled: boolean } {
  let alike = 0;
  for (let index = 0; index < readings.length; index++) {
    alike = alike > 0 && readings[index - 1]!.risk === readings[index]!.risk ? alike + 1 : 1;
    if (alike === READINGS_TO_SETTLE) return { readings: readings.slice(0, index + 1), settled: true };
  }
  return { readings, settled: false };
}

/** Readings of the patient among the rows, without those whose event time is implausible. */
export function judgedReadings(patientId: string, rows: readonly StoredRow[]): JudgedReading[] {
  const found: JudgedReading[] = [];
  for (const row of rows) {
    const reading = readingOfRow(patientId, row);
    if (reading === undefined || reading.timeFlag !== undefined) continue;
    const cell = (qualifier: string) => cellOf(row, ALERTS_FAMILY, qualifier);
    const stored = cell(EVENT_QUALIFIER)?.value;
    found.push({
      key: row.key,
      reading,
      risk: scoreReading(reading).risk,
      stored,
      announcement: stored && (JSON.parse(stored.toString('utf8')) as Announcement),
      announcedRevision: Number(cell(ANNOUNCED_QUALIFIER)?.value.toString('utf8') ?? 0),
    });
  }
  return found;
}

/** Undefined for the row of another patient, and for one without vitals. */
export function readingOfRow(patientId: string, row: StoredRow): Reading | undefined {
  const identity = readingOfRowKey(patientId, row.key);
  if (identity === undefined) return undefined;
  const values = VITALS.map(({ qualifier }) => {
    const cell = cellOf(row, VITALS_FAMILY, qualifier);
    return cell && Number(cell.value.toString('utf8'));
  });
  if (values.every((value) => value === undefined)) return undefined;
  const flag = cellOf(row, VITALS_FAMILY, TIME_FLAG_QUALIFIER)?.value.toString('utf8');
  return { patientId, ...identity, values, timeFlag: flag as TimeFlag | undefined };
}

function cellOf({ cells }: StoredRow, family: string, qualifier: string): StoredCell | undefined {
  return cells.find((cell) => cell.family === family && cell.qualifier === qualifier);
}
