import { hidesRowNumbers } from '../../../googlesql/duck/row-range.js';
import type { JsonObject, TableField } from '../../catalog/entries.js';
import { BigQueryError } from '../../errors.js';
import {
  type BodyShape,
  booleanField,
  checkBody,
  checkMembers,
  choiceField,
  countParameter,
  integerField,
  labelsField,
  objectField,
  textField,
} from '../http/body.js';
import { callerOf } from '../http/caller.js';
import { offsetOfToken, pageToken } from '../http/paging.js';
import { jsonBody, type RouteRequest } from '../http/router.js';
import { type Job, jobReference, newJobId } from '../jobs/job.js';
import {
  completeQueryConfiguration,
  dryRunQuery,
  QUERY_SHAPE,
  type QueryOptions,
  queryStatistics,
  readQueryOptions,
  startQueryJob,
} from '../jobs/query-job.js';
import { digestEtag, present } from '../resources/resources.js';
import { readPage, withRows } from '../resources/row-reader.js';
import type { TimestampFormat } from '../resources/wire.js';
import { LOCATION, type ServerContext, type ServerHandler, type ServerRoute } from '../server-context.js';

/** How long the service waits for a query by default before it answers `jobComplete: false`. */
const DEFAULT_TIMEOUT_MS = 10_000;
/** It never waits longer than this, whatever the request says. */
const MAX_TIMEOUT_MS = 200_000;

const REQUEST_SHAPE: BodyShape = {
  name: 'QueryRequest',
  supported: [
    ...QUERY_SHAPE.supported.filter((key) => key !== 'priority'),
    'kind',
    'maxResults',
    'timeoutMs',
    'jobTimeoutMs',
    'dryRun',
    'labels',
    'location',
    'requestId',
    'formatOptions',
    'jobCreationMode',
    'preserveNulls',
  ],
  unsupported: ['reservation', 'maxSlots', 'continuous', 'destinationEncryptionConfiguration'],
};

/** Format of timestamps that `formatOptions` of a request asks for. */
function readTimestampFormat(options: JsonObject | undefined): TimestampFormat {
  if (options === undefined) return 'FLOAT64';
  checkMembers(options, 'formatOptions', ['useInt64Timestamp', 'timestampOutputFormat']);
  const format = choiceField(options, 'timestampOutputFormat', [
    'TIMESTAMP_OUTPUT_FORMAT_UNSPECIFIED',
    'FLOAT64',
    'INT64',
    'ISO8601_STRING',
  ]);
  if (format !== undefined && format !== 'TIMESTAMP_OUTPUT_FORMAT_UNSPECIFIED') return format;
  return booleanField(options, 'useInt64Timestamp') === true ? 'INT64' : 'FLOAT64';
}

/** The same from the parameters `formatOptions.…` of a URL. */
export function timestampFormatParameter(query: URLSearchParams): TimestampFormat {
  const options: JsonObject = {};
  for (const key of ['useInt64Timestamp', 'timestampOutputFormat']) {
    const value = query.get(`formatOptions.${key}`);
    if (value !== null) options[key] = value;
  }
  return readTimestampFormat(options);
}

interface ResultsRequest {
  startIndex: number;
  maxResults?: number;
  timestamps: TimestampFormat;
  timeoutMs: number;
  creationReason?: 'REQUESTED' | 'OTHER';
  signal: AbortSignal;
}

/** Waits for the job, but no longer than asked; true when it is done. */
export async function waitForJob(job: Job, timeoutMs: number, signal?: AbortSignal): Promise<boolean> {
  if (job.state === 'DONE') return true;
  let timer: NodeJS.Timeout | undefined;
  let stop = () => {};
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, timeoutMs);
    stop = () => resolve();
    signal?.addEventListener('abort', stop, { once: true });
  });
  await Promise.race([job.done, timeout]);
  clearTimeout(timer);
  signal?.removeEventListener('abort', stop);
  // `done` settles after the state is set, so the answer is in the state.
  return (job.state as string) === 'DONE';
}

/** What jobs.query and jobs.getQueryResults have in common: state, schema and one page of rows. */
async function renderResults(
  context: ServerContext,
  job: Job,
  kind: string,
  request: ResultsRequest,
): Promise<object> {
  const complete = await waitForJob(job, request.timeoutMs, request.signal);
  if (!complete) {
    return { kind, jobReference: jobReference(job), jobComplete: false };
  }
  if (job.error !== undefined) throw failedJob(job.error);
  const query = (job.statistics['query'] ?? {}) as JsonObject;
  const fields: TableField[] = job.rows?.fields ?? [];
  const head = {
    kind,
    etag: digestEtag(`${job.jobId}/${request.startIndex}`),
    schema: job.rows === undefined ? job.schema && { fields: job.schema } : { fields },
    jobReference: jobReference(job),
    totalRows: String(job.rows?.totalRows ?? 0),
    totalBytesProcessed: job.statistics['totalBytesProcessed'],
    totalBytesBilled: query['totalBytesBilled'],
    jobComplete: true,
    cacheHit: query['cacheHit'],
    numDmlAffectedRows: query['numDmlAffectedRows'],
    dmlStats: query['dmlStats'],
    sessionInfo: job.sessionId === undefined ? undefined : { sessionId: job.sessionId },
    queryId: job.jobId,
    jobCreationReason: { code: request.creationReason ?? 'REQUESTED' },
    location: job.location,
    creationTime: String(job.creationTime),
    startTime: job.startTime?.toString(),
    endTime: job.endTime?.toString(),
    errors: job.warnings.length === 0 ? undefined : job.warnings,
  };
  if (job.rows === undefined) return head;
  // Asked for no rows, the service still says where they begin.
  const tokenAt = (index: number) => (index < job.rows!.totalRows ? pageToken(index) : undefined);
  if (request.maxResults === 0) return present({ ...head, pageToken: tokenAt(request.startIndex) });
  if (!context.results.has(job.rows)) {
    throw new BigQueryError('notFound', `Not found: the results of job ${job.jobId} are no longer kept`);
  }
  const page = await readPage(context.database, {
    columns: '*',
    fields,
    table: job.rows.table,
    startIndex: request.startIndex,
    maxResults: request.maxResults,
    timestamps: request.timestamps,
    appendOnly: !hidesRowNumbers(fields),
  });
  return withRows({ ...head, pageToken: tokenAt(request.startIndex + page.rowCount) }, page);
}

