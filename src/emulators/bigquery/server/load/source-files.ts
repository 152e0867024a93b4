import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { JsonObject } from '../../catalog/entries.js';
import { BigQueryError } from '../../errors.js';
import { StorageClient } from './storage-client.js';

/** A local copy of one source of a load job. */
export interface SourceFile {
  path: string;
  /** How errors name the source: its URI, or the upload. */
  uri: string;
}

export const ENCODINGS = {
  'UTF-8': 'utf-8',
  'ISO-8859-1': 'latin1',
  'UTF-16BE': 'utf-16be',
  'UTF-16LE': 'utf-16le',
} as const;
export type Encoding = keyof typeof ENCODINGS;

/** Name for errors about the file of an upload, which has no URI. */
export const UPLOAD_URI = 'upload';

export interface FetchOptions {
  stagingDir: string;
  storageEndpoint: string | undefined;
  signal: AbortSignal;
}

/** A resumable upload between its first and its last request. */
export interface UploadSession {
  /** The resource that comes with the media. */
  metadata: JsonObject;
  file: SourceFile;
  receivedBytes: number;
}

/** Copies everything the URIs name into the staging folder. */
export async function fetchSources(uris: readonly string[], options: FetchOptions): Promise<SourceFile[]> {
  const client = new StorageClient(options.storageEndpoint);
  const files: SourceFile[] = [];
  try {
    for (const uri of uris) {
      for (const object of await client.resolve(uri)) {
        const file = { path: stagingPath(options.stagingDir), uri: `gs://${object.bucket}/${object.object}` };
        files.push(file);
        await client.download(object, file.path, options.signal);
      }
    }
    return files;
  } catch (error) {
    await removeSources(files);
    throw error;
  }
}

export function stagingPath(stagingDir: string): string {
  return join(stagingDir, randomUUID());
}

export async function removeSources(files: readonly SourceFile[]): Promise<void> {
  await Promise.all(files.map(({ path }) => rm(path, { force: true })));
}

/** Unpacks gzip and turns text into UTF-8, in place; what is plain UTF-8 already is left alone. */
export async function normalizeText(file: SourceFile, encoding: Encoding): Promise<void> {
  const zipped = await startsWith(file.path, [0x1f, 0x8b]);
  if (!zipped && encoding === 'UTF-8') return;
  const target = `${file.path}.text`;
  const steps: NodeJS.ReadWriteStream[] = [];
  if (zipped) steps.push(createGunzip());
  if (encoding !== 'UTF-8') steps.push(decoder(ENCODINGS[encoding]));
  try {
    await pipeline([createReadStream(file.path), ...steps, createWriteStream(target)]);
  } catch (error) {
    await rm(target, { force: true });
    throw new BigQueryError(
      'invalid',
      `Error while reading data, error message: cannot decode ${file.uri}: ${(error as Error).message}`,
      { location: file.uri, cause: error },
    );
  }
  await rm(file.path, { force: true });
  file.path = target;
}

function decoder(encoding: string): Transform {
  const text = new TextDecoder(encoding);
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      done(null, Buffer.from(text.decode(chunk, { stream: true }), 'utf8'));
    },
    flush(done) {
      done(null, Buffer.from(text.decode(), 'utf8'));
    },
  });
}

async function startsWith(path: string, bytes: number[]): Promise<boolean> {
  const file = await open(path);
  try {
    const start = Buffer.alloc(bytes.length);
    const { bytesRead } = await file.read(start, 0, bytes.length, 0);
    return bytesRead === bytes.length && bytes.every((byte, index) => start[index] === byte);
  } finally {
    await file.close();
  }
}
