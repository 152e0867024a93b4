import { readFileSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { StoredDataset } from './entries.js';

const FORMAT_VERSION = 1;
const LATER_MS = 1000;

/** `catalog.json` in the data folder: written whole, to a second file that then takes its place. */
export class CatalogFile {
  readonly #path: string;
  #pending: (() => StoredDataset[]) | undefined;
  #later: (() => StoredDataset[]) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> | undefined;

  constructor(dataDir: string) {
    this.#path = join(dataDir, 'catalog.json');
  }

  read(): StoredDataset[] {
    let text: string;
    try {
      text = readFileSync(this.#path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
    const content = JSON.parse(text) as { version: number; datasets: StoredDataset[] };
    if (content.version !== FORMAT_VERSION) {
      throw new Error(
        `${this.#path} was written by another version (format ${content.version}, this one reads ${FORMAT_VERSION})`,
      );
    }
    return content.datasets;
  }

  /** Asks for a write; requests that arrive while one runs share the next. */
  schedule(snapshot: () => StoredDataset[]): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#pending = snapshot;
    this.#writing ??= this.#drain();
    // The failure is reported to whoever waits in `written`.
    this.#writing.catch(() => undefined);
  }

  /** Asks for a write in a while: for times of change, which streaming moves many times a second. */
  scheduleLater(snapshot: () => StoredDataset[]): void {
    this.#timer ??= setTimeout(() => this.schedule(snapshot), LATER_MS).unref();
    this.#later = snapshot;
  }

  /** Waits for what `schedule` asked for. */
  async written(): Promise<void> {
    await this.#writing;
  }

  /** Writes what is still to be written. */
  async close(): Promise<void> {
    if (this.#timer !== undefined && this.#later !== undefined) this.schedule(this.#later);
    await this.written();
  }

  async #drain(): Promise<void> {
    try {
      // One turn of the event loop gathers the changes of one statement.
      await new Promise((resolve) => setImmediate(resolve));
      while (this.#pending !== undefined) {
        const datasets = this.#pending();
        this.#pending = undefined;
        const temporary = `${this.#path}.new`;
        const file = await open(temporary, 'w');
        try {
          await file.writeFile(JSON.stringify({ version: FORMAT_VERSION, datasets }));
          await file.sync();
        } finally {
          await file.close();
        }
        await rename(temporary, this.#path);
      }
    } finally {
      this.#writing = undefined;
    }
  }
}
