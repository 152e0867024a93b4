import { HealthmonError, usageError } from '../../../errors/healthmon-error.js';
import { type ByteDecoder, type Encoding, openDecoder } from './byte-decoder.js';
import { type Dialect, type DialectOptions, resolveDialect } from './dialect.js';
import { otherFormat } from './other-format.js';
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
  /** After each piece of text; wait here to slow the reader down. */
  pause?(): Promise<void> | undefined;
}

/** Names of `--columns`. */
export function parseColumns(list: string): string[] {
  const columns = list.split(',').map((name) => name.trim());
  const repeated = columns.find((name, index) => name !== '' && columns.indexOf(name) !== index);
  if (repeated === undefined) return columns;
  throw usageError({
    code: 'invalid-option',
    message: `--columns names ${repeated} twice.`,
    suggestion: 'Give each column of the file a name of its own.',
  });
}

/** The header line must lie within the first bytes, which also tell encoding and delimiter. */
const START_BYTES = 1024;

/** A reject file has a header line also when its source had none. */
const REJECTS_HEADER = /_line._column._reason._hint(?:._record)?$/;

/**
 * Text handed to the splitter at once. Small pieces die young: with larger ones the collector keeps growing what it
 * holds for the young, and memory with the length of the file.
 */
const PIECE_BYTES = 2048;

/** A byte that is no UTF-8, as the decoder gives it. */
const FOREIGN_BYTE = /[\uDC80-\uDCFF]/;

/** So many rows with bytes that are no UTF-8, and no character that is, tell that the file is in another encoding. */
const FOREIGN_ROWS = 100;

/**
 * Reads a CSV file once, in bounded memory, and shows its records to a visitor. Throws at the latest at the end when
 * the file is in another encoding throughout; single damaged rows are shown as they are.
 * @param label names the file in errors.
 */
export async function readCsv(
  source: AsyncIterable<Buffer>,
  options: CsvOptions,
  label: string,
  visitor: CsvVisitor,
): Promise<void> {
  let decoder: ByteDecoder | undefined;
  let splitter: RecordSplitter | undefined;
  let early: Buffer[] = [];
  let earlyBytes = 0;
  let headerSeen = false;
  let file: CsvFile | undefined;
  let suspicious = false;
  let isRejectFile = false;
  let foreignRows = 0;
  let firstForeignLine = 0;

  const start = () => {
    const first = Buffer.concat(early);
    early = [];
    const other = otherFormat(first, options.columns === undefined, label);
    if (other !== undefined) throw other;
    decoder = openDecoder(first, options.encoding, label);
    const text = decoder.decode(first);
    suspicious = decoder.suspicious;
    const headerLine = text.trimStart().split(/[\r\n]/, 1)[0] ?? '';
    const dialect = resolveDialect(options, headerLine);
    splitter = new RecordSplitter(dialect);
    file = { header: options.columns ?? [], dialect, encoding: decoder.encoding };
    isRejectFile = REJECTS_HEADER.test(headerLine);
    if (options.columns !== undefined && !isRejectFile) openFile(options.columns);
    splitter.push(text);
  };
  const openFile = (header: readonly string[]) => {
    headerSeen = true;
    file!.header = header;
    splitter!.emptyLinesCount = header.length === 1;
    visitor.open(file!);
  };
  const judgeEncoding = (record: RecordSplitter) => {
    // A reject file may hold nothing but the damaged rows of its source.
    if (isRejectFile || decoder!.encoding !== 'utf-8' || decoder!.sawMultibyte) return;
    if (!FOREIGN_BYTE.test(record.raw)) return;
    if (foreignRows++ === 0) firstForeignLine = record.line;
    if (foreignRows >= FOREIGN_ROWS) throw encodingError(label, firstForeignLine, 'utf-8');
  };
  const drain = () => {
    const reader = splitter!;
    for (;;) {
      const step = reader.next();
      switch (step) {
        case 'record':
          if (headerSeen) {
            if (suspicious) judgeEncoding(reader);
            visitor.record(reader, suspicious);
          } else openFile(headerOf(reader, suspicious, decoder!, label));
          break;
        case 'broken':
          if (!headerSeen) throw headerError(label, `line ${reader.line}: ${reader.breakage}`);
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
  };

  for await (const chunk of source) {
    if (decoder === undefined) {
      early.push(chunk);
      earlyBytes += chunk.length;
      if (earlyBytes < START_BYTES) continue;
      start();
      drain();
    } else {
      for (let at = 0; at < chunk.length; at += PIECE_BYTES) {
        const text = decoder.decode(chunk.subarray(at, at + PIECE_BYTES));
        // A record may begin in the piece before this one.
        suspicious = decoder.suspicious || (suspicious && splitter!.waiting);
        splitter!.push(text);
        drain();
      }
    }
    await visitor.pause?.();
  }
  if (decoder === undefined) start();
  const rest = decoder!.end();
  suspicious ||= decoder!.suspicious;
  splitter!.push(rest);
  splitter!.end();
  drain();
  await visitor.pause?.();
  if (foreignRows > 0 && !decoder!.sawMultibyte) throw encodingError(label, firstForeignLine, 'utf-8');
  if (!headerSeen) {
    throw usageError({
      code: 'empty-file',
      message: `${label} is empty: it has no header line.`,
      suggestion: 'Give a file with a header line, or name the columns by --columns.',
    });
  }
}

function headerOf(
  record: CsvRecord,
  suspicious: boolean,
  decoder: ByteDecoder,
  label: string,
): readonly string[] {
  const names = record.fields.slice(0, record.count).map((name) => name.trim());
  if (suspicious && names.some((name) => /[\uD800-\uDFFF\0]/.test(name)))
    throw encodingError(label, record.line, decoder.encoding);
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
