import { access, constants, type FileHandle, open, realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { HealthmonError, usageError } from '../../errors/healthmon-error.js';
import type { Problem } from '../../schema/row-validator.js';
import { originalBytes } from './csv/byte-decoder.js';
import type { CsvFile } from './csv/csv-parser.js';
import { RejectLines } from './reject-lines.js';
import type { ScannedRow } from './row-scanner.js';
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

/** The rows of one file that were not loaded, as a file of its own. */
export class RejectFile {
  rows = 0;
  path: string | undefined;
  #file: FileHandle | undefined;
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #lines: RejectLines | undefined;

  /** @param candidates paths of it; the first that can be written is taken. */
  constructor(
    private readonly candidates: readonly string[],
    readonly withRecords: boolean,
  ) {}

  open(file: CsvFile): void {
    this.#lines = new RejectLines(file, this.withRecords);
  }

  add(row: Pick<ScannedRow, 'record' | 'broken'>, problems: readonly Problem[]): void {
    const lines = this.#lines!;
    if (this.rows++ === 0) this.#write(lines.header);
    this.#write(lines.row(row, problems));
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
