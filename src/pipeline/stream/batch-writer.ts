import type { Clock } from '../../core/clock.js';
import type { RowFailure } from '../../gcp/bigtable/port.js';
import { errorCode, GRPC, isAccessRefused } from '../../gcp/google-errors.js';

/** Where batches go. */
export interface BatchTarget<T> {
  name: string;
  /** Most items of one request. */
  maxItems: number;
  /** Requests under way at once. */
  concurrency: number;
  /** How long an item waits for others, when it is not what the writer's options say. */
  lingerMs?: number;
  /** Resolves to the items that failed; rejects when the request failed as a whole. Writing twice is harmless. */
  write(items: readonly T[]): Promise<RowFailure[]>;
}

export interface BatchWriterOptions<T> {
  target: BatchTarget<T>;
  /** How long an item waits for others before it is sent in a smaller batch. */
  lingerMs: number;
  /** How often an item that is refused by itself is tried. */
  maxTries: number;
  /** A target that does not answer for this long is given up; an item that it puts off for this long is refused. */
  giveUpAfterMs: number;
  clock: Clock;
  onStored(items: readonly T[]): void;
  onRejected(item: T, reason: string): void;
  /** The target stopped or started to answer. */
  onAvailability(available: boolean, error: unknown): void;
  onGivenUp(error: unknown): void;
  onBatch?(items: number, durationMs: number): void;
  onRetry?(items: number): void;
}

interface Entry<T> {
  item: T;
  tries: number;
  /** When the target first refused it or put it off. */
  failedAtMs: number | undefined;
}

/** Entries that are sent apart from the others, so that a bad one does not hold up good ones. */
interface Suspects<T> {
  entries: Entry<T>[];
  notBeforeMs: number;
}

const FIRST_BACKOFF_MS = 100;
const MAX_BACKOFF_MS = 5_000;

/** Codes of a whole request that blame its content: one of its items, or its size. */
const CONTENT_ERRORS: readonly (number | string)[] = [GRPC.invalidArgument, GRPC.outOfRange, 400, 413];

/**
 * Collects items into batches and writes them until each is stored or refused for itself. A target that is down is
 * asked again with growing pauses, and nothing is lost meanwhile; the caller bounds how much is waiting.
 */
export class BatchWriter<T> {
  readonly #options: BatchWriterOptions<T>;
  readonly #lingerMs: number;
  #waiting: Entry<T>[] = [];
  #suspects: Suspects<T>[] = [];
  #underWay = 0;
  #itemsUnderWay = 0;
  #failuresInARow = 0;
  #downSinceMs: number | undefined;
  #retryAtMs = 0;
  #timer: NodeJS.Timeout | undefined;
  #timerAtMs = Number.POSITIVE_INFINITY;
  #oldestDueMs = Number.POSITIVE_INFINITY;
  #flushing = false;
  #stopped = false;
  #idle: (() => void)[] = [];

  constructor(options: BatchWriterOptions<T>) {
    this.#options = options;
    this.#lingerMs = options.target.lingerMs ?? options.lingerMs;
  }

  get name(): string {
    return this.#options.target.name;
  }

  /** Items that are neither stored nor refused. */
  get pending(): number {
    return this.#waiting.length + this.#itemsUnderWay + this.#suspectCount();
  }

  get available(): boolean {
    return this.#downSinceMs === undefined;
  }

