import { notImplemented, StorageError } from './errors.js';

export interface MultipartUpload {
  /** The JSON of the first part. */
  metadata: Record<string, unknown>;
  /** Content type of the second part, when it has one. */
  contentType: string | undefined;
  /** The bytes of the second part, as they arrive. */
  media: AsyncIterable<Uint8Array>;
}

/** The metadata of an object is at most a few KiB; this only bounds what a broken client can make us hold. */
const MAX_HEAD_BYTES = 4 * 1024 * 1024;

/** The boundary of a `multipart/related` content type. gcloud writes it in single quotes. */
export function multipartBoundary(contentType: string): string {
  const match = /boundary=(?:"([^"]+)"|'([^']+)'|([^;\s]+))/i.exec(contentType);
  const boundary = match?.[1] ?? match?.[2] ?? match?.[3];
  if (boundary === undefined || !/^multipart\//i.test(contentType)) {
    throw new StorageError('badRequest', 'Missing multipart boundary in Content-Type.', 'Content-Type');
  }
  return boundary;
}

/**
 * Splits a multipart upload without holding the media in memory. Lines end in CR LF, or in LF alone as Python's
 * mail library, which gcloud uses, writes them.
 */
export async function readMultipart(
  body: AsyncIterable<Uint8Array>,
  boundary: string,
): Promise<MultipartUpload> {
  const reader = new PartReader(body);
  let opening = await reader.line();
  while (opening.text === '') opening = await reader.line();
  if (opening.text !== `--${boundary}`) throw malformed('it does not begin with its boundary');
  const delimiter = Buffer.from(`${opening.ending}--${boundary}`, 'latin1');
  await reader.headers();
  const json = Buffer.concat(await collect(reader.until(delimiter)));
  const separator = await reader.line();
  if (separator.text.startsWith('--')) throw malformed('its media part is missing');
  const headers = await reader.headers();
  const encoding = headers.get('content-transfer-encoding')?.toLowerCase();
  if (encoding === 'base64' || encoding === 'quoted-printable') {
    throw notImplemented(`Content-Transfer-Encoding: ${encoding}`);
  }
  return {
    metadata: parseMetadata(json.toString('utf8')),
    contentType: headers.get('content-type'),
    media: reader.until(delimiter),
  };
}

/** @throws StorageError 400 when the text is not a JSON object. */
export function parseMetadata(text: string): Record<string, unknown> {
  if (text.trim() === '') return {};
  try {
    const value: unknown = JSON.parse(text);
    // Go's clients write no resource as `null`.
    if (value === null) return {};
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return value as Record<string, unknown>;
    }
  } catch {
    // The answer below says what is wrong.
  }
  throw new StorageError('invalid', 'Parse Error: the metadata is not a JSON object.');
}

function malformed(why: string): StorageError {
  return new StorageError('badRequest', `Malformed multipart body: ${why}.`);
}

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  const list: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    if (size > MAX_HEAD_BYTES) throw malformed('its metadata is too large');
    list.push(chunk);
  }
  return list;
}

class PartReader {
  readonly #source: AsyncIterator<Uint8Array>;
  #buffer: Buffer = Buffer.alloc(0);

  constructor(body: AsyncIterable<Uint8Array>) {
    this.#source = body[Symbol.asyncIterator]();
  }

  async line(): Promise<{ text: string; ending: string }> {
    for (;;) {
      const end = this.#buffer.indexOf(10);
      if (end !== -1) {
        const ending = this.#buffer[end - 1] === 13 ? '\r\n' : '\n';
        const text = this.#buffer.subarray(0, end + 1 - ending.length).toString('latin1');
        this.#buffer = this.#buffer.subarray(end + 1);
        return { text, ending };
      }
      if (this.#buffer.length > MAX_HEAD_BYTES) throw malformed('a header is too long');
      if (!(await this.#more())) throw malformed('it ends too early');
    }
  }

  async headers(): Promise<Map<string, string>> {
    const headers = new Map<string, string>();
    for (;;) {
      const { text } = await this.line();
      if (text === '') return headers;
      const colon = text.indexOf(':');
      if (colon === -1) throw malformed('a header has no colon');
      headers.set(text.slice(0, colon).trim().toLowerCase(), text.slice(colon + 1).trim());
    }
  }

  /** Yields bytes up to the delimiter and consumes it. */
  async *until(delimiter: Buffer): AsyncGenerator<Uint8Array> {
    for (;;) {
      const found = this.#buffer.indexOf(delimiter);
      if (found !== -1) {
        const rest = this.#buffer.subarray(0, found);
        this.#buffer = this.#buffer.subarray(found + delimiter.length);
        if (rest.length > 0) yield rest;
        return;
      }
      // The tail may be the beginning of the delimiter.
      const safe = this.#buffer.length - delimiter.length + 1;
      if (safe > 0) {
        yield this.#buffer.subarray(0, safe);
        this.#buffer = this.#buffer.subarray(safe);
      }
      if (!(await this.#more())) throw malformed('its closing boundary is missing');
    }
  }

  async #more(): Promise<boolean> {
    const { value, done } = await this.#source.next();
    if (done) return false;
    this.#buffer = this.#buffer.length === 0 ? Buffer.from(value) : Buffer.concat([this.#buffer, value]);
    return true;
  }
}
