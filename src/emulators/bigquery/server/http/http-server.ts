import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { translateDuckError } from '../../../googlesql/duck/errors.js';
import type { RawMethod } from '../../../serving/grpc-calls.js';
import { type HttpListener, type ListenOptions, listen } from '../../../serving/http-listener.js';
import { applyFieldMask, type FieldMask, parseFieldMask } from '../../../serving/partial-response.js';
import { BigQueryError } from '../../errors.js';
import { invalidParameter } from './body.js';
import { toEnvelope } from './error-envelope.js';
import { RawJson, type RouteResponse, type Router } from './router.js';

const gunzipAsync = promisify(gunzip);

/** insertAll allows 10 MB, a simple upload 100 MB; the margin is for multipart envelopes. */
const MAX_BODY_BYTES = 128 * 1024 * 1024;
/** jobs.query itself waits at most some minutes; a handler that takes longer is stuck. */
const REQUEST_TIMEOUT_MS = 10 * 60 * 1000;
const API_PREFIX = '/bigquery/v2';

interface Service<Context> {
  router: Router<Context>;
  context: Context;
}

/** Serves the routes, below `/bigquery/v2` and at the root. */
export function serveRoutes<Context>(
  service: Service<Context>,
  address: ListenOptions,
  grpc: ReadonlyMap<string, RawMethod>,
): Promise<HttpListener> {
  return listen((request, response) => void respond(service, request, response), {
    ...address,
    grpc,
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
    bodiesAt: (path) => (path.startsWith('/upload/') ? 'any' : 'json'),
    refuse: (request, response, message) =>
      fail(request, response, new BigQueryError('accessDenied', message)),
  });
}

async function respond<Context>(
  service: Service<Context>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), REQUEST_TIMEOUT_MS);
  response.on('close', () => {
    if (!response.writableFinished) abort.abort();
  });
  try {
    const answer = await handle(service, request, abort.signal);
    send(request, response, answer);
  } catch (error) {
    fail(request, response, BigQueryError.from(translateDuckError(error)));
  } finally {
    clearTimeout(timer);
  }
}

async function handle<Context>(
  service: Service<Context>,
  request: IncomingMessage,
  signal: AbortSignal,
): Promise<RouteResponse> {
  // The body is read even when the route is unknown: the connection serves the next request.
  const rawBody = await readBody(request);
  const origin = `http://${request.headers.host ?? 'localhost'}`;
  const url = parseUrl(request.url ?? '/', origin);
  const path = stripPrefix(url.pathname);
  // Old Google clients and some proxies send PATCH and DELETE as POST with the real method in this header.
  const override = request.headers['x-http-method-override'];
  const method = (typeof override === 'string' ? override : (request.method ?? 'GET')).toUpperCase();
  const { handler, params } = service.router.find(method === 'HEAD' ? 'GET' : method, path);
  const mask = readFieldMask(url.searchParams);
  const answer = await handler(service.context, {
    params,
    query: url.searchParams,
    headers: request.headers,
    rawBody,
    origin,
    signal,
  });
  if (method === 'GET' && isUnchanged(request, answer)) return { status: 304 };
  return mask === undefined ? answer : { ...answer, body: selectMembers(answer.body, mask) };
}

/** Reads `fields` and checks `alt`, which every method takes. */
function readFieldMask(query: URLSearchParams): FieldMask | undefined {
  const alt = query.get('alt');
  if (alt !== null && alt !== '' && alt.toLowerCase() !== 'json') throw invalidParameter('alt', alt);
  const fields = query.get('fields');
  if (fields === null || fields === '') return undefined;
  const mask = parseFieldMask(fields);
  if (mask === undefined) throw invalidParameter('fields', fields);
  return mask;
}

function selectMembers(body: RouteResponse['body'], mask: FieldMask): object | undefined {
  if (body === undefined) return undefined;
  const value: unknown =
    body instanceof RawJson ? JSON.parse(Buffer.concat(body.parts).toString('utf8')) : body;
  return applyFieldMask(value, mask) as object;
}

/** Whether the client holds this answer already, by `If-None-Match`. */
function isUnchanged(request: IncomingMessage, { body }: RouteResponse): boolean {
  const known = request.headers['if-none-match'];
  const etag = body instanceof RawJson ? undefined : (body as { etag?: string } | undefined)?.etag;
  if (known === undefined || etag === undefined) return false;
  return known
    .split(',')
    .map((tag) => tag.trim().replace(/^"(.*)"$/, '$1'))
    .some((tag) => tag === etag);
}

function parseUrl(url: string, origin: string): URL {
  try {
    return new URL(url, origin);
  } catch {
    throw new BigQueryError('invalid', `Invalid URL ${url}`);
  }
}

/** With BIGQUERY_EMULATOR_HOST the Node client leaves `/bigquery/v2` out of its URLs; elsewhere it is there. */
function stripPrefix(path: string): string {
  return path.startsWith(`${API_PREFIX}/`) ? path.slice(API_PREFIX.length) : path;
}

const TOO_LARGE = `Request payload size exceeds the limit: ${MAX_BODY_BYTES} bytes.`;

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  let tooLarge = false;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    tooLarge ||= length > MAX_BODY_BYTES;
    if (!tooLarge) chunks.push(chunk);
  }
  if (tooLarge) {
    throw new BigQueryError('requestTooLarge', TOO_LARGE);
  }
  const body = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
  const encoding = request.headers['content-encoding'];
  if (encoding === undefined || encoding === 'identity') return body;
  if (encoding !== 'gzip') throw new BigQueryError('invalid', `Unsupported Content-Encoding: ${encoding}`);
  try {
    return await gunzipAsync(body, { maxOutputLength: MAX_BODY_BYTES });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') {
      throw new BigQueryError('requestTooLarge', TOO_LARGE, { cause: error });
    }
    throw new BigQueryError('invalid', 'The request body is not valid gzip data', { cause: error });
  }
}

function fail(request: IncomingMessage, response: ServerResponse, error: BigQueryError): void {
  try {
    send(request, response, { status: error.httpStatus, body: toEnvelope(error) });
  } catch {
    response.destroy();
  }
}

function send(request: IncomingMessage, response: ServerResponse, answer: RouteResponse): void {
  const headers: Record<string, string> = { ...answer.headers };
  if (answer.body === undefined) {
    const status = answer.status ?? 204;
    response.writeHead(status, status === 304 ? headers : { ...headers, 'Content-Length': '0' });
    response.end();
    return;
  }
  const etag = answer.body instanceof RawJson ? undefined : (answer.body as { etag?: string }).etag;
  if (etag !== undefined) headers['ETag'] ??= `"${etag}"`;
  const parts =
    answer.body instanceof RawJson ? answer.body.parts : [Buffer.from(JSON.stringify(answer.body))];
  headers['Content-Type'] ??= 'application/json; charset=UTF-8';
  headers['Vary'] = 'Origin, X-Origin, Referer, Accept-Encoding';
  headers['Content-Length'] = String(parts.reduce((total, part) => total + part.length, 0));
  response.writeHead(answer.status ?? 200, headers);
  if (request.method !== 'HEAD') for (const part of parts) response.write(part);
  response.end();
}