  add(item: T): void {
    if (this.#waiting.length === 0) {
      this.#oldestDueMs = this.#options.clock.now() + this.#lingerMs;
    }
    this.#waiting.push({ item, tries: 0, failedAtMs: undefined });
    if (this.#waiting.length >= this.#options.target.maxItems) this.#pump();
    else this.#wakeAt(this.#oldestDueMs);
  }

  /** Sends without waiting for full batches from now on, and resolves when nothing is pending. */
  async flush(): Promise<void> {
    this.#flushing = true;
    this.#pump();
    if (this.pending === 0) return;
    await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  /** Sends no more. What is under way still reports. */
  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #pump(): void {
    const { target, clock } = this.#options;
    while (!this.#stopped) {
      const now = clock.now();
      // While the target is down, one request at a time asks whether it is back.
      const limit = this.available ? target.concurrency : 1;
      if (this.#underWay >= limit) return;
      if (now < this.#retryAtMs) {
        this.#wakeAt(this.#retryAtMs);
        return;
      }
      const group = this.#suspects.findIndex((suspects) => suspects.notBeforeMs <= now);
      if (group !== -1) {
        void this.#send(this.#suspects.splice(group, 1)[0]!.entries);
        continue;
      }
      const enough = this.#waiting.length >= target.maxItems || this.#flushing || now >= this.#oldestDueMs;
      if (this.#waiting.length === 0 || !enough) {
        this.#scheduleNext();
        return;
      }
      const entries =
        this.#waiting.length <= target.maxItems
          ? this.#waiting.splice(0)
          : this.#waiting.splice(0, target.maxItems);
      this.#oldestDueMs = this.#waiting.length === 0 ? Number.POSITIVE_INFINITY : now + this.#lingerMs;
      void this.#send(entries);
    }
  }

  async #send(entries: Entry<T>[]): Promise<void> {
    const { target, clock, onBatch } = this.#options;
    this.#underWay++;
    this.#itemsUnderWay += entries.length;
    const startedMs = clock.now();
    let failures: RowFailure[] | undefined;
    let failure: unknown;
    try {
      failures = await target.write(entries.map((entry) => entry.item));
    } catch (error) {
      failure = error;
    }
    this.#underWay--;
    this.#itemsUnderWay -= entries.length;
    if (failures !== undefined) {
      onBatch?.(entries.length, clock.now() - startedMs);
      this.#answered();
      this.#settle(entries, failures);
    } else if (CONTENT_ERRORS.includes(errorCode(failure) ?? '')) {
      this.#answered();
      this.#divide(entries, failure);
    } else this.#unanswered(entries, failure);
    this.#pump();
    if (this.pending === 0) for (const resolve of this.#idle.splice(0)) resolve();
  }

  #settle(entries: readonly Entry<T>[], failures: readonly RowFailure[]): void {
    if (failures.length === 0) {
      this.#options.onStored(entries.map((entry) => entry.item));
      return;
    }
    const failed = new Map(failures.map((failure) => [failure.index, failure]));
    this.#options.onStored(entries.filter((_, index) => !failed.has(index)).map((entry) => entry.item));
    const again: Entry<T>[] = [];
    const suspects: Entry<T>[] = [];
    for (const [index, { kind, reason }] of failed) {
      const entry = entries[index];
      if (entry === undefined) continue;
      if (kind === 'innocent') again.push(entry);
      else if (this.#mayTryAgain(entry, kind === 'transient')) suspects.push(entry);
      else this.#options.onRejected(entry.item, reason);
    }
    this.#options.onRetry?.(again.length + suspects.length);
    this.#waiting.unshift(...again);
    if (again.length > 0) this.#oldestDueMs = 0;
    if (suspects.length > 0) this.#holdBack(suspects);
  }

  #mayTryAgain(entry: Entry<T>, transient: boolean): boolean {
    const { maxTries, giveUpAfterMs, clock } = this.#options;
    entry.failedAtMs ??= clock.now();
    // A tablet that moves or a quota that is used up says nothing against the row.
    return ++entry.tries < maxTries || (transient && clock.now() - entry.failedAtMs < giveUpAfterMs);
  }

  /** Halves a refused request until the item to blame is alone. */
  #divide(entries: Entry<T>[], error: unknown): void {
    if (entries.length > 1) {
      const middle = Math.ceil(entries.length / 2);
      for (const half of [entries.slice(0, middle), entries.slice(middle)]) {
        this.#suspects.push({ entries: half, notBeforeMs: 0 });
      }
      return;
    }
    const [entry] = entries as [Entry<T>];
    if (this.#mayTryAgain(entry, false)) this.#holdBack(entries);
    else this.#options.onRejected(entry.item, `${this.name} refused it with code ${errorCode(error)}`);
  }

  #holdBack(entries: Entry<T>[]): void {
    const tries = Math.max(...entries.map((entry) => entry.tries));
    const waitMs = Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (tries - 1));
    this.#suspects.push({ entries, notBeforeMs: this.#options.clock.now() + waitMs });
  }

  #answered(): void {
    this.#failuresInARow = 0;
    this.#retryAtMs = 0;
    if (this.#downSinceMs === undefined) return;
    this.#downSinceMs = undefined;
    this.#options.onAvailability(true, undefined);
  }

  #unanswered(entries: Entry<T>[], error: unknown): void {
    const now = this.#options.clock.now();
    // Together, as the answer may be all that was lost: a load job is known again by the rows it holds.
    this.#suspects.unshift({ entries, notBeforeMs: now });
    this.#failuresInARow++;
    this.#options.onRetry?.(entries.length);
    const waitMs = Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (this.#failuresInARow - 1));
    this.#retryAtMs = now + waitMs * (0.75 + Math.random() / 2);
    if (this.#downSinceMs === undefined) {
      this.#downSinceMs = now;
      this.#options.onAvailability(false, error);
    }
    // Waiting helps against no missing right. A missing table may come back: services answer late for new ones.
    if (now - this.#downSinceMs > this.#options.giveUpAfterMs || isAccessRefused(error)) {
      this.stop();
      this.#options.onGivenUp(error);
    }
  }

  #scheduleNext(): void {
    let next = this.#waiting.length > 0 ? this.#oldestDueMs : Number.POSITIVE_INFINITY;
    for (const { notBeforeMs } of this.#suspects) next = Math.min(next, notBeforeMs);
    if (next !== Number.POSITIVE_INFINITY) this.#wakeAt(next);
  }

  #wakeAt(atMs: number): void {
    if (this.#stopped || this.#timerAtMs <= atMs) return;
    clearTimeout(this.#timer);
    this.#timerAtMs = atMs;
    this.#timer = setTimeout(
      () => {
        this.#timerAtMs = Number.POSITIVE_INFINITY;
        this.#pump();
      },
      Math.max(0, atMs - this.#options.clock.now()),
    );
  }

  #suspectCount(): number {
    let count = 0;
    for (const { entries } of this.#suspects) count += entries.length;
    return count;
  }
}
