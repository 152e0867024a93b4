import { afterAll, beforeAll, expect, test } from 'vitest';
import { createRandom, type Random } from '../../../src/core/random.js';
import type { Json } from '../../helpers/message-client.js';
import { type Running, startEmbedded } from './backends.js';
import { list, microsOf, SpannerSession, timestampOf, upsert } from './spanner-session.js';

const SCHEMA = ['CREATE TABLE T (K INT64, V STRING(MAX)) PRIMARY KEY (K)', 'CREATE INDEX TV ON T (V)'];
const KEYS = 8;
const WORKERS = 6;
const TRANSACTIONS = 60;

let running: Running;
beforeAll(async () => {
  running = await startEmbedded();
});
afterAll(() => running.stop());

type Reads = Map<number, string | null>;

/** A transaction that was committed, or a read at a timestamp, as its client saw it. */
interface Event {
  timestamp: bigint;
  reads: Reads;
  writes: Map<number, string>;
  /** Times of the client, in nanoseconds. */
  startedAt: bigint;
  answeredAt: bigint;
}

/**
 * Transactions as they were committed, in the order of their timestamps, are a history of one database with one
 * client: each reads what the ones before it wrote. So nothing is lost, and no two of them decide on what the other
 * changes. A transaction that began when another was answered comes after it.
 */
test('concurrent transactions and stale reads are as if they came one after another', async () => {
  const owner = await SpannerSession.create(running.client, SCHEMA);
  const history = new History();
  await Promise.all(
    Array.from({ length: WORKERS }, async (_, worker) => {
      const isMultiplexed = worker % 2 === 0;
      const session = await SpannerSession.of(running.client, owner.database, { multiplexed: isMultiplexed });
      await new Worker(session, worker, history, isMultiplexed).run();
    }),
  );
  expect(history.committed.length).toBe(WORKERS * TRANSACTIONS);
  history.check();
});

class History {
  readonly committed: Event[] = [];
  readonly staleReads: Event[] = [];

  check(): void {
    const inOrder = [...this.committed].sort((a, b) => (a.timestamp < b.timestamp ? -1 : 1));
    const state = new Map<number, string>();
    const stale = [...this.staleReads].sort((a, b) => (a.timestamp < b.timestamp ? -1 : 1));
    let latestStart = 0n;
    for (const [index, event] of inOrder.entries()) {
      if (index > 0) expect(event.timestamp).toBeGreaterThan(inOrder[index - 1]!.timestamp);
      while (stale.length > 0 && stale[0]!.timestamp < event.timestamp)
        expectReads(stale.shift()!.reads, state);
      expectReads(event.reads, state);
      for (const [key, value] of event.writes) state.set(key, value);
      // Whoever comes later in the history was not answered before this one began.
      expect(event.answeredAt).toBeGreaterThan(latestStart);
      if (event.startedAt > latestStart) latestStart = event.startedAt;
    }
    for (const { reads } of stale) expectReads(reads, state);
  }
}

function expectReads(reads: Reads, state: ReadonlyMap<number, string>): void {
  for (const [key, value] of reads) expect(value).toBe(state.get(key) ?? null);
}

class Worker {
  readonly #random: Random;

  constructor(
    private readonly session: SpannerSession,
    private readonly worker: number,
    private readonly history: History,
    private readonly isMultiplexed: boolean,
  ) {
    this.#random = createRandom(worker);
  }

  async run(): Promise<void> {
    for (let index = 0; index < TRANSACTIONS; index++) {
      const read = this.#keys();
      const written = this.#keys();
      const value = `${this.worker}.${index}`;
      let previous: unknown;
      for (let isDone = false; !isDone; ) {
        ({ isDone, previous } = await this.#attempt(read, written, value, previous));
      }
      if (index % 5 === 0) await this.#readStale();
    }
  }

  #keys(): number[] {
    const count = this.#random.integer(1, 3);
    return [...new Set(Array.from({ length: count }, () => this.#random.integer(0, KEYS - 1)))];
  }

  async #attempt(read: number[], written: number[], value: string, previous: unknown) {
    const startedAt = process.hrtime.bigint();
    const { session } = this;
    const options = {
      readWrite: this.isMultiplexed ? { multiplexedSessionPreviousTransactionId: previous } : {},
    };
    const transaction = await session.begin(options);
    const reads: Reads = new Map();
    const tokens: Json[] = [];
    const all = this.#random.uniform() < 0.3;
    const keySet = all ? { all: true } : { keys: read.map((key) => list([String(key)])) };
    const answer = await session.call('Read', {
      transaction: { id: transaction.id },
      table: 'T',
      columns: ['K', 'V'],
      keySet,
      // Of an index, its order is another one.
      ...(all && { index: 'TV' }),
    });
    if (!('ok' in answer)) return this.#again(answer, transaction);
    const [result] = answer.ok;
    for (const key of all ? Array.from({ length: KEYS }, (_, key) => key) : read) reads.set(key, null);
    for (const row of (result!.rows ?? []) as { values: Json[] }[]) {
      reads.set(Number(row.values[0]!.stringValue), String(row.values[1]!.stringValue));
    }
    if (result!.precommitToken !== undefined) tokens.push(result!.precommitToken as Json);
    const writes = new Map(
      written.map((key) => [key, `${value}:${[...reads.values()].join(',')}`.slice(0, 40)]),
    );
    const committed = await session.call('Commit', {
      transactionId: transaction.id,
      mutations: [...writes].map(([key, text]) => upsert('T', ['K', 'V'], [String(key), text])),
      precommitToken: tokens.at(-1),
    });
    if (!('ok' in committed)) return this.#again(committed, transaction);
    const answeredAt = process.hrtime.bigint();
    const timestamp = microsOf(committed.ok[0]!.commitTimestamp);
    this.history.committed.push({ timestamp, reads, writes, startedAt, answeredAt });
    return { isDone: true, previous: undefined };
  }

  #again(refused: { code: number; text: string }, transaction: Json) {
    expect(refused).toMatchObject({ code: 10 });
    return { isDone: false, previous: transaction.id };
  }

  /** At a time at which the history is written already. */
  async #readStale(): Promise<void> {
    const startedAt = process.hrtime.bigint();
    const timestamp = BigInt(Date.now()) * 1000n - BigInt(this.#random.integer(0, 50_000));
    const [result] = await this.session.must('Read', {
      transaction: { singleUse: { readOnly: { readTimestamp: timestampOf(timestamp) } } },
      table: 'T',
      columns: ['K', 'V'],
      keySet: { all: true },
    });
    const reads: Reads = new Map(Array.from({ length: KEYS }, (_, key) => [key, null]));
    for (const row of (result!.rows ?? []) as { values: Json[] }[]) {
      reads.set(Number(row.values[0]!.stringValue), String(row.values[1]!.stringValue));
    }
    // A commit at that very time is read.
    const event = { timestamp, reads, writes: new Map(), startedAt, answeredAt: process.hrtime.bigint() };
    this.history.staleReads.push(event);
  }
}
