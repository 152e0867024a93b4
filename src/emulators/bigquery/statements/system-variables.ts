import type { Variable } from '../compile/context.js';
import { quoteString } from '../duck/database.js';
import { type BqType, INT64, STRING } from '../sql/types.js';
import type { Session } from './session.js';

/** The system variables under their full names, `@@error.message` included. */
export function systemVariables(session: Session): [string, Variable][] {
  const { request, defaultDataset } = session;
  const error = session.errors.at(-1);
  const text = (value: string | undefined): Variable => ({
    sql: value === undefined ? 'CAST(NULL AS VARCHAR)' : quoteString(value),
    type: STRING,
  });
  const typed = (sql: string, type: BqType): Variable => ({ sql, type });
  return [
    ['@@row_count', typed(`CAST(${session.rowCount ?? 'NULL'} AS BIGINT)`, INT64)],
    ['@@error.message', text(error?.message)],
    ['@@error.statement_text', text(error?.statementText)],
    ['@@error.formatted_stack_trace', text(error?.formattedStackTrace)],
    ['@@script.job_id', text(request.jobId)],
    ['@@script.bytes_processed', typed(`CAST(${session.bytesProcessed} AS BIGINT)`, INT64)],
    ['@@script.creation_time', typed(`make_timestamptz(${session.now * 1000})`, { kind: 'TIMESTAMP' })],
    ['@@current_job_id', text(request.jobId)],
    ['@@last_job_id', text(request.jobId)],
    ['@@project_id', text(request.project)],
    ['@@dataset_id', text(defaultDataset?.datasetId)],
    ['@@dataset_project_id', text(defaultDataset?.projectId ?? request.project)],
    ['@@session_id', text(request.sessionId)],
    ['@@time_zone', text(session.timeZone)],
    ['@@location', text('US')],
    ['@@query_label', text(session.queryLabel)],
  ];
}
