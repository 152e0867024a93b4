import { resolve } from 'node:path';
import type { Config } from '../../config/config.js';
import { notReadyError, usageError } from '../../errors/healthmon-error.js';
import type { GoogleClients } from '../../gcp/clients.js';
import { openSpannerData } from '../../gcp/spanner/data.js';
import { readLiveTable } from '../../gcp/spanner/live-table.js';
import { storagePort } from '../../gcp/storage/port.js';
import { patientInfoSchema, readTableSchema } from '../../schema/read-table-schema.js';
import { schemaOfSpannerTable } from '../../schema/schema-of-spanner-table.js';
import { sourceLineField, type TableSchema } from '../../schema/table-schema.js';
import { requireDataset, type SyncResult, syncTable } from '../sync/sync.js';
import { assignSchemas } from './choose-schema.js';
import { parseEncoding } from './csv/byte-decoder.js';
import { parseColumns } from './csv/csv-reader.js';
import { LOAD_DEFAULTS } from './defaults.js';
import { expandSources } from './expand.js';
import { liveTableOf } from './live-tables.js';
import { checkCsv, loadCsv } from './load-csv.js';
import type { LoadOptions, LoadProgress } from './load-options.js';
import type { LoadResult } from './load-result.js';
import { parseMaxRejects } from './max-rejects.js';
import { rejectPaths } from './rejects.js';
import type { ColumnMap } from './row-checker.js';
import type { WriteMode } from './row-writer.js';
import type { TableInput } from './scan.js';

/** The command line of `load`, as text where it needs checking. */
export interface LoadRequest {
  files: readonly string[];
  schemas: readonly string[];
  table?: string | undefined;
  map: readonly string[];
  columns?: string | undefined;
  delimiter?: string | undefined;
  quote?: string | undefined;
  escape?: string | undefined;
  encoding?: string | undefined;
  nullMarkers?: readonly string[] | undefined;
  dateFormat?: string | undefined;
  timezone?: string | undefined;
  ignoreExtraColumns: boolean;
  allowMissingColumns: boolean;
  mode: WriteMode;
  maxRejects?: string | undefined;
  rejects?: string | undefined;
  check: boolean;
  dryRun: boolean;
  alsoBigQuery: boolean;
  lowPriority: boolean;
  tag?: string | undefined;
}

/** What holds when nothing is said. */
export const DEFAULT_LOAD: Omit<LoadRequest, 'files'> = {
  schemas: [],
  map: [],
  ignoreExtraColumns: false,
  allowMissingColumns: false,
  mode: LOAD_DEFAULTS.mode,
  check: false,
  dryRun: false,
  alsoBigQuery: false,
  lowPriority: false,
};

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
  const csv = {
    delimiter: request.delimiter,
    quote: request.quote,
    escape: request.escape,
    encoding: request.encoding === undefined ? undefined : parseEncoding(request.encoding),
    columns: request.columns === undefined ? undefined : parseColumns(request.columns),
  };
  const map = parseMap(request.map);
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
      rows: {
        timezone: request.timezone,
        dateFormat: request.dateFormat,
        nullMarkers: request.nullMarkers,
        map,
        ignoreExtraColumns: request.ignoreExtraColumns,
        allowMissingColumns: request.allowMissingColumns,
      },
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
    const input = await assignSchemas(sources, schemas, csv, map);
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

async function schemasOf(request: LoadRequest, env: LoadEnvironment): Promise<TableSchema[]> {
  const schemas = request.schemas.map((file) => readTableSchema(resolve(env.cwd, file)));
  const { table } = request;
  if (table === undefined) return schemas.length > 0 ? schemas : [patientInfoSchema()];
  if (schemas.length > 1) {
    throw usageError({
      code: 'invalid-option',
      message: '--table names one table, but several schemas are given.',
      suggestion: 'Leave --table out: each schema names its table.',
    });
  }
  const [schema] = schemas;
  if (schema !== undefined) return [{ ...schema, spannerTable: table }];
  if (table === patientInfoSchema().spannerTable) return [patientInfoSchema()];
  const live = await readLiveTable(await openSpannerData(await env.clients(), env.config), table);
  if (live === undefined) {
    throw notReadyError({
      code: 'not-provisioned',
      message: `The Spanner table ${table} does not exist.`,
      suggestion:
        'Write its schema with "healthmon schema infer FILE.csv --output FILE.json", then run "healthmon provision --schema FILE.json".',
    });
  }
  return [schemaOfSpannerTable(live)];
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

function parseMap(pairs: readonly string[]): ColumnMap {
  const map: Record<string, string> = Object.create(null);
  for (const pair of pairs) {
    const at = pair.lastIndexOf('=');
    if (at < 1 || at === pair.length - 1) {
      throw usageError({
        code: 'invalid-option',
        message: `The value "${pair}" of --map is not valid.`,
        suggestion: 'Write --map "name in the file=column of the table".',
      });
    }
    const from = pair.slice(0, at).trim();
    if (map[from] !== undefined) {
      throw usageError({
        code: 'invalid-option',
        message: `--map names the column "${from}" of the file twice.`,
        suggestion: 'Map each column of the file to one column of the table.',
      });
    }
    map[from] = pair.slice(at + 1).trim();
  }
  return map;
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
