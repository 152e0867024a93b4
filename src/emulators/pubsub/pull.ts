import type { ServiceError } from '../serving/service-error.js';
import { Consumer } from './consumer.js';
import type { Entry } from './entry.js';
import { encodeReceived } from './frames.js';
import type { Subscription } from './subscription.js';

/** How long a Pull waits for a first message. */
const MAX_WAIT_MS = 30_000;

/** One call of Pull: takes messages once. */
class PullConsumer extends Consumer {
  readonly #settle: (entries: readonly Entry[]) => void;
  readonly #refuse: (reason: ServiceError) => void;
  #done = false;

  constructor(
    maxMessages: number,
    settle: (entries: readonly Entry[]) => void,
    refuse: (reason: ServiceError) => void,
  ) {
    super();
    this.maxMessages = maxMessages;
    this.#settle = settle;
    this.#refuse = refuse;
  }

  override get accepting(): boolean {
    return !this.#done;
  }

  deliver(entries: readonly Entry[]): void {
    this.#done = true;
    this.#settle(entries);
  }

  end(reason: ServiceError): void {
    this.#done = true;
    this.#refuse(reason);
  }
}

/** @returns a PullResponse, which is empty when nothing came in time. */
export async function pull(
  subscription: Subscription,
  { maxMessages, returnImmediately }: { maxMessages: number; returnImmediately: boolean },
  signal: AbortSignal,
): Promise<Buffer> {
  const { backlog, ackPrefix, deadLetterTopic } = subscription;
  let consumer: PullConsumer | undefined;
  let timer: NodeJS.Timeout | undefined;
  const waiting = new Promise<readonly Entry[]>((resolve, reject) => {
    const nothing = () => resolve([]);
    consumer = new PullConsumer(maxMessages, resolve, reject);
    backlog.attach(consumer);
    backlog.pump();
    if (returnImmediately) nothing();
    timer = setTimeout(nothing, MAX_WAIT_MS);
    signal.addEventListener('abort', nothing, { once: true });
    if (signal.aborted) nothing();
  });
  try {
    return encodeReceived(await waiting, { ackPrefix, countAttempts: deadLetterTopic !== undefined });
  } finally {
    clearTimeout(timer);
    if (consumer !== undefined) backlog.detach(consumer);
  }
}
