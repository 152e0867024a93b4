import { OUT_OF_MEMORY } from '../../../googlesql/duck/value-limit.js';
import { BigQueryError } from '../../errors.js';
import type { JobStore } from './job-store.js';

const GIBIBYTE = 1024 ** 3;
/** What the whole process takes at most, whatever is asked of it. */
export const MEMORY_CEILING_BYTES = 6 * GIBIBYTE;
/** What queries can still take between the look at which they have too much and their end. */
const HEADROOM_BYTES = 2 * GIBIBYTE;
const LOOK_INTERVAL_MS = 100;
/** A query that was ended needs as long to give up what it holds. */
const PAUSE_MS = 1000;
/** Shorter ones are not to blame. */
const MIN_RUN_MS = 1000;

/**
 * Ends the query that has run for longest when the process takes too much memory: DuckDB's own limit holds for its
 * buffers, and neither for the values of the rows at hand nor for JavaScript.
 *
 * @returns what ends the watch
 */
export function guardMemory(jobs: JobStore): () => void {
  let nextAt = 0;
  const timer = setInterval(() => {
    const now = Date.now();
    if (now < nextAt) return;
    const running = jobs.running('QUERY').filter((job) => now - (job.startTime ?? now) >= MIN_RUN_MS);
    if (running.length === 0 || process.memoryUsage.rss() < MEMORY_CEILING_BYTES - HEADROOM_BYTES) return;
    running[0]!.abort.abort(new BigQueryError('resourcesExceeded', OUT_OF_MEMORY));
    nextAt = now + PAUSE_MS;
  }, LOOK_INTERVAL_MS);
  timer.unref();
  return () => clearInterval(timer);
}
