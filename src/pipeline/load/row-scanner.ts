import type { Value } from '../../schema/cell-problem.js';
import type { Problem } from '../../schema/row-validator.js';
import type { Field, TableSchema } from '../../schema/table-schema.js';
import type { CsvFile, CsvRecord, CsvVisitor } from './csv/csv-parser.js';
import { RecordSplitter } from './csv/record-splitter.js';
import { REJECT_COLUMNS, RowChecker, type RowOptions, type SourceName } from './row-checker.js';

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

/** What the rows of a file are shown to. */
export interface RowVisitor {
  /** The file begins. */
  open?(file: CsvFile, fields: readonly Field[]): void;
  good(row: ScannedRow): void;
  bad(row: ScannedRow, problems: Problem[]): void;
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

/** Checks every record of one file. Has nothing but JavaScript itself, so that jobs have it as well. */
export class RowScanner implements CsvVisitor {
  readonly #row: ScannedRow;
  #checker: RowChecker | undefined;
  #file: CsvFile | undefined;
  #inner: RowChecker | undefined;
  #recordColumn = -1;
  #lineColumn = -1;

  /** @param first number of its first row */
  constructor(
    private readonly schema: TableSchema,
    private readonly options: RowOptions,
    private readonly source: SourceName,
    private readonly visitor: RowVisitor,
    first: number,
  ) {
    this.#row = { number: first - 1, record: undefined as never, broken: false, values: [] };
  }

  /** Number of the row after the last one. */
  get next(): number {
    return this.#row.number + 1;
  }

  open(file: CsvFile): void {
    this.#file = file;
    this.#recordColumn = file.header.indexOf(RECORD_COLUMN);
    this.#lineColumn = file.header.indexOf(LINE_COLUMN);
    this.#checker = new RowChecker(this.schema, file.header, this.options, this.source);
    this.visitor.open?.(file, this.#checker.fields);
  }

  record(record: CsvRecord, suspicious: boolean): void {
    const whole = this.#recordColumn < 0 ? undefined : record.fields[this.#recordColumn];
    if (whole !== undefined && whole !== '' && record.count === this.#file!.header.length) {
      this.#judgeAgain(record, whole, suspicious);
    } else this.#judgeRow(record, suspicious);
  }

  broken(record: CsvRecord, breakage: RecordSplitter['breakage']): void {
    this.#judge(record, [BREAKAGES[breakage]], this.#checker!);
  }

  #judge(record: CsvRecord, problems: Problem[] | undefined, by: RowChecker): void {
    const row = this.#row;
    row.record = record;
    row.number++;
    row.values = by.values;
    // One that is broken, or of another width, names no column.
    row.broken = problems?.[0]?.column === '';
    if (problems === undefined) this.visitor.good(row);
    else this.visitor.bad(row, problems);
  }

  #judgeRow(record: CsvRecord, suspicious: boolean): void {
    const checker = this.#checker!;
    this.#judge(record, checker.check(record, suspicious, this.#firstLine(record)), checker);
  }

  /** Line of the source, when this is its reject file. */
  #firstLine({ fields, line }: CsvRecord): number {
    return this.#lineColumn < 0 ? line : Number(fields[this.#lineColumn]) || line;
  }

  /** A row of a reject file whose fields could not be told apart: its text, or its columns, were corrected. */
  #judgeAgain(row: CsvRecord, text: string, suspicious: boolean): void {
    const { dialect, header } = this.#file!;
    const splitter = new RecordSplitter(dialect);
    splitter.push(text);
    splitter.end();
    const step = splitter.next();
    const columns = header.flatMap((name, index) => (isRejectColumn(name) ? [] : [index]));
    const isWhole = step === 'record' && splitter.count === columns.length;
    // As long as nobody touches them, the columns are what a plain cut of the text gives.
    const cut = (at: number) => (at < splitter.count ? splitter.fields[at] : '');
    if (!isWhole && columns.some((index, at) => row.fields[index] !== cut(at))) {
      this.#judgeRow(row, suspicious);
      return;
    }
    const { fields, count, quoted, breakage, raw } = splitter;
    this.#inner ??= new RowChecker(
      this.schema,
      columns.map((index) => header[index]!),
      this.options,
      this.source,
    );
    const inner = this.#inner;
    const problem =
      step === 'broken'
        ? BREAKAGES[breakage]
        : raw.length < text.trimEnd().length
          ? SEVERAL_RECORDS
          : undefined;
    const record = { fields, count, quoted, line: row.line, raw: text };
    this.#judge(record, problem ? [problem] : inner.check(record, suspicious, this.#firstLine(row)), inner);
  }
}
