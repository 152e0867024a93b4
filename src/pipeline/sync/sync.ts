import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { Config } from '../../config/config.js';
import { notReadyError } from '../../errors/healthmon-error.js';
import { type BigQueryAdmin, bigQueryAdmin } from '../../gcp/bigquery/admin.js';
import type { GoogleClients } from '../../gcp/clients.js';
import { isNotFound, translateGoogleError } from '../../gcp/google-errors.js';
import { openSpannerData, type SpannerValue } from '../../gcp/spanner/data.js';
import { readLiveTable } from '../../gcp/spanner/live-table.js';
import { storagePort } from '../../gcp/storage/port.js';
import { bigQueryJson, bigQueryTable } from '../../schema/bigquery-schema.js';
import type { Value } from '../../schema/cell-problem.js';
import { patientInfoSchema } from '../../schema/read-table-schema.js';
import { quoted, ROW, spannerColumns } from '../../schema/spanner-ddl.js';
import type { Field, TableSchema } from '../../schema/table-schema.js';

export interface SyncResult {
  /** Table in BigQuery. */
  table: string;
  rows: number;
  /** The rows are those of this moment, RFC 3339. */
  snapshotTime: string;
  seconds: number;
}

export interface SyncOptions {
  /** Admissions when undefined. */
  schema?: TableSchema;
  signal: AbortSignal;
  onProgress?(rows: number): void;
}

const CHUNK_CHARACTERS = 256 * 1024;

/**
 * Copies a Spanner table into BigQuery: one consistent snapshot, staged as NDJSON in Cloud Storage, put in place by
 * one load job, which replaces the rows at once or not at all and costs nothing.
 */
export async function syncTable(
  clients: GoogleClients,
  config: Config,
  options: SyncOptions,
): Promise<SyncResult> {
  const startedMs = performance.now();
  const schema = options.schema ?? patientInfoSchema();
  const table = bigQueryTableOf(schema, config);
  const bigquery = await requireDataset(clients, config);
  const data = await openSpannerData(clients, config);
  const live = await readLiveTable(data, schema.spannerTable);
  if (live === undefined) throw missingTable(schema.spannerTable);
  const storage = await storagePort(clients, config);
  const present = new Set(live.columns.map(({ name }) => name));
  const fields = spannerColumns(schema).filter((field) => present.has(field.name));
  const list = fields.map((field) => `${ROW}.${quoted(field.name)}`).join(', ');
  try {
    const { readTimestamp, pages } = await data.snapshot(
      `SELECT ${list} FROM ${quoted(schema.spannerTable)} AS ${ROW}`,
    );
    // The same snapshot of the same database is the same load, so that a repeated request finds its job.
    const id = createHash('sha256')
      .update(
        [
          config.project,
          config.spanner.instance,
          config.spanner.database,
          data.createdAt,
          table,
          readTimestamp,
        ].join('\n'),
      )
      .digest('hex')
      .slice(0, 24);
    let rows = 0;
    const counted = async function* () {
      for await (const page of pages) {
        options.signal.throwIfAborted();
        rows += page.length;
        options.onProgress?.(rows);
        yield* ndjson(fields, page);
      }
    };
    const staged = await storage.upload(`staging/sync/${table}-${id}.ndjson`, Readable.from(counted()), {
      contentType: 'application/x-ndjson',
    });
    const loaded = await bigquery.load(
      {
        jobId: `healthmon_sync_${table}_${id}`,
        sourceUri: `gs://${staged.bucket}/${staged.name}`,
        table,
        spec: bigQueryTable(schema),
        disposition: 'WRITE_TRUNCATE',
      },
      options.signal,
    );
    if (loaded !== rows) throw new Error(`the load job wrote ${loaded} of ${rows} rows into ${table}`);
    await storage.remove(staged.name);
    return { table, rows, snapshotTime: readTimestamp, seconds: (performance.now() - startedMs) / 1000 };
  } catch (error) {
    options.signal.throwIfAborted();
    if (isNotFound(error)) throw missingTable(schema.spannerTable);
    throw translateGoogleError(error, `copy ${schema.spannerTable} into ${table}`, clients.local);
  }
}

/** The table that a schema is copied into: that of admissions is a setting. */
export function bigQueryTableOf({ bigqueryTable }: TableSchema, { bigquery }: Config): string {
  return bigqueryTable === patientInfoSchema().bigqueryTable ? bigquery.batchTable : bigqueryTable;
}

/** Exit code 3 when there is no dataset to copy into. */
export async function requireDataset(clients: GoogleClients, config: Config): Promise<BigQueryAdmin> {
  const bigquery = await bigQueryAdmin(clients, config);
  if (await bigquery.datasetExists()) return bigquery;
  throw notReadyError({
    code: 'not-provisioned',
    message: `The dataset ${config.bigquery.dataset} does not exist.`,
    suggestion: 'Run "healthmon provision" first.',
  });
}

function missingTable(table: string): Error {
  return notReadyError({
    code: 'not-provisioned',
    message: `The Spanner table ${table} does not exist.`,
    suggestion: 'Run "healthmon provision" and "healthmon load" first.',
  });
}

function* ndjson(fields: readonly Field[], rows: readonly SpannerValue[][]): Generator<Buffer> {
  const names = fields.map((field) => `${JSON.stringify(field.name)}:`);
  let text = '';
  for (const row of rows) {
    text += '{';
    for (let i = 0; i < fields.length; i++) {
      text += `${i === 0 ? '' : ','}${names[i]}${bigQueryJson(fields[i]!, row[i] as Value)}`;
    }
    text += '}\n';
    if (text.length >= CHUNK_CHARACTERS) {
      yield Buffer.from(text);
      text = '';
    }
  }
  if (text !== '') yield Buffer.from(text);
}
