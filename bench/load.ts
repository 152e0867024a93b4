import { execFile } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'csv-parse';
import { resolveConfig } from '../src/config/config.js';
import { packageRoot } from '../src/core/package-root.js';
import { liveAdmins } from '../src/gcp/admins.js';
import { createGoogleClients } from '../src/gcp/clients.js';
import { provision } from '../src/pipeline/provision/provision.js';
import { stackEmulator } from './emulators.js';
import type { Bench, BenchContext, Measurement } from './registry.js';

const CHECK_ROWS = 500_000;
const LOAD_ROWS = 100_000;
/** The baseline uses whichever is faster. */
const BASELINE_BATCHES = [1_000, 2_000, 4_000];
/** In turns, the best of each: whatever else the machine does then hits both alike. */
const ROUNDS = 3;
const MANY_ROWS = 5_000_000;

const HEADER =
  'Patient_ID,Age,Gender,Condition,Procedure,Cost,Length_of_Stay,Readmission,Outcome,Satisfaction';

function admission(id: number): string[] {
  return [
    String(id),
    String(20 + (id % 70)),
    id % 2 ? 'Female' : 'Male',
    ['Heart Disease', 'Diabetes', 'Fractured Arm', 'Stroke'][id % 4]!,
    ['Angioplasty', 'Insulin Therapy', 'Cast and Physical Therapy'][id % 3]!,
    String(100 * (1 + (id % 250))),
    String(id % 60),
    id % 3 ? 'No' : 'Yes',
    id % 4 ? 'Recovered' : 'Stable',
    String(1 + (id % 5)),
  ];
}

/** @param settings of the configuration file in the folder of the rows. */
export async function withFile<T>(
  rows: number,
  use: (path: string) => Promise<T>,
  settings: object = {},
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'healthmon-bench-'));
  try {
    const path = join(folder, 'admissions.csv');
    await writeFile(join(folder, 'healthmon.json'), JSON.stringify(settings));
    // Each piece is a write of its own.
    const pieces = function* () {
      let piece = `${HEADER}\r\n`;
      for (let id = 1; id <= rows; id++) {
        piece += `${admission(id).join(',')}\r\n`;
        if (id % 1_000 !== 0 && id !== rows) continue;
        yield piece;
        piece = '';
      }
    };
    await writeFile(path, pieces());
    return await use(path);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Loaded {
  rowsRead: number;
  rowsLoaded: number;
  rowsRejected: number;
  seconds: number;
}

/** Writes the peak of the process, in KB, where the variable says. */
const REPORT_MEMORY = `data:text/javascript,import{writeFileSync}from'node:fs';
process.on('exit',()=>writeFileSync(process.env.HEALTHMON_BENCH_RSS,String(process.resourceUsage().maxRSS)))`;

/** `healthmon load` as its users run it: a process of its own, whose memory holds nothing else. */
export async function load(
  path: string,
  argv: readonly string[],
  { env, signal }: Pick<BenchContext, 'env' | 'signal'>,
): Promise<{ rowsPerSecond: number; rssMb: number }> {
  const folder = join(path, '..');
  const report = join(folder, 'rss');
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--import', REPORT_MEMORY.replaceAll('\n', ''), HEALTHMON, 'load', path, '--json', ...argv],
    { cwd: folder, signal, env: { ...process.env, ...env, HEALTHMON_BENCH_RSS: report } },
  );
  const { rowsRead, rowsLoaded, rowsRejected, seconds } = (JSON.parse(stdout) as { result: Loaded }).result;
  if (rowsRejected !== 0 || (rowsLoaded !== rowsRead && !argv.includes('--check'))) {
    throw new Error(`${rowsRead} read, ${rowsLoaded} loaded, ${rowsRejected} rejected`);
  }
  return { rowsPerSecond: rowsRead / seconds, rssMb: Number(await readFile(report, 'utf8')) / 1024 };
}

export const HEALTHMON = join(packageRoot(), 'bin', 'healthmon.js');

