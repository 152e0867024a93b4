import type { IncomingMessage, ServerResponse } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { type HttpListener, type ListenOptions, listen } from '../serving/http-listener.js';
import { applyFieldMask, parseFieldMask } from '../serving/partial-response.js';
import { notImplemented, StorageError, toEnvelope, toStorageError } from './errors.js';
import type { Answer, Route } from './exchange.js';
import { parseMetadata } from './multipart.js';
import { sendObject } from './object-routes.js';
import { ResumableUploads } from './resumable.js';
import { ROUTES, UPLOAD_ROUTES } from './routes.js';
import { Store } from './store.js';

export interface StorageServerOptions extends ListenOptions {
  /** Where buckets and objects are kept. Created when missing. */
  dataDir: string;
}

/** JSON bodies are resources of a few KiB; this bounds what a broken client can make us hold. */
const MAX_JSON_BYTES = 8 * 1024 * 1024;

const PREFIXES: readonly [string, readonly Route[]][] = [
  ['/resumable/upload/storage/v1', UPLOAD_ROUTES],
  ['/upload/storage/v1', UPLOAD_ROUTES],
  ['/download/storage/v1', ROUTES],
  ['/storage/v1', ROUTES],
  // The Node client drops the prefix when STORAGE_EMULATOR_HOST is set.
  ['', ROUTES],
];

/** What no bucket is named like, or could be mistaken for. */
const API_PATH = /^\/(b|projects|batch|storage\/v1|((resumable\/)?upload|download)\/storage)(\/|$)/;

/** Serves the JSON API of Cloud Storage from a folder. Resolves when it listens. */
export async function startStorageServer({
  dataDir,
  ...address
}: StorageServerOptions): Promise<HttpListener> {
  const store = new Store(dataDir);
  const uploads = new ResumableUploads(store);
  return listen((request, response) => void serve(store, uploads, request, response), {
    ...address,
    // Large uploads may take longer than Node's default of five minutes.
    requestTimeoutMs: 0,
    bodiesAt: (path) => (/^(\/resumable)?\/upload\//.test(path) ? 'any' : 'json'),
    refuse: (_request, response, message) => fail(response, new StorageError('forbidden', message)),
  });
}

async function serve(
  store: Store,
  uploads: ResumableUploads,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const answer = await dispatch(store, uploads, request, response);
    if (answer !== undefined) send(response, answer);
  } catch (error) {
    if (response.headersSent || response.destroyed || request.errored) response.destroy();
    else fail(response, toStorageError(error));
  } finally {
    // A refused upload is read to its end, or the client would see a reset connection instead of the answer.
    if (!request.complete) request.resume();
  }
}

