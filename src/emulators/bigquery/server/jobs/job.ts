import { randomUUID } from 'node:crypto';
import { translateDuckError } from '../../../googlesql/duck/errors.js';
import { SqlError } from '../../../googlesql/errors.js';
import type { JsonObject, TableField } from '../../catalog/entries.js';
import { BigQueryError, type ErrorProto } from '../../errors.js';
import type { RouteRequest } from '../http/router.js';
import { digestEtag, present, selfLink } from '../resources/resources.js';
import { LOCATION, USER_EMAIL } from '../server-context.js';
import type { QueryRows } from './result-tables.js';

export type JobType = 'QUERY' | 'LOAD' | 'EXTRACT' | 'COPY';
export type JobState = 'PENDING' | 'RUNNING' | 'DONE';

export interface Job {
  projectId: string;
  jobId: string;
  location: string;
  type: JobType;
  /** As the client sent it, completed with defaults; echoed in every answer. */
  configuration: JsonObject;
  state: JobState;
  creationTime: number;
  startTime?: number;
  endTime?: number;
  error?: BigQueryError;
  /** Errors that did not fail the job, such as bad records within the limit. */
  warnings: ErrorProto[];
  /** `statistics` besides the times. */
  statistics: JsonObject;
  rows?: QueryRows;
  /** Columns of an answer that has no rows: those of a table that was created. */
  schema?: TableField[];
  parentJobId?: string;
  sessionId?: string;
  abort: AbortController;
  /** Resolves when the job is done, however it ended. */
  done: Promise<void>;
}

export function newJobId(): string {
  return `job_${randomUUID()}`;
}

export interface NewJob {
  projectId: string;
  jobId: string;
  location?: string;
  type: JobType;
  configuration: JsonObject;
  parentJobId?: string;
}

export function createJob(job: NewJob, now: number): Job {
  return {
    ...job,
    location: job.location ?? LOCATION,
    state: 'PENDING',
    creationTime: now,
    warnings: [],
    statistics: {},
    abort: new AbortController(),
    done: Promise.resolve(),
  };
}

/** Runs `work` as the job's body and records how it ended; never rejects. */
export async function runJob(job: Job, work: () => Promise<void>): Promise<void> {
  job.state = 'RUNNING';
  job.startTime = Math.max(Date.now(), job.creationTime);
  try {
    await work();
  } catch (error) {
    job.error = failureOf(job, error);
  } finally {
    job.endTime = Math.max(Date.now(), job.startTime);
    job.state = 'DONE';
  }
}

/** What DuckDB refuses is the query's fault, or that of the data a load or copy job moves. */
function failureOf(job: Job, error: unknown): BigQueryError {
  const failure = BigQueryError.from(translateDuckError(error));
  if (error instanceof SqlError || job.type === 'QUERY' || failure.reason !== 'invalidQuery') return failure;
  return new BigQueryError('invalid', failure.message, { cause: error });
}

function renderStatus(job: Job): object {
  const errors = [
    ...(job.error === undefined ? [] : [job.error.toProto(), ...job.error.errors]),
    ...job.warnings,
  ];
  return present({
    state: job.state,
    errorResult: job.error?.toProto(),
    errors: errors.length === 0 ? undefined : errors,
  });
}

function renderStatistics(job: Job): object {
  const { endTime: end, startTime: start } = job;
  const elapsedMs = end === undefined ? undefined : String(end - (start ?? end));
  const query = job.statistics['query'] as JsonObject | undefined;
  return present({
    creationTime: String(job.creationTime),
    startTime: start?.toString(),
    endTime: end?.toString(),
    // A job has the machine to itself: one slot for as long as it takes.
    totalSlotMs: elapsedMs,
    finalExecutionDurationMs: elapsedMs,
    parentJobId: job.parentJobId,
    sessionInfo: job.sessionId === undefined ? undefined : { sessionId: job.sessionId },
    ...(job.state === 'DONE' ? { reservation_id: 'default-pipeline' } : {}),
    ...job.statistics,
    query: query === undefined ? undefined : present({ ...query, totalSlotMs: elapsedMs }),
  });
}

export function jobReference(job: Job): object {
  return { projectId: job.projectId, jobId: job.jobId, location: job.location };
}

export function fullJobId(job: Pick<Job, 'projectId' | 'jobId' | 'location'>): string {
  return `${job.projectId}:${job.location}.${job.jobId}`;
}

/** A job as jobs.get and jobs.insert answer it. */
export function renderJob(job: Job, request: Pick<RouteRequest, 'origin'>): object {
  return {
    kind: 'bigquery#job',
    etag: digestEtag(`${job.jobId}/${job.state}/${job.endTime ?? 0}`),
    id: fullJobId(job),
    selfLink: selfLink(request, `/projects/${job.projectId}/jobs/${job.jobId}?location=${job.location}`),
    user_email: USER_EMAIL,
    configuration: { ...job.configuration, jobType: job.type },
    jobReference: jobReference(job),
    statistics: renderStatistics(job),
    status: renderStatus(job),
    principal_subject: `user:${USER_EMAIL}`,
    jobCreationReason: { code: 'REQUESTED' },
  };
}

/** A job as jobs.list shows it; the configuration only with `projection=full`. */
export function renderJobItem(job: Job, full: boolean): object {
  return present({
    kind: 'bigquery#job',
    id: fullJobId(job),
    jobReference: jobReference(job),
    state: job.state,
    errorResult: job.error?.toProto(),
    configuration: full ? { ...job.configuration, jobType: job.type } : undefined,
    statistics: renderStatistics(job),
    status: renderStatus(job),
    user_email: USER_EMAIL,
    principal_subject: `user:${USER_EMAIL}`,
  });
}
