import { createWriteStream } from 'node:fs';
import { resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileNotWritten } from '../../errors/file-not-written.js';
import { usageError } from '../../errors/healthmon-error.js';
import { generateAdmissions } from './admissions.js';

export interface WriteAdmissionsOptions {
  rows: number;
  seed: number;
  /** File to write; standard output without it. */
  output?: string | undefined;
  cwd: string;
  json: boolean;
  write(chunk: string): Promise<void>;
}

export interface WriteAdmissionsResult {
  file: string | null;
  rows: number;
  seed: number;
}

export async function writeAdmissions(options: WriteAdmissionsOptions): Promise<WriteAdmissionsResult> {
  const { rows, seed } = options;
  if (options.output === undefined) {
    if (options.json) {
      throw usageError({
        code: 'conflicting-options',
        message: 'Without --output the rows go to standard output, which --json claims.',
        suggestion: 'Add --output FILE.csv.',
      });
    }
    for (const block of blocks(generateAdmissions({ rows, seed }))) await options.write(block);
    return { file: null, rows, seed };
  }
  const file = resolve(options.cwd, options.output);
  try {
    await pipeline(blocks(generateAdmissions({ rows, seed })), createWriteStream(file));
  } catch (cause) {
    throw fileNotWritten(file, cause);
  }
  return { file, rows, seed };
}

const LINES_PER_BLOCK = 500;

function* blocks(lines: Iterable<string>): Generator<string> {
  let block = '';
  let count = 0;
  for (const line of lines) {
    block += line;
    if (++count % LINES_PER_BLOCK === 0) {
      yield block;
      block = '';
    }
  }
  if (block !== '') yield block;
}
