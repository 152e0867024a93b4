import { setTimeout as sleep } from 'node:timers/promises';
import { ServiceError } from '../../serving/service-error.js';
import type { ReadOnlyOptions } from '../data/requests.js';
import type { Database } from '../store/database.js';
import { timestampText } from '../values/format.js';

/** A read in the future waits no longer. */
const MAX_WAIT_MS = 60_000;

/**
 * The timestamp at which a read-only transaction reads, in microseconds; waits until that is reached.
 * @throws ServiceError for bounds that do not go together, and a timestamp before the retention period.
 */
export async function chooseTimestamp(
  database: Database,
  options: ReadOnlyOptions,
  isSingleUse: boolean,
  signal: AbortSignal,
): Promise<number> {
  check(options, isSingleUse);
  const { timestamps } = database;
  const { readTimestamp, exactStaleness, minReadTimestamp } = options;
  const wanted =
    readTimestamp ?? (exactStaleness === undefined ? minReadTimestamp : timestamps.now() - exactStaleness);
  if (wanted === undefined) return timestamps.read();
  if (wanted < database.horizon && minReadTimestamp === undefined) {
    const text = timestampText(BigInt(wanted) * 1000n).replace('Z', '+00:00');
    throw new ServiceError(
      'FAILED_PRECONDITION',
      `Read-only transaction timestamp ${text} has exceeded the maximum timestamp staleness`,
    );
  }
  await waitFor(database, wanted, signal);
  // What is committed from here on is after the read.
  const strong = timestamps.read();
  return minReadTimestamp === undefined ? wanted : Math.max(wanted, strong);
}

function check(options: ReadOnlyOptions, isSingleUse: boolean): void {
  if (options.isStrong === false) throw invalid('Strong read option must be true for a strong read.');
  for (const staleness of [options.exactStaleness, options.maxStaleness]) {
    if (staleness !== undefined && staleness < 0) throw invalid('Staleness must be non-negative.');
  }
  if (isSingleUse) return;
  for (const [name, bound] of [
    ['min_read_timestamp', options.minReadTimestamp],
    ['max_staleness', options.maxStaleness],
  ] as const) {
    if (bound === undefined) continue;
    throw invalid(`Timestamp bound: ${name} for read can be only be used for a single use transaction.`);
  }
}

async function waitFor(database: Database, timestamp: number, signal: AbortSignal): Promise<void> {
  const { timestamps } = database;
  const deadline = timestamps.now() + MAX_WAIT_MS * 1000;
  while (timestamp > Math.max(timestamps.now(), timestamps.last)) {
    if (timestamps.now() > deadline) {
      throw new ServiceError('DEADLINE_EXCEEDED', 'The read timestamp is too far in the future to wait for.');
    }
    const waitMs = Math.min((timestamp - timestamps.now()) / 1000 + 1, 1000);
    await sleep(waitMs, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}

function invalid(message: string): ServiceError {
  return new ServiceError('INVALID_ARGUMENT', message);
}
