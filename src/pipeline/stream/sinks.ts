import { usageError } from '../../errors/healthmon-error.js';
import type { InsertPort } from '../../gcp/bigquery/insert.js';
import type { BigtableCell, BigtablePort, BigtableRow, RowFailure } from '../../gcp/bigtable/port.js';
import type { BatchTarget } from './batch-writer.js';
import { insertIdOf, type Reading, rowKeyOf, TIME_FLAG_QUALIFIER, VITALS } from './reading.js';
import type { UnjudgedMarks } from './unjudged-marks.js';

const SINK_NAMES = ['bigtable', 'bigquery'] as const;
export type SinkName = (typeof SINK_NAMES)[number];

/** What a sink stores. */
export interface SinkItem {
  reading: Reading;
  messageId: string;
}

export type Sink = BatchTarget<SinkItem> & { name: SinkName };

/**
 * Bigtable takes 100,000 mutations in a request, and each of our rows is at most one for each vital. Larger batches
 * than this gain nothing and delay their acknowledgements.
 */
const BIGTABLE_MAX_ROWS = 1_000;
/** Two requests keep the connection and the tablet busy; more only compete for the same event loop. */
const BIGTABLE_CONCURRENCY = 2;
/** Google recommends 500 rows for a streaming insert; 50,000 and 10 MB are the limits. */
const BIGQUERY_MAX_ROWS = 500;
const BIGQUERY_CONCURRENCY = 4;

export interface BigtablePorts {
  /** Every reading, newest first by patient. */
  vitals: Pick<BigtablePort, 'mutateRows'>;
  /** The newest value of each vital of a patient. */
  now: Pick<BigtablePort, 'mutateRows'>;
}

/** @param marks given when readings are judged for alerts: each patient's row then says what waits for that. */
export function bigtableSink({ vitals, now }: BigtablePorts, marks?: UnjudgedMarks): Sink {
  const cellOf = VITALS.map((vital) => cellsOf(vital.qualifier));
  const cells: CellsOf = ({ values }, wanted) => {
    const row: BigtableCell[] = [];
    for (let index = 0; index < cellOf.length; index++) {
      const value = values[index];
      if (value !== undefined && wanted(index)) row.push(cellOf[index]!(value));
    }
    return row;
  };
  const rowOf = (reading: Reading): BigtableRow => {
    const row = cells(reading, () => true);
    if (reading.timeFlag !== undefined) {
      row.push({ qualifier: TIME_FLAG, value: Buffer.from(reading.timeFlag, 'utf8') });
    }
    return { key: rowKeyOf(reading), timestampMs: reading.eventTimeMs, cells: row };
  };
  return {
    name: 'bigtable',
    maxItems: BIGTABLE_MAX_ROWS,
    concurrency: BIGTABLE_CONCURRENCY,
    async write(items) {
      const patients = newestRows(items, cells);
      const storing = vitals.mutateRows(items.map(({ reading }) => rowOf(reading)));
      if (marks !== undefined) {
        // Whoever sees a mark may judge and remove it, so the readings are there before it.
        await storing;
        patients.push(...marks.rows(items));
      }
      const [failures, nowFailures] = await Promise.all([
        storing,
        patients.length === 0 ? [] : now.mutateRows(patients),
      ]);
      return [...failures, ...ofItems(items, patients, nowFailures)];
    },
  };
}

/** The cells of those vitals of a reading whose position is wanted. */
type CellsOf = (reading: Reading, wanted: (index: number) => boolean) => BigtableCell[];

const TIME_FLAG = Buffer.from(TIME_FLAG_QUALIFIER, 'utf8');

/**
 * Rows that bring each patient's newest values up to date. A cell's timestamp is the event time, so that late and
 * repeated readings never take the place of newer ones. A device whose clock is ahead would stay the newest until that
 * time comes, so its readings are left out.
 */
