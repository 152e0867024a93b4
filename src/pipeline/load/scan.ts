import type { Field, TableSchema } from '../../schema/table-schema.js';
import type { CsvFile, CsvOptions } from './csv/csv-parser.js';
import { readCsv } from './csv/csv-reader.js';
import type { RowOptions } from './row-checker.js';
import { RowScanner, type RowVisitor } from './row-scanner.js';
import { type Source, textBytes } from './source.js';

export interface TableInput {
  schema: TableSchema;
  sources: readonly Source[];
}

/** The tables of one load, parents before those that refer to them. */
export type LoadInput = readonly TableInput[];

export interface ScanOptions {
  csv: CsvOptions;
  rows: RowOptions;
  signal: AbortSignal;
}

export interface ScanVisitor extends Omit<RowVisitor, 'open'> {
  /** A file begins. */
  open?(source: Source, file: CsvFile, fields: readonly Field[]): void;
  /** A file ends. */
  close?(source: Source): Promise<void> | void;
  pause?(): Promise<void> | undefined;
}

/** Reads all files of a table once, and checks every row. */
export async function scanTable(
  { schema, sources }: TableInput,
  { csv, rows, signal }: ScanOptions,
  visitor: ScanVisitor,
): Promise<void> {
  let number = 0;
  for (const source of sources) {
    const scanner = new RowScanner(
      schema,
      rows,
      source,
      {
        open: (file, fields) => visitor.open?.(source, file, fields),
        good: (row) => visitor.good(row),
        bad: (row, problems) => visitor.bad(row, problems),
      },
      number,
    );
    await readCsv(textBytes(source), csv, source.label, {
      open: (file) => scanner.open(file),
      record: (record, suspicious) => scanner.record(record, suspicious),
      broken: (record, breakage) => scanner.broken(record, breakage),
      pause() {
        signal.throwIfAborted();
        return visitor.pause?.();
      },
    });
    number = scanner.next;
    await visitor.close?.(source);
  }
}
