import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileNotWritten } from '../src/errors/file-not-written.js';

/**
 * Writes files below a folder, which is made if it is missing.
 * @throws HealthmonError `file-not-written`.
 */
export async function writeFiles(
  folder: string,
  cwd: string,
  files: readonly { path: string; text: string | Uint8Array }[],
): Promise<void> {
  for (const { path, text } of files) {
    const file = resolve(cwd, folder, path);
    try {
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, text);
    } catch (cause) {
      throw fileNotWritten(join(folder, path), cause);
    }
  }
}
