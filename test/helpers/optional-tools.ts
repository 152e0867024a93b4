import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * Whether what needs a tool of the Google Cloud CLI is left out: it is not on the PATH, because the emulators came
 * from `emulators install`. In CI nothing is left out, so that there a missing tool is a failure.
 */
export function isLeftOut(tool: 'bq' | 'cbt' | 'gcloud'): boolean {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return !process.env.CI && !folders.some((folder) => existsSync(join(folder, tool)));
}
