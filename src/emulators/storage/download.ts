import { open } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { StorageError } from './errors.js';
import { etagOf, type ObjectRecord } from './resources.js';

/** A program of the same machine asks with this header where the bytes are, to read them in place. */
const FILE_HEADER = 'x-emulator-file';

const READ_BYTES = 1024 * 1024;

/** Sends the bytes of an object, whole or a range, unpacked when the client cannot read the stored encoding. */
export async function sendMedia(
  request: IncomingMessage,
  response: ServerResponse,
  object: ObjectRecord,
  path: string,
): Promise<void> {
  if (request.headers[FILE_HEADER] !== undefined) {
    response.writeHead(200, { [FILE_HEADER]: encodeURI(path), 'content-length': '0' });
    response.end();
    return;
  }
  // Opened before the headers: a deletion in between must become a 404, not a broken body.
  const file = await open(path);
  try {
    const headers = mediaHeaders(object);
    const unpack = mustUnpack(request, object);
    const range = unpack ? undefined : parseRange(request.headers.range, object.size);
    if (unpack) {
      // Cloud Storage unpacks as it sends: the length is unknown, and ranges do not apply.
      delete headers['content-encoding'];
      headers.warning = '214 UploadServer gunzipped';
    } else {
      const [start, end] = range ?? [0, object.size - 1];
      headers['content-length'] = String(end - start + 1);
      headers['accept-ranges'] = 'bytes';
      if (range !== undefined) headers['content-range'] = `bytes ${start}-${end}/${object.size}`;
    }
    response.writeHead(range === undefined ? 200 : 206, headers);
    if (request.method === 'HEAD' || object.size === 0) {
      response.end();
      return;
    }
    const [start, end] = range ?? [0, object.size - 1];
    const source = file.createReadStream({ start, end, autoClose: false, highWaterMark: READ_BYTES });
    await (unpack ? pipeline(source, createGunzip(), response) : pipeline(source, response));
  } finally {
    await file.close();
  }
}

function mediaHeaders(object: ObjectRecord): Record<string, string> {
  const { fields } = object;
  const headers: Record<string, string> = {
    'content-type': String(fields.contentType ?? 'application/octet-stream'),
    // A stored page would else run as one of the emulator's own, which may do anything to it.
    'content-security-policy': 'sandbox',
    'x-content-type-options': 'nosniff',
    etag: etagOf(object.generation, object.metageneration),
    'last-modified': new Date(object.updated).toUTCString(),
    'x-goog-generation': object.generation,
    'x-goog-metageneration': object.metageneration,
    'x-goog-hash': [
      `crc32c=${object.crc32c}`,
      ...(object.md5Hash === undefined ? [] : [`md5=${object.md5Hash}`]),
    ].join(','),
    'x-goog-stored-content-encoding': String(fields.contentEncoding ?? 'identity'),
    'x-goog-stored-content-length': String(object.size),
    'x-goog-storage-class': String(fields.storageClass ?? 'STANDARD'),
  };
  const optional = {
    'content-encoding': fields.contentEncoding,
    'content-disposition': fields.contentDisposition,
    'content-language': fields.contentLanguage,
    'cache-control': fields.cacheControl,
  };
  for (const [name, value] of Object.entries(optional))
    if (value !== undefined) headers[name] = String(value);
  for (const [name, value] of Object.entries((fields.metadata as Record<string, string> | undefined) ?? {})) {
    // Metadata may hold anything, a header may not.
    if (/^[\w.-]+$/.test(name) && /^[\t\x20-\x7e]*$/.test(value)) headers[`x-goog-meta-${name}`] = value;
  }
  return headers;
}

function mustUnpack(request: IncomingMessage, object: ObjectRecord): boolean {
  if (object.fields.contentEncoding !== 'gzip' || object.size === 0) return false;
  if (/\bno-transform\b/.test(String(object.fields.cacheControl ?? ''))) return false;
  const accepted = String(request.headers['accept-encoding'] ?? '');
  return !/\bgzip\b(?!;\s*q=0(?:\.0*)?\b)/.test(accepted);
}

/** First and last byte of a `Range` header; undefined when the whole object is to be sent. */
function parseRange(header: string | undefined, size: number): [number, number] | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '');
  // A header of another form is ignored, as HTTP asks.
  if (match === null || (match[1] === '' && match[2] === '')) return undefined;
  const start = match[1] === '' ? Math.max(0, size - Number(match[2])) : Number(match[1]);
  const end = match[1] === '' || match[2] === '' ? size - 1 : Math.min(Number(match[2]), size - 1);
  if (match[1] !== '' && match[2] !== '' && Number(match[2]) < Number(match[1])) return undefined;
  if (start >= size) {
    throw new StorageError('requestedRangeNotSatisfiable', 'Request range not satisfiable', 'Range');
  }
  return [start, end];
}
