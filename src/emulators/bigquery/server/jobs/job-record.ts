import type { JsonObject } from '../../catalog/entries.js';
import type { JobRecord } from '../../engine.js';
import { USER_EMAIL } from '../server-context.js';
import type { Job } from './job.js';

/** A job as INFORMATION_SCHEMA.JOBS shows it. */
export function jobRecord(job: Job): JobRecord {
  const configured = (job.configuration['query'] ?? {}) as JsonObject;
  const statistics = (job.statistics['query'] ?? {}) as JsonObject;
  return {
    jobId: job.jobId,
    parentJobId: job.parentJobId,
    projectId: job.projectId,
    jobType: job.type,
    statementType: statistics['statementType'] as string | undefined,
    query: configured['query'] as string | undefined,
    state: job.state,
    creationTime: job.creationTime,
    startTime: job.startTime,
    endTime: job.endTime,
    totalBytesProcessed: optionalNumber(statistics['totalBytesProcessed']),
    totalBytesBilled: optionalNumber(statistics['totalBytesBilled']),
    cacheHit: statistics['cacheHit'] as boolean | undefined,
    userEmail: USER_EMAIL,
    priority: configured['priority'] as string | undefined,
    error: job.error === undefined ? undefined : { reason: job.error.reason, message: job.error.message },
    labels: job.configuration['labels'] as Record<string, string> | undefined,
  };
}

function optionalNumber(value: unknown): number | undefined {
  return value === undefined ? undefined : Number(value);
}
