import type { Variable } from '../../googlesql/compile/scope/query-context.js';
import { quoteString } from '../../googlesql/duck/quote.js';
import {
  arrayOf,
  type BqType,
  duckFieldName,
  duckType,
  INT64,
  STRING,
  structOf,
} from '../../googlesql/syntax/types.js';
import type { ScriptError, Session } from './session.js';

const STACK_TRACE = arrayOf(
  structOf([
    { name: 'line', type: INT64 },
    { name: 'column', type: INT64 },
    { name: 'filename', type: STRING },
    { name: 'location', type: STRING },
  ]),
);

/** One frame: where in its script or procedure the statement stands that failed. */
function stackTraceSql(error: ScriptError | undefined): string {
  const type = duckType(STACK_TRACE);
  if (error?.pos === undefined) return `CAST(NULL AS ${type})`;
  const { line, column } = error.pos;
  const frame = [String(line), String(column), 'NULL', 'NULL'].map(
    (sql, index) => `${duckFieldName(index)} := ${sql}`,
  );
  return `CAST([struct_pack(${frame.join(', ')})] AS ${type})`;
}

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
    ['@@error.stack_trace', typed(stackTraceSql(error), STACK_TRACE)],
    ['@@script.job_id', text(request.jobId)],
    ['@@script.bytes_processed', typed(`CAST(${session.bytesProcessed} AS BIGINT)`, INT64)],
    ['@@script.creation_time', typed(`make_timestamptz(${Date.now() * 1000})`, { kind: 'TIMESTAMP' })],
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
