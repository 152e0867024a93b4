import { notImplemented } from '../../../googlesql/errors.js';
import type { JsonObject, TableRef } from '../../catalog/entries.js';
import { splitDecorator } from '../../catalog/partitioning.js';
import { type Caller, requireAllRows } from '../../catalog/row-access.js';
import { BigQueryError } from '../../errors.js';
import {
  type BodyShape,
  booleanField,
  checkBody,
  checkMembers,
  choiceParameter,
  countParameter,
  integerField,
  labelsField,
  objectField,
  textField,
} from '../http/body.js';
import { callerOf } from '../http/caller.js';
import { listPage } from '../http/paging.js';
import { jsonBody, type RouteRequest } from '../http/router.js';
import { readCopyOptions, startCopyJob } from '../jobs/copy-job.js';
import { readExtractOptions, startExtractJob } from '../jobs/extract-job.js';
import { type Job, type NewJob, newJobId, renderJob, renderJobItem } from '../jobs/job.js';
import {
  checkQueryBody,
  completeQueryConfiguration,
  dryRunQuery,
  nameAnonymousTable,
  queryStatistics,
  readQueryOptions,
  startQueryJob,
} from '../jobs/query-job.js';
import { anonymousTable } from '../jobs/result-tables.js';
import { readLoadOptions } from '../load/load-options.js';
import type { SourceFile } from '../load/source-files.js';
import { digestEtag, present, selfLink } from '../resources/resources.js';
import { LOCATION, type ServerContext, type ServerRoute, USER_EMAIL } from '../server-context.js';
import { waitForJob } from './queries.js';

const JOB_SHAPE: BodyShape = {
  name: 'Job',
  supported: ['jobReference', 'configuration'],
  outputOnly: [
    'kind',
    'etag',
    'id',
    'selfLink',
    'user_email',
    'statistics',
    'status',
    'principal_subject',
    'jobCreationReason',
    'jobCreationMode',
  ],
};

const CONFIGURATION_SHAPE: BodyShape = {
  name: 'configuration',
  supported: ['query', 'load', 'extract', 'copy', 'dryRun', 'labels', 'jobTimeoutMs'],
  outputOnly: ['jobType'],
  unsupported: ['reservation', 'maxSlots'],
};

/** Short jobs answer DONE at once, which spares clients a round of polling; long ones answer RUNNING. */
const QUERY_WAIT_MS = 100;
const DATA_WAIT_MS = 1000;

/** Starts the job that a body describes. `upload` holds the file of an upload request. */
export async function insertJob(
  context: ServerContext,
  request: RouteRequest,
  body: JsonObject,
  upload?: SourceFile,
): Promise<object> {
  checkBody(body, JOB_SHAPE);
  const configuration = objectField(body, 'configuration');
  if (configuration === undefined) {
    throw new BigQueryError('required', 'Required parameter is missing: configuration');
  }
  checkBody(configuration, CONFIGURATION_SHAPE);
  labelsField(configuration);
  const reference = objectField(body, 'jobReference') ?? {};
  checkMembers(reference, 'jobReference', ['projectId', 'jobId', 'location']);
  const job: Omit<NewJob, 'type'> = {
    projectId: textField(reference, 'projectId') || request.params['project']!,
    jobId: textField(reference, 'jobId') || newJobId(),
    location: textField(reference, 'location') || undefined,
    configuration: structuredClone(configuration),
  };
  if (job.projectId !== request.params['project']) {
    throw new BigQueryError('invalid', 'Job reference projectId does not match the project of the request');
  }
  const started = await startJob(context, request, job, upload);
  if (!('abort' in started)) return started;
  await waitForJob(started, started.type === 'QUERY' ? QUERY_WAIT_MS : DATA_WAIT_MS, request.signal);
  return renderJob(started, request);
}

function checkAllRows({ catalog }: ServerContext, refs: readonly TableRef[], caller: Caller): void {
  for (const ref of refs) {
    const table = catalog.getTable({ ...ref, tableId: splitDecorator(ref.tableId).tableId });
    if (table !== undefined) requireAllRows(table, caller);
  }
}

/** The job started, or the answer of a dry run. */
async function startJob(
  context: ServerContext,
  request: RouteRequest,
  job: Omit<NewJob, 'type'>,
  upload: SourceFile | undefined,
): Promise<Job | object> {
  const { configuration } = job;
  const timeoutMs = integerField(configuration, 'jobTimeoutMs') || undefined;
  const isDryRun = booleanField(configuration, 'dryRun') === true;
  const kinds = (['query', 'load', 'extract', 'copy'] as const).filter(
    (kind) => configuration[kind] !== undefined,
  );
  const [kind] = kinds;
  if (kind === undefined || kinds.length > 1) {
    throw new BigQueryError('required', 'Exactly one of query, load, extract and copy must be configured');
  }
  const specific = objectField(configuration, kind) ?? {};
  if (upload !== undefined && kind !== 'load') {
    throw new BigQueryError('invalid', 'Uploaded data is only taken by load jobs');
  }
  const caller = callerOf(request.headers);
  if (kind === 'query') {
    checkQueryBody(specific);
    const options = readQueryOptions(specific, job.projectId, job.location, caller);
    completeQueryConfiguration(configuration, options);
    if (isDryRun) return dryRun(context, request, job, options);
    return startQueryJob(context, job, options, timeoutMs);
  }
  if (isDryRun) throw notImplemented(`A dry run of a ${kind} job`, 'dryRun');
  if (kind === 'load') {
    // The readers of files take megabytes that an emulator which only answers queries need not have.
    const { completeLoadConfiguration, startLoadJob } = await import('../jobs/load-job.js');
    const options = readLoadOptions(specific, job.projectId, upload !== undefined);
    completeLoadConfiguration(specific, options, upload);
    checkLocation(context, job, [options.destination.ref]);
    return startLoadJob(context, job, options, upload, timeoutMs);
  }
  if (kind === 'extract') {
    const options = readExtractOptions(specific, job.projectId);
    checkLocation(context, job, [options.source]);
    checkAllRows(context, [options.source], caller);
    return startExtractJob(context, job, options, timeoutMs);
  }
  const options = readCopyOptions(specific, job.projectId);
  checkLocation(context, job, [...options.sources, options.destination.ref]);
  checkAllRows(context, options.sources, caller);
  return startCopyJob(context, job, options, timeoutMs);
}

