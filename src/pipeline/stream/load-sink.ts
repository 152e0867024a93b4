import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { BigQueryAdmin } from '../../gcp/bigquery/admin.js';
import { errorCode, GRPC } from '../../gcp/google-errors.js';
import type { StoragePort } from '../../gcp/storage/port.js';
import { bigQueryTable } from '../../schema/bigquery-schema.js';
import { patientVitalsSchema } from '../../schema/read-table-schema.js';
import { insertIdOf } from './reading.js';
import type { Sink, SinkItem } from './sinks.js';
import { bigQueryRow } from './stored-rows.js';

export interface LoadSinkOptions {
  admin: Pick<BigQueryAdmin, 'load'>;
  storage: Pick<StoragePort, 'upload' | 'remove'>;
  table: string;
  /** A file is loaded when it has this many rows, or when its first row is this old. */
  maxRows: number;
  intervalMs: number;
  nowMs: () => number;
}

/** Loading the same file twice at once gains nothing; a second file may be written meanwhile. */
const CONCURRENCY = 2;

/**
 * Rows as NDJSON files through Cloud Storage and load jobs, which cost nothing, unlike streaming inserts. The job's
 * id is made from the rows, so that repeating a load whose answer was lost finds the first job and adds nothing.
 */
export function bigqueryLoadSink(options: LoadSinkOptions): Sink {
  const { admin, storage, table } = options;
  const spec = bigQueryTable(patientVitalsSchema());
  /** A job that failed keeps its id for ever, so its rows need another one. */
  const failedJobs = new Map<string, number>();
  const never = new AbortController().signal;

  async function write(items: readonly SinkItem[]): Promise<[]> {
    const rows = new Map(items.map((item) => [insertIdOf(item.reading), item]));
    const hash = createHash('sha256')
      .update([...rows.keys()].sort().join('\n'))
      .digest('hex')
      .slice(0, 32);
    const attempt = failedJobs.get(hash) ?? 0;
    const jobId = `healthmon_stream_${table}_${hash}_${attempt}`;
    const staged = await storage.upload(
      `staging/stream/${jobId}.ndjson`,
      Readable.from(ndjson(rows.values(), new Date(options.nowMs()).toISOString())),
      { contentType: 'application/x-ndjson' },
    );
    try {
      const sourceUri = `gs://${staged.bucket}/${staged.name}`;
      await admin.load({ jobId, sourceUri, table, spec, disposition: 'WRITE_APPEND' }, never);
    } catch (error) {
      if (errorCode(error) !== 'load-job-failed') throw error;
      failedJobs.set(hash, attempt + 1);
      await storage.remove(staged.name);
      // The job ran and refused its rows: whoever asked divides them until the one to blame is alone.
      throw Object.assign(new Error('the load job failed', { cause: error }), { code: GRPC.invalidArgument });
    }
    failedJobs.delete(hash);
    await storage.remove(staged.name);
    return [];
  }

  return {
    name: 'bigquery',
    maxItems: options.maxRows,
    lingerMs: options.intervalMs,
    concurrency: CONCURRENCY,
    write,
  };
}

function* ndjson(items: Iterable<SinkItem>, ingestedAt: string): Generator<string> {
  for (const item of items) yield `${bigQueryRow(item.reading, item.messageId, ingestedAt)}\n`;
}
