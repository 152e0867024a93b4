import type { CsvOptions } from './csv/csv-reader.js';
import type { RowOptions } from './row-checker.js';
import type { WriteMode } from './row-writer.js';
import type { TableInput } from './scan.js';
import type { Source } from './source.js';

/** How many rows may be rejected before nothing is written: a count or a share of all rows. */
export interface MaxRejects {
  count?: number;
  percent?: number;
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
