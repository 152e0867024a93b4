import type { Catalog } from '../catalog/catalog.js';
import type { TableStatistics } from '../catalog/statistics.js';
import type { TableStore } from '../catalog/table-store.js';
import type { QueryContext } from '../compile/context.js';
import type { TableFunctionResolver } from '../compile/table-functions.js';
import type { Database } from '../duck/database.js';
import type { ExecuteResult } from '../engine-types.js';
import type { CreateModel } from '../sql/ast.js';
import type { Session } from './session.js';

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

/** BigQuery ML, as far as statements need it. */
export interface MlServices {
  createModel(statement: CreateModel, session: Session): Promise<ExecuteResult>;
  /** ML.* table functions, for the compiler. */
  tableFunctions: TableFunctionResolver;
  /** Preprocessing functions (`ML.BUCKETIZE`…) in ordinary expressions, for the compiler. */
  expandCall: QueryContext['expandCall'];
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
}
