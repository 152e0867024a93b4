import { arrayOf, BOOL, INT64, STRING, structOf, TIMESTAMP } from '../../../googlesql/syntax/types.js';
import type { JobRecord } from '../services.js';
import { type Cell, milliseconds, type View } from './view.js';

const labelType = arrayOf(
  structOf([
    { name: 'key', type: STRING },
    { name: 'value', type: STRING },
  ]),
);

const errorType = structOf([
  { name: 'reason', type: STRING },
  { name: 'location', type: STRING },
  { name: 'debug_info', type: STRING },
  { name: 'message', type: STRING },
]);

const jobs: View = {
  columns: [
    ['creation_time', TIMESTAMP],
    ['project_id', STRING],
    ['user_email', STRING],
    ['job_id', STRING],
    ['parent_job_id', STRING],
    ['job_type', STRING],
    ['statement_type', STRING],
    ['priority', STRING],
    ['start_time', TIMESTAMP],
    ['end_time', TIMESTAMP],
    ['query', STRING],
    ['state', STRING],
    ['total_bytes_processed', INT64],
    ['total_bytes_billed', INT64],
    ['cache_hit', BOOL],
    ['error_result', errorType],
    ['labels', labelType],
  ],
  rows: ({ session, projectId }) => session.services.jobs(projectId).map(jobRow),
};

/** There is one user, so all of these show the same. */
export const jobViews: Record<string, View> = {
  JOBS: jobs,
  JOBS_BY_PROJECT: jobs,
  JOBS_BY_USER: jobs,
};

function jobRow(job: JobRecord): Cell[] {
  return [
    milliseconds(job.creationTime),
    job.projectId,
    job.userEmail,
    job.jobId,
    job.parentJobId,
    job.jobType,
    job.statementType,
    job.priority,
    milliseconds(job.startTime),
    milliseconds(job.endTime),
    job.query,
    job.state,
    job.totalBytesProcessed,
    job.totalBytesBilled,
    job.cacheHit,
    job.error && { f1: job.error.reason, f2: '', f3: '', f4: job.error.message },
    Object.entries(job.labels ?? {}).map(([f1, f2]) => ({ f1, f2 })),
  ];
}
