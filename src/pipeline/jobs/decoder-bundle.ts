import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../core/package-root.js';
import { HealthmonError } from '../../errors/healthmon-error.js';

/** The decode path of the worker as one script, which `npm run build` makes. */
export function decoderBundle(): string {
  const path = join(packageRoot(), 'dist', 'src', 'pipeline', 'jobs', 'decoder.bundle.js');
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new HealthmonError({
      code: 'not-built',
      message: 'The compiled decoder is missing.',
      detail: `Looked for ${path}.`,
      suggestion: 'Run "npm run build".',
      cause,
    });
  }
}
