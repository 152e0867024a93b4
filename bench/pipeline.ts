import { execFile } from 'node:child_process';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { SERVICES } from '../src/core/services.js';
import { HEALTHMON, load, withFile } from './load.js';
import type { Bench, BenchContext, Measurement } from './registry.js';
import { running, startOfficial } from './services.js';

const LOAD_ROWS = 100_000;
const SYNC_ROWS = 1_000_000;
/** In turns, the best of each. */
const ROUNDS = { load: 3, sync: 2 } as const;
const SETTINGS = { spanner: { instance: 'bench-pipeline' }, storage: { bucket: 'bench-pipeline-bucket' } };
const WITHOUT_OFFICIAL = "for Google's emulator is not installed";

/** What a command is run on: our stack, or that with Google's Spanner in it. */
type Target = Pick<BenchContext, 'env' | 'signal'>;

/** Runs a command in the folder of a file. @returns its result. */
async function run<T>(path: string, argv: readonly string[], { env, signal }: Target): Promise<T> {
  const { stdout } = await promisify(execFile)(process.execPath, [HEALTHMON, ...argv, '--json'], {
    cwd: dirname(path),
    signal,
    env: { ...process.env, ...env },
  });
  return (JSON.parse(stdout) as { result: T }).result;
}

/** @param use is given our stack, and that with Google's Spanner where it is installed; both have the tables. */
function compared<T>(
  context: BenchContext,
  rows: number,
  use: (path: string, ours: Target, official: Target | undefined) => Promise<T>,
): Promise<T> {
  return running(
    () => startOfficial('spanner'),
    (service) =>
      withFile(
        rows,
        async (path) => {
          const official = service && {
            signal: context.signal,
            env: { ...context.env, [SERVICES.spanner.hostVariable]: service.endpoint },
          };
          for (const target of [context, official]) {
            if (target !== undefined) await run(path, ['provision'], target);
          }
          return use(path, context, official);
        },
        SETTINGS,
      ),
  );
}

function benchLoad(context: BenchContext): Promise<Measurement> {
  return compared(context, LOAD_ROWS, async (path, ours, official) => {
    const best: Measurement = { value: 0, baseline: 0, rssMb: 0 };
    if (official === undefined) best.baselineName = `reading and checking alone, ${WITHOUT_OFFICIAL}`;
    const baseline = () =>
      official === undefined ? load(path, ['--check'], ours) : load(path, [], official);
    // Rows that are replaced are compared with such: new ones cost more.
    for (let round = 0; round <= ROUNDS.load; round++) {
      context.note(`round ${round}`);
      const { rowsPerSecond, rssMb } = await load(path, [], ours);
      const other = await baseline();
      if (round === 0) continue;
      best.value = Math.max(best.value, rowsPerSecond);
      best.baseline = Math.max(best.baseline, other.rowsPerSecond);
      best.rssMb = Math.max(best.rssMb, rssMb);
    }
    return best;
  });
}

async function sync(path: string, target: Target): Promise<number> {
  const { rows, seconds } = await run<{ rows: number; seconds: number }>(path, ['sync'], target);
  if (rows !== SYNC_ROWS) throw new Error(`${rows} of ${SYNC_ROWS} rows were copied`);
  return rows / seconds;
}

function benchSync(context: BenchContext): Promise<Measurement> {
  return compared(context, SYNC_ROWS, async (path, ours, official) => {
    const best: Measurement = { value: 0, baseline: 0, rssMb: 0 };
    if (official === undefined) best.baselineName = `the load of the rows, ${WITHOUT_OFFICIAL}`;
    for (const target of [ours, official]) {
      if (target === undefined) continue;
      context.note(`writing rows ${target === ours ? 'to ours' : "to Google's"}`);
      const { rowsPerSecond } = await load(path, [], target);
      if (official === undefined) best.baseline = rowsPerSecond;
    }
    for (let round = 1; round <= ROUNDS.sync; round++) {
      context.note(`round ${round}`);
      best.value = Math.max(best.value, await sync(path, ours));
      if (official !== undefined) best.baseline = Math.max(best.baseline, await sync(path, official));
    }
    return best;
  });
}

export const benches: readonly Bench[] = [
  {
    name: 'load.official',
    unit: 'rows/s',
    baselineName: "load into Google's Spanner emulator",
    stack: true,
    run: benchLoad,
  },
  {
    name: 'sync.official',
    unit: 'rows/s',
    baselineName: `sync from Google's Spanner emulator, ${SYNC_ROWS} rows`,
    stack: true,
    run: benchSync,
  },
];