function newestRows(items: readonly SinkItem[], cells: CellsOf): BigtableRow[] {
  const patients = new Map<string, (Reading | undefined)[]>();
  for (const { reading } of items) {
    if (reading.timeFlag === 'future') continue;
    let newest = patients.get(reading.patientId);
    if (newest === undefined) {
      newest = [];
      patients.set(reading.patientId, newest);
    }
    for (let index = 0; index < VITALS.length; index++) {
      if (reading.values[index] === undefined) continue;
      if (reading.eventTimeMs >= (newest[index]?.eventTimeMs ?? 0)) newest[index] = reading;
    }
  }
  const rows: BigtableRow[] = [];
  for (const [key, newest] of patients) {
    for (const reading of new Set(newest)) {
      if (reading === undefined) continue;
      const row = cells(reading, (index) => newest[index] === reading);
      rows.push({ key, timestampMs: reading.eventTimeMs, cells: row });
    }
  }
  return rows;
}

/** Failures of patients' rows as failures of all their readings in the batch, which are then written again. */
function ofItems(
  items: readonly SinkItem[],
  rows: readonly BigtableRow[],
  failures: readonly RowFailure[],
): RowFailure[] {
  const failed = new Map(failures.map((failure) => [rows[failure.index]!.key, failure]));
  return items.flatMap(({ reading }, index) => {
    const failure = failed.get(reading.patientId);
    return failure === undefined ? [] : [{ ...failure, index }];
  });
}

export function bigquerySink(port: InsertPort, nowMs: () => number): Sink {
  return {
    name: 'bigquery',
    maxItems: BIGQUERY_MAX_ROWS,
    concurrency: BIGQUERY_CONCURRENCY,
    write(items) {
      const ingestedAt = new Date(nowMs()).toISOString();
      return port.insertRows(
        items.map((item) => ({ insertId: insertIdOf(item.reading), json: bigQueryRow(item, ingestedAt) })),
      );
    },
  };
}

/**
 * A row of `stream_patient_vitals` as JSON. Written by hand, as it runs for every reading: `JSON.stringify` of an
 * object costs three times as much.
 */
export function bigQueryRow({ reading, messageId }: SinkItem, ingestedAt: string): string {
  let row =
    `{"Patient_ID":${JSON.stringify(reading.patientId)},` +
    `"event_timestamp":"${new Date(reading.eventTimeMs).toISOString()}",` +
    `"Message_ID":${JSON.stringify(messageId)},"Ingested_At":"${ingestedAt}"`;
  if (reading.deviceId !== '') row += `,"Device_ID":${JSON.stringify(reading.deviceId)}`;
  if (reading.timeFlag !== undefined) row += `,"Time_Flag":"${reading.timeFlag}"`;
  for (let index = 0; index < VITALS.length; index++) {
    const value = reading.values[index];
    if (value !== undefined) row += `,"${VITALS[index]!.name}":${value}`;
  }
  return `${row}}`;
}

/** Vitals take few distinct values, so their cells are made once and shared. */
function cellsOf(qualifier: string): (value: number) => BigtableCell {
  const maxKept = 10_000;
  const name = Buffer.from(qualifier, 'utf8');
  const cells = new Map<number, BigtableCell>();
  return (value) => {
    let cell = cells.get(value);
    if (cell === undefined) {
      cell = { qualifier: name, value: Buffer.from(String(value), 'utf8') };
      if (cells.size < maxKept) cells.set(value, cell);
    }
    return cell;
  };
}

/** The sinks named in a list such as `bigtable,bigquery`. */
export function parseSinks(list: string): SinkName[] {
  const names = list.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !SINK_NAMES.includes(name as SinkName));
  if (unknown !== undefined || new Set(names).size < names.length) {
    throw usageError({
      code: 'invalid-option',
      message: `The value "${list}" of --sink is not valid.`,
      detail: `The sinks are: ${SINK_NAMES.join(', ')}; each at most once.`,
      suggestion: 'Give --sink bigtable,bigquery, or one of them.',
    });
  }
  return names as SinkName[];
}
