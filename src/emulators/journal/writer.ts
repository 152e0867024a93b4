import { rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { EMULATOR_DISK_FULL, isDiskFull } from '../../core/disk-full.js';
import { ServiceError } from '../serving/service-error.js';
import { copyRange, type JournalFile, type OpenFile, syncFolder, writeAll } from './files.js';
import { encodeHeader, encodeRecord, type Header, LIVE_KIND } from './format.js';

/** A kind from 1 to 255 that the service chooses, and its bytes. */
export type JournalRecord = readonly [kind: number, payload: Buffer | readonly Buffer[]];

export interface JournalSource {
  path: string;
  header: Header;
  /** `write`: what is acknowledged survives the death of the process; `fsync`: the loss of power too. */
  durability: 'write' | 'fsync';
  /**
   * The whole state, as records to replay. The first one is asked for at a moment at which the state holds the effect
   * of every record appended so far, and what is appended later is replayed after the last one. It is read in slices
   * of a few milliseconds with other work in between: it either copies at once what may change, or the replay of a
   * record whose effect is there already changes nothing.
   */
  checkpoint(): Iterable<JournalRecord>;
  /** A journal smaller than this is not written anew. */
  minCheckpointBytes: number;
  openFile: OpenFile;
  log(line: string): void;
}

interface Pending {
  buffers: Buffer[];
  bytes: number;
  resolve(): void;
  reject(error: ServiceError): void;
}

const SYNC_INTERVAL_MS = 1000;
const RETRY_INTERVAL_MS = 1000;
/** Stays below the 10 ms for which a checkpoint may hold up calls. */
const SLICE_MS = 4;
const SLICE_BYTES = 1024 * 1024;
/** How much of the tail may be left to copy while appends wait. */
const SWITCH_BYTES = 1024 * 1024;

/** An append-only log of what a service acknowledged. */
export class Journal {
  #file: JournalFile;
  /** Where the next batch is written. */
  #end: number;
  /** How many bytes the last checkpoint took. */
  #liveBytes: number;
  #queue: Pending[] = [];
  #draining: Promise<void> | undefined;
  #checkpointing: Promise<void> | undefined;
  /** Settles when nobody writes to or replaces the file. */
  #turn: Promise<unknown> = Promise.resolve();
  /** Why the state in memory may be ahead of the file, and when that was last tried to be mended. */
  #behind: { failure: ServiceError; triedAtMs: number } | undefined;
  #syncTimer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(
    private readonly source: JournalSource,
    opened: { file: JournalFile; end: number; liveBytes: number },
    private readonly release: () => void,
  ) {
    this.#file = opened.file;
    this.#end = opened.end;
    this.#liveBytes = opened.liveBytes;
  }

  /**
   * Keeps a record. The state must hold its effect when this is called. Records appended in one turn of the event
   * loop are written together, in order; the payload must not change until then.
   * @returns a promise that resolves when the record is durable.
   * @throws ServiceError RESOURCE_EXHAUSTED when the disk is full, UNAVAILABLE when it cannot be written to. No later
   * record is taken until a checkpoint has brought the file up to the state.
   */
  append(kind: number, payload: Buffer | readonly Buffer[]): Promise<void> {
    if (this.#isClosed) return Promise.reject(new ServiceError('UNAVAILABLE', 'The server is stopping.'));
    return new Promise((resolve, reject) => {
      const buffers = encodeRecord(kind, payload);
      const bytes = buffers.reduce((sum, { length }) => sum + length, 0);
      this.#queue.push({ buffers, bytes, resolve, reject });
      this.#draining ??= new Promise((start) => setImmediate(start)).then(() => this.#drain());
    });
  }

  /** Writes what was appended, and lets the lock go. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#draining;
    await this.#checkpointing;
    clearTimeout(this.#syncTimer);
    try {
      if (this.#behind === undefined) await this.#file.datasync();
    } finally {
      await this.#file.close();
      this.release();
    }
  }

  async #drain(): Promise<void> {
    while (this.#queue.length > 0) {
      await this.#exclusively(async () => {
        const batch = this.#queue;
        this.#queue = [];
        try {
          if (this.#behind === undefined) await this.#write(batch);
          else await this.#catchUp(this.#behind);
          for (const { resolve } of batch) resolve();
        } catch (error) {
          const failure = toFailure(error);
          for (const { reject } of batch) reject(failure);
        }
      });
    }
    this.#draining = undefined;
  }

  #exclusively<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => {});
    return result;
  }

  async #write(batch: readonly Pending[]): Promise<void> {
    const bytes = batch.reduce((sum, pending) => sum + pending.bytes, 0);
    this.#startCheckpointIfDue(this.#end + bytes);
    try {
      await writeAll(
        this.#file,
        batch.flatMap(({ buffers }) => buffers),
        this.#end,
      );
      if (this.source.durability === 'fsync') await this.#file.datasync();
    } catch (error) {
      await this.#fallBehind(error);
      throw error;
    }
    this.#end += bytes;
    if (this.source.durability === 'write') this.#syncLater();
  }

  async #fallBehind(error: unknown): Promise<void> {
    const failure = toFailure(error);
    this.source.log(failure.message);
    this.#behind = { failure, triedAtMs: 0 };
    // What was refused shall not come back after a restart.
    await this.#file.truncate(this.#end).catch(() => {});
  }

  /** Bounds what a loss of power costs, without making anybody wait for the disk. */
  #syncLater(): void {
    this.#syncTimer ??= setTimeout(() => {
      this.#syncTimer = undefined;
      const file = this.#file;
      file.datasync().catch((error) => {
        if (file === this.#file && !this.#isClosed) void this.#exclusively(() => this.#fallBehind(error));
      });
    }, SYNC_INTERVAL_MS).unref();
  }

  /** Writes the state to a new file, because the old one lacks what could not be written to it. */
  async #catchUp(behind: { failure: ServiceError; triedAtMs: number }): Promise<void> {
    const isTooSoon = Date.now() - behind.triedAtMs < RETRY_INTERVAL_MS;
    // A checkpoint under way is for the old file, and about to notice.
    if (isTooSoon || this.#checkpointing !== undefined) throw behind.failure;
    try {
      await this.#rewrite(this.#snapshot(), async (file, end) => this.#replace(file, end, end));
      this.#behind = undefined;
    } finally {
      behind.triedAtMs = Date.now();
    }
  }

  #startCheckpointIfDue(tailStart: number): void {
    if (this.#checkpointing !== undefined || this.#isClosed) return;
    if (tailStart <= Math.max(this.source.minCheckpointBytes, 2 * this.#liveBytes)) return;
    this.#checkpointing = this.#checkpoint(this.#snapshot(), tailStart)
      .catch((error) => {
        // The journal is whole without it; the next one is due when it has grown by as much again.
        this.#liveBytes = tailStart;
        if (!this.#isClosed) this.source.log(`No checkpoint of the journal: ${toFailure(error).message}`);
      })
      .finally(() => {
        this.#checkpointing = undefined;
      });
  }

  /** The records of a checkpoint, the first of them asked for before this returns. */
  #snapshot(): IterableIterator<JournalRecord> {
    const iterator = this.source.checkpoint()[Symbol.iterator]();
    const first = iterator.next();
    return (function* () {
      for (let step = first; !step.done; step = iterator.next()) yield step.value;
    })();
  }

  /** Writes the state to a new file while appends go on in the old one, then what was appended meanwhile. */
  async #checkpoint(records: IterableIterator<JournalRecord>, tailStart: number): Promise<void> {
    await this.#rewrite(records, async (file, liveBytes) => {
      const old = this.#file;
      await file.datasync();
      let end = liveBytes;
      let copied = tailStart;
      const copy = async () => {
        if (this.#behind !== undefined) throw this.#behind.failure;
        const range = { start: copied, end: this.#end };
        end = await copyRange(old, range, file, end);
        copied = range.end;
      };
      while (this.#end - copied > SWITCH_BYTES) await copy();
      await this.#exclusively(async () => {
        await copy();
        await this.#replace(file, end, liveBytes);
      });
    });
  }

  /** @param finish makes the file, which ends there, the journal. */
  async #rewrite(
    records: IterableIterator<JournalRecord>,
    finish: (file: JournalFile, end: number) => Promise<void>,
  ): Promise<void> {
    const path = newPathOf(this.source.path);
    const file = await this.source.openFile(path, 'w+');
    try {
      const header = encodeHeader(this.source.header);
      await writeAll(file, [header], 0);
      await finish(file, await this.#writeSlices(file, records, header.length));
    } catch (error) {
      if (file !== this.#file) {
        await file.close();
        await rm(path, { force: true });
      }
      throw error;
    }
  }

  async #writeSlices(
    file: JournalFile,
    records: IterableIterator<JournalRecord>,
    start: number,
  ): Promise<number> {
    let end = start;
    let step = records.next();
    while (!step.done) {
      if (this.#isClosed) throw new ServiceError('UNAVAILABLE', 'The server is stopping.');
      const buffers: Buffer[] = [];
      const until = performance.now() + SLICE_MS;
      for (let bytes = 0; !step.done && bytes < SLICE_BYTES && performance.now() < until; ) {
        const record = encodeRecord(...step.value);
        for (const { length } of record) bytes += length;
        buffers.push(...record);
        step = records.next();
      }
      end += await writeAll(file, buffers, end);
    }
    const live = Buffer.alloc(8);
    live.writeBigUInt64LE(BigInt(end));
    return end + (await writeAll(file, encodeRecord(LIVE_KIND, live), end));
  }

  async #replace(file: JournalFile, end: number, liveBytes: number): Promise<void> {
    const { path } = this.source;
    await file.datasync();
    await rename(newPathOf(path), path);
    const old = this.#file;
    this.#file = file;
    this.#end = end;
    this.#liveBytes = liveBytes;
    await old.close();
    await syncFolder(dirname(path));
  }
}

/** Where a file is written that is to take the place of the journal. */
export function newPathOf(path: string): string {
  return `${path}.new`;
}

function toFailure(error: unknown): ServiceError {
  if (error instanceof ServiceError) return error;
  const { code = 'unknown error' } = error as NodeJS.ErrnoException;
  return isDiskFull(error)
    ? new ServiceError('RESOURCE_EXHAUSTED', `${EMULATOR_DISK_FULL} (${code}).`)
    : new ServiceError('UNAVAILABLE', `The journal of the emulator cannot be written (${code}).`);
}
