import type { BigQuery, Job, JobMetadata, Query } from '@google-cloud/bigquery';
import { HealthmonError, usageError } from '../../errors/healthmon-error.js';
import type { GoogleClients } from '../clients.js';
import { errorCode, isNotFound, translateGoogleError } from '../google-errors.js';
import { systemError } from '../system-errors.js';
import { type BigQueryField, decodeRow, type JsonValue, rowObject } from './values.js';

/** A named parameter; its type is always sent, so that no value has to be guessed at. */
export interface QueryParameter {
  name: string;
  /** GoogleSQL scalar type. */
  type: string;
  value: string;
}

export interface QueryOptions {
  params?: readonly QueryParameter[];
  /** Dataset of names that have none. */
  defaultDataset?: string;
  /** Fails before anything is billed when the query would read more. */
  maximumBytesBilled?: string;
  dryRun?: boolean;
  signal?: AbortSignal;
  /** What is being done, for error messages: "join the tables". */
  doing?: string;
}

export interface QueryOutcome {
  statementType: string;
  schema: BigQueryField[];
  /** Rows of the result; 0 for statements that return none. */
  totalRows: number;
  /** Rows a DML statement changed. */
  affectedRows: number;
  /** Rows that a DML statement added; the others are changed or removed ones. */
  insertedRows: number;
  bytesProcessed: number;
  /** Pages of rows, read as they are asked for. Values as `decodeRow` gives them. */
  pages(): AsyncGenerator<JsonValue[][]>;
  /** All rows as objects. For small results. */
  rows(): Promise<Record<string, JsonValue>[]>;
}

/** The calls of BigQuery that analytics needs. */
export interface BigQueryPort {
  query(sql: string, options?: QueryOptions): Promise<QueryOutcome>;
}

/** Rows per page of results; BigQuery also ends a page at 10 MB. */
const PAGE_ROWS = 20_000;

export async function bigQueryPort(clients: GoogleClients): Promise<BigQueryPort> {
  const client = await clients.bigquery();
  return {
    query: (sql, options = {}) => runQuery(client, clients.local, sql, options),
  };
}

async function runQuery(
  client: BigQuery,
  local: boolean,
  sql: string,
  options: QueryOptions,
): Promise<QueryOutcome> {
  const doing = options.doing ?? 'run the query';
  const request: Query = { query: sql, useLegacySql: false };
  if (options.params !== undefined && options.params.length > 0) {
    request.params = Object.fromEntries(
      options.params.map(({ name, type, value }) => [name, typed(type, value)]),
    );
    request.types = Object.fromEntries(options.params.map(({ name, type }) => [name, type]));
  }
  if (options.defaultDataset !== undefined) request.defaultDataset = { datasetId: options.defaultDataset };
  if (options.maximumBytesBilled !== undefined) request.maximumBytesBilled = options.maximumBytesBilled;
  if (options.dryRun) request.dryRun = true;
  let job: Job | undefined;
  const cancel = () => void job?.cancel().catch(() => {});
  try {
    options.signal?.throwIfAborted();
    [job] = await client.createQueryJob(request);
    options.signal?.addEventListener('abort', cancel, { once: true });
    if (options.dryRun) return outcome(job, job.metadata as JobMetadata, undefined);
    const first = await firstPage(job, options.signal);
    const metadata = (await job.getMetadata())[0] as JobMetadata;
    const failure = metadata.status?.errorResult;
    if (failure) throw Object.assign(new Error(failure.message), { errors: [failure], code: 400 });
    return outcome(job, metadata, first);
  } catch (error) {
    options.signal?.throwIfAborted();
    throw queryError(error, doing, local);
  } finally {
    options.signal?.removeEventListener('abort', cancel);
  }
}

/**
 * The client sends BOOL parameters from booleans only, and times and places from objects like its own: of a text it
 * would send NULL. Every other type is taken from text.
 */
function typed(type: string, value: string): string | boolean | { value: string } {
  if (type === 'BOOL') return value.toLowerCase() === 'true';
  return /TIME|DATE|GEOGRAPHY|RANGE/.test(type) ? { value } : value;
}

