import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { type HttpListener, type ListenOptions, listen } from '../serving/http-listener.js';
import { DataflowError, invalid } from './errors.js';
import { isTerminal, JOB_STATES, type JobRecord, type JobState, jobResource } from './job.js';
import { Jobs } from './jobs.js';
import { readLaunch } from './launch-request.js';
import type { StartJob } from './process.js';

export interface DataflowServerOptions extends ListenOptions {
  dataDir: string;
  /** Runs the texts of jobs. */
  start: StartJob;
  /** Of Cloud Storage, from which texts are read. */
  storageEndpoint?: string | undefined;
}

const MAX_BODY_BYTES = 12_000_000;
const READ_TIMEOUT_MS = 30_000;
const MAX_PAGE = 100;

interface Call {
  project: string;
  location: string;
  query: URLSearchParams;
  body: Readonly<Record<string, unknown>>;
  job(): JobRecord;
}

/** Serves the part of the Dataflow API that launches and follows jobs. Resolves when it listens. */
export async function startDataflowServer({
  dataDir,
  start,
  storageEndpoint,
  ...address
}: DataflowServerOptions): Promise<HttpListener> {
  const jobs = new Jobs({
    folder: join(dataDir, 'jobs'),
    start,
    readFile: (path) => readStored(storageEndpoint, path),
  });
  const listener = await listen((request, response) => void serve(jobs, request, response), {
    ...address,
    requestTimeoutMs: 60_000,
    bodiesAt: () => 'json',
    refuse: (_request, response, message) => send(response, new DataflowError('PERMISSION_DENIED', message)),
  });
  return {
    ...listener,
    async close() {
      await jobs.close();
      await listener.close();
    },
  };
}

async function serve(jobs: Jobs, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    send(response, await dispatch(jobs, request));
  } catch (error) {
    send(
      response,
      error instanceof DataflowError ? error : new DataflowError('INTERNAL', (error as Error).message),
    );
  } finally {
    if (!request.complete) request.resume();
  }
}

/** Paths below `/v1b3/projects/P/locations/L`: https://cloud.google.com/dataflow/docs/reference/rest */
const PATH =
  /^\/v1b3\/projects\/([^/]+)\/locations\/([^/]+)\/(jobs|flexTemplates)(?::(\w+)|\/([^/]+)(?:\/(\w+))?)?$/;

async function dispatch(jobs: Jobs, request: IncomingMessage): Promise<object> {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const [, project, location, collection, verb, id, part] = PATH.exec(url.pathname) ?? [];
  const route = `${request.method} ${collection}${verb === undefined ? '' : `:${verb}`}${id === undefined ? '' : '/id'}${part === undefined ? '' : `/${part}`}`;
  const handler = HANDLERS[route];
  if (handler === undefined) {
    throw new DataflowError(
      'UNIMPLEMENTED',
      `${request.method} ${url.pathname} is not supported by the local Dataflow.`,
    );
  }
  return handler(jobs, {
    project: decodeURIComponent(project!),
    location: decodeURIComponent(location!),
    query: url.searchParams,
    body: await readBody(request),
    job: () => jobs.get(decodeURIComponent(location!), decodeURIComponent(id!)),
  });
}

const HANDLERS: Readonly<Record<string, (jobs: Jobs, call: Call) => object>> = {
  'POST flexTemplates:launch': (jobs, { project, location, body }) => ({
    job: jobResource(jobs.launch(location, readLaunch(body)), project),
  }),
  'GET jobs': (jobs, { project, location, query }) => {
    const wanted = FILTERS[query.get('filter') ?? 'ALL'];
    if (wanted === undefined) throw invalid(`Unknown filter ${query.get('filter')}.`);
    const name = query.get('name');
    const found = jobs
      .list()
      .filter((job) => job.location === location && wanted(job) && (!name || job.name === name));
    return paged(found, query, 'jobs', (job) => jobResource(job, project));
  },
  'GET jobs/id': (_jobs, { project, job }) => jobResource(job(), project),
  'PUT jobs/id': (jobs, { project, body, job }) => {
    const { requestedState: asked } = body;
    const name = typeof asked === 'number' ? JOB_STATES[asked] : String(asked).replace('JOB_STATE_', '');
    return jobResource(jobs.request(job(), name as JobState), project);
  },
  'GET jobs/id/messages': (_jobs, { query, job }) => {
    const least = importanceOf(query.get('minimumImportance'));
    // One of the client's, which has whole seconds, is no text to compare with.
    const sinceMs = Date.parse(query.get('startTime') ?? '') || 0;
    const found = job().messages.filter(
      ({ messageImportance, time }) =>
        IMPORTANCE.indexOf(messageImportance) >= least && Date.parse(time) >= sinceMs,
    );
    return paged(found, query, 'jobMessages', (message) => message);
  },
  'GET jobs/id/metrics': (_jobs, { job }) => ({
    metricTime: new Date().toISOString(),
    metrics: Object.entries(job().counters).map(([name, scalar]) => ({
      name: { origin: 'user', name, context: { namespace: 'healthmon' } },
      kind: 'Sum',
      cumulative: true,
      scalar,
    })),
  }),
};

