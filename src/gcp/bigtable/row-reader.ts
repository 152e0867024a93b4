import { WireReader } from '../../core/wire-reader.js';
import type { StoredCell, StoredRow } from './rows.js';

/** An answer of ReadRows that breaks the rules of its protocol. */
export class BrokenAnswer extends Error {
  override readonly name = 'BrokenAnswer';
}

interface Chunk {
  key: string;
  /** Undefined where it is that of the cell before. */
  family: string | undefined;
  qualifier: string | undefined;
  timestampMicros: number;
  value: Buffer;
  /** Of the whole cell, when more of its value follows; else 0. */
  valueSize: number;
  isReset: boolean;
  isCommit: boolean;
}

const NOTHING = Buffer.alloc(0);

/**
 * Rows from the `google.bigtable.v2.ReadRowsResponse` messages of one call, each as it came from the wire.
 *
 * The Bigtable client makes some fifteen objects of every cell, and takes two thirds of what a tick of a ward costs. Field
 * numbers are those of `bigtable.proto`, which also tells how rows are cut into chunks.
 */
export class RowReader {
  readonly rows: StoredRow[] = [];
  /** Of the last row that is complete, or that the service has passed without finding anything. */
  lastKey: string | undefined;
  #row: StoredRow | undefined;
  /** Of the cell whose value is not complete. */
  #parts: Buffer[] = [];
  #cell: StoredCell | undefined;

  /** @throws BrokenAnswer, MalformedMessage */
  push(message: Buffer): void {
    const reader = new WireReader(message);
    while (reader.next()) {
      if (reader.isBytes(1)) {
        const outer = reader.enter();
        this.#take(readChunk(reader));
        reader.leave(outer);
      } else if (reader.isBytes(2)) this.lastKey = reader.slice().toString('utf8');
      else reader.skip();
    }
  }

  /** @throws BrokenAnswer when a row is not complete, and no call follows that repeats it. */
  end(): void {
    if (this.#row !== undefined) throw new BrokenAnswer('the answer ended within a row');
  }

  /** Forgets a row that is not complete: the service sends it anew, in this call or in the next. */
  restart(): void {
    this.#row = undefined;
    this.#cell = undefined;
    this.#parts = [];
  }

  #take(chunk: Chunk): void {
    if (chunk.isReset) {
      this.restart();
      return;
    }
    if (this.#cell === undefined) this.#begin(chunk);
    const cell = this.#cell!;
    if (chunk.valueSize > 0) {
      if (chunk.isCommit) throw new BrokenAnswer('a row ended within a cell');
      this.#parts.push(chunk.value);
      return;
    }
    cell.value = this.#parts.length === 0 ? chunk.value : Buffer.concat([...this.#parts, chunk.value]);
    this.#row!.cells.push(cell);
    this.#cell = undefined;
    this.#parts = [];
    if (!chunk.isCommit) return;
    this.lastKey = this.#row!.key;
    this.rows.push(this.#row!);
    this.#row = undefined;
  }

  #begin({ key, family, qualifier, timestampMicros }: Chunk): void {
    if (this.#row === undefined) {
      if (key === '') throw new BrokenAnswer('a row has no key');
      this.#row = { key, cells: [] };
    } else if (key !== '' && key !== this.#row.key) {
      throw new BrokenAnswer('a row began within another');
    }
    const before = this.#row.cells.at(-1);
    const ofFamily = family ?? before?.family;
    const ofQualifier = qualifier ?? (family === undefined ? before?.qualifier : undefined);
    if (ofFamily === undefined || ofQualifier === undefined)
      throw new BrokenAnswer('a cell has no family or qualifier');
    this.#cell = {
      family: ofFamily,
      qualifier: ofQualifier,
      value: NOTHING,
      timestampMs: timestampMicros / 1000,
    };
  }
}

function readChunk(reader: WireReader): Chunk {
  const chunk: Chunk = {
    key: '',
    family: undefined,
    qualifier: undefined,
    timestampMicros: 0,
    value: NOTHING,
    valueSize: 0,
    isReset: false,
    isCommit: false,
  };
  while (reader.next()) {
    if (reader.isBytes(1)) chunk.key = reader.slice().toString('utf8');
    else if (reader.isBytes(2)) chunk.family = readWrapped(reader);
    else if (reader.isBytes(3)) chunk.qualifier = readWrapped(reader);
    else if (reader.isVarint(4)) chunk.timestampMicros = reader.varint();
    else if (reader.isBytes(6)) chunk.value = reader.slice();
    else if (reader.isVarint(7)) chunk.valueSize = reader.varint();
    else if (reader.isVarint(8)) chunk.isReset = reader.boolean();
    else if (reader.isVarint(9)) chunk.isCommit = reader.boolean();
    else reader.skip();
  }
  return chunk;
}

/** Text in a message of its own, which tells the empty text from none. */
function readWrapped(reader: WireReader): string {
  let text = '';
  const outer = reader.enter();
  while (reader.next()) {
    if (reader.isBytes(1)) text = reader.slice().toString('utf8');
    else reader.skip();
  }
  reader.leave(outer);
  return text;
}
