import type { Database } from '../../googlesql/duck/database.js';
import type { Catalog } from '../catalog/catalog.js';
import { OWNER } from '../catalog/row-access.js';
import type { TableStatistics } from '../catalog/statistics.js';
import type { TableStore } from '../catalog/table-store.js';
import type { Engine } from '../engine.js';
import type { Handler, Route } from './http/router.js';
import type { JobStore } from './jobs/job-store.js';
import type { ResultCache } from './jobs/result-cache.js';
import type { ResultTables } from './jobs/result-tables.js';
import type { TableAppender } from './load/appender.js';
import type { InsertIds } from './load/insert-ids.js';
import type { UploadSession } from './load/source-files.js';

/** What handlers work with. */
export interface ServerContext {
  /** Project that exists without having a dataset. */
  projectId: string;
  database: Database;
  catalog: Catalog;
  tables: TableStore;
  statistics: TableStatistics;
  engine: Engine;
  jobs: JobStore;
  results: ResultTables;
  resultCache: ResultCache;
  appender: TableAppender;
  insertIds: InsertIds;
  /** Resumable uploads by id. */
  uploads: Map<string, UploadSession>;
  /** Job of each `requestId` of jobs.query: a repeated request is answered from the same job. */
  requestIds: Map<string, string>;
  /** Base URL of the Cloud Storage emulator that `gs://` means; without it such URIs are refused. */
  storageEndpoint?: string;
}

export type ServerRoute = Route<ServerContext>;
export type ServerHandler = Handler<ServerContext>;

/** The only location: everything lives here, whatever the request says. */
export const LOCATION = 'US';
/** There are no accounts; this is who every job belongs to. */
export const USER_EMAIL = OWNER.email;
