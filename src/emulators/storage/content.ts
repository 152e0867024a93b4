import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { crc32c, encodeCrc32c } from './crc32c.js';
import { StorageError } from './errors.js';

export interface Checksums {
  size: number;
  crc32c: string;
  md5Hash: string;
}

/** Size, CRC-32C and MD5 of bytes as they pass by. */
export class Digest {
  size = 0;
  #crc = 0;
  readonly #md5: Hash = createHash('md5');

  update(bytes: Uint8Array): void {
    this.size += bytes.length;
    this.#crc = crc32c(bytes, this.#crc);
    this.#md5.update(bytes);
  }

  /** May be called while more bytes are still to come. */
  checksums(): Checksums {
    return { size: this.size, crc32c: encodeCrc32c(this.#crc), md5Hash: this.#md5.copy().digest('base64') };
  }

  static async ofFile(path: string): Promise<Digest> {
    const digest = new Digest();
    for await (const chunk of createReadStream(path)) digest.update(chunk as Buffer);
    return digest;
  }
}

/** What Node hands to the system at a time when it appends to a file. */
const BLOCK_BYTES = 512 * 1024;

/**
 * Appends what `source` yields to a file, block by block, each digested while it is written. When the source fails
 * half-way, what had arrived stays in the file and in `digest`, so that an interrupted upload can be resumed there.
 */
export async function appendTo(
  path: string,
  source: AsyncIterable<Uint8Array>,
  digest: Digest,
): Promise<void> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, 'a');
    for await (const block of inBlocks(source)) {
      const written = file.appendFile(block);
      digest.update(block);
      await written;
    }
  } finally {
    await file?.close();
  }
}

/** The same bytes in fewer pieces: sockets yield 64 KiB, and each write of a file costs a turn of the event loop. */
async function* inBlocks(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of source) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes < BLOCK_BYTES) continue;
      yield Buffer.concat(chunks, bytes);
      chunks = [];
      bytes = 0;
    }
  } catch (error) {
    if (bytes > 0) yield Buffer.concat(chunks, bytes);
    throw error;
  }
  if (bytes > 0) yield Buffer.concat(chunks, bytes);
}

/** Hashes that a request declares for the bytes it sends. */
export interface DeclaredHashes {
  crc32c?: string | undefined;
  md5Hash?: string | undefined;
}

/** Reads `x-goog-hash: crc32c=…,md5=…`; undefined entries when absent. */
export function parseGoogHash(header: string | string[] | undefined): DeclaredHashes {
  const hashes: DeclaredHashes = {};
  const text = Array.isArray(header) ? header.join(',') : (header ?? '');
  for (const part of text.split(',')) {
    const [, name, value] = /^\s*(crc32c|md5)=(\S+)\s*$/.exec(part) ?? [];
    if (name === 'crc32c') hashes.crc32c = value;
    if (name === 'md5') hashes.md5Hash = value;
  }
  return hashes;
}

/** @throws StorageError 400 when a declared hash is not that of the bytes received. */
export function checkHashes(actual: Checksums, declared: DeclaredHashes): void {
  if (declared.crc32c !== undefined && declared.crc32c !== actual.crc32c) {
    throw new StorageError(
      'invalid',
      `Provided CRC32C "${declared.crc32c}" doesn't match calculated CRC32C "${actual.crc32c}".`,
    );
  }
  if (declared.md5Hash !== undefined && declared.md5Hash !== actual.md5Hash) {
    throw new StorageError(
      'invalid',
      `Provided MD5 hash "${declared.md5Hash}" doesn't match calculated MD5 hash "${actual.md5Hash}".`,
    );
  }
}
