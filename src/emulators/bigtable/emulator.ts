import type { Journal } from '../journal/journal.js';
import type { Call, Outgoing } from '../serving/method.js';
import { ServiceError } from '../serving/service-error.js';
import { Collector } from './collector.js';
import { readRows } from './data/read-rows.js';
import { checkAndMutateRow, readModifyWriteRow } from './data/row-edits.js';
import { mutateRow, mutateRows } from './data/row-writes.js';
import { encodeStatuses } from './data/wire-messages.js';
import {
  MUTATE_ROW,
  MUTATE_ROWS,
  READ_MODIFY_WRITE,
  SCHEMA,
  schemaPayload,
  timedPayload,
} from './persistence.js';
import type { SchemaChange, Store } from './store.js';

export interface Surroundings {
  /** Milliseconds since the epoch. */
  now(): number;
  /** From 0 up to 1. */
  random(): number;
}

/** Carries out calls on the store, and acknowledges no change before the journal has it. */
export class Emulator {
  readonly collector: Collector;

  constructor(
    readonly store: Store,
    private readonly journal: Pick<Journal, 'append'>,
    readonly surroundings: Surroundings,
  ) {
    this.collector = new Collector(store, surroundings);
  }

  async mutateRows(request: Buffer): Promise<Buffer> {
    const timeMs = this.surroundings.now();
    const errors = mutateRows(this.store, request, timeMs);
    if (errors.includes(undefined)) await this.#append(MUTATE_ROWS, timeMs, request);
    return encodeStatuses(errors);
  }

  async mutateRow(request: Buffer): Promise<Buffer> {
    const timeMs = this.surroundings.now();
    mutateRow(this.store, request, timeMs);
    await this.#append(MUTATE_ROW, timeMs, request);
    return Buffer.alloc(0);
  }

  async checkAndMutateRow(request: Buffer): Promise<Buffer> {
    const timeMs = this.surroundings.now();
    const result = checkAndMutateRow(this.store, request, timeMs, this.surroundings.random);
    if (result.mutateRow !== undefined) await this.#append(MUTATE_ROW, timeMs, result.mutateRow);
    return Buffer.from(result.matched ? [0x08, 0x01] : []);
  }

  async readModifyWriteRow(request: Buffer): Promise<Buffer> {
    const timeMs = this.surroundings.now();
    const response = readModifyWriteRow(this.store, request, timeMs);
    await this.#append(READ_MODIFY_WRITE, timeMs, request);
    return response;
  }

  readRows(request: Buffer, call: Call & Outgoing<Buffer>): Promise<void> {
    return readRows(this.store, request, call, this.surroundings);
  }

  /** Changes anything but rows. The change must have been checked: it cannot fail. */
  async change(...changes: readonly SchemaChange[]): Promise<void> {
    for (const change of changes) this.store.change(change);
    await Promise.all(changes.map((change) => this.journal.append(SCHEMA, schemaPayload(change))));
    this.collector.look();
  }

  #append(kind: number, timeMs: number, request: Buffer): Promise<void> {
    this.collector.look();
    return this.journal.append(kind, timedPayload(timeMs, request));
  }
}

/** Nothing is kept: for tests of what is in memory. */
export const NO_JOURNAL: Pick<Journal, 'append'> = { append: async () => {} };

export function notFound(name: string): ServiceError {
  return new ServiceError('NOT_FOUND', `Resource not found: ${name}`);
}
