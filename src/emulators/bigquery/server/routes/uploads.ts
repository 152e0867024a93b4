import { randomUUID } from 'node:crypto';
import { appendFile, rm, writeFile } from 'node:fs/promises';
import type { JsonObject } from '../../catalog/entries.js';
import { BigQueryError } from '../../errors.js';
import { parseJsonObject, type RouteRequest, type RouteResponse } from '../http/router.js';
import { type SourceFile, stagingPath, UPLOAD_URI } from '../load/source-files.js';
import type { ServerContext, ServerHandler, ServerRoute } from '../server-context.js';
import { insertJob } from './jobs.js';

/** Sessions that nobody finishes are forgotten, with their data. */
const MAX_SESSIONS = 100;

interface MultipartBody {
  metadata: JsonObject;
  content: Buffer;
}

/** Splits a multipart/related body into its two parts: JSON, then data. Any other number of parts is refused. */
function parseMultipart(body: Buffer, contentType: string): MultipartBody {
  const boundary = /boundary=(?:"([^"]+)"|([^\s;]+))/i.exec(contentType);
  const text = boundary?.[1] ?? boundary?.[2];
  if (text === undefined)
    throw new BigQueryError('badRequest', 'Missing boundary in the multipart Content-Type');
  const parts = splitParts(body, Buffer.from(`--${text}`));
  if (parts.length !== 2) {
    throw new BigQueryError(
      'badRequest',
      `Invalid multipart request: expected exactly two parts (metadata and media), found ${parts.length}`,
    );
  }
  return { metadata: parseJsonObject(parts[0]!.toString('utf8')), content: parts[1]! };
}

function splitParts(body: Buffer, delimiter: Buffer): Buffer[] {
  const parts: Buffer[] = [];
  let start = body.indexOf(delimiter);
  if (start < 0)
    throw new BigQueryError('badRequest', 'Invalid multipart request: the boundary does not occur');
  for (;;) {
    start += delimiter.length;
    if (body.subarray(start, start + 2).toString('latin1') === '--') return parts;
    const end = body.indexOf(Buffer.concat([Buffer.from('\n'), delimiter]), start);
    if (end < 0)
      throw new BigQueryError('badRequest', 'Invalid multipart request: the last boundary is missing');
    const part = body.subarray(start, body[end - 1] === 13 ? end - 1 : end);
    const blank = headerEnd(part);
    parts.push(part.subarray(blank));
    start = end + 1;
  }
}

/** Offset behind the empty line that ends a part's headers. */
function headerEnd(part: Buffer): number {
  const crlf = part.indexOf('\r\n\r\n');
  const lf = part.indexOf('\n\n');
  if (crlf >= 0 && (lf < 0 || crlf < lf)) return crlf + 4;
  if (lf >= 0) return lf + 2;
  throw new BigQueryError('badRequest', 'Invalid multipart request: a part has no header');
}

const upload: ServerHandler = async (context, request) => {
  const type = request.query.get('uploadType');
  if (type === 'multipart') {
    const { metadata, content } = parseMultipart(request.rawBody, request.headers['content-type'] ?? '');
    const file = await stage(context, content);
    return startJob(context, request, metadata, file);
  }
  if (type === 'resumable') return startSession(context, request);
  throw new BigQueryError('invalid', `Unsupported uploadType: ${type ?? '(none)'}`, {
    location: 'uploadType',
    locationType: 'parameter',
  });
};

async function stage(context: ServerContext, content: Buffer): Promise<SourceFile> {
  const file = { path: stagingPath(context.database.stagingDir), uri: UPLOAD_URI };
  await writeFile(file.path, content);
  return file;
}

async function startJob(
  context: ServerContext,
  request: RouteRequest,
  metadata: JsonObject,
  file: SourceFile,
): Promise<RouteResponse> {
  let started = false;
  try {
    const body = await insertJob(context, request, metadata, file);
    started = true;
    return { body };
  } finally {
    // From its start on the job owns the file.
    if (!started) await rm(file.path, { force: true });
  }
}

