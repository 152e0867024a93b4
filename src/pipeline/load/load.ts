import { createHash } from 'node:crypto';
import type { Config } from '../../config/config.js';
import { EXIT, HealthmonError, notReadyError } from '../../errors/healthmon-error.js';
import type { GoogleClients } from '../../gcp/clients.js';
import { translateGoogleError } from '../../gcp/google-errors.js';
import { openSpannerData, type SpannerData } from '../../gcp/spanner-data.js';
import { type LiveTable, readLiveTable } from '../../gcp/spanner-live-table.js';
import { type ObjectVersion, type StoragePort, storagePort } from '../../gcp/storage.js';
import { identifierOf } from '../../schema/parse-table-schema.js';
import { commitTimestampField } from '../../schema/spanner-ddl.js';
import type { TableSchema } from '../../schema/table-schema.js';
import type { Reference } from './foreign-keys.js';
import type { LoadInput, LoadOptions, LoadProgress, MaxRejects } from './load-options.js';
import { LoadManifest, ManifestLost, manifestLostError } from './manifest.js';
import { RejectFile } from './rejects.js';
import { type ScanOptions, scanTable, type TableInput } from './scan.js';
import type { Source } from './source.js';
import { type ReasonCount, type Validation, validateTable } from './validate.js';
import { writeTable } from './write-table.js';

export interface TableLoadResult {
  table: string;
  rowsRead: number;
  rowsLoaded: number;
  rowsRejected: number;
  /** Rows that an earlier, interrupted run of the same load had written. */
  rowsResumed: number;
  rejectsFile: string | null;
  rejectsFiles: string[];
  stagedObject: string | null;
  stagedObjects: string[];
  reasons: ReasonCount[];
}

export interface LoadResult extends TableLoadResult {
  mode: string;
  seconds: number;
  rowsPerSecond: number;
  /** Only when several tables were loaded; the figures above are their sums. */
  tables?: TableLoadResult[];
}

const SHOWN_REASONS = 10;

/** Validates only: nothing is written but the reject files, and no service is asked. */
export async function checkCsv(input: LoadInput, options: LoadOptions): Promise<LoadResult> {
  const startedMs = performance.now();
  const results: TableLoadResult[] = [];
  for (const table of input) {
    const validation = await validate(table, options);
    const rejects = rejectFiles(table, options, validation);
    if (validation.rowsRejected > 0) await writeRejects(table, options, validation, rejects);
    results.push(tableResult(table, validation, rejects, { rowsLoaded: 0 }));
  }
  const result = summary(results, 'check', startedMs, (table) => table.rowsRead);
  enforceMaxRejects(result, options.maxRejects);
  return result;
}

/**
 * Loads CSV files into Spanner: everything is checked first, then staged in Cloud Storage, then written in batches.
 * Rejected rows go to a file beside the source. The same call after an interruption goes on where it stopped.
 */
