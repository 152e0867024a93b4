import type { Problem } from '../../schema/row-validator.js';
import type { CsvFile } from './csv/csv-parser.js';
import { RecordSplitter } from './csv/record-splitter.js';
import { REJECT_COLUMNS } from './row-checker.js';
import { isRejectColumn, RECORD_COLUMN, type ScannedRow } from './row-scanner.js';

/**
 * The text of a reject file: a CSV file of the same kind as its source, with the original columns, then where and why.
 * A record whose fields could not be told apart is kept whole in `_record`, so that correcting either the columns or the
 * record, and loading the file again, does what one expects.
 */
export class RejectLines {
  readonly #dialect: CsvFile['dialect'];
  readonly #columns: number[] = [];
  readonly #names: string[] = [];
  readonly #marked: boolean;

  /** @param withRecords some file of the load has a record that could not be cut */
  constructor(
    { dialect, header, encoding }: CsvFile,
    private readonly withRecords: boolean,
  ) {
    this.#dialect = dialect;
    this.#marked = encoding !== 'utf-8';
    for (const [index, name] of header.entries()) {
      if (isRejectColumn(name)) continue;
      this.#columns.push(index);
      this.#names.push(name);
    }
  }

  get header(): string {
    const names = [
      ...this.#names.map((name) => this.#cell(name, false)),
      ...REJECT_COLUMNS,
      ...(this.withRecords ? [RECORD_COLUMN] : []),
    ];
    // The mark tells the loader that this file is UTF-8 although its source was not.
    return `${this.#marked ? '\uFEFF' : ''}${names.join(this.#dialect.delimiter)}\n`;
  }

  row({ record, broken }: Pick<ScannedRow, 'record' | 'broken'>, problems: readonly Problem[]): string {
    const cells = this.#columns.map((index) => {
      // The columns of a broken record are what a plain cut gives, to recognise it by.
      const text = index < record.count ? record.fields[index]! : '';
      return this.#cell(text, index < record.count && record.quoted[index] === 1);
    });
    const several = problems.length > 1;
    const joined = (part: (problem: Problem) => string) =>
      problems
        .map((problem) => (several && problem.column !== '' ? `${problem.column}: ` : '') + part(problem))
        .join('; ');
    const columns = problems.map((problem) => problem.column).filter((column) => column !== '');
    // Always quoted: punctuation in prose must not pass for a delimiter with those who guess it.
    cells.push(
      String(record.line),
      this.#cell(columns.join('; '), columns.length > 1),
      this.#cell(
        joined(({ reason, detail }) => (detail === undefined ? reason : `${reason}: ${detail}`)),
        true,
      ),
      this.#cell(
        joined(({ hint }) => hint),
        true,
      ),
    );
    if (this.withRecords) cells.push(broken ? this.#cell(record.raw, true) : '');
    return `${cells.join(this.#dialect.delimiter)}\n`;
  }

  #cell(text: string, quoted: boolean): string {
    const { delimiter, quote, escape: escaping } = this.#dialect;
    const special =
      quoted ||
      text.includes(delimiter) ||
      text.includes(quote) ||
      text.includes('\n') ||
      text.includes('\r') ||
      text.startsWith('\uFEFF');
    if (!special) return text;
    let inner = text;
    if (escaping !== quote) inner = inner.replaceAll(escaping, escaping + escaping);
    return quote + inner.replaceAll(quote, escaping + quote) + quote;
  }
}

/** The record of a row that was kept as text. */
export function recordOf(text: string, line: number, file: CsvFile): RecordSplitter {
  const splitter = new RecordSplitter(file.dialect);
  splitter.emptyLinesCount = true;
  splitter.push(`${text}\n`);
  splitter.end();
  splitter.next();
  splitter.line = line;
  return splitter;
}
