import { access, constants, type FileHandle, open, realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { HealthmonError, usageError } from '../../errors/healthmon-error.js';
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
    if (taken.has(await identityOf(path))) {
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
  const claim = async (folder: string, stem: string): Promise<string> => {
    for (let count = 1; ; count++) {
      const path = join(folder, `${basename(stem)}${count === 1 ? '' : `-${count}`}.rejects.csv`);
      const identity = await identityOf(path);
      if (taken.has(identity)) continue;
      taken.add(identity);
      return path;
    }
  };
  const paths: string[][] = [];
  for (const { folder, stem } of sources) paths.push([await claim(folder ?? cwd, stem)]);
  for (const [index, { folder, stem }] of sources.entries()) {
    if (folder !== undefined && folder !== cwd) paths[index]!.push(await claim(cwd, stem));
  }
  return paths;
}

/** The file that a path leads to, or would make: links make two names of one. */
export async function identityOf(path: string): Promise<string> {
  const inFolder = async () => join(await realpath(dirname(path)), basename(path));
  return realpath(path)
    .catch(inFolder)
    .catch(() => path);
}

async function isWritable(path: string): Promise<boolean> {
  const may = (file: string) =>
    access(file, constants.W_OK).then(
      () => true,
      (error: NodeJS.ErrnoException) => (error.code === 'ENOENT' ? undefined : false),
    );
  return (await may(path)) ?? (await may(dirname(path))) ?? false;
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
    await this.#append(bytes);
  }

  async close(): Promise<void> {
    try {
      await this.flush(true);
    } finally {
      await this.#file?.close();
      this.#file = undefined;
    }
  }

  /** The first path that can be written. Throws when there is none. */
  async locate(): Promise<string> {
    for (const path of this.candidates) if (await isWritable(path)) return path;
    throw unwritable(this.candidates[0]!, 'Neither its folder nor the working directory may be written.');
  }

  async #append(bytes: Buffer): Promise<void> {
    const path = this.path ?? (await this.locate());
    try {
      if (this.#file === undefined) {
        this.#file = await open(path, this.path === undefined ? 'w' : 'a', PRIVATE);
        // The mode above counts only for a new file; a device such as /dev/null belongs to all.
        if ((await this.#file.stat()).isFile()) await this.#file.chmod(PRIVATE);
        this.path = path;
      }
      await this.#file.writeFile(bytes);
    } catch (error) {
      throw unwritable(path, (error as Error).message, error);
    }
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

function unwritable(path: string, detail: string, cause?: unknown): HealthmonError {
  return new HealthmonError({
    code: 'rejects-unwritable',
    message: `The reject file ${path} cannot be written.`,
    detail,
    suggestion: 'Make room, or name a file in a folder that may be written by --rejects FILE.',
    cause,
  });
}