const FILTERS: Readonly<Record<string, (job: JobRecord) => boolean>> = {
  ALL: () => true,
  UNKNOWN: () => true,
  TERMINATED: ({ state }) => isTerminal(state),
  ACTIVE: ({ state }) => !isTerminal(state),
  // As numbers of the enumeration.
  0: () => true,
  1: () => true,
  2: ({ state }) => isTerminal(state),
  3: ({ state }) => !isTerminal(state),
};

/** `JobMessageImportance`, from least to most. */
const IMPORTANCE: readonly string[] = [
  ...['JOB_MESSAGE_IMPORTANCE_UNKNOWN', 'JOB_MESSAGE_DEBUG', 'JOB_MESSAGE_DETAILED'],
  ...['JOB_MESSAGE_BASIC', 'JOB_MESSAGE_WARNING', 'JOB_MESSAGE_ERROR'],
];
/** The numbers of the enumeration are in no such order. */
const IMPORTANCE_NUMBERS: readonly string[] = [
  ...['JOB_MESSAGE_IMPORTANCE_UNKNOWN', 'JOB_MESSAGE_DEBUG', 'JOB_MESSAGE_DETAILED'],
  ...['JOB_MESSAGE_WARNING', 'JOB_MESSAGE_ERROR', 'JOB_MESSAGE_BASIC'],
];

function importanceOf(text: string | null): number {
  if (text === null) return 0;
  const level = IMPORTANCE.indexOf(IMPORTANCE_NUMBERS[Number(text)] ?? text);
  if (level < 0) throw invalid(`Unknown importance ${text}.`);
  return level;
}

function paged<T>(all: readonly T[], query: URLSearchParams, key: string, show: (each: T) => object): object {
  const size = Math.min(MAX_PAGE, Number(query.get('pageSize')) || MAX_PAGE);
  const from = Number(query.get('pageToken') ?? 0);
  if (!Number.isSafeInteger(from) || from < 0 || size < 1) throw invalid('The page is not valid.');
  const next = from + size;
  return {
    [key]: all.slice(from, next).map(show),
    ...(next < all.length && { nextPageToken: String(next) }),
  };
}

async function readBody(request: IncomingMessage): Promise<Call['body']> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= MAX_BODY_BYTES) chunks.push(chunk);
  }
  if (bytes > MAX_BODY_BYTES) throw invalid('The request is too large.');
  if (bytes === 0) return {};
  try {
    const body: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'));
    if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body as Call['body'];
  } catch {
    // Said below.
  }
  throw invalid('The body is not a JSON object.');
}

async function readStored(endpoint: string | undefined, path: string): Promise<string> {
  const [, bucket, name] = /^gs:\/\/([^/]+)\/(.+)$/.exec(path)!;
  const url = `${endpoint}/storage/v1/b/${bucket}/o/${encodeURIComponent(name!)}?alt=media`;
  const response = await fetch(url, { signal: AbortSignal.timeout(READ_TIMEOUT_MS) });
  if (response.ok) return response.text();
  throw new Error(`${path} cannot be read: ${response.status}.`);
}

function send(response: ServerResponse, answer: object): void {
  if (response.headersSent || response.destroyed) return;
  const isRefusal = answer instanceof DataflowError;
  const text = JSON.stringify(isRefusal ? answer.envelope : answer);
  response
    .writeHead(isRefusal ? answer.httpStatus : 200, { 'content-type': 'application/json; charset=UTF-8' })
    .end(text);
}
