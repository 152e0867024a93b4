import { type FileHandle, open } from 'node:fs/promises';

/** What a journal does with its files. */
export type JournalFile = Pick<FileHandle, 'read' | 'writev' | 'datasync' | 'truncate' | 'stat' | 'close'>;

/** Files hold what clients sent: nobody else may read them. */
export type OpenFile = (path: string, flags: string) => Promise<JournalFile>;
export const openFile: OpenFile = (path, flags) => open(path, flags, 0o600);

const COPY_BYTES = 1024 * 1024;

/** Writes all of the buffers. @returns how many bytes they are. */
export async function writeAll(
  file: JournalFile,
  buffers: readonly Buffer[],
  position: number,
): Promise<number> {
  const length = buffers.reduce((sum, { length }) => sum + length, 0);
  const { bytesWritten } = await file.writev(buffers, position);
  if (bytesWritten < length) {
    // What stopped the system in the middle is told when one asks again.
    const rest = Buffer.concat(buffers).subarray(bytesWritten);
    await writeAll(file, [rest], position + bytesWritten);
  }
  return length;
}

/** Copies a range of a file to a position of another. @returns where the copy ends. */
export async function copyRange(
  from: JournalFile,
  range: { start: number; end: number },
  to: JournalFile,
  position: number,
): Promise<number> {
  const buffer = Buffer.allocUnsafe(Math.min(COPY_BYTES, range.end - range.start));
  let copied = 0;
  while (range.start + copied < range.end) {
    const wanted = Math.min(buffer.length, range.end - range.start - copied);
    const { bytesRead } = await from.read(buffer, 0, wanted, range.start + copied);
    if (bytesRead === 0) throw new Error('The journal is shorter than what was written to it.');
    await writeAll(to, [buffer.subarray(0, bytesRead)], position + copied);
    copied += bytesRead;
  }
  return position + copied;
}

/** Makes the names in a folder survive a loss of power. */
export async function syncFolder(folder: string): Promise<void> {
  // Windows opens no folders.
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
