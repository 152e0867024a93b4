import { randomBytes } from 'node:crypto';
import { usageError } from '../../errors/healthmon-error.js';
import { openSpannerData } from '../../gcp/spanner/data.js';
import { storagePort } from '../../gcp/storage/port.js';
import { commitTimestampField, spannerColumns } from '../../schema/spanner-ddl.js';
import type { TableSchema } from '../../schema/table-schema.js';
import { assignSchemas } from '../load/choose-schema.js';
import { rowsPerCommit } from '../load/commit-limits.js';
import { expandSources } from '../load/expand.js';
import { liveTableOf } from '../load/live-tables.js';
import { exceeds, tooManyError } from '../load/load-errors.js';
import { csvOptionsOf, type LoadRequest, rowOptionsOf, schemasOf } from '../load/load-request.js';
import { parseMaxRejects } from '../load/max-rejects.js';
import { stemOf } from '../load/source.js';
import { stage } from '../load/staging.js';
import type { RenderedJob } from './job-text.js';
import { type JobTools, type LaunchTools, openJobs } from './jobs.js';
import { type LaunchInput, type LaunchResult, launchJob } from './launch.js';
import { type JobFile, renderLoad } from './render-load.js';

export interface RunLoadInput extends Omit<LaunchInput, 'update'> {
  request: LoadRequest;
  wait: 'done' | 'none';
}

export interface LoadJobResult extends LaunchResult {
  table: string;
  /** Null as long as the job runs, as are the others. */
  rowsRead: number | null;
  rowsLoaded: number | null;
  rowsRejected: number | null;
  /** Reject files, which `load` takes as they are. */
  rejects: string[];
}

/** Of a table that nobody has looked at. */
const UNSEEN_MAX_ROWS = 1_000;

/** The text of a job for files in Cloud Storage, made without looking at anything. */
export async function renderLoadRequest(
  request: LoadRequest,
  tools: Pick<JobTools, 'config'> & { cwd: string },
): Promise<RenderedJob> {
  const files = request.files.map((file) => {
    const [, bucket, name] = /^gs:\/\/([^/]+)\/([^*?[]*[^*?[/])$/.exec(file) ?? [];
    if (bucket !== undefined && name !== undefined) {
      return { bucket, name, generation: null, label: file, stem: stemOf(name) };
    }
    throw usageError({
      code: 'invalid-argument',
      message: `"${file}" names no object of Cloud Storage.`,
      detail: 'A job that is only written reads nothing, so each file has to be named.',
      suggestion:
        'Write gs://bucket/name.csv; "healthmon jobs run load" takes folders and local files as well.',
    });
  });
  const offline = () => {
    throw usageError({
      code: 'unsupported',
      message: 'A job that is only written looks at no table.',
      suggestion: 'Give the table schema by --schema.',
    });
  };
  const schema = await schemaOf(request, { ...tools, clients: offline });
  return renderLoad(tools.config, {
    files: withRejects(files, 'jobs/rejects'),
    schema,
    csv: csvOf(request),
    rows: rowOptionsOf(request),
    commitTimestamp: commitTimestampField(schema)?.name,
    maxRows: UNSEEN_MAX_ROWS,
    maxRejects: parseMaxRejects('--max-rejects', request.maxRejects),
  });
}

/** Puts the files into Cloud Storage, launches the job that loads them, and follows it to its end. */
export async function runLoadJob(
  input: RunLoadInput,
  tools: LaunchTools & { cwd: string },
  onState: (state: string) => void,
): Promise<LoadJobResult> {
  const { request } = input;
  const { clients, config } = tools;
  const folder = `jobs/rejects/${input.name}-${randomBytes(4).toString('hex')}`;
  const maxRejects = parseMaxRejects('--max-rejects', request.maxRejects);
  const schema = await schemaOf(request, { ...tools, clients: async () => clients });
  const job = await plan(request, schema, folder, tools);
  const launched = await launchJob(
    { ...input, update: false },
    job,
    tools,
    async () => {},
    input.wait === 'done' ? () => false : undefined,
    onState,
  );
  const result: LoadJobResult = {
    ...launched,
    table: schema.spannerTable,
    ...{ rowsRead: null, rowsLoaded: null, rowsRejected: null },
    rejects: [],
  };
  if (launched.state !== 'DONE') return result;
  const port = await openJobs(tools, input.region);
  const { rowsRead = 0, rowsLoaded = 0, rowsRejected = 0 } = await port.counters(launched.jobId!);
  const storage = await storagePort(clients, config);
  const rejects = (await storage.list(`${folder}/`)).map(({ bucket, name }) => `gs://${bucket}/${name}`);
  const found = { rowsRead, rowsRejected, reasons: [], rejectsFiles: rejects };
  if (exceeds(found, maxRejects)) throw tooManyError(found);
  return { ...result, rowsRead, rowsLoaded, rowsRejected, rejects };
}

async function plan(
  request: LoadRequest,
  schema: TableSchema,
  folder: string,
  { clients, config, cwd, signal }: JobTools & { cwd: string },
): Promise<RenderedJob> {
  const [csv, rows] = [csvOf(request), rowOptionsOf(request)];
  const storage = await storagePort(clients, config);
  const data = await openSpannerData(clients, config);
  const live = await liveTableOf(data, schema);
  const sources = await expandSources(request.files, {
    cwd,
    stdin: process.stdin,
    storage: async () => storage,
    signal,
  });
  try {
    await assignSchemas(sources, [schema], csv, rows.map);
    const files: Omit<JobFile, 'rejects'>[] = [];
    for (const source of sources) {
      signal.throwIfAborted();
      const { bucket, name, generation } = await stage(storage, source);
      files.push({ bucket, name, generation, label: source.label, stem: source.stem });
    }
    return renderLoad(config, {
      files: withRejects(files, folder),
      schema,
      csv,
      rows,
      commitTimestamp: live.columns.some((column) => column.commitTimestamp)
        ? commitTimestampField(schema)?.name
        : undefined,
      maxRows: rowsPerCommit(
        live,
        spannerColumns(schema).map(({ name }) => name),
        { refers: false, official: data.official },
      ),
      maxRejects: parseMaxRejects('--max-rejects', request.maxRejects),
    });
  } finally {
    for (const source of sources) await source.dispose();
  }
}

async function schemaOf(request: LoadRequest, env: Parameters<typeof schemasOf>[1]): Promise<TableSchema> {
  const [schema, ...others] = await schemasOf(request, env);
  if (others.length === 0) return schema!;
  throw usageError({
    code: 'unsupported',
    message: 'A job loads one table.',
    suggestion: 'Give one --schema, or use "healthmon load".',
  });
}

function csvOf(request: LoadRequest) {
  const csv = csvOptionsOf(request);
  if (csv.encoding === undefined || csv.encoding === 'utf-8') return csv;
  throw usageError({
    code: 'unsupported',
    message: `Jobs read UTF-8, not ${csv.encoding}.`,
    suggestion: 'Use "healthmon load", or convert the file to UTF-8.',
  });
}

/** A reject file for each, of its name as far as no other has it. */
function withRejects(files: readonly Omit<JobFile, 'rejects'>[], folder: string): JobFile[] {
  const taken = new Set<string>();
  return files.map((file) => {
    let name = file.stem;
    for (let count = 2; taken.has(name); count++) name = `${file.stem}-${count}`;
    taken.add(name);
    return { ...file, rejects: `${folder}/${name}.rejects.csv` };
  });
}
