import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BigQuery, type Job, type Query } from '@google-cloud/bigquery';
import { PassThroughClient } from 'google-auth-library';
import { type BigQueryServer, startBigQueryServer } from '../../../src/emulators/bigquery/server/index.js';
import { startStorageServer } from '../../../src/emulators/storage/server.js';
import type { SchemaField } from './cases.js';

export const PROJECT = 'conformance-project';
export const BUCKET = 'conformance-bucket';

/** A value of a result as the wire carries it. */
export type WireValue = null | string | { v: WireValue }[] | { f: { v: WireValue }[] };

export interface WireResult {
  schema: SchemaField[];
  rows: { f: { v: WireValue }[] }[];
  statementType?: string;
  numDmlAffectedRows?: string;
  ddlOperationPerformed?: string;
  cacheHit?: boolean;
  jobId: string;
}

/** The emulator in this process, and the official client pointed at it. */
export interface Emulator {
  client: BigQuery;
  server: BigQueryServer;
  run(query: Query, headers?: Record<string, string>): Promise<WireResult>;
  close(): Promise<void>;
}

export async function startEmulator(): Promise<Emulator> {
  const folder = await mkdtemp(join(tmpdir(), 'conformance-'));
  const storage = await startStorageServer({ dataDir: folder });
  const server = await startBigQueryServer({ projectId: PROJECT, threads: 2, storageEndpoint: storage.url });
  await fetch(`${storage.url}/storage/v1/b?project=${PROJECT}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ name: BUCKET }),
  });
  const client = clientOf(server);
  return {
    client,
    server,
    run: (query, headers) => run(headers === undefined ? client : clientOf(server, headers), query),
    close: async () => {
      await server.close();
      await storage.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function clientOf(server: BigQueryServer, headers: Record<string, string> = {}): BigQuery {
  const client = new BigQuery({
    projectId: PROJECT,
    apiEndpoint: server.url,
    authClient: new PassThroughClient(),
  });
  client.interceptors.push({
    request: (options) => {
      options.headers = { ...options.headers, ...headers };
      return options as never;
    },
  });
  return client;
}

interface JobMetadata {
  statistics?: {
    query?: {
      statementType?: string;
      numDmlAffectedRows?: string;
      ddlOperationPerformed?: string;
      cacheHit?: boolean;
    };
  };
}

interface ResultsResponse {
  schema?: { fields?: SchemaField[] };
  rows?: WireResult['rows'];
}

async function run(client: BigQuery, query: Query): Promise<WireResult> {
  const [job] = await client.createQueryJob(query);
  const { schema, rows } = await allRows(job);
  // As every program reads results: pages and values in the client's own way.
  const [parsed] = await job.getQueryResults();
  if (parsed.length !== rows.length)
    throw new Error(`${parsed.length} parsed rows instead of ${rows.length}`);
  const [metadata] = (await job.getMetadata()) as unknown as [JobMetadata];
  return {
    schema: schema.map(normalField),
    rows,
    ...pick(metadata),
    jobId: job.id!,
  };
}

function pick({ statistics }: JobMetadata) {
  const { statementType, numDmlAffectedRows, ddlOperationPerformed, cacheHit } = statistics?.query ?? {};
  return { statementType, numDmlAffectedRows, ddlOperationPerformed, cacheHit };
}

/** Every page, with the values unparsed: INT64 must not become a JavaScript number on the way. */
async function allRows(job: Job): Promise<{ schema: SchemaField[]; rows: WireResult['rows'] }> {
  const rows: WireResult['rows'] = [];
  let schema: SchemaField[] = [];
  let pageToken: string | undefined;
  do {
    const [, next, response] = (await job.getQueryResults({
      autoPaginate: false,
      skipParsing: true,
      timeoutMs: 60_000,
      ...(pageToken === undefined ? {} : { pageToken }),
    } as object)) as unknown as [unknown, { pageToken?: string } | null, ResultsResponse];
    schema = response.schema?.fields ?? schema;
    rows.push(...(response.rows ?? []));
    pageToken = next?.pageToken;
  } while (pageToken !== undefined);
  return { schema, rows };
}

function normalField({ name, type, mode, fields, rangeElementType }: SchemaField): SchemaField {
  return {
    name,
    type,
    mode: mode ?? 'NULLABLE',
    ...(rangeElementType ? { rangeElementType } : {}),
    ...(fields ? { fields: fields.map(normalField) } : {}),
  };
}
