import { createReadStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse';
import { resolveConfig } from '../src/config/config.js';
import { createGoogleClients } from '../src/gcp/clients.js';
import { endpointsFromEnvironment } from '../src/gcp/endpoints.js';
import { checkCsv, loadCsv } from '../src/pipeline/load/load.js';
import type { LoadOptions } from '../src/pipeline/load/load-options.js';
import { fileSource } from '../src/pipeline/load/source.js';
import { provision } from '../src/pipeline/provision/provision.js';
import { patientInfoSchema } from '../src/schema/table-schema.js';
import type { Bench, BenchContext, Measurement } from './registry.js';

const CHECK_ROWS = 500_000;
const LOAD_ROWS = 60_000;
/** The baseline uses whichever is faster. */
const BASELINE_BATCHES = [1_000, 2_000, 4_000];
const SAMPLE_MS = 20;

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

async function withFile<T>(rows: number, use: (path: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'healthmon-bench-'));
  try {
    const path = join(folder, 'admissions.csv');
    const lines = function* () {
      yield `${HEADER}\r\n`;
      for (let id = 1; id <= rows; id++) yield `${admission(id).join(',')}\r\n`;
    };
    await writeFile(path, lines());
    return await use(path);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function loadOptions(cwd: string, signal: AbortSignal): LoadOptions {
  return {
    csv: {},
    rows: {},
    mode: 'upsert',
    maxRejects: undefined,
    rejects: undefined,
    lowPriority: false,
    tag: undefined,
    cwd,
    now: () => new Date(),
    signal,
  };
}

/** Seconds that the work took, and the most memory meanwhile. */
async function measure(work: () => Promise<unknown>): Promise<{ seconds: number; rssMb: number }> {
  let rss = process.memoryUsage.rss();
  const timer = setInterval(() => {
    rss = Math.max(rss, process.memoryUsage.rss());
  }, SAMPLE_MS);
  const startedMs = performance.now();
  try {
    await work();
    return { seconds: (performance.now() - startedMs) / 1000, rssMb: rss / 1_000_000 };
  } finally {
    clearInterval(timer);
  }
}

async function benchCheck({ signal }: BenchContext): Promise<Measurement> {
  return withFile(CHECK_ROWS, async (path) => {
    const source = await fileSource(path, path);
    const own = await measure(async () => {
      const input = [{ schema: patientInfoSchema(), sources: [source] }];
      const { rowsRead, rowsRejected } = await checkCsv(input, loadOptions(tmpdir(), signal));
      if (rowsRead !== CHECK_ROWS || rowsRejected !== 0)
        throw new Error(`${rowsRead} read, ${rowsRejected} rejected`);
    });
    const bare = await measure(async () => {
      let rows = 0;
      for await (const _ of createReadStream(path).pipe(parse({ from_line: 2 }))) rows++;
      if (rows !== CHECK_ROWS) throw new Error(`csv-parse read ${rows} rows`);
    });
    return { value: CHECK_ROWS / own.seconds, baseline: CHECK_ROWS / bare.seconds, rssMb: own.rssMb };
  });
}

async function benchSpanner({ env, note, signal }: BenchContext): Promise<Measurement> {
  const environment = { ...process.env, ...env };
  const folder = await mkdtemp(join(tmpdir(), 'healthmon-bench-config-'));
  const config = resolveConfig({
    flags: { 'spanner.instance': 'bench-load', 'storage.bucket': 'bench-load-bucket' },
    env: {},
    cwd: folder,
  });
  const clients = createGoogleClients(config, endpointsFromEnvironment(environment), process.env);
  try {
    note('provisioning');
    await provision(clients, config, { signal });
    return await withFile(LOAD_ROWS, async (path) => {
      note('load');
      const source = await fileSource(path, path);
      const input = [{ schema: patientInfoSchema(), sources: [source] }];
      const load = async () => {
        const { rowsLoaded } = await loadCsv(clients, config, input, loadOptions(tmpdir(), signal));
        if (rowsLoaded !== LOAD_ROWS) throw new Error(`${rowsLoaded} rows loaded`);
      };
      // Both sides replace rows that are there: new rows cost the emulator more.
      await load();
      const own = await measure(load);
      note('bare loop');
      const baseline = await bareLoop(await clients.spanner(), signal);
      return { value: LOAD_ROWS / own.seconds, baseline, rssMb: own.rssMb };
    });
  } finally {
    await clients.close();
    await rm(folder, { recursive: true, force: true });
  }
}

type SpannerClient = Awaited<ReturnType<ReturnType<typeof createGoogleClients>['spanner']>>;

/** What a script would do: rows in memory, one commit after the other. */
async function bareLoop(spanner: SpannerClient, signal: AbortSignal): Promise<number> {
  const { MutationSet } = createRequire(import.meta.url)(
    '@google-cloud/spanner',
  ) as typeof import('@google-cloud/spanner');
  const database = spanner.instance('bench-load').database('healthmon');
  const names = HEADER.split(',');
  const rows = Array.from({ length: LOAD_ROWS }, (_, index) => ({
    ...Object.fromEntries(admission(index + 1).map((value, at) => [names[at]!, value])),
    Loaded_At: 'spanner.commit_timestamp()',
  }));
  let best = 0;
  try {
    // The sessions of the pool are made before the clock runs.
    await database.run('SELECT 1');
    for (const batch of BASELINE_BATCHES) {
      const { seconds } = await measure(async () => {
        for (let at = 0; at < rows.length; at += batch) {
          signal.throwIfAborted();
          const mutations = new MutationSet();
          mutations.upsert('PatientInfo', rows.slice(at, at + batch));
          await database.writeAtLeastOnce(mutations);
        }
      });
      best = Math.max(best, rows.length / seconds);
    }
  } finally {
    await database.close().catch(() => {});
  }
  return best;
}

export const benches: readonly Bench[] = [
  { name: 'load.check', unit: 'rows/s', baselineName: 'csv-parse alone', run: benchCheck },
  {
    name: 'load.spanner',
    unit: 'rows/s',
    baselineName: 'bare loop, best batch size',
    stack: true,
    run: benchSpanner,
  },
];