async function startSession(context: ServerContext, request: RouteRequest): Promise<RouteResponse> {
  const metadata = parseJsonObject(request.rawBody.toString('utf8') || '{}');
  const id = randomUUID();
  context.uploads.set(id, { metadata, file: await stage(context, Buffer.alloc(0)), receivedBytes: 0 });
  if (context.uploads.size > MAX_SESSIONS) {
    const [oldest, session] = context.uploads.entries().next().value!;
    context.uploads.delete(oldest);
    await rm(session.file.path, { force: true });
  }
  const project = encodeURIComponent(request.params['project']!);
  const location = `${request.origin}/upload/bigquery/v2/projects/${project}/jobs?uploadType=resumable&upload_id=${id}`;
  return { status: 200, headers: { Location: location, 'X-GUploader-UploadID': id } };
}

/** A range with or without total, or (a star for the bytes) the question how far the upload is. */
function parseRange(header: string | undefined): { start?: number; total?: number } | undefined {
  if (header === undefined) return undefined;
  const match = /^bytes (?:\*|(\d+)-\d+)\/(\*|\d+)$/.exec(header.trim());
  if (match === null) throw new BigQueryError('invalid', `Invalid Content-Range: ${header}`);
  return {
    start: match[1] === undefined ? undefined : Number(match[1]),
    total: match[2] === '*' ? undefined : Number(match[2]),
  };
}

const continueUpload: ServerHandler = async (context, request) => {
  const id = request.query.get('upload_id') ?? '';
  const session = context.uploads.get(id);
  if (session === undefined) throw new BigQueryError('notFound', `Not found: upload ${id}`);
  const range = parseRange(request.headers['content-range']);
  if (range?.start !== undefined && range.start !== session.receivedBytes) {
    // A repeated or skipped chunk: tell the client where to go on.
    return resumeIncomplete(id, session.receivedBytes, request);
  }
  if (request.rawBody.length > 0) {
    await appendFile(session.file.path, request.rawBody);
    session.receivedBytes += request.rawBody.length;
  }
  const isProbe = range !== undefined && range.start === undefined;
  const complete =
    range === undefined ||
    (range.total === undefined ? false : session.receivedBytes >= range.total) ||
    (isProbe && range.total === undefined && session.receivedBytes > 0);
  if (!complete) return resumeIncomplete(id, session.receivedBytes, request);
  context.uploads.delete(id);
  return startJob(context, request, session.metadata, session.file);
};

/** Go's clients take 308 for the redirect that it is elsewhere, and ask for another way to say that more is to come. */
function resumeIncomplete(id: string, received: number, request: RouteRequest): RouteResponse {
  const headers = {
    'X-GUploader-UploadID': id,
    ...(received === 0 ? {} : { Range: `bytes=0-${received - 1}` }),
  };
  if (request.headers['x-guploader-no-308'] !== 'yes') return { status: 308, headers };
  return { status: 200, headers: { ...headers, 'X-HTTP-Status-Code-Override': '308' } };
}

const cancelUpload: ServerHandler = async (context, request) => {
  const session = context.uploads.get(request.query.get('upload_id') ?? '');
  if (session !== undefined) {
    context.uploads.delete(request.query.get('upload_id')!);
    await rm(session.file.path, { force: true });
  }
  return { status: 499 };
};

/** Uploads keep their prefix whatever host variable a client uses; `bq` calls the second form. */
export const uploadRoutes: readonly ServerRoute[] = [
  '/upload/bigquery/v2/projects/{project}/jobs',
  '/resumable/upload/bigquery/v2/projects/{project}/jobs',
].flatMap((path): ServerRoute[] => [
  [
    'POST',
    path,
    (context, request) => (request.query.has('upload_id') ? continueUpload : upload)(context, request),
  ],
  ['PUT', path, continueUpload],
  ['DELETE', path, cancelUpload],
]);
