import { access, chmod, constants, type FileHandle, open, realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { usageError } from '../../errors/healthmon-error.js';
import type { Problem } from '../../schema/row-validator.js';
import { originalBytes } from './csv/byte-decoder.js';
import type { CsvFile } from './csv/csv-reader.js';
import type { Dialect } from './csv/dialect.js';
import { REJECT_COLUMNS } from './row-checker.js';
import { isRejectColumn, RECORD_COLUMN, type ScannedRow } from './scan.js';
import type { Source } from './source.js';

/** Patients' data: for the owner only. */
const PRIVATE = 0o600;
const FLUSH_BYTES = 256 * 1024;

/**
 * Paths of the reject file of each source: beside it, or where the user is when that may not be written. No two are
 * the same, and none is a file that is being loaded.
 * @param given path from the command line.
 */
export async function rejectPaths(
  sources: readonly Source[],
  given: string | undefined,
  cwd: string,
): Promise<string[][]> {
  const taken = new Set(sources.map(({ path }) => path));
  if (given !== undefined) {
    const path = resolve(cwd, given);
    if (sources.length > 1) {
      throw usageError({
        code: 'invalid-option',
        message: '--rejects names one file, but several files are loaded.',
        suggestion: 'Leave --rejects out: each file gets a reject file beside it.',
      });
    }
    if (taken.has(await realpath(path).catch(() => path))) {
      throw usageError({
        code: 'invalid-option',
        message: `--rejects names ${given}, the file that is loaded.`,
        suggestion: 'Name another file for the rejected rows.',
      });
    }
    await access(dirname(path), constants.W_OK).catch((cause) => {
      throw usageError({
        code: 'invalid-option',
        message: `The reject file ${given} cannot be written: its folder is missing or may not be written.`,
        suggestion: 'Name a file in a folder that exists.',
        cause,
      });
    });
    return [[path]];
  }
  const claim = (folder: string, stem: string): string => {
    for (let count = 1; ; count++) {
      const path = join(folder, `${basename(stem)}${count === 1 ? '' : `-${count}`}.rejects.csv`);
      if (taken.has(path)) continue;
      taken.add(path);
      return path;
    }
  };
  const beside = sources.map(({ folder, stem }) => claim(folder ?? cwd, stem));
  return sources.map(({ folder, stem }, index) =>
    folder === undefined || folder === cwd ? [beside[index]!] : [beside[index]!, claim(cwd, stem)],
  );
}

/**
 * The rows of one file that were not loaded, as a CSV file of the same kind: the original columns, then where and
 * why. A record whose fields could not be told apart is kept whole in `_record`, so that correcting either the
 * columns or the record, and loading the file again, does what one expects.
 */
export class RejectFile {
  rows = 0;
  path: string | undefined;
  #file: FileHandle | undefined;
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #dialect: Dialect = { delimiter: ',', quote: '"', escape: '"' };
  #columns: number[] = [];
  #header: string[] = [];
  #marked = false;

  /** @param candidates paths of it; the first that can be written is taken. */
  constructor(
    private readonly candidates: readonly string[],
    readonly withRecords: boolean,
  ) {}

  open(file: CsvFile): void {
    this.#dialect = file.dialect;
    this.#columns = [];
    this.#header = [];
    for (const [index, name] of file.header.entries()) {
      if (isRejectColumn(name)) continue;
      this.#columns.push(index);
      this.#header.push(name);
    }
    this.#marked = file.encoding !== 'utf-8';
  }

  add({ record, broken }: Pick<ScannedRow, 'record' | 'broken'>, problems: readonly Problem[]): void {
    if (this.rows++ === 0) this.#writeHeader();
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
    this.#write(`${cells.join(this.#dialect.delimiter)}\n`);
  }

  /** Writes what waits; resolves when memory is free again. */
  async flush(force = false): Promise<void> {
    if (this.#pendingBytes === 0 || (!force && this.#pendingBytes < FLUSH_BYTES)) return;
    const bytes = Buffer.concat(this.#pending);
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#file ??= await this.#create();
    await this.#file.writeFile(bytes);
  }

  async close(): Promise<void> {
    await this.flush(true);
    await this.#file?.close();
    this.#file = undefined;
  }

  async #create(): Promise<FileHandle> {
    for (const [index, path] of this.candidates.entries()) {
      try {
        const file = await open(path, 'w', PRIVATE);
        // The mode above counts only for a new file.
        await chmod(path, PRIVATE);
        this.path = path;
        return file;
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        const blocked = code === 'EACCES' || code === 'EROFS' || code === 'EPERM';
        if (!blocked || index === this.candidates.length - 1) throw error;
      }
    }
    throw new Error('no path for the reject file');
  }

  #writeHeader(): void {
    const names = [
      ...this.#header.map((name) => this.#cell(name, false)),
      ...REJECT_COLUMNS,
      ...(this.withRecords ? [RECORD_COLUMN] : []),
    ];
    // The mark tells the loader that this file is UTF-8 although its source was not.
    this.#write(`${this.#marked ? '\uFEFF' : ''}${names.join(this.#dialect.delimiter)}\n`);
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

  #write(text: string): void {
    const bytes = originalBytes(text);
    this.#pending.push(bytes);
    this.#pendingBytes += bytes.length;
  }
}
