import type { Config } from '../../config/config.js';
import { usageError } from '../../errors/healthmon-error.js';
import type { GoogleClients } from '../../gcp/clients.js';
import { openSpannerData } from '../../gcp/spanner/data.js';
import { storagePort } from '../../gcp/storage/port.js';
import { sourceLineField } from '../../schema/table-schema.js';
import { requireDataset, type SyncResult, syncTable } from '../sync/sync.js';
import { assignSchemas } from './choose-schema.js';
import { expandSources } from './expand.js';
import { liveTableOf } from './live-tables.js';
import { checkCsv, loadCsv } from './load-csv.js';
import type { LoadOptions, LoadProgress } from './load-options.js';
import { csvOptionsOf, type LoadRequest, rowOptionsOf, schemasOf } from './load-request.js';
import type { LoadResult } from './load-result.js';
import { parseMaxRejects } from './max-rejects.js';
import { rejectPaths } from './rejects.js';
import type { TableInput } from './scan.js';

export interface LoadEnvironment {
  config: Config;
  cwd: string;
  stdin: AsyncIterable<Buffer | string>;
  clients(): Promise<GoogleClients>;
  now(): Date;
  signal: AbortSignal;
  onProgress(progress: LoadProgress): void;
  onWait(): void;
}

export interface LoadCommandResult extends LoadResult {
  check: boolean;
  dryRun: boolean;
  /** The tables copied to BigQuery with `--also bigquery`. */
  bigquery?: SyncResult[];
}

/** Runs `load`: finds files and schemas, checks, writes, and copies to BigQuery when asked. */
export async function runLoad(request: LoadRequest, env: LoadEnvironment): Promise<LoadCommandResult> {
  const { config, cwd } = env;
  const csv = csvOptionsOf(request);
  const rows = rowOptionsOf(request);
  const schemas = await schemasOf(request, env);
  const sources = await expandSources(request.files, {
    cwd,
    stdin: env.stdin,
    storage: async () => storagePort(await env.clients(), config),
    signal: env.signal,
  });
  try {
    const paths = await rejectPaths(sources, request.rejects, cwd);
    const options: LoadOptions = {
      csv,
      rows,
      mode: request.mode,
      maxRejects: parseMaxRejects('--max-rejects', request.maxRejects),
      rejects: new Map(sources.map((source, index) => [source, paths[index]!])),
      lowPriority: request.lowPriority,
      tag: parseTag(request.tag),
      now: env.now,
      signal: env.signal,
      onProgress: env.onProgress,
      onWait: env.onWait,
    };
    const input = await assignSchemas(sources, schemas, csv, rows.map);
    for (const table of input) requireNames(table);
    if (request.dryRun) {
      const data = await openSpannerData(await env.clients(), config);
      for (const schema of schemas) await liveTableOf(data, schema);
    }
    if (request.alsoBigQuery && !request.check) await requireDataset(await env.clients(), config);
    if (request.check || request.dryRun) {
      const result = await checkCsv(input, options);
      return { ...result, check: request.check, dryRun: request.dryRun };
    }
    const clients = await env.clients();
    const result = await loadCsv(clients, config, input, options);
    if (!request.alsoBigQuery) return { ...result, check: false, dryRun: false };
    const bigquery: SyncResult[] = [];
    for (const { schema } of input) {
      bigquery.push(await syncTable(clients, config, { schema, signal: env.signal }));
    }
    return { ...result, check: false, dryRun: false, bigquery };
  } finally {
    for (const source of sources) await source.dispose();
  }
}

/** Rows that are told apart by file and line need a name of their own for each file. */
function requireNames({ schema, sources }: TableInput): void {
  const key = sourceLineField(schema);
  if (key === undefined) return;
  const seen = new Map<string, string>();
  for (const { label, stem, path, object } of sources) {
    const other = seen.get(stem);
    if (other === undefined && (path !== undefined || object !== undefined)) {
      seen.set(stem, label);
      continue;
    }
    throw usageError({
      code: 'invalid-argument',
      message:
        other === undefined
          ? `${label} has no file name, of which the column ${key.name} is made.`
          : `${other} and ${label} have the same name, of which the column ${key.name} is made.`,
      detail: 'Rows of the table are told apart by the name of their file and their line.',
      suggestion: 'Give each file a name of its own that stays the same when it is loaded again.',
    });
  }
}

/** What Spanner takes; it would cut a longer one without a word. */
function parseTag(tag: string | undefined): string | undefined {
  if (tag === undefined || /^[ -~]{1,50}$/.test(tag)) return tag;
  throw usageError({
    code: 'invalid-option',
    message: `The value "${tag}" of --tag is not valid.`,
    suggestion: 'Give at most 50 printable ASCII characters, such as --tag nightly.',
  });
}
