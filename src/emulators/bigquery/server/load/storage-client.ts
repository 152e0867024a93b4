import { createReadStream, createWriteStream } from 'node:fs';
import { link, stat } from 'node:fs/promises';
import { get, type IncomingMessage, request as startRequest } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { isLoopbackName } from '../../../../core/request-guard.js';
import { notImplemented, SqlError } from '../../../googlesql/errors.js';
import { BigQueryError } from '../../errors.js';

/** Without an answer for this long the storage emulator counts as dead. */
const IDLE_TIMEOUT_MS = 60_000;

/** Our storage emulator answers this header with the path of the object's bytes, which never change once written. */
const FILE_HEADER = 'x-emulator-file';

/** https://cloud.google.com/bigquery/quotas#udf_limits */
const MAX_TEXT_BYTES = 1024 * 1024;

export interface GcsUri {
  bucket: string;
  object: string;
}

export function parseGcsUri(uri: string): GcsUri {
  const match = /^gs:\/\/([^/]+)\/(.+)$/s.exec(uri);
  if (match === null) {
    if (/^(https?|drive|s3|azure):/.test(uri)) throw notImplemented(`Reading from ${uri}`, uri);
    throw new BigQueryError('invalid', `Source URI must be a Google Cloud Storage location: ${uri}`);
  }
  return { bucket: match[1]!, object: match[2]! };
}

/** The few calls of the Cloud Storage JSON API that load and extract jobs need. */
export class StorageClient {
  readonly #endpoint: string;

  constructor(endpoint: string | undefined) {
    if (endpoint === undefined) {
      throw notImplemented('Reading and writing gs:// URIs without a storage endpoint (--storage-endpoint)');
    }
    this.#endpoint = endpoint.replace(/\/+$/, '');
  }

  /** The objects a URI names; it may hold one `*`. Nothing found is `notFound`. */
  async resolve(uri: string): Promise<GcsUri[]> {
    const { bucket, object } = parseGcsUri(uri);
    const star = object.indexOf('*');
    if (bucket.includes('*') || object.indexOf('*', star + 1) > star) {
      throw new BigQueryError(
        'invalid',
        `Invalid source URI: ${uri}. Only one wildcard is allowed, after the bucket.`,
      );
    }
    if (star < 0) return [{ bucket, object }];
    const prefix = object.slice(0, star);
    const suffix = object.slice(star + 1);
    const names = await this.#list(bucket, prefix);
    const matches = names.filter(
      (name) => name.length >= prefix.length + suffix.length && name.endsWith(suffix),
    );
    if (matches.length === 0) throw new BigQueryError('notFound', `Not found: URI ${uri}`);
    return matches.sort().map((name) => ({ bucket, object: name }));
  }

  /** Is there an object that the URI names? */
  async exists(uri: string): Promise<boolean> {
    try {
      return (await this.resolve(uri)).length > 0;
    } catch (error) {
      if (error instanceof SqlError && error.message.startsWith('Not found: URI')) return false;
      throw error;
    }
  }