export async function loadCsv(
  clients: GoogleClients,
  config: Config,
  input: LoadInput,
  options: LoadOptions,
): Promise<LoadResult> {
  const startedMs = performance.now();
  const data = await openSpannerData(clients, config);
  const storage = await storagePort(clients, config);
  const lives = await Promise.all(input.map(({ schema }) => liveTable(data, schema)));
  const validations: Validation[] = [];
  for (const table of input) validations.push(await validate(table, options));
  const checked = input.map((table, index) => {
    const validation = validations[index]!;
    return tableResult(table, validation, rejectFiles(table, options, validation), { rowsLoaded: 0 });
  });
  try {
    enforceMaxRejects(
      summary(checked, options.mode, startedMs, () => 0),
      options.maxRejects,
    );
  } catch (error) {
    for (const [index, table] of input.entries()) {
      const validation = validations[index]!;
      if (validation.rowsRejected === 0) continue;
      await writeRejects(table, options, validation, rejectFiles(table, options, validation));
    }
    throw error;
  }
  const results: TableLoadResult[] = [];
  for (const [index, table] of input.entries()) {
    results.push(await loadTable(table, lives[index]!, validations[index]!));
  }
  return summary(results, options.mode, startedMs, (table) => table.rowsLoaded);

  async function loadTable(
    table: TableInput,
    live: LiveTable,
    validation: Validation,
  ): Promise<TableLoadResult> {
    const { schema } = table;
    const rejects = rejectFiles(table, options, validation);
    const staged: ObjectVersion[] = [];
    for (const source of table.sources) {
      report({ phase: 'stage', table: schema.spannerTable, rows: 0, rejected: validation.rowsRejected });
      staged.push(await stage(storage, source));
    }
    const key = manifestKey(config, data, table, staged, options);
    const manifest = await LoadManifest.claim(storage, key, options);
    if (!(manifest instanceof LoadManifest)) {
      // The other load wrote the same rows and the same reject files.
      if (validation.rowsRejected > 0) await writeRejects(table, options, validation, rejects);
      return tableResult(table, validation, rejects, { ...manifest, staged });
    }
    try {
      if (options.mode === 'truncate' && !manifest.truncated) {
        await data.partitionedUpdate(`DELETE FROM \`${live.name}\` WHERE TRUE`);
        await manifest.setTruncated();
      }
      const written = await writeTable(table, live, data, manifest, {
        csv: options.csv,
        rows: options.rows,
        signal: options.signal,
        mode: options.mode,
        lowPriority: options.lowPriority,
        tag: options.tag,
        references: await references(data, schema, input),
        commitTimestamp: live.columns.some((column) => column.commitTimestamp)
          ? commitTimestampField(schema)?.name
          : undefined,
        duplicates: validation.duplicates,
        rejects,
        reasons: validation.reasons,
        onProgress: (progress) =>
          report({ phase: 'write', table: schema.spannerTable, total: validation.rowsRead, ...progress }),
      });
      if (written.rowsRead !== validation.rowsRead || (await anyChanged(table.sources))) {
        throw changedError(table.sources);
      }
      const rowsLoaded = written.rowsLoaded + written.rowsResumed;
      await manifest.finish({ rowsLoaded, rowsRejected: written.rowsRejected });
      return tableResult(table, validation, rejects, {
        rowsLoaded,
        rowsResumed: written.rowsResumed,
        rowsRejected: written.rowsRejected,
        staged,
      });
    } catch (error) {
      await manifest.release().catch(() => {});
      if (error instanceof ManifestLost) throw manifestLostError(error);
      options.signal.throwIfAborted();
      throw translateGoogleError(error, `write to the table ${live.name}`, clients.local);
    }
  }

  async function liveTable(from: SpannerData, schema: TableSchema): Promise<LiveTable> {
    const live = await readLiveTable(from, schema.spannerTable);
    if (live === undefined) {
      throw notReadyError({
        code: 'not-provisioned',
        message: `The Spanner table ${schema.spannerTable} does not exist.`,
        suggestion:
          schema.spannerTable === 'PatientInfo'
            ? 'Run "healthmon provision" first.'
            : 'Run "healthmon provision --schema FILE" with the table schema first.',
      });
    }
    const missing = schema.fields.filter(
      (field) => field.filledBy === undefined && !live.columns.some(({ name }) => name === field.name),
    );
    if (missing.length > 0) {
      throw notReadyError({
        code: 'schema-drift',
        message: `The table ${schema.spannerTable} lacks columns of its schema: ${missing.map(({ name }) => name).join(', ')}.`,
        suggestion:
          'Run "healthmon provision" to add them; "healthmon provision --diff" shows all differences.',
      });
    }
    return live;
  }

  function report(progress: LoadProgress): void {
    options.onProgress?.(progress);
  }
}

function scanOptions(options: LoadOptions): ScanOptions {
  return { csv: options.csv, rows: options.rows, signal: options.signal };
}

function validate(table: TableInput, options: LoadOptions): Promise<Validation> {
  return validateTable(table, scanOptions(options), ({ rows, rejected }) =>
    options.onProgress?.({ phase: 'check', table: table.schema.spannerTable, rows, rejected }),
  );
}

function rejectFiles(table: TableInput, options: LoadOptions, validation: Validation): RejectFile[] {
  return table.sources.map(
    (source) => new RejectFile(options.rejects.get(source)!, validation.hasBrokenRecords),
  );
}

/** A second reading that writes the reject files, which no table is needed for. */
async function writeRejects(
  table: TableInput,
  options: LoadOptions,
  { duplicates }: Validation,
  rejects: readonly RejectFile[],
): Promise<void> {
  let current = -1;
  await scanTable(table, scanOptions(options), {
    open(_source, file) {
      current++;
      rejects[current]!.open(file);
    },
    good(row) {
      const problems = duplicates.get(row.number);
      if (problems !== undefined) rejects[current]!.add(row, problems);
    },
    bad: (row, problems) => rejects[current]!.add(row, problems),
    pause: () => rejects[current]!.flush(),
    close: () => rejects[current]!.close(),
  });
}

function tableResult(
  table: TableInput,
  validation: Validation,
  rejects: readonly RejectFile[],
  written: {
    rowsLoaded: number;
    rowsResumed?: number;
    rowsRejected?: number;
    staged?: readonly ObjectVersion[];
  },
): TableLoadResult {
  const paths = [...new Set(rejects.flatMap(({ path }) => (path === undefined ? [] : [path])))];
  const objects = (written.staged ?? []).map(({ bucket, name }) => `gs://${bucket}/${name}`);
  return {
    table: table.schema.spannerTable,
    rowsRead: validation.rowsRead,
    rowsLoaded: written.rowsLoaded,
    rowsRejected: written.rowsRejected ?? validation.rowsRejected,
    rowsResumed: written.rowsResumed ?? 0,
    rejectsFile: paths[0] ?? null,
    rejectsFiles: paths,
    stagedObject: objects[0] ?? null,
    stagedObjects: objects,
    reasons: validation.reasons.top(SHOWN_REASONS),
  };
}

