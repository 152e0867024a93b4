import { rmSync } from 'node:fs';
import { predefinedObjectAcl } from './access-lists.js';
import { appendTo, checkHashes, type DeclaredHashes, Digest, parseGoogHash } from './content.js';
import { notImplemented, StorageError } from './errors.js';
import type { Answer, Exchange, Route } from './exchange.js';
import { multipartBoundary, readMultipart } from './multipart.js';
import { refuseKeys } from './object-routes.js';
import { readPreconditions } from './preconditions.js';
import { type Fields, objectFields, objectResource } from './resources.js';
import type { UploadProgress } from './resumable.js';

function insert(exchange: Exchange): Promise<Answer> {
  const { request, query } = exchange;
  refuseKeys(query);
  const type = query.get('uploadType') ?? String(request.headers['x-goog-upload-protocol'] ?? 'media');
  if (query.get('upload_id') !== null) return resume(exchange);
  if (type === 'media') return insertMedia(exchange);
  if (type === 'multipart') return insertMultipart(exchange);
  if (type === 'resumable') return openSession(exchange);
  throw notImplemented(`The upload type ${type}`);
}

/** The rest of a body is there still when its reader gives up, for the answer to arrive. */
function bodyOf({ request }: Exchange): AsyncIterable<Uint8Array> {
  return request.iterator({ destroyOnReturn: false });
}

async function insertMedia(exchange: Exchange): Promise<Answer> {
  const contentType = exchange.request.headers['content-type'];
  return write(exchange, {}, contentType, bodyOf(exchange));
}

async function insertMultipart(exchange: Exchange): Promise<Answer> {
  const boundary = multipartBoundary(exchange.request.headers['content-type'] ?? '');
  const { metadata, contentType, media } = await readMultipart(bodyOf(exchange), boundary);
  return write(exchange, metadata, contentType, media);
}

async function write(
  exchange: Exchange,
  metadata: Fields,
  contentType: string | undefined,
  media: AsyncIterable<Uint8Array>,
): Promise<Answer> {
  const { store, query } = exchange;
  const bucket = exchange.params.bucket!;
  const name = nameOf(query, metadata);
  const acl = predefinedObjectAcl(query, store.bucket(bucket));
  const fields = { ...fieldsOf(query, metadata, contentType), ...acl };
  const wanted = readPreconditions(query);
  store.checkWritable(bucket, name, wanted);
  const path = store.disk.temporaryPath();
  try {
    const digest = new Digest();
    await appendTo(path, media, digest);
    const checksums = digest.checksums();
    checkHashes(checksums, declaredIn(metadata));
    checkHashes(checksums, declaredHeaders(exchange));
    const object = store.addObject(bucket, name, fields, { path, checksums }, wanted);
    return { body: objectResource(bucket, object, exchange) };
  } finally {
    rmSync(path, { force: true });
  }
}

async function openSession(exchange: Exchange): Promise<Answer> {
  const { store, uploads, request, query, root, path } = exchange;
  const bucket = exchange.params.bucket!;
  const metadata = await exchange.json();
  const name = nameOf(query, metadata);
  const length = request.headers['x-upload-content-length'];
  const contentType = request.headers['x-upload-content-type'];
  const wanted = readPreconditions(query);
  const acl = predefinedObjectAcl(query, store.bucket(bucket));
  store.checkWritable(bucket, name, wanted);
  const id = uploads.open({
    bucket,
    name,
    fields: {
      ...fieldsOf(query, metadata, contentType === undefined ? undefined : String(contentType)),
      ...acl,
    },
    wanted,
    declared: { ...declaredHeaders(exchange), ...declaredIn(metadata) },
    totalBytes: length === undefined ? undefined : Number(length),
  });
  const location = new URL(path, root);
  location.searchParams.set('uploadType', 'resumable');
  location.searchParams.set('name', name);
  location.searchParams.set('upload_id', id);
  return {
    status: 200,
    headers: { location: location.href, 'x-guploader-uploadid': id, 'content-length': '0' },
  };
}

async function resume(exchange: Exchange): Promise<Answer> {
  const { uploads, query, request } = exchange;
  const id = query.get('upload_id') ?? '';
  const range = request.headers['content-range'];
  const progress = await uploads.receive(id, range, bodyOf(exchange), declaredHeaders(exchange));
  return progressAnswer(progress, exchange);
}

/** Go's clients take 308 for the redirect that it is elsewhere, and ask for another way to say that more is to come. */
function progressAnswer(progress: UploadProgress, exchange: Exchange): Answer {
  if (progress.done) return { body: objectResource(exchange.params.bucket!, progress.object, exchange) };
  const headers: Record<string, string> = { 'content-length': '0' };
  if (progress.received > 0) headers.range = `bytes=0-${progress.received - 1}`;
  if (exchange.request.headers['x-guploader-no-308'] !== 'yes') return { status: 308, headers };
  return { status: 200, headers: { ...headers, 'x-http-status-code-override': '308' } };
}

/** Cloud Storage answers the cancelling of a session with 499. */
function cancel({ uploads, query }: Exchange): Answer {
  uploads.cancel(query.get('upload_id') ?? '');
  return { status: 499, headers: { 'content-length': '0' } };
}

function nameOf(query: URLSearchParams, metadata: Fields): string {
  const name = query.get('name') ?? metadata.name;
  if (typeof name !== 'string' || name === '') throw new StorageError('required', 'Required', 'name');
  return name;
}

function fieldsOf(query: URLSearchParams, metadata: Fields, contentType: string | undefined): Fields {
  const encoding = query.get('contentEncoding');
  return objectFields({
    ...(contentType !== undefined && { contentType }),
    ...(encoding && { contentEncoding: encoding }),
    ...metadata,
  });
}

function declaredIn(metadata: Fields): DeclaredHashes {
  const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
  const hashes: DeclaredHashes = {};
  const [crc32c, md5Hash] = [text(metadata.crc32c), text(metadata.md5Hash)];
  if (crc32c !== undefined) hashes.crc32c = crc32c;
  if (md5Hash !== undefined) hashes.md5Hash = md5Hash;
  return hashes;
}

function declaredHeaders({ request }: Exchange): DeclaredHashes {
  const hashes = parseGoogHash(request.headers['x-goog-hash']);
  const contentMd5 = request.headers['content-md5'];
  // In a multipart body this header would cover the whole body, not the media.
  const isMultipart = /^multipart\//i.test(request.headers['content-type'] ?? '');
  return typeof contentMd5 === 'string' && !isMultipart ? { md5Hash: contentMd5, ...hashes } : hashes;
}

const UPLOAD = '/b/:bucket/o';

export const uploadRoutes: readonly Route[] = [
  { method: 'POST', pattern: UPLOAD, handle: insert },
  { method: 'PUT', pattern: UPLOAD, handle: resume },
  { method: 'DELETE', pattern: UPLOAD, handle: cancel },
];
