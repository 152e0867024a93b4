import { usageError } from '../../errors/healthmon-error.js';
import type { CsvOptions } from './csv/csv-reader.js';
import type { RowOptions } from './row-checker.js';
import type { WriteMode } from './row-writer.js';
import type { TableInput } from './scan.js';
import type { Source } from './source.js';

/** How many rows may be rejected: a count or a share of all rows. */
export interface MaxRejects {
  count?: number;
  percent?: number;
}

/** @throws a usage error that names the option. */
export function parseMaxRejects(option: string, text: string | undefined): MaxRejects | undefined {
  if (text === undefined) return undefined;
  const match = /^(\d+(?:\.\d+)?)(%?)$/.exec(text.trim());
  const value = Number(match?.[1]);
  if (match === null || (match[2] === '' ? !Number.isInteger(value) : value > 100)) {
    throw usageError({
      code: 'invalid-option',
      message: `The value "${text}" of ${option} is not valid.`,
      suggestion: 'Give a number of rows, or a share such as 0.5%.',
    });
  }
  return match[2] === '' ? { count: value } : { percent: value };
}

export interface LoadOptions {
  csv: CsvOptions;
  rows: RowOptions;
  mode: WriteMode;
  maxRejects: MaxRejects | undefined;
  /** Paths of the reject file of each source; the first that can be written is taken. */
  rejects: ReadonlyMap<Source, readonly string[]>;
  lowPriority: boolean;
  tag: string | undefined;
  now(): Date;
  signal: AbortSignal;
  onProgress?(progress: LoadProgress): void;
  /** Another load of the same file is under way, and this one waits for it. */
  onWait?(): void;
}

export interface LoadProgress {
  phase: 'check' | 'stage' | 'write';
  table: string;
  rows: number;
  rejected: number;
  /** All rows, once they are counted. */
  total?: number;
  commitMs?: number;
  concurrency?: number;
}

/** The tables of one load, parents before those that refer to them. */
export type LoadInput = readonly TableInput[];