  async #list(bucket: string, prefix: string): Promise<string[]> {
    const names: string[] = [];
    let pageToken = '';
    do {
      const query = new URLSearchParams({ prefix, ...(pageToken === '' ? {} : { pageToken }) });
      const response = await fetch(
        `${this.#endpoint}/storage/v1/b/${encodeURIComponent(bucket)}/o?${query}`,
        { signal: AbortSignal.timeout(IDLE_TIMEOUT_MS) },
      );
      if (response.status === 404) {
        throw new BigQueryError('notFound', `Not found: Bucket ${bucket}`);
      }
      if (!response.ok) throw storageFailure(`listing gs://${bucket}/${prefix}`, response.status);
      const page = (await response.json()) as { items?: { name: string }[]; nextPageToken?: string };
      for (const item of page.items ?? []) names.push(item.name);
      pageToken = page.nextPageToken ?? '';
    } while (pageToken !== '');
    return names;
  }

  /** Puts an object into a file, as it is stored: a link to its bytes where they are at hand, else a copy. */
  async download(uri: GcsUri, path: string, signal: AbortSignal): Promise<void> {
    // Only a storage of this machine may name files of it.
    if (isLoopbackName(new URL(this.#endpoint).hostname)) {
      const response = await this.#media(uri, signal, { [FILE_HEADER]: 'wanted' });
      const file = response.headers[FILE_HEADER];
      // A storage emulator that does not know the header has sent the object.
      if (typeof file !== 'string') return save(response, path, signal);
      response.resume();
      try {
        return await link(decodeURI(file), path);
      } catch {
        // On another disk, in another container, or replaced in the meantime.
      }
    }
    await save(await this.#media(uri, signal), path, signal);
  }

  /** An object as text, which is refused when it is long. */
  async text(uri: GcsUri, signal: AbortSignal | undefined): Promise<string> {
    const response = await this.#media(uri, signal);
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of response as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > MAX_TEXT_BYTES) {
        response.destroy();
        throw new BigQueryError(
          'invalid',
          `gs://${uri.bucket}/${uri.object} has more than ${MAX_TEXT_BYTES} bytes, which is too much for code`,
        );
      }
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString('utf8');
  }

  async #media(
    { bucket, object }: GcsUri,
    signal: AbortSignal | undefined,
    headers: Record<string, string> = {},
  ): Promise<IncomingMessage> {
    const url = `${this.#endpoint}/storage/v1/b/${encodeURIComponent(bucket)}/o/${encodeURIComponent(object)}?alt=media`;
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      // `Accept-Encoding: gzip` keeps the server from decompressing; the reader looks at the bytes itself.
      const request = get(url, { signal, headers: { 'Accept-Encoding': 'gzip', ...headers } }, resolve);
      request.setTimeout(IDLE_TIMEOUT_MS, () =>
        request.destroy(new Error('the storage emulator does not answer')),
      );
      request.on('error', reject);
    }).catch((error: Error) => {
      if (signal?.aborted) throw error;
      throw new BigQueryError(
        'backendError',
        `Cannot reach Cloud Storage at ${this.#endpoint}: ${error.message}`,
        {
          cause: error,
        },
      );
    });
    if (response.statusCode !== 200) {
      response.resume();
      if (response.statusCode === 404)
        throw new BigQueryError('notFound', `Not found: URI gs://${bucket}/${object}`);
      throw storageFailure(`reading gs://${bucket}/${object}`, response.statusCode ?? 0);
    }
    return response;
  }

  /** Stores a file as an object. */
  async upload({ bucket, object }: GcsUri, path: string, contentType: string): Promise<void> {
    const query = new URLSearchParams({ uploadType: 'media', name: object });
    const url = `${this.#endpoint}/upload/storage/v1/b/${encodeURIComponent(bucket)}/o?${query}`;
    const { size } = await stat(path);
    const status = await new Promise<number>((resolve, reject) => {
      const request = startRequest(
        url,
        { method: 'POST', headers: { 'Content-Type': contentType, 'Content-Length': size } },
        (response) => {
          response.resume();
          response.on('end', () => resolve(response.statusCode ?? 0));
        },
      );
      request.setTimeout(IDLE_TIMEOUT_MS, () =>
        request.destroy(new Error('the storage emulator does not answer')),
      );
      request.on('error', reject);
      createReadStream(path).pipe(request);
    });
    if (status === 404) throw new BigQueryError('notFound', `Not found: Bucket ${bucket}`);
    if (status !== 200) throw storageFailure(`writing gs://${bucket}/${object}`, status);
  }
}

function save(response: IncomingMessage, path: string, signal: AbortSignal): Promise<void> {
  return pipeline(response, createWriteStream(path, { highWaterMark: 1024 * 1024 }), { signal });
}

function storageFailure(action: string, status: number): BigQueryError {
  return new BigQueryError('backendError', `Cloud Storage answered ${status} when ${action}`);
}
