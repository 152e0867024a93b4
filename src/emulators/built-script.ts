import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { HealthmonError } from '../errors/healthmon-error.js';

/**
 * The compiled form of a script of this room, which child processes run. The tests run from the TypeScript
 * sources, where it lies in `dist/`.
 * @param path below `src/emulators`, such as `storage/main.js`.
 */
export function builtScript(path: string): string {
  const here = fileURLToPath(new URL('.', import.meta.url));
  const candidates = [join(here, path), join(here, '..', '..', 'dist', 'src', 'emulators', path)];
  const script = candidates.find((candidate) => existsSync(candidate));
  if (script === undefined) {
    throw new HealthmonError({
      code: 'not-built',
      message: `The compiled ${path} is missing.`,
      detail: `Looked for ${candidates.join(' and ')}.`,
      suggestion: 'Run "npm run build".',
    });
  }
  return script;
}