function checkLocation({ catalog }: ServerContext, job: Omit<NewJob, 'type'>, tables: TableRef[]): void {
  if (job.location !== undefined) for (const table of tables) catalog.datasetFor(table, job.location);
}

async function dryRun(
  context: ServerContext,
  request: RouteRequest,
  job: Omit<NewJob, 'type'>,
  options: ReturnType<typeof readQueryOptions>,
): Promise<object> {
  const result = await dryRunQuery(context, options);
  const location = job.location ?? LOCATION;
  const statistics = queryStatistics(result, false, true);
  if (result.statementType === 'SELECT' && options.destination === undefined) {
    nameAnonymousTable(job.configuration, anonymousTable(job.projectId, options.sql));
  }
  return {
    kind: 'bigquery#job',
    etag: digestEtag(JSON.stringify([job.configuration, statistics])),
    id: `${job.projectId}:${location}.`,
    selfLink: selfLink(request, `/projects/${job.projectId}/jobs/?location=${location}`),
    user_email: USER_EMAIL,
    configuration: { ...job.configuration, jobType: 'QUERY' },
    // There is no job that could be asked for, hence no id of one.
    jobReference: { projectId: job.projectId, location },
    statistics: { creationTime: String(Date.now()), ...statistics },
    status: { state: 'DONE' },
    principal_subject: `user:${USER_EMAIL}`,
    jobCreationReason: { code: 'REQUESTED' },
  };
}

function requireJob(context: ServerContext, request: RouteRequest): Job {
  return context.jobs.require(
    request.params['project']!,
    request.params['job']!,
    request.query.get('location'),
  );
}

const STATES: Record<string, string> = { done: 'DONE', pending: 'PENDING', running: 'RUNNING' };

/** Keys of jobs.list, whose order is that of creation, backwards. */
function newestFirst(job: Job): string {
  return String(Number.MAX_SAFE_INTEGER - job.creationTime);
}

export const jobRoutes: readonly ServerRoute[] = [
  [
    'POST',
    '/projects/{project}/jobs',
    async (context, request) => ({ body: await insertJob(context, request, jsonBody(request)) }),
  ],
  [
    'GET',
    '/projects/{project}/jobs',
    ({ jobs }, request) => {
      const { query } = request;
      const states = query.getAll('stateFilter').map((state) => {
        const known = STATES[state.toLowerCase()];
        if (known === undefined)
          throw new BigQueryError('invalid', `Invalid value for stateFilter: ${state}`);
        return known;
      });
      const all = jobs.list({
        projectId: request.params['project']!,
        states: states.length === 0 ? undefined : states,
        minCreationTime: countParameter(query, 'minCreationTime'),
        maxCreationTime: countParameter(query, 'maxCreationTime'),
        parentJobId: query.get('parentJobId') ?? undefined,
      });
      const page = listPage(all, query, newestFirst);
      const full = choiceParameter(query, 'projection', ['MINIMAL', 'FULL']) === 'FULL';
      return {
        body: present({
          kind: 'bigquery#jobList',
          etag: digestEtag(all.map((job) => `${job.jobId}${job.state}`).join()),
          nextPageToken: page.nextPageToken,
          jobs: page.items.map((job) => renderJobItem(job, full)),
        }),
      };
    },
  ],
  [
    'GET',
    '/projects/{project}/jobs/{job}',
    (context, request) => ({ body: renderJob(requireJob(context, request), request) }),
  ],
  [
    'POST',
    '/projects/{project}/jobs/{job}/cancel',
    async (context, request) => {
      const job = requireJob(context, request);
      if (job.state !== 'DONE') job.abort.abort();
      await waitForJob(job, QUERY_WAIT_MS);
      return { body: { kind: 'bigquery#jobCancelResponse', job: renderJob(job, request) } };
    },
  ],
  [
    'DELETE',
    '/projects/{project}/jobs/{job}/delete',
    (context, request) => {
      const job = requireJob(context, request);
      if (job.state !== 'DONE') {
        throw new BigQueryError('resourceInUse', `Job ${job.jobId} is still running`);
      }
      context.jobs.delete(job);
      return { body: {} };
    },
  ],
];
