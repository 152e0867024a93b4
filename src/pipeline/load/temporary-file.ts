import { mkdtempSync, openSync, read, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { HealthmonError } from '../../errors/healthmon-error.js';

const readBlock = promisify(read);

/** A private file without a name: nobody else can open it, and it ends with the process, however that ends. */
export function openTemporaryFile(): number {
  try {
    const folder = mkdtempSync(join(tmpdir(), 'healthmon-rows-'));
    try {
      return openSync(join(folder, 'rows'), 'wx+', 0o600);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  } catch (error) {
    throw temporaryFileError(error);
  }
}

/** Writes all the bytes. A disk that is nearly full takes a part of them without an error. */
export function writeTemporaryFile(file: number, bytes: Uint8Array, position: number): void {
  try {
    for (let at = 0; at < bytes.length; ) {
      at += writeSync(file, bytes, at, bytes.length - at, position + at);
    }
  } catch (error) {
    throw temporaryFileError(error);
  }
}

/** All the bytes from the start. It may be read by several at once. */
export async function* readTemporaryFile(file: number, blockBytes: number): AsyncGenerator<Buffer> {
  for (let position = 0; ; ) {
    const { bytesRead, buffer } = await readBlock(
      file,
      Buffer.allocUnsafe(blockBytes),
      0,
      blockBytes,
      position,
    );
    if (bytesRead === 0) return;
    position += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

function temporaryFileError(cause: unknown): HealthmonError {
  return new HealthmonError({
    code: 'temporary-file-failed',
    message: `A temporary file in ${tmpdir()} cannot be written.`,
    detail: (cause as Error).message,
    suggestion: 'Make room there, or name another folder in the environment variable TMPDIR.',
    cause,
  });
}
