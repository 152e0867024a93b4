import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../core/package-root.js';
import { HealthmonError } from '../../errors/healthmon-error.js';

/** The decode path of the worker as one script, which `npm run build` makes. */
export function decoderBundle(): string {
  return readBundle('decoder');
}

/** What decides in `load`, in the same way. */
export function loaderBundle(): string {
  return readBundle('loader');
}

function readBundle(name: string): string {
  const path = join(packageRoot(), 'dist', 'src', 'pipeline', 'jobs', `${name}.bundle.js`);
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new HealthmonError({
      code: 'not-built',
      message: `The compiled ${name} is missing.`,
      detail: `Looked for ${path}.`,
      suggestion: 'Run "npm run build".',
      cause,
    });
  }
}
