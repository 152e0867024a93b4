import type {
  DatasetRef,
  JsonObject,
  ModelRef,
  RoutineRef,
  TableField,
  TableRef,
} from '../catalog/entries.js';
import type { Caller } from '../catalog/row-access.js';

/** A query parameter in REST's shape. */
export interface QueryParameter {
  name?: string;
  parameterType?: QueryParameterType;
  parameterValue?: QueryParameterValue;
}

export interface QueryParameterType {
  type: string;
  arrayType?: QueryParameterType;
  structTypes?: { name?: string; type: QueryParameterType; description?: string }[];
  rangeElementType?: QueryParameterType;
}

export interface QueryParameterValue {
  /** Text of a scalar; null or absent is NULL. */
  value?: string | null;
  arrayValues?: QueryParameterValue[];
  structValues?: Record<string, QueryParameterValue>;
  rangeValue?: { start?: QueryParameterValue; end?: QueryParameterValue };
}

export interface ExecuteRequest {
  sql: string;
  project: string;
  defaultDataset?: DatasetRef;
  parameters?: QueryParameter[];
  /** `externalDataConfiguration` of tables that only this statement sees, by their names. */
  externalTables?: Record<string, JsonObject>;
  /** Analyse only: types, statement type and bytes, without any effect. */
  dryRun?: boolean;
  jobId: string;
  /** Who asks; the owner when it is left out. */
  caller?: Caller;
  /** The rows go into a table, so that the columns are named as those of tables. */
  intoTable?: boolean;
  /** As the request gave it: the datasets of other locations are not found then. */
  location?: string;
  /** Aborted when the job is cancelled or times out. */
  signal?: AbortSignal;
  /** Session whose temporary tables and variables the statement sees. */
  sessionId?: string;
  /** What `@@time_zone` is to begin with; UTC when it is left out. */
  timeZone?: string;
  /** Start a session with this statement; its id is `sessionId`. */
  createSession?: boolean;
}

export interface DmlStats {
  insertedRowCount?: number;
  updatedRowCount?: number;
  deletedRowCount?: number;
}

export interface ExecuteResult {
  /** As in `statistics.query.statementType`: SELECT, INSERT, CREATE_TABLE, CREATE_MODEL, SCRIPT… */
  statementType: string;
  /** Columns of the result, in REST terms; absent when the statement returns no rows. */
  schema?: TableField[];
  /**
   * Quoted DuckDB name of the table that holds the rows, its columns in the order of `schema` under any names.
   * It lies in the results database; the server drops it when the job is forgotten.
   */
  resultTable?: string;
  totalRows?: number;
  dmlStats?: DmlStats;
  /** Rows touched by DML. */
  numDmlAffectedRows?: number;
  ddlOperationPerformed?: 'CREATE' | 'REPLACE' | 'SKIP' | 'ALTER' | 'DROP' | 'TRUNCATE' | 'UNDROP';
  ddlTargetTable?: TableRef;
  ddlTargetDataset?: DatasetRef;
  ddlTargetRoutine?: RoutineRef;
  ddlTargetModel?: ModelRef;
  /** `statistics.query.mlStatistics` of CREATE MODEL. */
  mlStatistics?: JsonObject;
  /** Of EXPORT DATA. */
  exportData?: { fileCount: number; rowCount: number };
  /** Size of the columns read, as the service would bill it. */
  totalBytesProcessed: number;
  referencedTables?: TableRef[];
  referencedRoutines?: RoutineRef[];
  /** Parameters the statement declares without a value; only in a dry run. */
  undeclaredQueryParameters?: QueryParameter[];
  /** The same statement over the same tables always gives the same rows (no RAND, CURRENT_TIMESTAMP…). */
  cacheable?: boolean;
  /** Statements of a script, in the order they ran. */
  children?: ScriptChild[];
  /** Set when the statement ran in a session. */
  sessionId?: string;
}

export interface ScriptChild extends ExecuteResult {
  /** Text of the statement. */
  sql: string;
  startTime: number;
  endTime: number;
}
