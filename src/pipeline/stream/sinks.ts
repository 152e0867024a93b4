import { usageError } from '../../errors/healthmon-error.js';
import type { InsertPort } from '../../gcp/bigquery/insert.js';
import type { BigtableCell, BigtablePort, BigtableRow, RowFailure } from '../../gcp/bigtable/port.js';
import type { BatchTarget } from './batch-writer.js';
import { insertIdOf, type Reading, TIME_FLAG_QUALIFIER, VITALS } from './reading.js';
import { bigQueryRow, vitalRows } from './stored-rows.js';
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
  const rows = vitalRows<BigtableCell>(
    (index, value) => cellOf[index]!(value),
    (flag) => ({ qualifier: TIME_FLAG, value: Buffer.from(flag, 'utf8') }),
  );
  return {
    name: 'bigtable',
    maxItems: BIGTABLE_MAX_ROWS,
    concurrency: BIGTABLE_CONCURRENCY,
    async write(items) {
      const readings = items.map(({ reading }) => reading);
      const patients: BigtableRow[] = rows.newest(readings);
      const storing = vitals.mutateRows(readings.map(rows.ofReading));
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

const TIME_FLAG = Buffer.from(TIME_FLAG_QUALIFIER, 'utf8');

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
        items.map((item) => ({
          insertId: insertIdOf(item.reading),
          json: bigQueryRow(item.reading, item.messageId, ingestedAt),
        })),
      );
    },
  };
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
