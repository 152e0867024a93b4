import { existsSync, mkdirSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { HealthmonError, notReadyError } from '../../errors/healthmon-error.js';
import { acquireLock, lockOwner } from '../supervisor/lock.js';
import { copyRange, type JournalFile, type OpenFile, openFile, syncFolder, writeAll } from './files.js';
import {
  decodeHeader,
  encodeHeader,
  type Header,
  LIVE_KIND,
  MAX_HEADER_BYTES,
  readRecords,
} from './format.js';
import { Journal, type JournalRecord, newPathOf } from './writer.js';

export type { Journal, JournalRecord };

export interface JournalOptions {
  /** Created when missing. */
  folder: string;
  /** Of the service; its journal is `<name>.journal`. */
  name: string;
  /** Of the payloads. A journal of another version is refused. */
  formatVersion: number;
  /** `write`: what is acknowledged survives the death of the process; `fsync`: the loss of power too. */
  durability: 'write' | 'fsync';
  /** Brings a record of the journal back into the state. A payload shares memory with its neighbours. */
  replay(kind: number, payload: Buffer): void;
  /** The whole state as records; see {@link Journal}. */
  checkpoint(): Iterable<JournalRecord>;
  /** A smaller journal is not written anew. Default 64 MiB. */
  minCheckpointBytes?: number;
  log?: (line: string) => void;
  openFile?: OpenFile;
}

const DEFAULT_MIN_CHECKPOINT_BYTES = 64 * 1024 * 1024;
/** A process that is stopping lets its lock go within this time. */
const LOCK_TIMEOUT_MS = 5000;

/**
 * Opens a journal and replays what it holds. What is not whole at its end was never acknowledged and is cut off: into
 * `<name>.journal.cut`, in case that it was damaged later.
 * @throws HealthmonError when another process has it open or it is not of this version.
 */
export async function openJournal(options: JournalOptions): Promise<Journal> {
  const { folder, name, formatVersion, log = () => {} } = options;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const source = {
    path: join(folder, `${name}.journal`),
    header: { name, formatVersion },
    durability: options.durability,
    checkpoint: () => options.checkpoint(),
    minCheckpointBytes: options.minCheckpointBytes ?? DEFAULT_MIN_CHECKPOINT_BYTES,
    openFile: options.openFile ?? openFile,
    log,
  };
  const release = await lock(join(folder, `${name}.lock`));
  try {
    await rm(newPathOf(source.path), { force: true });
    if (!existsSync(source.path)) await create(source.path, source.header, source.openFile, folder);
    const file = await source.openFile(source.path, 'r+');
    try {
      return new Journal(source, { file, ...(await load(file, source, options)) }, release);
    } catch (error) {
      await file.close();
      throw error;
    }
  } catch (error) {
    release();
    throw error;
  }
}

async function lock(path: string): Promise<() => void> {
  const release = await acquireLock(path, LOCK_TIMEOUT_MS);
  if (release !== undefined) return release;
  throw notReadyError({
    code: 'journal-in-use',
    message: 'Another process serves the same data.',
    detail: `Process ${lockOwner(path) ?? 'unknown'} holds ${path}.`,
    suggestion: 'Stop it, or use another folder.',
  });
}

/** A journal is there with its whole header or not at all. */
async function create(path: string, header: Header, open: OpenFile, folder: string): Promise<void> {
  const file = await open(newPathOf(path), 'w');
  try {
    await writeAll(file, [encodeHeader(header)], 0);
    await file.datasync();
  } finally {
    await file.close();
  }
  await rename(newPathOf(path), path);
  await syncFolder(folder);
}

async function load(
  file: JournalFile,
  {
    path,
    header,
    openFile,
    log,
  }: { path: string; header: Header; openFile: OpenFile; log(line: string): void },
  { replay }: Pick<JournalOptions, 'replay'>,
): Promise<{ end: number; liveBytes: number }> {
  const start = await readHeader(file, path, header);
  const { size } = await file.stat();
  let liveBytes = 0;
  const end = await readRecords(file, { start, end: size }, (kind, payload) => {
    if (kind === LIVE_KIND) liveBytes = Number(payload.readBigUInt64LE());
    else replay(kind, payload);
  });
  if (end < size) {
    const aside = await openFile(`${path}.cut`, 'w');
    await copyRange(file, { start: end, end: size }, aside, 0);
    await aside.close();
    await file.truncate(end);
    log(`The last ${size - end} bytes of ${path} are no whole record. They were moved to ${path}.cut.`);
  }
  return { end, liveBytes };
}

/** @returns where the records begin. */
async function readHeader(file: JournalFile, path: string, expected: Header): Promise<number> {
  const bytes = Buffer.alloc(MAX_HEADER_BYTES);
  const { bytesRead } = await file.read(bytes, 0, bytes.length, 0);
  const header = decodeHeader(bytes.subarray(0, bytesRead));
  if (header?.name === expected.name && header.formatVersion === expected.formatVersion) return header.length;
  throw new HealthmonError({
    code: 'journal-unreadable',
    message: `${path} was not written by this version of healthmon.`,
    detail:
      header === undefined
        ? 'It does not begin as a journal does.'
        : `It holds ${header.name} in format ${header.formatVersion}; this version reads ${expected.name} in format ${expected.formatVersion}.`,
    suggestion: 'Use the version that wrote it, or move the file away to start with no data.',
  });
}
