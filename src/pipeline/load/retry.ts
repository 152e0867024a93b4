import { systemClock } from '../../core/clock.js';
import { errorCode, GRPC } from '../../gcp/google-errors.js';

/** Asked again: nothing of such a request was applied, or applying it again changes nothing. */
const RETRIED_CODES: readonly unknown[] = [
  GRPC.aborted,
  GRPC.unavailable,
  GRPC.resourceExhausted,
  GRPC.deadlineExceeded,
  GRPC.internal,
];

/** A request that does not succeed for this long ends the load, which can be resumed. */
const RETRY_DEADLINE_MS = 5 * 60_000;
/** An emulator holds no state across a restart, so waiting longer for one that is gone gains nothing. */
const LOCAL_RETRY_DEADLINE_MS = 20_000;
const FIRST_BACKOFF_MS = 20;
const LONGEST_BACKOFF_MS = 10_000;

export interface RetryOptions {
  /** The database is in an emulator. */
  local: boolean;
  signal: AbortSignal;
  onFault?(code: unknown): void;
}

/** Makes a request again, with growing and jittered pauses, until it succeeds or fails for good. */
export async function retried<T>(request: () => Promise<T>, options: RetryOptions): Promise<T> {
  const { signal } = options;
  const deadlineMs = performance.now() + (options.local ? LOCAL_RETRY_DEADLINE_MS : RETRY_DEADLINE_MS);
  for (let backoffMs = FIRST_BACKOFF_MS; ; backoffMs = Math.min(LONGEST_BACKOFF_MS, backoffMs * 2)) {
    signal.throwIfAborted();
    try {
      return await request();
    } catch (error) {
      signal.throwIfAborted();
      const code = errorCode(error);
      const passes = RETRIED_CODES.includes(code) || isSessionEnded(error);
      if (!passes || performance.now() > deadlineMs) throw error;
      options.onFault?.(code);
      await systemClock.sleep(backoffMs * (0.5 + Math.random()), signal);
    }
  }
}

/** Sessions end after an hour without use, and with an emulator. */
export function isSessionEnded(error: unknown): boolean {
  return /^\d+ NOT_FOUND: Session not found/.test((error as Error).message);
}
