import { closeSync, constants, createReadStream } from 'node:fs';
import { open, realpath, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { createGunzip } from 'node:zlib';
import { HealthmonError, usageError } from '../../errors/healthmon-error.js';
import type { ObjectVersion, StoragePort } from '../../gcp/storage/port.js';
import { openTemporaryFile, readTemporaryFile, writeTemporaryFile } from './temporary-file.js';

/** Bytes that can be read as often as needed, always the same. */
export interface Source {
  /** As the user named it. */
  label: string;
  /** Without folder and without `.csv`, for the reject file. */
  stem: string;
  /** The file itself, links followed; undefined when it is none that the user knows. */
  path: string | undefined;
  /** Folder of the reject file; undefined means the working directory. */
  folder: string | undefined;
  size: number;
  /** The object that holds it, when it comes from Cloud Storage. */
  object: ObjectVersion | undefined;
  /** The bytes as they are stored. */
  bytes(): Readable;
  /** The bytes are no longer those that were there at first. */
  changed(): Promise<boolean>;
  /** Removes what was made to read it twice. */
  dispose(): Promise<void>;
}

/** Larger than the default of streams, so that fewer pieces are handed on. */
const READ_BYTES = 128 * 1024;

/** Decompressed text of a source; gzip is told by its first bytes, whatever the name. */
export function textBytes(source: Source): AsyncIterable<Buffer> {
  return decompressed(source);
}

async function* decompressed(source: Source): AsyncGenerator<Buffer> {
  const raw = source.bytes();
  try {
    const chunks = raw[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
    const first = await chunks.next();
    if (first.done) return;
    if (first.value[0] === 0x1f && first.value[1] === 0x8b) {
      // The pipe ends the raw stream too; nobody else reads it.
      await chunks.return?.();
      raw.destroy();
      yield* gunzipped(source);
      return;
    }
    yield first.value;
    for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value;
  } catch (error) {
    throw readError(source.label, error);
  } finally {
    raw.destroy();
  }
}

async function* gunzipped(source: Source): AsyncGenerator<Buffer> {
  const raw = source.bytes();
  const gunzip = createGunzip({ chunkSize: READ_BYTES });
  raw.once('error', (error) => gunzip.destroy(error));
  raw.pipe(gunzip);
  try {
    for await (const chunk of gunzip) yield chunk as Buffer;
  } finally {
    raw.destroy();
    gunzip.destroy();
  }
}

function readError(label: string, error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof HealthmonError) return error;
  const { code } = error as NodeJS.ErrnoException;
  if (typeof code === 'string' && code.startsWith('Z_')) {
    return new HealthmonError({
      code: 'damaged-file',
      message: `${label} is a damaged gzip file.`,
      detail: error.message,
      suggestion: 'Check it with "gzip -t", or copy it again.',
      cause: error,
    });
  }
  return typeof code === 'string' ? fileError(label, error as NodeJS.ErrnoException) : error;
}

/** What the system says about a file, as something to act on. */
export function fileError(path: string, error: NodeJS.ErrnoException): HealthmonError {
  const reason =
    error.code === 'ENOENT'
      ? 'does not exist'
      : error.code === 'EACCES'
        ? 'may not be read'
        : error.code === 'EISDIR'
          ? 'is a folder'
          : 'cannot be read';
  return usageError({
    code: error.code === 'ENOENT' ? 'file-not-found' : 'file-unreadable',
    message: `The file ${path} ${reason}.`,
    detail: error.message,
    suggestion: /^[a-z][a-z0-9+.-]*:\/\//i.test(path)
      ? 'Give files and gs://bucket/name only; download others, or pipe them in with "-".'
      : 'Check the path.',
    cause: error,
  });
}

/** A name without folder, `.gz` and `.csv`. */
export function stemOf(name: string): string {
  return (
    basename(name)
      .replace(/\.gz$/i, '')
      .replace(/\.(csv|tsv|txt)$/i, '') || 'rows'
  );
}

export async function fileSource(path: string, label: string, signal: AbortSignal): Promise<Source> {
  try {
    const info = await stat(path);
    if (info.isFIFO()) return { ...(await keptSource(pipeBytes(path), label, signal)), stem: stemOf(path) };
    const handle = await open(path, 'r');
    await handle.close();
    return {
      label,
      stem: stemOf(path),
      path: await realpath(path),
      folder: dirname(path),
      size: info.size,
      object: undefined,
      bytes: () => createReadStream(path, { highWaterMark: READ_BYTES }),
      async changed() {
        const now = await stat(path).catch(() => undefined);
        return now?.size !== info.size || now.mtimeMs !== info.mtimeMs;
      },
      async dispose() {},
    };
  } catch (error) {
    throw readError(label, error);
  }
}

/** A pipe that nobody opens for writing is empty after this time. */
const WRITER_TIMEOUT_MS = 10_000;
const PIPE_POLL_MS = 10;

/**
 * Bytes of a named pipe, such as the one of `<(command)` in a shell. Opening one waits for its writer, in a thread
 * that no signal ends; so it is opened without waiting, and asked again and again.
 */
async function* pipeBytes(path: string): AsyncGenerator<Buffer> {
  const pipe = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    let hasWriter = false;
    for (let waitedMs = 0; hasWriter || waitedMs < WRITER_TIMEOUT_MS; waitedMs += PIPE_POLL_MS) {
      try {
        const { bytesRead, buffer } = await pipe.read(Buffer.allocUnsafe(READ_BYTES));
        if (bytesRead > 0) {
          hasWriter = true;
          yield buffer.subarray(0, bytesRead);
          continue;
        }
        if (hasWriter) return;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
        hasWriter = true;
      }
      await delay(PIPE_POLL_MS);
    }
  } finally {
    await pipe.close();
  }
}

export function objectSource(storage: StoragePort, object: ObjectVersion): Source {
  return {
    label: `gs://${object.bucket}/${object.name}`,
    stem: stemOf(object.name),
    path: undefined,
    folder: undefined,
    size: object.size,
    object,
    bytes: () => storage.read(object),
    // A generation never changes.
    changed: async () => false,
    async dispose() {},
  };
}

/** Bytes that come only once are kept in a file without a name, because they are read more than once. */
export async function keptSource(
  input: AsyncIterable<Buffer | string>,
  label: string,
  signal: AbortSignal,
): Promise<Source> {
  const file = openTemporaryFile();
  const dispose = async () => closeSync(file);
  let size = 0;
  try {
    const kept = async (chunks: AsyncIterable<Buffer | string>) => {
      for await (const chunk of chunks) {
        const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
        writeTemporaryFile(file, bytes, size);
        size += bytes.length;
      }
    };
    await pipeline(input, kept, { signal });
  } catch (error) {
    await dispose();
    throw error;
  }
  return {
    label,
    stem: 'stdin',
    path: undefined,
    folder: undefined,
    size,
    object: undefined,
    bytes: () => Readable.from(readTemporaryFile(file, READ_BYTES)),
    changed: async () => false,
    dispose,
  };
}
