import { randomBytes } from 'node:crypto';
import { ServiceError } from '../../serving/service-error.js';
import type { ReadOnlyOptions, TransactionOptions, TransactionSelector } from '../data/requests.js';
import { missing } from '../data/requests.js';
import type { StoredSession } from '../persistence.js';
import { aborted } from '../store/aborted.js';
import type { Database } from '../store/database.js';
import type { SnapshotView } from '../store/snapshot-view.js';
import { chooseTimestamp } from './read-timestamp.js';
import {
  PartitionedDmlTransaction,
  ReadOnlyTransaction,
  ReadWriteTransaction,
  type Transaction,
} from './transaction.js';

/** More are not remembered: the oldest are forgotten, whether they ended or not. */
const MAX_TRANSACTIONS = 20_000;

const LETTERS = { 'read-write': 'w', 'read-only': 'r', 'partitioned-dml': 'p' } as const;

/** Transactions that were begun. */
export class Transactions {
  readonly #known = new Map<string, Transaction>();
  /** The newest read-write transaction of each session that is not multiplexed. */
  readonly #bySession = new Map<string, ReadWriteTransaction>();
  /** Tells this run of the server from those before, whose ids clients may still have. */
  readonly #run = randomBytes(4).toString('hex');
  #count = 0;

  async begin(
    session: StoredSession,
    database: Database,
    options: TransactionOptions,
    signal: AbortSignal,
  ): Promise<Transaction> {
    if (options.mode === undefined) throw missing('TransactionOptions.mode');
    const id = `${LETTERS[options.mode]}${this.#run}${++this.#count}`;
    const head = { id, session: session.name, database };
    const transaction = await this.#make(head, session, options, signal);
    this.#known.set(id, transaction);
    const [oldest] = this.#known.keys();
    if (this.#known.size > MAX_TRANSACTIONS && oldest !== undefined) this.#forget(oldest);
    return transaction;
  }

  #forget(id: string): void {
    const transaction = this.#known.get(id);
    this.#known.delete(id);
    if (transaction?.kind === 'read-write' && transaction.state.name === 'active') void transaction.abort();
  }

  async #make(
    head: Transaction['head'],
    session: StoredSession,
    options: TransactionOptions,
    signal: AbortSignal,
  ): Promise<Transaction> {
    if (options.mode === 'partitioned-dml') return new PartitionedDmlTransaction(head);
    if (options.mode === 'read-only') {
      const { readOnly } = options;
      const view = await this.snapshot(head.database, readOnly, false, signal);
      return new ReadOnlyTransaction(head, view, readOnly.returnReadTimestamp);
    }
    if (options.mode !== 'read-write') throw missing('TransactionOptions.mode');
    const { isRepeatableRead, previousTransaction } = options;
    const { isMultiplexed } = session;
    const previous = isMultiplexed ? this.#known.get(previousTransaction) : this.#bySession.get(session.name);
    const transaction = new ReadWriteTransaction(head, {
      isMultiplexed,
      isRepeatableRead,
      previous: previous?.kind === 'read-write' ? previous : undefined,
    });
    if (!isMultiplexed) this.#bySession.set(session.name, transaction);
    return transaction;
  }

  /** @param isSingleUse whether bounds are taken that choose a timestamp for one read. */
  async snapshot(
    database: Database,
    options: ReadOnlyOptions,
    isSingleUse: boolean,
    signal: AbortSignal,
  ): Promise<SnapshotView> {
    return database.viewAt(await chooseTimestamp(database, options, isSingleUse, signal));
  }

  /** @throws ServiceError for an id that is none of the session. */
  get(session: StoredSession, database: Database, id: string): Transaction {
    const transaction = this.#known.get(id);
    if (transaction !== undefined && transaction.head.session === session.name) return transaction;
    const isOfEarlierRun = /^[wrp][0-9a-f]{8}\d+$/.test(id) && id.slice(1, 9) !== this.#run;
    if (isOfEarlierRun && id.startsWith('w') && database.outcomes.get(id) === undefined) {
      throw aborted('Transaction was aborted: the emulator was started anew.');
    }
    throw new ServiceError('NOT_FOUND', `Transaction not found: ${id}`);
  }

  /** Forgets what belongs to a session that is deleted. */
  dropSession(session: string): void {
    this.#bySession.delete(session);
    for (const [id, { head }] of this.#known) if (head.session === session) this.#forget(id);
  }

  /** The transaction of a selector that has one; undefined for one that is used once. */
  async select(
    session: StoredSession,
    database: Database,
    selector: TransactionSelector | undefined,
    signal: AbortSignal,
  ): Promise<Transaction | undefined> {
    if (selector === undefined || selector.kind === 'single-use') return undefined;
    if (selector.kind === 'id') return this.get(session, database, selector.id);
    return this.begin(session, database, selector.options, signal);
  }
}
