import { HealthmonError, usageError } from '../../../errors/healthmon-error.js';
import type { ByteDecoder, Encoding } from './byte-decoder.js';
import { type Dialect, type DialectOptions, resolveDialect } from './dialect.js';
import { MAX_RECORD_CHARACTERS, RecordSplitter } from './record-splitter.js';

export interface CsvOptions extends DialectOptions {
  encoding?: Encoding;
  /** Names of the columns of a file without a header line. */
  columns?: readonly string[];
}

/** One record and how it was written. Its arrays are reused by the next. */
export interface CsvRecord {
  readonly fields: readonly string[];
  readonly count: number;
  readonly quoted: readonly number[];
  readonly line: number;
  readonly raw: string;
}

export interface CsvFile {
  header: readonly string[];
  dialect: Dialect;
  encoding: Encoding;
}

export interface CsvVisitor {
  /** Called once, before the first record. */
  open(file: CsvFile): void;
  record(record: CsvRecord, suspicious: boolean): void;
  /** A record whose quotes cannot be read: one physical line. */
  broken(record: CsvRecord, breakage: RecordSplitter['breakage']): void;
}

/** A reject file has a header line also when its source had none. */
const REJECTS_HEADER = /_line._column._reason._hint(?:._record)?$/;

/** A byte that is no UTF-8, as the decoder gives it. */
const FOREIGN_BYTE = /[\uDC80-\uDCFF]/;

/** So many rows with bytes that are no UTF-8, and no character that is, tell that the file is in another encoding. */
const FOREIGN_ROWS = 100;

/** What is known of the bytes that a text was decoded from. */
export type Decoded = Pick<ByteDecoder, 'encoding' | 'sawMultibyte' | 'suspicious'>;

/**
 * Cuts the text of a CSV file into records as it comes, and shows them to a visitor. Has nothing but JavaScript itself, so
 * that jobs have it as well. Throws at the latest at the end when the file is in another encoding throughout; single
 * damaged rows are shown as they are.
 */
export class CsvParser {
  readonly #splitter: RecordSplitter;
  readonly #file: CsvFile;
  readonly #isRejectFile: boolean;
  #headerSeen = false;
  #suspicious: boolean;
  #foreignRows = 0;
  #firstForeignLine = 0;

  /**
   * @param decoded tells of each text that is pushed; the same object throughout
   * @param start the first text, with the whole header line
   * @param label names the file in errors
   */
  constructor(
    private readonly visitor: CsvVisitor,
    options: CsvOptions,
    private readonly decoded: Decoded,
    start: string,
    private readonly label: string,
  ) {
    this.#suspicious = decoded.suspicious;
    const headerLine = start.trimStart().split(/[\r\n]/, 1)[0] ?? '';
    const dialect = resolveDialect(options, headerLine);
    this.#splitter = new RecordSplitter(dialect);
    this.#file = { header: options.columns ?? [], dialect, encoding: decoded.encoding };
    this.#isRejectFile = REJECTS_HEADER.test(headerLine);
    if (options.columns !== undefined && !this.#isRejectFile) this.#open(options.columns);
    this.#splitter.push(start);
    this.#drain();
  }

  push(text: string): void {
    // A record may begin in the piece before this one.
    this.#suspicious = this.decoded.suspicious || (this.#suspicious && this.#splitter.waiting);
    this.#splitter.push(text);
    this.#drain();
  }

  /** @param rest what the decoder held back */
  end(rest: string): void {
    this.#suspicious ||= this.decoded.suspicious;
    this.#splitter.push(rest);
    this.#splitter.end();
    this.#drain();
  }

  /** After the end: that the file had a header line, and was in its encoding. */
  check(): void {
    if (this.#foreignRows > 0 && !this.decoded.sawMultibyte) {
      throw encodingError(this.label, this.#firstForeignLine, 'utf-8');
    }
    if (this.#headerSeen) return;
    throw usageError({
      code: 'empty-file',
      message: `${this.label} is empty: it has no header line.`,
      suggestion: 'Give a file with a header line, or name the columns by --columns.',
    });
  }

  #open(header: readonly string[]): void {
    this.#headerSeen = true;
    this.#file.header = header;
    this.#splitter.emptyLinesCount = header.length === 1;
    this.visitor.open(this.#file);
  }

  #drain(): void {
    const { label, visitor, decoded } = this;
    const reader = this.#splitter;
    for (;;) {
      const step = reader.next();
      switch (step) {
        case 'record':
          if (this.#headerSeen) {
            if (this.#suspicious) this.#judgeEncoding(reader);
            visitor.record(reader, this.#suspicious);
          } else this.#open(headerOf(reader, this.#suspicious, decoded.encoding, label));
          break;
        case 'broken':
          if (!this.#headerSeen) throw headerError(label, `line ${reader.line}: ${reader.breakage}`);
          visitor.broken(reader, reader.breakage);
          break;
        case 'tooLong':
          throw new HealthmonError({
            code: 'line-too-long',
            message: `${label}: line ${reader.line} is longer than ${MAX_RECORD_CHARACTERS / 1024 / 1024} million characters.`,
            detail: 'There is no end of line, so this is no CSV file, or one with an unusual line end.',
            suggestion: 'Check the file; lines end with LF, CRLF or CR.',
          });
        default:
          return;
      }
    }
  }

  #judgeEncoding(record: RecordSplitter): void {
    // A reject file may hold nothing but the damaged rows of its source.
    if (this.#isRejectFile || this.decoded.encoding !== 'utf-8' || this.decoded.sawMultibyte) return;
    if (!FOREIGN_BYTE.test(record.raw)) return;
    if (this.#foreignRows++ === 0) this.#firstForeignLine = record.line;
    if (this.#foreignRows >= FOREIGN_ROWS) throw encodingError(this.label, this.#firstForeignLine, 'utf-8');
  }
}

function headerOf(
  record: CsvRecord,
  suspicious: boolean,
  encoding: Encoding,
  label: string,
): readonly string[] {
  const names = record.fields.slice(0, record.count).map((name) => name.trim());
  if (suspicious && names.some((name) => /[\uD800-\uDFFF\0]/.test(name)))
    throw encodingError(label, record.line, encoding);
  // A trailing delimiter on every line makes one column without a name and without values.
  const repeated = names.findIndex((name, index) => name !== '' && names.indexOf(name) !== index);
  if (repeated >= 0) {
    const columns = `${names.indexOf(names[repeated]!) + 1} and ${repeated + 1}`;
    // By position: where the file has no header line, these are values of a patient.
    throw headerError(label, `the columns ${columns} have the same name`);
  }
  return names;
}

function headerError(label: string, detail: string): HealthmonError {
  return usageError({
    code: 'header-invalid',
    message: `The header line of ${label} cannot be used.`,
    detail,
    suggestion: 'Correct the header line, or name the columns by --columns.',
  });
}

/** @param encoding what the bytes were read as. */
function encodingError(label: string, line: number, encoding: Encoding): HealthmonError {
  return new HealthmonError({
    code: 'wrong-encoding',
    message: `${label}: line ${line} is not valid ${encoding.toUpperCase()}.`,
    ...(encoding === 'utf-8'
      ? {
          detail: 'The file is probably Latin-1 (ISO-8859-1) or Windows-1252.',
          suggestion: 'Add --encoding latin1, or convert the file to UTF-8.',
        }
      : { suggestion: 'Name the encoding of the file by --encoding, or convert the file to UTF-8.' }),
    exitCode: 2,
  });
}