async function benchCheck(context: BenchContext): Promise<Measurement> {
  return withFile(CHECK_ROWS, async (path) => {
    const best: Measurement = { value: 0, baseline: 0, rssMb: 0 };
    for (let round = 0; round < ROUNDS; round++) {
      const { rowsPerSecond, rssMb } = await load(path, ['--check'], context);
      best.value = Math.max(best.value, rowsPerSecond);
      best.rssMb = Math.max(best.rssMb, rssMb);
      const startedMs = performance.now();
      let rows = 0;
      for await (const _ of createReadStream(path).pipe(parse({ from_line: 2 }))) rows++;
      if (rows !== CHECK_ROWS) throw new Error(`csv-parse read ${rows} rows`);
      best.baseline = Math.max(best.baseline, (rows / (performance.now() - startedMs)) * 1000);
    }
    return best;
  });
}

/** Memory of ten times the rows. */
async function benchMemory(context: BenchContext): Promise<Measurement> {
  const peak = (rows: number) =>
    withFile(rows, async (path) => (await load(path, ['--check'], context)).rssMb);
  const value = await peak(MANY_ROWS);
  return { value, baseline: await peak(MANY_ROWS / 10), rssMb: value };
}

async function benchSpanner(context: BenchContext): Promise<Measurement> {
  const { note, signal } = context;
  const settings = { spanner: { instance: 'bench-load' }, storage: { bucket: 'bench-load-bucket' } };
  return withFile(
    LOAD_ROWS,
    async (path) => {
      const config = resolveConfig({ flags: {}, env: {}, cwd: join(path, '..') });
      const clients = createGoogleClients(config, stackEmulator(context), process.env);
      try {
        note('provisioning');
        await provision(liveAdmins(clients, config), config, { signal });
        const bareLoop = await openBareLoop(await clients.spanner(), signal);
        const best: Measurement = { value: 0, baseline: 0, rssMb: 0 };
        let batches: readonly number[] = BASELINE_BATCHES;
        note('load');
        // Both sides replace rows that are there: new rows cost the emulator more.
        await load(path, [], context);
        for (let round = 0; round < ROUNDS; round++) {
          note('load');
          const { rowsPerSecond, rssMb } = await load(path, [], context);
          best.value = Math.max(best.value, rowsPerSecond);
          best.rssMb = Math.max(best.rssMb, rssMb);
          note('bare loop');
          const rates = new Map<number, number>();
          for (const batch of batches) rates.set(batch, await bareLoop.run(batch));
          const [[fastest, rate]] = [...rates].sort((a, b) => b[1] - a[1]) as [[number, number]];
          best.baseline = Math.max(best.baseline, rate);
          batches = [fastest];
        }
        await bareLoop.close();
        return best;
      } finally {
        await clients.close();
      }
    },
    settings,
  );
}

type SpannerClient = Awaited<ReturnType<ReturnType<typeof createGoogleClients>['spanner']>>;

/** What a script would do: rows in memory, one commit after the other. */
async function openBareLoop(spanner: SpannerClient, signal: AbortSignal) {
  const { MutationSet } = createRequire(import.meta.url)(
    '@google-cloud/spanner',
  ) as typeof import('@google-cloud/spanner');
  const database = spanner.instance('bench-load').database('healthmon');
  const names = HEADER.split(',');
  const rows = Array.from({ length: LOAD_ROWS }, (_, index) => ({
    ...Object.fromEntries(admission(index + 1).map((value, at) => [names[at]!, value])),
    Loaded_At: 'spanner.commit_timestamp()',
  }));
  // The sessions of the pool are made before the clock runs.
  await database.run('SELECT 1');
  return {
    /** Gives rows a second. */
    async run(batch: number): Promise<number> {
      const startedMs = performance.now();
      for (let at = 0; at < rows.length; at += batch) {
        signal.throwIfAborted();
        const mutations = new MutationSet();
        mutations.upsert('PatientInfo', rows.slice(at, at + batch));
        await database.writeAtLeastOnce(mutations);
      }
      return (rows.length / (performance.now() - startedMs)) * 1000;
    },
    close: () => database.close().catch(() => {}),
  };
}

export const benches: readonly Bench[] = [
  { name: 'load.check', unit: 'rows/s', baselineName: 'csv-parse alone', run: benchCheck },
  { name: 'load.memory', unit: 'MB', baselineName: 'a tenth of 5,000,000 rows', run: benchMemory },
  {
    name: 'load.spanner',
    unit: 'rows/s',
    baselineName: 'bare loop, best batch size',
    stack: true,
    run: benchSpanner,
  },
];