/** A job's own failure as that of the request; `stopped` has no error status of its own. */
function failedJob(error: BigQueryError): BigQueryError {
  if (error.reason !== 'stopped') return error;
  return new BigQueryError(error.reason, error.message, { httpStatus: 400, cause: error });
}

const RECENT_REQUESTS = 1000;

const query: ServerHandler = async (context, request) => {
  const body = jsonBody(request);
  checkBody(body, REQUEST_SHAPE);
  const projectId = request.params['project']!;
  const options = readQueryOptions(
    body,
    projectId,
    textField(body, 'location') || undefined,
    callerOf(request.headers),
  );
  labelsField(body);
  const creationMode = choiceField(body, 'jobCreationMode', [
    'JOB_CREATION_MODE_UNSPECIFIED',
    'JOB_CREATION_REQUIRED',
    'JOB_CREATION_OPTIONAL',
  ]);
  const timestamps = readTimestampFormat(objectField(body, 'formatOptions'));
  const timeoutMs = Math.min(integerField(body, 'timeoutMs') ?? DEFAULT_TIMEOUT_MS, MAX_TIMEOUT_MS);
  if (booleanField(body, 'dryRun') === true) return { body: await dryRun(context, projectId, options) };
  const requestId = textField(body, 'requestId');
  const repeated = requestId === undefined ? undefined : context.requestIds.get(`${projectId}/${requestId}`);
  const job =
    (repeated === undefined ? undefined : context.jobs.get(projectId, repeated)) ??
    startFromRequest(context, request, body, options);
  if (requestId !== undefined) {
    context.requestIds.set(`${projectId}/${requestId}`, job.jobId);
    if (context.requestIds.size > RECENT_REQUESTS) {
      context.requestIds.delete(context.requestIds.keys().next().value!);
    }
  }
  return {
    body: await renderResults(context, job, 'bigquery#queryResponse', {
      startIndex: 0,
      maxResults: integerField(body, 'maxResults'),
      timestamps,
      timeoutMs,
      // Every query has a job here, also one that could do without.
      creationReason: creationMode === 'JOB_CREATION_OPTIONAL' ? 'OTHER' : 'REQUESTED',
      signal: request.signal,
    }),
  };
};

async function dryRun(context: ServerContext, projectId: string, options: QueryOptions): Promise<object> {
  const creationTime = String(Date.now());
  const result = await dryRunQuery(context, options);
  const statistics = queryStatistics(result, false, true);
  const { totalBytesBilled, cacheHit } = statistics['query'] as JsonObject;
  const location = options.location ?? LOCATION;
  return present({
    kind: 'bigquery#queryResponse',
    schema: result.schema === undefined ? undefined : { fields: result.schema },
    jobReference: { projectId, location },
    totalRows: '0',
    totalBytesProcessed: statistics['totalBytesProcessed'],
    totalBytesBilled,
    jobComplete: true,
    cacheHit,
    jobCreationReason: { code: 'REQUESTED' },
    location,
    creationTime,
    startTime: creationTime,
    endTime: String(Date.now()),
  });
}

function startFromRequest(
  context: ServerContext,
  request: RouteRequest,
  body: JsonObject,
  options: QueryOptions,
): Job {
  const { formatOptions: _format, timeoutMs: _timeout, labels, jobTimeoutMs, ...rest } = body;
  const query: JsonObject = {};
  for (const key of QUERY_SHAPE.supported) {
    if (rest[key] !== undefined && rest[key] !== null) query[key] = rest[key];
  }
  const configuration: JsonObject = { query };
  if (labels !== undefined && labels !== null) configuration['labels'] = labels;
  completeQueryConfiguration(configuration, options);
  return startQueryJob(
    context,
    {
      projectId: request.params['project']!,
      jobId: newJobId(),
      location: options.location,
      configuration,
    },
    options,
    jobTimeoutMs === undefined ? undefined : integerField(body, 'jobTimeoutMs'),
  );
}

export const queryRoutes: readonly ServerRoute[] = [
  ['POST', '/projects/{project}/queries', query],
  [
    'GET',
    '/projects/{project}/queries/{job}',
    async (context, request) => {
      const { query: parameters } = request;
      const job = context.jobs.require(
        request.params['project']!,
        request.params['job']!,
        parameters.get('location'),
      );
      if (job.type !== 'QUERY') {
        throw new BigQueryError('invalid', `Job ${job.jobId} is not a query job`);
      }
      const token = parameters.get('pageToken');
      return {
        body: await renderResults(context, job, 'bigquery#getQueryResultsResponse', {
          startIndex: token ? offsetOfToken(token) : (countParameter(parameters, 'startIndex') ?? 0),
          maxResults: countParameter(parameters, 'maxResults'),
          timestamps: timestampFormatParameter(parameters),
          timeoutMs: Math.min(countParameter(parameters, 'timeoutMs') ?? DEFAULT_TIMEOUT_MS, MAX_TIMEOUT_MS),
          signal: request.signal,
        }),
      };
    },
  ],
];
