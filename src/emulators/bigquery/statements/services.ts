import type {
  QueryContext,
  TableFunctionCompiler,
  TableFunctionResult,
} from '../../googlesql/compile/scope/query-context.js';
import type { Database } from '../../googlesql/duck/database.js';
import type { CreateModel, TableFunctionCall } from '../../googlesql/syntax/ast.js';
import type { Catalog } from '../catalog/catalog.js';
import type { JsonObject, TableField } from '../catalog/entries.js';
import type { TableStatistics } from '../catalog/statistics.js';
import type { TableStore } from '../catalog/table-store.js';
import type { ExecuteResult } from './execution.js';
import type { Session } from './session.js';
import type { StatementContext } from './statement-context.js';

/** One job as INFORMATION_SCHEMA.JOBS shows it. Times are milliseconds since the epoch. */
export interface JobRecord {
  jobId: string;
  parentJobId?: string;
  projectId: string;
  jobType: string;
  statementType?: string;
  query?: string;
  state: string;
  creationTime: number;
  startTime?: number;
  endTime?: number;
  totalBytesProcessed?: number;
  totalBytesBilled?: number;
  cacheHit?: boolean;
  userEmail: string;
  priority?: string;
  error?: { reason: string; message: string };
  labels?: Record<string, string>;
}

/** What a table function of BigQuery may ask of the compiler, and of the catalog around it. */
export interface StatementCompiler extends TableFunctionCompiler {
  context: StatementContext;
}

/** BigQuery ML, as far as statements need it. */
export interface MlServices {
  createModel(statement: CreateModel, session: Session): Promise<ExecuteResult>;
  /** ML.* table functions, for the compiler. */
  tableFunctions(
    call: TableFunctionCall,
    compiler: StatementCompiler,
  ): Promise<TableFunctionResult> | undefined;
  /** Preprocessing functions (`ML.BUCKETIZE`…) in ordinary expressions, for the compiler. */
  expandCall: QueryContext['expandCall'];
}

/** What EXPORT DATA is told; what it leaves out has the default of extract jobs. */
export interface ExportTarget {
  /** With one `*`. */
  uri: string;
  format: 'AVRO' | 'CSV' | 'JSON' | 'PARQUET';
  compression?: string;
  delimiter?: string;
  header?: boolean;
  overwrite?: boolean;
  logicalTypes?: boolean;
}

export interface OpenFiles {
  fields: TableField[];
  select: string;
  dispose(): Promise<void>;
}

/** Everything the engine stands on. */
export interface EngineServices {
  database: Database;
  catalog: Catalog;
  tables: TableStore;
  statistics: TableStatistics;
  /** Jobs of a project, the newest first. */
  jobs(projectId: string): JobRecord[];
  ml: MlServices;
  /** Writes all rows of a table of results to Cloud Storage. */
  exportRows(
    table: string,
    fields: TableField[],
    target: ExportTarget,
    signal: AbortSignal | undefined,
  ): Promise<void>;
  /** Loads what `configuration.load` says. */
  loadFiles(load: JsonObject, projectId: string, signal: AbortSignal | undefined): Promise<void>;
  /**
   * The rows of the files that an `externalDataConfiguration` names, as a query of DuckDB over what `dispose` drops.
   * `fields` are the columns of the table that they are for.
   */
  openFiles(
    external: JsonObject,
    fields: TableField[] | undefined,
    signal: AbortSignal | undefined,
  ): Promise<OpenFiles>;
  /** The text of a `gs://` object. */
  readObject(uri: string, signal: AbortSignal | undefined): Promise<string>;
}
