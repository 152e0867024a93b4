import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench, BenchContext, Measurement } from './registry.js';
import { type OwnService, startEmbedded } from './services.js';

/** What is asked for: both services together are ready within a second, and take next to nothing when nobody calls. */
const TARGETS = { readyMs: 1_000, idleMb: 120, idleCpuMs: 10 } as const;
const ROUNDS = 5;
/** By then a process that nobody calls has given back what its start took. */
const SETTLE_MS = 10_000;
/** V8 collects once more, some time after that. */
const STILL_MS = 25_000;
const IDLE_MS = 20_000;

async function bothStarted<T>(use: (services: OwnService[], readyMs: number) => Promise<T>): Promise<T> {
  const startedMs = performance.now();
  const services = await Promise.all([startEmbedded('pubsub'), startEmbedded('bigtable')]);
  try {
    return await use(services, performance.now() - startedMs);
  } finally {
    await Promise.all(services.map((one) => one.stop()));
  }
}

async function ready({ note }: BenchContext): Promise<Measurement> {
  const times: number[] = [];
  let rssMb = 0;
  for (let round = 0; round < ROUNDS; round++) {
    note(`round ${round + 1}`);
    await bothStarted(async (services, readyMs) => {
      times.push(readyMs);
      rssMb = services.reduce((sum, one) => sum + one.peakRssMb(), 0);
    });
  }
  return { value: Math.min(...times), baseline: TARGETS.readyMs, rssMb };
}

async function idleMemory(): Promise<Measurement> {
  return bothStarted(async (services) => {
    await sleep(SETTLE_MS);
    const value = services.reduce((sum, one) => sum + one.rssMb(), 0);
    return { value, baseline: TARGETS.idleMb, rssMb: value };
  });
}

/** CPU time of both while nobody calls: whatever polls shows. */
async function idleCpu(): Promise<Measurement> {
  return bothStarted(async (services) => {
    const usedMs = () => services.reduce((sum, one) => sum + one.cpuMicroseconds(), 0) / 1000;
    await sleep(STILL_MS);
    const beforeMs = usedMs();
    await sleep(IDLE_MS);
    const rssMb = services.reduce((sum, one) => sum + one.rssMb(), 0);
    return { value: usedMs() - beforeMs, baseline: TARGETS.idleCpuMs, rssMb };
  });
}

export const benches: readonly Bench[] = [
  {
    name: 'emulators.ready',
    unit: 'ms',
    baselineName: 'asked for, Pub/Sub and Bigtable together',
    run: ready,
  },
  {
    name: 'emulators.idle_memory',
    unit: 'MB',
    baselineName: 'asked for, Pub/Sub and Bigtable together',
    run: idleMemory,
  },
  {
    name: 'emulators.idle_cpu',
    unit: 'ms',
    baselineName: `allowed in ${IDLE_MS / 1000} s, Pub/Sub and Bigtable together`,
    run: idleCpu,
  },
];
