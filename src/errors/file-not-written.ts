import { HealthmonError } from './healthmon-error.js';

/** A file that the user named cannot be written. */
export function fileNotWritten(file: string, cause: unknown): HealthmonError {
  return new HealthmonError({
    code: 'file-not-written',
    message: `The file ${file} cannot be written.`,
    detail: (cause as Error).message,
    suggestion: 'Check the folder and its permissions.',
    cause,
  });
}
