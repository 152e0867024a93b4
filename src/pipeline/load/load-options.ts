import type { CsvOptions } from './csv/csv-parser.js';
import type { MaxRejects } from './max-rejects.js';
import type { RowOptions } from './row-checker.js';
import type { WriteMode } from './row-writer.js';
import type { ScanOptions } from './scan.js';
import type { Source } from './source.js';

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

export function scanOptions(options: LoadOptions): ScanOptions {
  return { csv: options.csv, rows: options.rows, signal: options.signal };
}
