import type { JobLoadMetadata, TableMetadata } from '@google-cloud/bigquery';
import type { Config } from '../../config/config.js';
import { HealthmonError } from '../../errors/healthmon-error.js';
import type { BigQueryColumn, BigQueryTableSpec } from '../../schema/bigquery-schema.js';
import type { GoogleClients } from '../clients.js';
import { callsOf, unlessGone, unlessMissing, unlessThere } from '../google-calls.js';
import { isAlreadyExists } from '../google-errors.js';

/** A column as `tables.get` describes it. */
export type LiveBigQueryColumn = Pick<BigQueryColumn, 'name' | 'type'> & { mode?: string };

export interface LiveBigQueryTable {
  columns: LiveBigQueryColumn[];
  partitionField: string | undefined;
  rows: number;
}

export interface BigQueryView {
  description: string;
  query: string;
}

export interface LoadJob {
  /** The same id never runs twice: a second request finds the first job. */
  jobId: string;
  sourceUri: string;
  table: string;
  spec: BigQueryTableSpec;
  disposition: 'WRITE_TRUNCATE' | 'WRITE_APPEND';
}

/** Dataset, tables and load jobs of the configured dataset. */
export interface BigQueryAdmin {
  datasetExists(): Promise<boolean>;
  createDataset(): Promise<void>;
  deleteDataset(): Promise<void>;
  tables(): Promise<string[]>;
  table(name: string): Promise<LiveBigQueryTable | undefined>;
  createTable(name: string, spec: BigQueryTableSpec): Promise<void>;
  /** Undefined when there is no view of that name, or it is a table. */
  view(name: string): Promise<BigQueryView | undefined>;
  createView(name: string, view: BigQueryView): Promise<void>;
  updateView(name: string, view: BigQueryView): Promise<void>;
  setSchema(name: string, fields: readonly (BigQueryColumn | LiveBigQueryColumn)[]): Promise<void>;
  /** Loads NDJSON from Cloud Storage and waits. Returns the rows written. */
  load(job: LoadJob, signal: AbortSignal): Promise<number>;
}

const POLL_MS = 100;
const SLOW_POLL_MS = 2_000;

export async function bigQueryAdmin(clients: GoogleClients, config: Config): Promise<BigQueryAdmin> {
  const bigquery = await clients.bigquery();
  const dataset = bigquery.dataset(config.bigquery.dataset);
  const run = callsOf(clients);

  return {
    datasetExists: () =>
      run(`look up the dataset ${dataset.id}`, async () => {
        const [exists] = await dataset.exists();
        return exists;
      }),
    createDataset: () =>
      run(`create the dataset ${dataset.id}`, () =>
        unlessThere(() => bigquery.createDataset(config.bigquery.dataset, { location: config.location })),
      ),
    deleteDataset: () =>
      run(`delete the dataset ${dataset.id}`, () => unlessGone(() => dataset.delete({ force: true }))),
    tables: () =>
      run(`list the tables of ${dataset.id}`, async () => {
        const [tables] = await dataset.getTables();
        return tables.map(({ id }) => id!);
      }),
    table: (name) =>
      run(`look up the table ${name}`, () =>
        unlessMissing(async () => {
          const [metadata] = (await dataset.table(name).getMetadata()) as unknown as [TableMetadata];
          const schema = metadata.schema as { fields?: LiveBigQueryColumn[] } | undefined;
          return {
            columns: schema?.fields ?? [],
            partitionField: metadata.timePartitioning?.field,
            rows: Number(metadata.numRows ?? 0),
          };
        }),
      ),
    createTable: (name, spec) =>
      run(`create the table ${name}`, () => unlessThere(() => dataset.createTable(name, spec as never))),
    view: (name) =>
      run(`look up the view ${name}`, () =>
        unlessMissing(async () => {
          const [metadata] = (await dataset.table(name).getMetadata()) as unknown as [TableMetadata];
          const { view, description } = metadata as { view?: { query?: string }; description?: string };
          return view?.query === undefined
            ? undefined
            : { query: view.query, description: description ?? '' };
        }),
      ),
    createView: (name, view) =>
      run(`create the view ${name}`, () =>
        unlessThere(() => dataset.createTable(name, viewResource(view) as never)),
      ),
    updateView: (name, view) =>
      run(`change the view ${name}`, async () => {
        await dataset.table(name).setMetadata(viewResource(view) as never);
      }),
    setSchema: (name, fields) =>
      run(`change the schema of ${name}`, async () => {
        await dataset.table(name).setMetadata({ schema: { fields } } as never);
      }),
    load: (job, signal) =>
      run(`load ${job.sourceUri} into ${job.table}`, async () => {
        const destination = {
          projectId: config.project,
          datasetId: config.bigquery.dataset,
          tableId: job.table,
        };
        const load: JobLoadMetadata = {
          sourceUris: [job.sourceUri],
          sourceFormat: 'NEWLINE_DELIMITED_JSON',
          destinationTable: destination,
          schema: job.spec.schema,
          writeDisposition: job.disposition,
          createDisposition: 'CREATE_IF_NEEDED',
          ...(job.spec.timePartitioning && { timePartitioning: job.spec.timePartitioning }),
          ...(job.spec.clustering && { clustering: job.spec.clustering }),
        };
        try {
          await bigquery.createJob({ jobId: job.jobId, configuration: { load } } as never);
        } catch (error) {
          // The client throws the errors of a job that ended at once, without a code.
          const { code, errors } = error as { code?: number; errors?: { message?: string }[] };
          if (code === undefined && errors !== undefined) throw loadFailure(job, errors);
          if (!isAlreadyExists(error)) throw error;
        }
        const handle = bigquery.job(job.jobId, { location: config.location });
        let waitMs = POLL_MS;
        for (;;) {
          signal.throwIfAborted();
          const [metadata] = await handle.getMetadata();
          if (metadata.status?.state === 'DONE') {
            const failure = metadata.status.errorResult;
            if (failure) throw loadFailure(job, metadata.status.errors ?? [failure]);
            return Number(metadata.statistics?.load?.outputRows ?? 0);
          }
          await new Promise((resolve) => setTimeout(resolve, waitMs));
          waitMs = Math.min(waitMs * 1.5, SLOW_POLL_MS);
        }
      }),
  };
}

function viewResource({ description, query }: BigQueryView) {
  return { description, view: { query, useLegacySql: false } };
}

function loadFailure(job: LoadJob, errors: readonly { message?: string }[]): HealthmonError {
  return new HealthmonError({
    code: 'load-job-failed',
    message: `The BigQuery load job for ${job.table} failed.`,
    detail: errors
      .slice(0, 5)
      .map(({ message }) => message ?? '')
      .join('\n'),
    suggestion: `The table is unchanged. Correct the cause, then run the command again (job ${job.jobId}).`,
  });
}