interface WirePage {
  schema?: { fields?: BigQueryField[] };
  rows?: unknown[];
  totalRows?: string;
  pageToken?: string;
  jobComplete?: boolean;
}

async function readPage(job: Job, pageToken: string | undefined): Promise<WirePage> {
  const answer = (await job.getQueryResults({
    autoPaginate: false,
    skipParsing: true,
    maxResults: PAGE_ROWS,
    ...(pageToken === undefined ? {} : { pageToken }),
  } as never)) as unknown as [unknown[], unknown, WirePage];
  return { ...answer[2], rows: answer[0] };
}

async function firstPage(job: Job, signal: AbortSignal | undefined): Promise<WirePage> {
  for (;;) {
    const page = await readPage(job, undefined);
    if (page.jobComplete !== false) return page;
    signal?.throwIfAborted();
  }
}

function outcome(job: Job, metadata: JobMetadata, first: WirePage | undefined): QueryOutcome {
  const statistics = metadata.statistics ?? {};
  const schema =
    first?.schema?.fields ??
    (statistics.query as { schema?: { fields?: BigQueryField[] } } | undefined)?.schema?.fields ??
    [];
  const result: QueryOutcome = {
    statementType: statistics.query?.statementType ?? '',
    schema,
    totalRows: Number(first?.totalRows ?? 0),
    affectedRows: Number(statistics.query?.numDmlAffectedRows ?? 0),
    insertedRows: Number(statistics.query?.dmlStats?.insertedRowCount ?? 0),
    bytesProcessed: Number(statistics.totalBytesProcessed ?? 0),
    async *pages() {
      for (let page = first; page !== undefined; ) {
        if (page.rows !== undefined && page.rows.length > 0) {
          yield page.rows.map((row) => decodeRow(schema, row));
        }
        page = page.pageToken === undefined ? undefined : await readPage(job, page.pageToken);
      }
    },
    async rows() {
      const all: Record<string, JsonValue>[] = [];
      for await (const page of result.pages()) all.push(...page.map((values) => rowObject(schema, values)));
      return all;
    },
  };
  return result;
}

/** BigQuery's own words with its position; a missing dataset, table or model means the pipeline is not ready. */
function queryError(error: unknown, doing: string, local: boolean): unknown {
  if (!(error instanceof Error) || error instanceof HealthmonError) return error;
  const reason = (error as { errors?: { reason?: string }[] }).errors?.[0]?.reason;
  if (isNotFound(error) || /^Not found: /.test(error.message)) {
    return new HealthmonError({
      code: 'not-provisioned',
      message: `Could not ${doing}: something it needs does not exist.`,
      detail: error.message,
      suggestion: /Model/.test(error.message)
        ? 'Run "healthmon train" first.'
        : 'Check the name, or run "healthmon provision", then "healthmon load", "healthmon sync" and "healthmon join".',
      exitCode: 3,
      cause: error,
    });
  }
  const ofTheSystem = systemError(error);
  if (ofTheSystem !== undefined) return ofTheSystem;
  if (errorCode(error) === 400 || reason === 'invalidQuery' || reason === 'invalid') {
    return new HealthmonError({
      code: 'invalid-query',
      message: `Could not ${doing}: BigQuery refused the statement.`,
      detail: error.message,
      suggestion: /\[\d+:\d+\]/.test(error.message)
        ? 'Correct the statement at the position it names.'
        : 'Correct the statement, or the values that it reads.',
      cause: error,
    });
  }
  if (reason === 'notImplemented' || errorCode(error) === 501) {
    return usageError({
      code: 'unsupported',
      message: `Could not ${doing}: ${local ? 'the local BigQuery' : 'BigQuery'} does not do what it asks for.`,
      detail: error.message,
      suggestion: local
        ? 'Leave it out, or run it with --target cloud; SUPPORT.md of the emulator lists what there is.'
        : 'Leave it out.',
      cause: error,
    });
  }
  return translateGoogleError(error, doing, local);
}