function summary(
  tables: readonly TableLoadResult[],
  mode: string,
  startedMs: number,
  rated: (table: TableLoadResult) => number,
): LoadResult {
  const seconds = (performance.now() - startedMs) / 1000;
  const sum = (pick: (table: TableLoadResult) => number) =>
    tables.reduce((total, table) => total + pick(table), 0);
  const [first] = tables as [TableLoadResult];
  return {
    table: tables.map(({ table }) => table).join(', '),
    rowsRead: sum((table) => table.rowsRead),
    rowsLoaded: sum((table) => table.rowsLoaded),
    rowsRejected: sum((table) => table.rowsRejected),
    rowsResumed: sum((table) => table.rowsResumed),
    rejectsFile: tables.find(({ rejectsFile }) => rejectsFile !== null)?.rejectsFile ?? null,
    rejectsFiles: tables.flatMap(({ rejectsFiles }) => rejectsFiles),
    stagedObject: first.stagedObject,
    stagedObjects: tables.flatMap(({ stagedObjects }) => stagedObjects),
    reasons: tables
      .flatMap(({ reasons }) => reasons)
      .sort((a, b) => b.count - a.count)
      .slice(0, SHOWN_REASONS),
    mode,
    seconds,
    rowsPerSecond: Math.round(sum(rated) / Math.max(seconds, 0.001)),
    ...(tables.length > 1 && { tables: [...tables] }),
  };
}

function enforceMaxRejects(result: LoadResult, limit: MaxRejects | undefined): void {
  if (limit === undefined) return;
  const { rowsRead, rowsRejected } = result;
  const tooMany =
    limit.count !== undefined
      ? rowsRejected > limit.count
      : rowsRead > 0 && (rowsRejected / rowsRead) * 100 > limit.percent!;
  if (!tooMany) return;
  throw new HealthmonError({
    code: 'too-many-rejects',
    message: `${rowsRejected} of ${rowsRead} rows would be rejected, more than --max-rejects allows; nothing was written.`,
    detail: result.reasons
      .map(({ column, reason, count }) => `${count} × ${column === '' ? '' : `${column}: `}${reason}`)
      .join('\n'),
    suggestion: 'Correct the rows in the reject file, or raise --max-rejects.',
    exitCode: EXIT.rowsRejected,
  });
}

/** The raw file as an object whose name says its content, so that the same file is staged once. */
async function stage(storage: StoragePort, source: Source): Promise<ObjectVersion> {
  if (source.object !== undefined) return source.object;
  const sum = storage.checksum();
  for await (const chunk of source.bytes()) sum.update(chunk as Buffer);
  const crc32c = sum.digest();
  const hex = Buffer.from(crc32c, 'base64').toString('hex');
  const name = `staging/${hex}-${source.size}-${identifierOf(source.stem)}.csv`;
  const there = await storage.stat(name);
  if (there !== undefined && there.crc32c === crc32c) return there;
  return storage.upload(name, source.bytes(), {
    contentType: 'application/octet-stream',
    crc32c,
    size: source.size,
  });
}

/** Names one load: these bytes, into this table of this very database, read in this way. */
function manifestKey(
  config: Config,
  data: SpannerData,
  { schema }: TableInput,
  staged: readonly ObjectVersion[],
  { csv, rows, mode }: LoadOptions,
): string {
  const identity = [
    config.project,
    config.spanner.instance,
    config.spanner.database,
    data.createdAt,
    schema,
    staged.map(({ bucket, name, generation, crc32c, size }) => [bucket, name, generation, crc32c, size]),
    csv,
    rows,
    mode,
  ];
  return createHash('sha256').update(JSON.stringify(identity)).digest('hex').slice(0, 32);
}

/** References to tables of this load, or to tables of that name in the database. */
async function references(data: SpannerData, schema: TableSchema, input: LoadInput): Promise<Reference[]> {
  const found: Reference[] = [];
  for (const key of schema.foreignKeys) {
    const parent =
      key.resource === '' ? schema : input.find((table) => table.schema.name === key.resource)?.schema;
    const parentTable = parent?.spannerTable ?? identifierOf(key.resource);
    const live = await readLiveTable(data, parentTable);
    if (live === undefined) {
      throw notReadyError({
        code: 'not-provisioned',
        message: `The table ${parentTable}, which ${schema.spannerTable} refers to, does not exist.`,
        suggestion: 'Run "healthmon provision --schema FILE" with its table schema first.',
      });
    }
    const isPrimaryKey = live.primaryKey.join() === key.referencedFields.join();
    found.push({ key, parentTable, isPrimaryKey });
  }
  return found;
}

async function anyChanged(sources: readonly Source[]): Promise<boolean> {
  for (const source of sources) if (await source.changed()) return true;
  return false;
}

function changedError(sources: readonly Source[]): HealthmonError {
  return new HealthmonError({
    code: 'file-changed',
    message: `${sources.map(({ label }) => label).join(', ')} changed while it was loaded.`,
    suggestion: 'Run the command again; rows are written by key, so nothing is doubled.',
  });
}
