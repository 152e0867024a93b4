import { usageError } from '../../errors/healthmon-error.js';
import type { InsertPort } from '../../gcp/bigquery-insert.js';
import type { BigtableCell, BigtablePort } from '../../gcp/bigtable.js';
import type { BatchTarget } from './batch-writer.js';
import { insertIdOf, type Reading, rowKeyOf, VITALS } from './reading.js';

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

export function bigtableSink(port: BigtablePort): Sink {
  const cellOf = VITALS.map((vital) => cellsOf(vital.qualifier));
  return {
    name: 'bigtable',
    maxItems: BIGTABLE_MAX_ROWS,
    concurrency: BIGTABLE_CONCURRENCY,
    write: (items) =>
      port.mutateRows(
        items.map(({ reading }) => {
          const cells: BigtableCell[] = [];
          for (let index = 0; index < cellOf.length; index++) {
            const value = reading.values[index];
            if (value !== undefined) cells.push(cellOf[index]!(value));
          }
          return { key: rowKeyOf(reading), timestampMs: reading.eventTimeMs, cells };
        }),
      ),
  };
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
