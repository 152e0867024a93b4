import { mkdirSync } from 'node:fs';
import { Database } from '../../googlesql/duck/database.js';
import { notImplemented } from '../../googlesql/errors.js';
import { registerFunctions } from '../../googlesql/functions/udf.js';
import type { HttpListener, ListenOptions } from '../../serving/http-listener.js';
import { Catalog } from '../catalog/catalog.js';
import { TableStatistics } from '../catalog/statistics.js';
import { TableStore } from '../catalog/table-store.js';
import { Engine } from '../engine.js';
import { mlServices } from '../ml/index.js';
import { discoveryDocument } from './http/discovery.js';
import { serveRoutes } from './http/http-server.js';
import { Router } from './http/router.js';
import { exportRows } from './jobs/export-rows.js';
import { jobRecord } from './jobs/job-record.js';
import { JobStore } from './jobs/job-store.js';
import { guardMemory } from './jobs/memory-guard.js';
import { ResultCache } from './jobs/result-cache.js';
import { ResultTables } from './jobs/result-tables.js';
import { TableAppender } from './load/appender.js';
import { InsertIds } from './load/insert-ids.js';
import { readLoadOptions } from './load/load-options.js';
import { parseGcsUri, StorageClient } from './load/storage-client.js';
import { datasetRoutes } from './routes/datasets.js';
import { jobRoutes } from './routes/jobs.js';
import { modelRoutes } from './routes/models.js';
import { projectRoutes } from './routes/projects.js';
import { queryRoutes } from './routes/queries.js';
import { routineRoutes } from './routes/routines.js';
import { rowAccessPolicyRoutes } from './routes/row-access-policies.js';
import { tabledataRoutes } from './routes/tabledata.js';
import { tableRoutes } from './routes/tables.js';
import { uploadRoutes } from './routes/uploads.js';
import type { ServerContext, ServerRoute } from './server-context.js';
import { storageMethods } from './storage-api/index.js';

export interface BigQueryServerOptions extends ListenOptions {
  /** Where tables are kept; without it they are gone when the server closes. */
  dataDir?: string;
  projectId?: string;
  /** Base URL of a Cloud Storage endpoint for `gs://` URIs, such as `http://127.0.0.1:9023`. */
  storageEndpoint?: string;
  threads?: number;
  memoryLimitBytes?: number;
}

/** `url` is what BIGQUERY_EMULATOR_HOST and `apiEndpoint` take. */
export type BigQueryServer = HttpListener;

const discoveryRoutes: readonly ServerRoute[] = [
  '/$discovery/rest',
  '/discovery/v1/apis/bigquery/v2/rest',
].map((path) => ['GET', path, (_context, request) => ({ body: discoveryDocument(request) })]);

const batchRoutes: readonly ServerRoute[] = ['/batch', '/batch/bigquery/v2'].map((path) => [
  'POST',
  path,
  () => {
    throw notImplemented('A batch of requests');
  },
]);

const routes = [
  ...discoveryRoutes,
  ...batchRoutes,
  ...projectRoutes,
  ...datasetRoutes,
  ...tableRoutes,
  ...tabledataRoutes,
  ...queryRoutes,
  ...jobRoutes,
  ...routineRoutes,
  ...rowAccessPolicyRoutes,
  ...modelRoutes,
  ...uploadRoutes,
];

const DEFAULT_PROJECT = 'healthmon-local';
/** How often expired tables are dropped; they are out of sight from the moment they expire. */
const SWEEP_INTERVAL_MS = 10_000;

/** Starts the emulator in this process. */
export async function startBigQueryServer(options: BigQueryServerOptions = {}): Promise<BigQueryServer> {
  const { dataDir } = options;
  if (dataDir !== undefined) mkdirSync(dataDir, { recursive: true });
  const database = await Database.open({
    dataDir,
    threads: options.threads,
    memoryLimitBytes: options.memoryLimitBytes,
    prepare: registerFunctions,
  });
  try {
    const catalog = new Catalog({ dataDir });
    const tables = new TableStore(database, catalog);
    await tables.reconcile();
    const jobs = new JobStore();
    const results = new ResultTables(catalog, tables);
    const statistics = new TableStatistics(database, catalog);
    const context: ServerContext = {
      projectId: options.projectId ?? DEFAULT_PROJECT,
      database,
      catalog,
      tables,
      statistics,
      engine: new Engine({
        database,
        catalog,
        tables,
        statistics,
        ml: mlServices,
        jobs: (projectId) => jobs.all(projectId).reverse().map(jobRecord),
        exportRows: (table, fields, target, signal) => exportRows(context, table, fields, target, signal),
        loadFiles: async (load, projectId, signal = new AbortController().signal) => {
          const { loadFiles } = await import('./jobs/load-job.js');
          await loadFiles(context, readLoadOptions(load, projectId, false), undefined, signal);
        },
        openFiles: async (external, fields, signal) => {
          const { openExternal } = await import('./jobs/load-job.js');
          return openExternal(context, external, fields, signal);
        },
        readObject: (uri, signal) =>
          new StorageClient(options.storageEndpoint).text(parseGcsUri(uri), signal),
      }),
      jobs,
      results,
      resultCache: new ResultCache(catalog, results),
      appender: new TableAppender({ database, catalog }),
      insertIds: new InsertIds(),
      uploads: new Map(),
      requestIds: new Map(),
      storageEndpoint: options.storageEndpoint,
    };
    const http = await serveRoutes({ router: new Router(routes), context }, options, storageMethods(context));
    const sweep = async () => {
      await tables.dropExpired();
      await tables.dropExpiredPartitions(Date.now());
    };
    // A table may go while it is swept; the next round finds what is left.
    const sweeper = setInterval(() => void sweep().catch(() => undefined), SWEEP_INTERVAL_MS);
    sweeper.unref();
    const endGuard = guardMemory(jobs);
    return {
      ...http,
      close: async () => {
        clearInterval(sweeper);
        endGuard();
        await http.close();
        await jobs.close();
        await catalog.close();
        database.close();
      },
    };
  } catch (error) {
    database.close();
    throw error;
  }
}
