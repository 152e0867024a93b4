import { readFileSync, truncateSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { CatalogChange, CatalogEvent, StoredDataset } from './entries.js';

const FORMAT_VERSION = 2;
/** Whole alone, without a log. */
const FORMAT_WITHOUT_LOG = 1;
const LATER_MS = 1000;
/** The log is folded into the whole when it is longer than that, and longer than this. */
const MIN_FOLDED_BYTES = 256 * 1024;

/** What the file writes, as it is at the moment of writing. */
export interface CatalogSource {
  all(): StoredDataset[];
  /** The entry that an event speaks of; undefined when it is gone or not kept. */
  entry(event: CatalogEvent): CatalogChange['entry'];
}

/**
 * The catalog in the data folder: `catalog.json`, written whole to a second file that then takes its place, and a log
 * of the entries that changed since, a line each. The whole names its log, so that both are always of the same time;
 * what a change costs does not depend on how much there is.
 */
export class CatalogFile {
  readonly #dataDir: string;
  readonly #source: CatalogSource;
  readonly #changed = new Map<string, CatalogEvent>();
  #log = 0;
  #logBytes = 0;
  #wholeBytes = 0;
  /** There is no whole yet, or nobody knows what a failed write left of the log. */
  #mustWriteWhole = true;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> | undefined;

  constructor(dataDir: string, source: CatalogSource) {
    this.#dataDir = dataDir;
    this.#source = source;
  }

  /** What was kept: datasets, and what changed in them since, in that order. */
  read(): { datasets: StoredDataset[]; changes: CatalogChange[] } {
    const text = readIfThere(this.#path);
    if (text === undefined) return { datasets: [], changes: [] };
    const content = JSON.parse(text) as { version: number; log?: number; datasets: StoredDataset[] };
    if (content.version !== FORMAT_VERSION && content.version !== FORMAT_WITHOUT_LOG) {
      throw new Error(
        `${this.#path} was written by another version (format ${content.version}, this one reads ${FORMAT_VERSION})`,
      );
    }
    this.#log = content.log ?? 0;
    this.#wholeBytes = text.length;
    this.#mustWriteWhole = content.version === FORMAT_WITHOUT_LOG;
    return { datasets: content.datasets, changes: this.#readLog() };
  }

  #readLog(): CatalogChange[] {
    const path = this.#logPath(this.#log);
    const log = readIfThere(path);
    if (log === undefined) return [];
    // A kill may leave part of a line, which nobody was told of.
    const complete = log.slice(0, log.lastIndexOf('\n') + 1);
    this.#logBytes = Buffer.byteLength(complete);
    if (complete.length < log.length) truncateSync(path, this.#logBytes);
    const lines = complete.split('\n').filter((line) => line !== '');
    return lines.map((line) => JSON.parse(line) as CatalogChange);
  }

  /** Asks for a write; requests that arrive while one runs share the next. */
  schedule(event: CatalogEvent): void {
    this.#changed.set(JSON.stringify(event), event);
    this.#write();
  }

  /** Asks for a write in a while: for times of change, which streaming moves many times a second. */
  scheduleLater(event: CatalogEvent): void {
    this.#changed.set(JSON.stringify(event), event);
    this.#timer ??= setTimeout(() => this.#write(), LATER_MS).unref();
  }

  /** Waits for what `schedule` asked for. */
  async written(): Promise<void> {
    await this.#writing;
  }

  /** Writes what is still to be written. */
  async close(): Promise<void> {
    if (this.#timer !== undefined) this.#write();
    await this.written();
  }

  get #path(): string {
    return join(this.#dataDir, 'catalog.json');
  }

  #logPath(log: number): string {
    return join(this.#dataDir, `catalog-${log}.log`);
  }

  #write(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#writing ??= this.#drain();
    // The failure is reported to whoever waits in `written`.
    this.#writing.catch(() => undefined);
  }

  async #drain(): Promise<void> {
    try {
      // One turn of the event loop gathers the changes of one statement.
      await new Promise((resolve) => setImmediate(resolve));
      while (this.#changed.size > 0) {
        const events = [...this.#changed.values()];
        this.#changed.clear();
        const isLong = this.#logBytes > Math.max(MIN_FOLDED_BYTES, this.#wholeBytes);
        const writeWhole = this.#mustWriteWhole || isLong;
        this.#mustWriteWhole = true;
        await (writeWhole ? this.#writeWhole() : this.#append(events));
        this.#mustWriteWhole = false;
      }
    } finally {
      this.#writing = undefined;
    }
  }

  async #append(events: readonly CatalogEvent[]): Promise<void> {
    const text = events
      .map((event) => `${JSON.stringify({ ...event, entry: this.#source.entry(event) })}\n`)
      .join('');
    await writeSynced(this.#logPath(this.#log), 'a', text);
    this.#logBytes += Buffer.byteLength(text);
  }

  async #writeWhole(): Promise<void> {
    const old = this.#logPath(this.#log);
    const log = this.#log + 1;
    const text = JSON.stringify({ version: FORMAT_VERSION, log, datasets: this.#source.all() });
    await writeSynced(`${this.#path}.new`, 'w', text);
    await rename(`${this.#path}.new`, this.#path);
    this.#log = log;
    this.#logBytes = 0;
    this.#wholeBytes = text.length;
    await rm(old, { force: true });
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function writeSynced(path: string, flags: 'a' | 'w', text: string): Promise<void> {
  const file = await open(path, flags);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}
