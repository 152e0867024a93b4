import { usageError } from '../../errors/healthmon-error.js';
import type { InsertPort } from '../../gcp/bigquery-insert.js';
import type { BigtableCell, BigtablePort } from '../../gcp/bigtable.js';
import type { BatchTarget } from './batch-writer.js';
import { insertIdOf, type Reading, rowKeyOf, VITALS } from './reading.js';

export const SINK_NAMES = ['bigtable', 'bigquery'] as const;
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

const QUALIFIERS = VITALS.map((vital) => Buffer.from(vital.qualifier, 'utf8'));

export function bigtableSink(port: BigtablePort): Sink {
  const cellText = numberTexts();
  return {
    name: 'bigtable',
    maxItems: BIGTABLE_MAX_ROWS,
    concurrency: BIGTABLE_CONCURRENCY,
    write: (items) =>
      port.mutateRows(
        items.map(({ reading }) => {
          const cells: BigtableCell[] = [];
          for (let index = 0; index < QUALIFIERS.length; index++) {
            const value = reading.values[index];
            if (value !== undefined) cells.push({ qualifier: QUALIFIERS[index]!, value: cellText(value) });
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

/** A row of `stream_patient_vitals`. */
export function bigQueryRow(
  { reading, messageId }: SinkItem,
  ingestedAt: string,
): Record<string, string | number | null> {
  const row: Record<string, string | number | null> = {
    Patient_ID: reading.patientId,
    event_timestamp: new Date(reading.eventTimeMs).toISOString(),
    Message_ID: messageId,
    Ingested_At: ingestedAt,
  };
  if (reading.deviceId !== '') row.Device_ID = reading.deviceId;
  if (reading.timeFlag !== undefined) row.Time_Flag = reading.timeFlag;
  for (let index = 0; index < VITALS.length; index++) {
    const value = reading.values[index];
    if (value !== undefined) row[VITALS[index]!.name] = value;
  }
  return row;
}

/** Vitals take few distinct values, so their bytes are made once and shared. */
function numberTexts(): (value: number) => Buffer {
  const maxKept = 10_000;
  const texts = new Map<number, Buffer>();
  return (value) => {
    let text = texts.get(value);
    if (text === undefined) {
      text = Buffer.from(String(value), 'utf8');
      if (texts.size < maxKept) texts.set(value, text);
    }
    return text;
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
