import { ServiceError } from '../../serving/service-error.js';
import type { Message } from '../../wire/message.js';
import { conflict } from '../store/aborted.js';
import type { CommitResult, Database } from '../store/database.js';
import type { SnapshotView } from '../store/snapshot-view.js';
import type { TreeId } from '../store/table-info.js';
import type { WriteView } from '../store/write-view.js';

export interface TransactionHead {
  /** One character for each byte. */
  id: string;
  /** Name of the session. */
  session: string;
  database: Database;
}

/** Reads rows as they were at one time. */
export class ReadOnlyTransaction {
  readonly kind = 'read-only';

  constructor(
    readonly head: TransactionHead,
    readonly view: SnapshotView,
    readonly returnsTimestamp: boolean,
  ) {}
}

/** Changes rows part by part, each statement in commits of its own. */
export class PartitionedDmlTransaction {
  readonly kind = 'partitioned-dml';

  constructor(readonly head: TransactionHead) {}
}

/** What a statement of DML came to, for who sends it again. */
interface Replayed {
  /** Tells one request from another. */
  fingerprint: string;
  answer: Promise<unknown>;
}

/** From so many aborts on a transaction gets the way free. */
const STARVING_ABORTS = 2;

type State =
  | { name: 'active' }
  | { name: 'committing'; commit: Promise<CommitResult> }
  | { name: 'committed' }
  | { name: 'rolled-back' }
  /** Whatever it is asked, this is the answer. */
  | { name: 'failed'; error: ServiceError };

/** Reads and writes rows, and commits when nothing that it read has changed. */
export class ReadWriteTransaction {
  readonly kind = 'read-write';
  readonly isMultiplexed: boolean;
  /** How often it was begun before and aborted. */
  readonly aborts: number;
  state: State = { name: 'active' };
  #view: Promise<WriteView> | undefined;
  #trees: ReadonlySet<TreeId>;
  #release = () => {};
  #turn: Promise<unknown> = Promise.resolve();
  readonly #replayed = new Map<number, Replayed>();
  #lastSeqno = 0;
  #tokenNumber = 0;

  constructor(
    readonly head: TransactionHead,
    private readonly options: {
      isMultiplexed: boolean;
      isRepeatableRead: boolean;
      previous: ReadWriteTransaction | undefined;
    },
  ) {
    const { previous } = options;
    this.isMultiplexed = options.isMultiplexed;
    const wasAborted = previous?.state.name === 'failed' && previous.state.error.code === 'ABORTED';
    this.aborts = wasAborted ? previous.aborts + 1 : 0;
    this.#trees = wasAborted ? previous.#trees : new Set();
  }

  /** What it reads and writes on; it sees what is committed when it is asked for first. */
  view(): Promise<WriteView> {
    this.#view ??= this.#open();
    return this.#view;
  }

  /** Undefined when nothing was read or written in it. */
  openedView(): Promise<WriteView> | undefined {
    return this.#view;
  }

  async #open(): Promise<WriteView> {
    const { database } = this.head;
    if (this.aborts >= STARVING_ABORTS) this.#release = await database.fairness.hold(this.#trees);
    return database.writeView(database.timestamps.read(), 'dml', !this.options.isRepeatableRead);
  }

  /** @throws ServiceError when nothing can be read or written in it any more. */
  checkActive(): void {
    const { state } = this;
    if (state.name === 'active') return;
    if (state.name === 'failed') throw state.error;
    throw new ServiceError(
      'FAILED_PRECONDITION',
      state.name === 'rolled-back'
        ? 'Cannot commit a transaction after it has been rolled back.'
        : 'Cannot read or query using a transaction after it has been committed or rolledback.',
    );
  }

  /** Statements of one transaction run one after another. */
  serially<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => {});
    return result;
  }

  /**
   * Carries out a statement once, whatever it comes to; the same one again is given the same answer.
   * @param seqno 0 is none.
   */
  once<T>(seqno: number, fingerprint: string, work: () => Promise<T>): Promise<T> {
    if (seqno === 0) return work();
    const known = this.#replayed.get(seqno);
    if (known !== undefined) {
      if (known.fingerprint === fingerprint) return known.answer as Promise<T>;
      throw new ServiceError(
        'INVALID_ARGUMENT',
        `Previously received a different request with this seqno. seqno=${seqno}`,
      );
    }
    if (seqno < this.#lastSeqno) {
      const error = new ServiceError(
        'INVALID_ARGUMENT',
        `Request has an out-of-order seqno. Request seqno=${seqno}. Last seen seqno=${this.#lastSeqno}. The sequence number must be monotonically increasing within the transaction. If a request arrives for the first time with an out-of-order sequence number, the transaction will be invalidated.`,
      );
      this.fail(error);
      throw error;
    }
    this.#lastSeqno = seqno;
    const answer = work();
    this.#replayed.set(seqno, { fingerprint, answer });
    return answer;
  }

  /** The token with which a commit proves to come after all that was answered so far. */
  nextPrecommitToken(): Message | undefined {
    if (!this.isMultiplexed) return undefined;
    this.#tokenNumber++;
    return { 1: `${this.head.id}.${this.#tokenNumber}`, 2: this.#tokenNumber };
  }

  /** Whether a token is the newest one. */
  isNewestToken(token: Buffer): boolean {
    return token.toString('latin1') === `${this.head.id}.${this.#tokenNumber}`;
  }

  /** Remembers what it read for the case that it is begun again. */
  async abort(): Promise<void> {
    const view = await this.#view;
    if (view !== undefined) this.#trees = view.reads.trees;
    this.fail(conflict());
  }

  fail(error: ServiceError): void {
    this.end({ name: 'failed', error });
  }

  end(state: State): void {
    this.state = state;
    this.#release();
    this.#view = undefined;
    this.#replayed.clear();
  }
}

export type Transaction = ReadOnlyTransaction | ReadWriteTransaction | PartitionedDmlTransaction;
