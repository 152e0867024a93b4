import type { Config } from '../../config/config.js';
import { bigtablePort } from '../../gcp/bigtable/port.js';
import type { StoredRow } from '../../gcp/bigtable/rows.js';
import type { GoogleClients } from '../../gcp/clients.js';
import { callsOf } from '../../gcp/google-calls.js';
import { type ReceivedMessage, subscriptionPort } from '../../gcp/pubsub/port.js';
import { bigtableTables } from '../../schema/bigtable-columns.js';
import { patientVitalsSchema } from '../../schema/read-table-schema.js';
import { originalId, readDeadLetters } from '../stream/dead-letter-box.js';
import type { Stored } from './compare.js';

interface ReadTools {
  clients: GoogleClients;
  config: Config;
  signal: AbortSignal;
}

/** Everything that was stored of messages, where these settings say, in every byte that two engines have to agree on. */
export async function readStored(tools: ReadTools): Promise<Stored> {
  const [bigtable, bigquery, deadLetters] = await Promise.all([
    readBigtable(tools),
    readBigQuery(tools),
    readLetters(tools),
  ]);
  return { bigtable, bigquery, deadLetters };
}

const PAGE_ROWS = 10_000;

async function readBigtable({ clients, config, signal }: ReadTools): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>();
  const tables = bigtableTables(patientVitalsSchema(), config.bigtable);
  for (const [kind, table] of Object.entries(tables)) {
    const port = await bigtablePort(clients, config, table);
    for (let start = ''; ; ) {
      signal.throwIfAborted();
      const rows = await port.readRows({ start, end: '' }, { limit: PAGE_ROWS });
      for (const row of rows) found.set(`${kind} ${row.key}`, cellTexts(row));
      if (rows.length < PAGE_ROWS) break;
      // The first key after it.
      start = `${rows.at(-1)!.key}\0`;
    }
  }
  return found;
}

function cellTexts({ cells }: StoredRow): string[] {
  return cells.map(
    ({ family, qualifier, value, timestampMs }) =>
      `${family}:${qualifier}=${bytesText(value)}@${timestampMs}`,
  );
}

/** All columns but the time at which a row was written. */
async function readBigQuery({ clients, config }: ReadTools): Promise<Map<string, string[]>> {
  const { dataset, streamTable } = config.bigquery;
  const client = await clients.bigquery();
  const query = `SELECT * EXCEPT (Ingested_At) FROM \`${config.project}.${dataset}.${streamTable}\``;
  const run = callsOf(clients);
  const [rows] = await run(`read the table ${dataset}.${streamTable}`, () =>
    client.query({ query, location: config.location }),
  );
  return grouped(rows as Row[], (row) => [
    `${row.Patient_ID} ${row.event_timestamp?.value} ${row.Message_ID}`,
    JSON.stringify(row),
  ]);
}

interface Row {
  Patient_ID: string;
  event_timestamp?: { value: string } | null;
  Message_ID: string;
}

/** More than dead letters are read of at once, so that what lacks is told and not cut off. */
const MAX_LETTERS = 100_000;

async function readLetters({ clients, config, signal }: ReadTools): Promise<Map<string, string[]>> {
  const subscription = await subscriptionPort(clients, config.pubsub.deadLetterSubscription);
  const letters = await readDeadLetters({ subscription, signal }, MAX_LETTERS, () => true);
  return grouped(letters, (letter) => [originalId(letter), letterText(letter)]);
}

/** Everything but from where and when it was put aside. */
function letterText({ data, attributes }: ReceivedMessage): string {
  const { healthmon_subscription: _, healthmon_rejected_at: __, ...rest } = attributes;
  return `${bytesText(data)} ${JSON.stringify(Object.entries(rest).sort())}`;
}

/** As it is where it can be read back; base64 otherwise. */
function bytesText(bytes: Buffer): string {
  const text = bytes.toString('utf8');
  return Buffer.from(text, 'utf8').equals(bytes)
    ? JSON.stringify(text)
    : `base64 ${bytes.toString('base64')}`;
}

function grouped<T>(
  items: readonly T[],
  entryOf: (item: T) => readonly [key: string, text: string],
): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const item of items) {
    const [key, text] = entryOf(item);
    const texts = found.get(key);
    if (texts === undefined) found.set(key, [text]);
    else texts.push(text);
  }
  return found;
}