async function dispatch(
  store: Store,
  uploads: ResumableUploads,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<Answer> {
  const root = `http://${request.headers.host ?? 'localhost'}`;
  const url = parseUrl(request.url ?? '/', root);
  const method = methodOf(request);
  if (request.headers['x-goog-encryption-algorithm'] !== undefined) {
    throw notImplemented('Customer-supplied encryption keys');
  }
  const exchange = {
    store,
    uploads,
    request,
    response,
    query: url.searchParams,
    path: url.pathname.replace(/\/{2,}/g, '/'),
    root,
    json: () => readJson(request),
  };
  const { path } = exchange;
  if (path.startsWith('/batch')) throw notImplemented('Batch requests');
  for (const [prefix, routes] of PREFIXES) {
    if (prefix !== '' && !path.startsWith(`${prefix}/`)) continue;
    const found = match(routes, method, path.slice(prefix.length));
    if (found === undefined) continue;
    checkAlt(url.searchParams);
    const answer = await found.route.handle({ ...exchange, params: found.params });
    return selectMembers(answer, url.searchParams.get('fields'));
  }
  const object = method === 'GET' ? xmlObject(url) : undefined;
  if (object !== undefined) return sendObject({ ...exchange, params: object });
  throw refusal(method, path);
}

/** `/bucket/object` without a subresource, the one call of the XML API that there is: Go's client reads with it. */
function xmlObject({ pathname, searchParams }: URL): { bucket: string; object: string } | undefined {
  const [, bucket, object] = /^\/([^/]+)\/(.+)$/.exec(pathname) ?? [];
  const isApi = bucket === undefined || object === undefined || API_PATH.test(pathname);
  const hasSubresource = [...searchParams.values()].includes('');
  if (isApi || hasSubresource) return undefined;
  return { bucket: decode(bucket), object: decode(object) };
}

function parseUrl(path: string, root: string): URL {
  try {
    return new URL(path, root);
  } catch {
    throw new StorageError('invalid', `Invalid URL: ${path}`);
  }
}

function checkAlt(query: URLSearchParams): void {
  const alt = query.get('alt');
  if (alt !== null && !['', 'json', 'media'].includes(alt.toLowerCase())) {
    throw new StorageError('invalid', `Invalid value for alt: ${alt}`, 'alt');
  }
}

/** The members of an answer that the parameter `fields` asks for. */
function selectMembers(answer: Answer, fields: string | null): Answer {
  if (fields === null || fields === '' || answer?.body === undefined) return answer;
  const mask = parseFieldMask(fields);
  if (mask === undefined) throw new StorageError('invalid', `Invalid field selection ${fields}`, 'fields');
  return { ...answer, body: applyFieldMask(answer.body, mask) };
}

function refusal(method: string, path: string): StorageError {
  const isKnown = PREFIXES.some(
    ([prefix, routes]) =>
      (prefix === '' || path.startsWith(`${prefix}/`)) &&
      routes.some((route) => match([route], route.method, path.slice(prefix.length)) !== undefined),
  );
  if (isKnown)
    return new StorageError('methodNotAllowed', `HTTP method ${method} is not supported for ${path}`);
  if (/^\/(storage\/v1\/)?(b|projects)(\/|$)/.test(path)) return notImplemented(`${method} ${path}`);
  if (method === 'GET' && path === '/')
    return new StorageError('notFound', 'This is the Cloud Storage emulator.');
  return notImplemented(`The XML API (${method} ${path})`);
}

/** Some clients and proxies can only send GET and POST. */
function methodOf(request: IncomingMessage): string {
  const override = request.headers['x-http-method-override'];
  const method = typeof override === 'string' ? override.toUpperCase() : (request.method ?? 'GET');
  return method === 'HEAD' ? 'GET' : method;
}

function match(
  routes: readonly Route[],
  method: string,
  path: string,
): { route: Route; params: Record<string, string> } | undefined {
  const segments = path.split('/');
  for (const route of routes) {
    if (route.method !== '*' && route.method !== method) continue;
    const wanted = route.pattern.split('/');
    if (wanted.length !== segments.length) continue;
    const params: Record<string, string> = {};
    const fits = wanted.every((part, index) => {
      const segment = segments[index]!;
      if (!part.startsWith(':')) return part === segment;
      params[part.slice(1)] = decode(segment);
      return segment !== '';
    });
    if (fits) return { route, params };
  }
  return undefined;
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new StorageError('invalid', `The path is not valid UTF-8: ${segment}`);
  }
}

async function readJson(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    // What is too much is read all the same: a client that is cut off would not see the answer.
    if (size <= MAX_JSON_BYTES) chunks.push(chunk);
  }
  if (size > MAX_JSON_BYTES) throw new StorageError('uploadTooLarge', 'The JSON body is too large.');
  const bytes = Buffer.concat(chunks);
  const text = request.headers['content-encoding'] === 'gzip' ? unpack(bytes) : bytes;
  return parseMetadata(text.toString('utf8'));
}

function unpack(bytes: Buffer): Buffer {
  try {
    return gunzipSync(bytes, { maxOutputLength: MAX_JSON_BYTES });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') {
      throw new StorageError('uploadTooLarge', 'The JSON body is too large.');
    }
    throw new StorageError('invalid', 'The body is not valid gzip data.', 'Content-Encoding');
  }
}

function send(response: ServerResponse, answer: NonNullable<Answer>): void {
  const { status = 200, body, headers = {} } = answer;
  if (body === undefined) {
    response.writeHead(status, headers).end();
    return;
  }
  const text = JSON.stringify(body);
  const { etag } = body as { etag?: string };
  response
    .writeHead(status, {
      'content-type': 'application/json; charset=UTF-8',
      'content-length': String(Buffer.byteLength(text)),
      ...(etag !== undefined && { etag }),
      ...headers,
    })
    .end(text);
}

function fail(response: ServerResponse, error: StorageError): void {
  if (error.httpStatus === 304) response.writeHead(304).end();
  else send(response, { status: error.httpStatus, body: toEnvelope(error) });
}
