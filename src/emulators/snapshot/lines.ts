import { once } from 'node:events';
import { createReadStream, createWriteStream, type WriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { writePrivateFile } from '../supervisor/private-state.js';

/** Writes one JSON value per line, as fast as the disk takes them. */
export class LineWriter {
  readonly #stream: WriteStream;

  constructor(path: string) {
    writePrivateFile(path, '');
    this.#stream = createWriteStream(path);
    // Reported by `close`; without a listener a full disk would end the process.
    this.#stream.on('error', () => {});
  }

  async write(value: unknown): Promise<void> {
    if (!this.#stream.write(`${JSON.stringify(value)}\n`)) {
      if (this.#stream.errored) throw this.#stream.errored;
      await once(this.#stream, 'drain');
    }
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#stream.once('error', reject);
      if (this.#stream.errored) reject(this.#stream.errored);
      this.#stream.end(resolve);
    });
  }
}

/** @returns what `work` does, after everything it wrote is in the file. */
export async function written<T>(path: string, work: (writer: LineWriter) => Promise<T>): Promise<T> {
  const writer = new LineWriter(path);
  try {
    return await work(writer);
  } finally {
    await writer.close();
  }
}

export async function* readLines<T>(path: string): AsyncGenerator<T> {
  const lines = createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY });
  for await (const line of lines) yield JSON.parse(line) as T;
}
