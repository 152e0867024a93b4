import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { usageError } from '../../errors/healthmon-error.js';

/**
 * The document in a file that an option names.
 * @param what it holds, such as `gates`
 * @param example of a document
 */
export function readJsonFile(path: string, cwd: string, what: string, example: string): unknown {
  try {
    return JSON.parse(readFileSync(resolve(cwd, path), 'utf8').replace(/^\uFEFF/, ''));
  } catch (cause) {
    throw usageError({
      code: 'file-unreadable',
      message: `The ${what} ${path} cannot be read.`,
      detail: (cause as Error).message,
      suggestion: `Give a file in JSON, such as ${example}.`,
      cause,
    });
  }
}
