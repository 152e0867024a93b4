import { PerformanceObserver } from 'node:perf_hooks';

/** V8 lets go of the room for young objects only when next to nothing was allocated for five seconds. */
const QUIET_MS = 6_000;
/** What V8 holds free; to give back less is not worth the pause. */
const WORTHWHILE_BYTES = 4 * 1024 * 1024;
/** Collecting all of it takes some 50 ms, for which a call would wait. */
const LARGEST_HEAP_BYTES = 64 * 1024 * 1024;

/** What an idle process is asked and told. */
export interface IdleHeap {
  /** `gc` of `node --expose-gc`. */
  collect: (() => unknown) | undefined;
  memoryUsage(): Pick<NodeJS.MemoryUsage, 'heapUsed' | 'heapTotal'>;
  quietMs: number;
}

/**
 * Gives what work took back to the system once the process has been idle for a while. V8 keeps its heap as large as
 * the start needed it, which is a sixth of a service that nobody calls. An idle process is left alone: no timer runs.
 * Does nothing where there is no `gc`.
 */
export function giveBackWhenIdle({
  collect = globalThis.gc,
  memoryUsage = process.memoryUsage,
  quietMs = QUIET_MS,
}: Partial<IdleHeap> = {}): void {
  if (collect === undefined) return;
  let collectedMs = 0;
  const giveBack = () => {
    const { heapUsed, heapTotal } = memoryUsage();
    if (heapUsed > LARGEST_HEAP_BYTES || heapTotal - heapUsed < WORTHWHILE_BYTES) return;
    collect();
    collectedMs = performance.now();
  };
  const quiet = setTimeout(giveBack, quietMs).unref();
  new PerformanceObserver((seen) => {
    // Its own collections are no work: one would follow the other for ever.
    if (seen.getEntries().some(({ startTime }) => startTime > collectedMs)) quiet.refresh();
  }).observe({ entryTypes: ['gc'] });
}
