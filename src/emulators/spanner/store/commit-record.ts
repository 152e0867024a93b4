import type { WireReader } from '../../../core/wire-reader.js';
import { varintLength, WireWriter } from '../../wire/writer.js';

/** A version of a row of a table, as the journal keeps it. */
export interface StoredWrite {
  /** Id of the table. */
  table: number;
  key: string;
  /** Microseconds since the epoch. */
  timestamp: number;
  /** Undefined when it is deleted. */
  row: string | undefined;
}

export interface CommitHead {
  /** Number of the database. */
  database: number;
  /** Of the commit; writes of a checkpoint have their own. */
  timestamp: number;
  /** Of the transaction, for who asks again how it ended; empty for one without. */
  transaction: string;
}

/**
 * A commit as bytes: the number of the database and the timestamp, the id of the transaction, then writes. A write is
 * the id of the table, the key, one more than the length of the row (0 deletes it) and the row. Strings that hold
 * bytes are written as these.
 */
export class CommitWriter {
  readonly #writer = new WireWriter(4096);

  constructor({ database, timestamp, transaction }: CommitHead) {
    this.#writer.reserve(30 + transaction.length);
    this.#writer.varint(database);
    this.#writer.varint(timestamp);
    this.#text(transaction);
  }

  add({ table, key, row }: Omit<StoredWrite, 'timestamp'>): void {
    this.#writer.reserve(key.length + (row?.length ?? 0) + 30);
    this.#writer.varint(table);
    this.#text(key);
    this.#writer.varint(row === undefined ? 0 : row.length + 1);
    if (row !== undefined) this.#writer.latin1(row);
  }

  /** A write with a timestamp of its own. */
  addTimed(write: StoredWrite): void {
    this.#writer.reserve(varintLength(write.timestamp));
    this.#writer.varint(write.timestamp);
    this.add(write);
  }

  get length(): number {
    return this.#writer.at;
  }

  done(): Buffer {
    return this.#writer.done();
  }

  #text(text: string): void {
    this.#writer.varint(text.length);
    this.#writer.latin1(text);
  }
}

export function readHead(reader: WireReader): CommitHead {
  return { database: reader.varint(), timestamp: reader.varint(), transaction: reader.latin1() };
}

/** @param isTimed whether each has a timestamp of its own, as those of a checkpoint. */
export function* readWrites(
  reader: WireReader,
  commitTimestamp: number,
  isTimed: boolean,
): Generator<StoredWrite, void, void> {
  while (reader.more) {
    const timestamp = isTimed ? reader.varint() : commitTimestamp;
    const table = reader.varint();
    const key = reader.latin1();
    const length = reader.varint() - 1;
    if (length < 0) {
      yield { table, key, timestamp, row: undefined };
      continue;
    }
    const row = reader.bytes.toString('latin1', reader.at, reader.at + length);
    reader.at += length;
    yield { table, key, timestamp, row };
  }
}
