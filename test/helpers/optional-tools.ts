import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * Whether what needs a tool of the Google Cloud CLI is left out: it is not on the PATH, because the emulators came
 * from `emulators install`. In CI nothing is left out, so that there a missing tool is a failure.
 */
export function isLeftOut(tool: 'bq' | 'cbt' | 'gcloud'): boolean {
  return !process.env.CI && findTool(tool) === undefined;
}

/** Whether a tool is on the PATH that is used where it is, and nowhere needed. */
export function hasTool(name: string): boolean {
  return findTool(name) !== undefined;
}

/** The browser of the system; undefined when there is none. */
export function findChromium(): string | undefined {
  return ['chromium', 'chromium-browser', 'google-chrome'].map(findTool).find((path) => path !== undefined);
}

function findTool(name: string): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}
