import { randomUUID } from 'node:crypto';
import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { appendTo, checkHashes, type DeclaredHashes, Digest } from './content.js';
import { StorageError } from './errors.js';
import type { Preconditions } from './preconditions.js';
import type { Fields, ObjectRecord } from './resources.js';
import type { Store } from './store.js';

/** What an upload session was opened with. Kept on disk, so that a session survives a restart. */
export interface UploadSession {
  id: string;
  bucket: string;
  name: string;
  fields: Fields;
  wanted: Preconditions;
  declared: DeclaredHashes;
  /** `X-Upload-Content-Length`, when the client knows it. */
  totalBytes?: number | undefined;
}

/** `Content-Range` of a request within a session. */
interface ContentRange {
  /** First byte of the body; undefined when there is no body (`bytes * /total`). */
  start: number | undefined;
  end: number | undefined;
  total: number | undefined;
}

export type UploadProgress =
  | { done: true; object: ObjectRecord }
  /** `received` bytes are safe; the client goes on from there. */
  | { done: false; received: number };

/**
 * A finished session is refused after as many that are more recent. The digest of one that goes on is made again from
 * its bytes when it was forgotten.
 */
const REMEMBERED = 1000;

/** Resumable upload sessions: the bytes received so far lie in a file of their own. */
export class ResumableUploads {
  readonly #store: Store;
  readonly #digests = new Map<string, Digest>();
  readonly #active = new Set<string>();
  /** Answers of finished sessions: a client that lost the last answer asks again. */
  readonly #results = new Map<string, ObjectRecord>();

  constructor(store: Store) {
    this.#store = store;
  }

  open(session: Omit<UploadSession, 'id'>): string {
    const id = randomUUID();
    const path = this.#sessionPath(id);
    writeFileSync(this.#bytesPath(id), '');
    writeFileSync(`${path}.new`, JSON.stringify({ ...session, id }));
    renameSync(`${path}.new`, path);
    return id;
  }

  /**
   * Takes one request of a session: a chunk, the rest, or only the question how far it has come.
   * @throws StorageError for an unknown session, a gap, a wrong hash or a failed precondition.
   */
  async receive(
    id: string,
    contentRange: string | undefined,
    body: AsyncIterable<Uint8Array>,
    declared: DeclaredHashes,
  ): Promise<UploadProgress> {
    const finished = this.#results.get(id);
    if (finished !== undefined) return { done: true, object: finished };
    const session = this.#read(id);
    if (this.#active.has(id)) {
      throw new StorageError('conflict', 'Another request is writing to this upload session.');
    }
    this.#active.add(id);
    try {
      const digest = await this.#digest(id);
      const range = parseContentRange(contentRange);
      if (range.start !== undefined && range.start > digest.size) {
        throw new StorageError(
          'invalid',
          `Invalid request.  According to the Content-Range header, the upload offset is ${range.start} byte(s), ` +
            `which exceeds already uploaded size of ${digest.size} byte(s).`,
          'Content-Range',
        );
      }
      if (range.start !== undefined) {
        const length = range.end === undefined ? undefined : range.end - range.start + 1;
        const content = skip(atMost(body, length), digest.size - range.start);
        await appendTo(this.#bytesPath(id), content, digest);
      }
      const total =
        range.total ?? (range.end === undefined && range.start !== undefined ? digest.size : undefined);
      if (total === undefined || digest.size < total) return { done: false, received: digest.size };
      if (digest.size > total) {
        throw new StorageError(
          'invalid',
          `More than the announced ${total} byte(s) were sent.`,
          'Content-Range',
        );
      }
      if (session.totalBytes !== undefined && session.totalBytes !== digest.size) {
        throw new StorageError(
          'invalid',
          `The upload has ${digest.size} byte(s), but X-Upload-Content-Length announced ${session.totalBytes}.`,
          'X-Upload-Content-Length',
        );
      }
      return { done: true, object: this.#finish(session, digest, declared) };
    } finally {
      this.#active.delete(id);
    }
  }

  /** Forgets a session and its bytes. */
  cancel(id: string): void {
    this.#read(id);
    this.#discard(id);
  }

  #finish(session: UploadSession, digest: Digest, declared: DeclaredHashes): ObjectRecord {
    const checksums = digest.checksums();
    try {
      checkHashes(checksums, session.declared);
      checkHashes(checksums, declared);
    } catch (error) {
      this.#discard(session.id);
      throw error;
    }
    const incoming = { path: this.#bytesPath(session.id), checksums };
    const object = this.#store.addObject(
      session.bucket,
      session.name,
      session.fields,
      incoming,
      session.wanted,
    );
    this.#discard(session.id);
    this.#results.set(session.id, object);
    forgetOldest(this.#results);
    return object;
  }

  async #digest(id: string): Promise<Digest> {
    const known = this.#digests.get(id);
    const path = this.#bytesPath(id);
    if (known !== undefined && known.size === statSync(path).size) return known;
    // After a restart, or a write that failed between the file and the digest.
    const digest = await Digest.ofFile(path);
    this.#digests.set(id, digest);
    forgetOldest(this.#digests);
    return digest;
  }

  #read(id: string): UploadSession {
    try {
      if (/^[0-9a-f-]{36}$/.test(id))
        return JSON.parse(readFileSync(this.#sessionPath(id), 'utf8')) as UploadSession;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
    throw new StorageError('notFound', 'No such upload session.', 'upload_id');
  }

  #discard(id: string): void {
    this.#digests.delete(id);
    rmSync(this.#sessionPath(id), { force: true });
    rmSync(this.#bytesPath(id), { force: true });
  }

  #sessionPath(id: string): string {
    return join(this.#store.disk.uploads, `${id}.json`);
  }

  #bytesPath(id: string): string {
    return join(this.#store.disk.uploads, `${id}.bytes`);
  }
}

function forgetOldest(remembered: Map<string, unknown>): void {
  if (remembered.size > REMEMBERED) remembered.delete(remembered.keys().next().value as string);
}

/** Without the header the body is the whole object. */
function parseContentRange(header: string | undefined): ContentRange {
  if (header === undefined) return { start: 0, end: undefined, total: undefined };
  const match = /^bytes (?:\*|(\d+)-(\d+|\*))\/(\d+|\*)$/.exec(header.trim());
  if (match === null) {
    throw new StorageError('invalid', `Failed to parse Content-Range header: ${header}`, 'Content-Range');
  }
  const number = (text: string | undefined) =>
    text === undefined || text === '*' ? undefined : Number(text);
  return { start: number(match[1]), end: number(match[2]), total: number(match[3]) };
}

/**
 * Fails when more bytes come than `Content-Range` said, but reads them all: a client that is cut off while it sends
 * would not see the answer.
 */
async function* atMost(
  body: AsyncIterable<Uint8Array>,
  length: number | undefined,
): AsyncGenerator<Uint8Array> {
  let left = length ?? Number.POSITIVE_INFINITY;
  for await (const chunk of body) {
    left -= chunk.length;
    if (left >= 0) yield chunk;
  }
  if (left < 0) {
    throw new StorageError('invalid', 'The body is longer than its Content-Range says.', 'Content-Range');
  }
}

/** Leaves out bytes that an earlier request brought already. */
async function* skip(body: AsyncIterable<Uint8Array>, count: number): AsyncGenerator<Uint8Array> {
  let left = count;
  for await (const chunk of body) {
    if (left >= chunk.length) left -= chunk.length;
    else {
      yield left === 0 ? chunk : chunk.subarray(left);
      left = 0;
    }
  }
}
