import type { Clock } from '../../core/clock.js';
import type { SubscriptionPort } from '../../gcp/pubsub/port.js';

export interface AckQueueOptions {
  port: Pick<SubscriptionPort, 'acknowledge' | 'modifyAckDeadline'>;
  clock: Clock;
  onFailed(count: number, error: unknown): void;
}

/** A request takes 512 KiB of ack ids; those of the service have about 200 characters. */
const MAX_IDS = 1_000;
const LINGER_MS = 50;
const TRIES = 4;
const FIRST_BACKOFF_MS = 200;

/**
 * Acknowledges and gives back messages in batches. A failed acknowledgement is repeated and then counted: the
 * message comes again, and its rows are written over themselves.
 */
export class AckQueue {
  readonly #options: AckQueueOptions;
  #acks: string[] = [];
  #nacks: string[] = [];
  #underWay = new Set<Promise<void>>();
  #idsUnderWay = 0;
  #closed = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: AckQueueOptions) {
    this.#options = options;
  }

  ack(ackId: string): void {
    this.#acks.push(ackId);
    this.#later(this.#acks.length);
  }

  /** Gives a message back for immediate redelivery. */
  nack(ackId: string): void {
    this.#nacks.push(ackId);
    this.#later(this.#nacks.length);
  }

  /**
   * Resolves when every call so far has reached the service, or was counted as failed. What has no answer after
   * `timeoutMs` is counted as failed, and the queue takes no more.
   */
  async close(timeoutMs: number): Promise<void> {
    this.#sendAll();
    const overdue = new AbortController();
    await Promise.race([Promise.all(this.#underWay), this.#options.clock.sleep(timeoutMs, overdue.signal)]);
    overdue.abort();
    this.#closed = true;
    if (this.#idsUnderWay > 0) this.#options.onFailed(this.#idsUnderWay, undefined);
  }

  #later(count: number): void {
    if (count >= MAX_IDS) this.#sendAll();
    else this.#timer ??= setTimeout(() => this.#sendAll(), LINGER_MS);
  }

  #sendAll(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const { port } = this.#options;
    while (this.#acks.length > 0) {
      const ids = this.#acks.splice(0, MAX_IDS);
      this.#track(this.#repeat(ids.length, () => port.acknowledge(ids)));
    }
    while (this.#nacks.length > 0) {
      const ids = this.#nacks.splice(0, MAX_IDS);
      this.#track(this.#repeat(ids.length, () => port.modifyAckDeadline(ids, 0)));
    }
  }

  #track(request: Promise<void>): void {
    const tracked = request.finally(() => this.#underWay.delete(tracked));
    this.#underWay.add(tracked);
  }

  async #repeat(count: number, request: () => Promise<void>): Promise<void> {
    this.#idsUnderWay += count;
    for (let attempt = 1; ; attempt++) {
      try {
        await request();
        this.#idsUnderWay -= count;
        return;
      } catch (error) {
        if (this.#closed) return;
        if (attempt === TRIES) {
          this.#idsUnderWay -= count;
          this.#options.onFailed(count, error);
          return;
        }
        await this.#options.clock.sleep(FIRST_BACKOFF_MS * 2 ** (attempt - 1));
      }
    }
  }
}
