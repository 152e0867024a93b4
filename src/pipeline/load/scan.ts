import type { Value } from '../../schema/cell-problem.js';
import type { Problem } from '../../schema/row-validator.js';
import type { Field, TableSchema } from '../../schema/table-schema.js';
import { type CsvFile, type CsvOptions, type CsvRecord, readCsv } from './csv/csv-reader.js';
import { RecordSplitter } from './csv/record-splitter.js';
import { REJECT_COLUMNS, RowChecker, type RowOptions } from './row-checker.js';
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

/** A row of the input; its arrays are reused by the next. */
export interface ScannedRow {
  /** Counts the records of all files of the table, from 0. */
  number: number;
  record: CsvRecord;
  /** The record could not be cut into the fields of the header. */
  broken: boolean;
  /** Values by position in `fields` of the opened file; only of rows without problems. */
  values: readonly Value[];
}

export interface ScanVisitor {
  /** A file begins. */
  open?(source: Source, file: CsvFile, fields: readonly Field[]): void;
  good(row: ScannedRow): void;
  bad(row: ScannedRow, problems: Problem[]): void;
  /** A file ends. */
  close?(source: Source): Promise<void> | void;
  pause?(): Promise<void> | undefined;
}

export const BREAKAGES: Readonly<Record<RecordSplitter['breakage'], Problem>> = {
  'unclosed quote': {
    column: '',
    reason: 'a quote that is opened on this line is never closed',
    hint: 'close the quote, or write two quotes for one within a quoted field',
  },
  'text after a closing quote': {
    column: '',
    reason: 'text after a closing quote',
    hint: 'write two quotes for one within a quoted field',
  },
  'quote within an unquoted field': {
    column: '',
    reason: 'a quote within an unquoted field',
    hint: 'quote the whole field, and write two quotes for one within it',
  },
};

const SEVERAL_RECORDS: Problem = {
  column: '',
  reason: `more than one row in _record`,
  hint: 'give each row a line of its own',
};

/** Column of a reject file that holds the whole text of a record whose fields could not be told apart. */
export const RECORD_COLUMN = '_record';

/** Column of a reject file that holds the line of the source. */
const LINE_COLUMN = REJECT_COLUMNS[0];

export function isRejectColumn(name: string): boolean {
  return name === RECORD_COLUMN || (REJECT_COLUMNS as readonly string[]).includes(name);
}

/** Reads all files of a table once, and checks every row. */
export async function scanTable(
  input: TableInput,
  options: ScanOptions,
  visitor: ScanVisitor,
): Promise<void> {
  let number = 0;
  for (const source of input.sources) {
    await scanSource(source);
    await visitor.close?.(source);
  }

  async function scanSource(source: Source): Promise<void> {
    let checker: RowChecker | undefined;
    let file: CsvFile | undefined;
    let inner: RowChecker | undefined;
    let recordColumn = -1;
    let lineColumn = -1;
    /** Of the source, when this is its reject file. */
    const firstLine = ({ fields, line }: CsvRecord) =>
      lineColumn < 0 ? line : Number(fields[lineColumn]) || line;
    const row: ScannedRow = { number: 0, record: undefined as never, broken: false, values: [] };
    const judge = (record: CsvRecord, problems: Problem[] | undefined, by: RowChecker) => {
      row.record = record;
      row.number = number++;
      row.values = by.values;
      // One that is broken, or of another width, names no column.
      row.broken = problems?.[0]?.column === '';
      if (problems === undefined) visitor.good(row);
      else visitor.bad(row, problems);
    };
    const judgeRow = (record: CsvRecord, suspicious: boolean) =>
      judge(record, checker!.check(record, suspicious, firstLine(record)), checker!);
    await readCsv(textBytes(source), options.csv, source.label, {
      open(opened) {
        file = opened;
        recordColumn = opened.header.indexOf(RECORD_COLUMN);
        lineColumn = opened.header.indexOf(LINE_COLUMN);
        checker = new RowChecker(input.schema, opened.header, options.rows, source);
        visitor.open?.(source, opened, checker.fields);
      },
      record(record, suspicious) {
        const whole = recordColumn < 0 ? undefined : record.fields[recordColumn];
        if (whole !== undefined && whole !== '' && record.count === file!.header.length) {
          judgeAgain(record, whole, suspicious);
        } else judgeRow(record, suspicious);
      },
      broken(record, breakage) {
        judge(record, [BREAKAGES[breakage]], checker!);
      },
      pause() {
        options.signal.throwIfAborted();
        return visitor.pause?.();
      },
    });

    /** A row of a reject file whose fields could not be told apart: its text, or its columns, were corrected. */
    function judgeAgain(row: CsvRecord, text: string, suspicious: boolean): void {
      const splitter = new RecordSplitter(file!.dialect);
      splitter.push(text);
      splitter.end();
      const step = splitter.next();
      const columns = file!.header.flatMap((name, index) => (isRejectColumn(name) ? [] : [index]));
      const isWhole = step === 'record' && splitter.count === columns.length;
      // As long as nobody touches them, the columns are what a plain cut of the text gives.
      const cut = (at: number) => (at < splitter.count ? splitter.fields[at] : '');
      if (!isWhole && columns.some((index, at) => row.fields[index] !== cut(at))) {
        judgeRow(row, suspicious);
        return;
      }
      const { fields, count, quoted, breakage, raw } = splitter;
      inner ??= new RowChecker(
        input.schema,
        columns.map((index) => file!.header[index]!),
        options.rows,
        source,
      );
      const problem =
        step === 'broken'
          ? BREAKAGES[breakage]
          : raw.length < text.trimEnd().length
            ? SEVERAL_RECORDS
            : undefined;
      const record = { fields, count, quoted, line: row.line, raw: text };
      judge(record, problem ? [problem] : inner.check(record, suspicious, firstLine(row)), inner);
    }
  }
}
