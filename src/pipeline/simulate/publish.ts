import type { Clock } from '../../core/clock.js';
import type { PublisherPort } from '../../gcp/pubsub/port.js';

export interface PublishOptions {
  /** Messages a second; as fast as the target takes them when absent. */
  ratePerSecond?: number | undefined;
  /** Stops after this long. */
  durationMs?: number | undefined;
  signal: AbortSignal;
  clock: Clock;
  onProgress?: (progress: { published: number; failed: number; seconds: number }) => void;
}

export interface PublishOutcome {
  published: number;
  failed: number;
  /** From the first message to the last acknowledgement of the service. */
  seconds: number;
  /** Why the first failed request failed. */
  firstError: unknown;
}

/** Pub/Sub takes at most 1,000 messages and 10 MB in one publish request; the rest of the bytes is headroom. */
const MAX_BATCH_MESSAGES = 1_000;
const MAX_BATCH_BYTES = 8_000_000;
/** Requests under way at once: bounds memory, and is enough to keep one connection busy. */
const MAX_OUTSTANDING_REQUESTS = 8;
/** How often a paced run sends what has become due. */
const TICK_MS = 10;

/**
 * Publishes messages in batches with a bounded number of requests under way. Ends when the messages, the duration
 * or the signal end, or after a request failed for good; always waits for what is under way.
 */
export async function publishMessages(
  messages: Iterable<string>,
  publisher: PublisherPort,
  options: PublishOptions,
): Promise<PublishOutcome> {
  const { signal, clock, ratePerSecond } = options;
  const source = messages[Symbol.iterator]();
  const startedMs = clock.now();
  const deadlineMs =
    options.durationMs === undefined ? Number.POSITIVE_INFINITY : startedMs + options.durationMs;
  const underWay = new Set<Promise<void>>();
  const outcome: PublishOutcome = { published: 0, failed: 0, seconds: 0, firstError: undefined };
  const elapsedSeconds = () => (clock.now() - startedMs) / 1000;
  let sent = 0;
  let exhausted = false;

  const send = (batch: { data: Buffer }[]) => {
    const request = publisher
      .publish(batch)
      .then(
        () => {
          outcome.published += batch.length;
        },
        (error: unknown) => {
          outcome.failed += batch.length;
          outcome.firstError ??= error;
        },
      )
      .then(() => {
        underWay.delete(request);
        options.onProgress?.({ ...outcome, seconds: elapsedSeconds() });
      });
    underWay.add(request);
  };

  while (!exhausted && !signal.aborted && outcome.failed === 0 && clock.now() < deadlineMs) {
    let room = MAX_BATCH_MESSAGES;
    if (ratePerSecond !== undefined) {
      const due = Math.floor(elapsedSeconds() * ratePerSecond) + 1 - sent;
      if (due <= 0) {
        const nextMs = ((sent + 1) / ratePerSecond - elapsedSeconds()) * 1000;
        await clock.sleep(
          Math.min(Math.max(TICK_MS, nextMs), Math.max(1, deadlineMs - clock.now()), 1000),
          signal,
        );
        continue;
      }
      room = Math.min(room, due);
    }
    const batch: { data: Buffer }[] = [];
    let bytes = 0;
    while (batch.length < room && bytes < MAX_BATCH_BYTES) {
      const next = source.next();
      if (next.done) {
        exhausted = true;
        break;
      }
      const data = Buffer.from(next.value, 'utf8');
      bytes += data.length;
      batch.push({ data });
    }
    if (batch.length > 0) {
      sent += batch.length;
      send(batch);
    }
    if (underWay.size >= MAX_OUTSTANDING_REQUESTS) await Promise.race(underWay);
  }
  await Promise.all(underWay);
  source.return?.();
  outcome.seconds = elapsedSeconds();
  return outcome;
}
