import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Implementations, SERVICES } from '../src/core/services.js';
import { decodeMessage } from '../src/pipeline/stream/decode.js';
import type { LatencySummary } from '../src/pipeline/stream/latency.js';
import { rowKeyOf, VITALS } from '../src/pipeline/stream/reading.js';
import type { SinkName } from '../src/pipeline/stream/sinks.js';
import { runStream } from '../src/pipeline/stream/stream.js';
import { bareLatency, bareStream, commitPerMessage } from './bare-loops.js';
import type { Bench, BenchContext, Measurement } from './registry.js';
import { missingCbt, startOfficial } from './services.js';
import { createVitalsTarget, publishVitals, vitalsMessages, watchMemory } from './vitals-target.js';

/** Google's Pub/Sub emulator takes longer for each message the more are waiting, so a backlog is kept small. */
const MESSAGES = 30_000;
/** The worker that is compared against needs a second for a few hundred. */
const SLOW_MESSAGES = 1_500;
/** All sides compile what they run often; Java's compiler has the cores to itself for long. */
const WARM_UPS = 4;

export const benches: readonly Bench[] = [
  {
    name: 'stream.bigtable',
    unit: 'messages/s',
    baselineName: 'cbt import of the same rows',
    stack: true,
    missing: missingCbt,
    run: (context) => compare(context, ['bigtable'], () => cbtImport(context, MESSAGES)),
  },
  {
    name: 'stream.end_to_end',
    unit: 'messages/s',
    baselineName: 'bare loop of pull, write, acknowledge',
    stack: true,
    run: (context) => compare(context, BOTH, () => onTarget(context, MESSAGES, bareStream)),
  },
  {
    name: 'stream.vs_official',
    unit: 'messages/s',
    baselineName: "the same worker on Google's Pub/Sub and Bigtable",
    stack: true,
    run: compareOfficial,
  },
  {
    name: 'stream.vs_commit_per_message',
    unit: 'messages/s',
    baselineName: 'one commit for each message',
    stack: true,
    run: (context) => compare(context, BOTH, () => onTarget(context, SLOW_MESSAGES, commitPerMessage)),
  },
  {
    name: 'stream.latency_p99',
    unit: 'ms',
    baselineName: 'writing each message as it comes, at the same load',
    stack: true,
    run: measureLatency,
  },
];

const BOTH = ['bigtable', 'bigquery'] as const;
/** In turns, the best of each: whatever else the machine does then hits both alike. */
const ROUNDS = 3;

async function compare(
  context: BenchContext,
  sinks: readonly SinkName[],
  measureBaseline: () => Promise<number>,
): Promise<Measurement> {
  for (let round = 0; round < WARM_UPS; round++) await streamAll(context, sinks, MESSAGES);
  const best: Measurement = { value: 0, baseline: 0, rssMb: 0 };
  for (let round = 0; round < ROUNDS; round++) {
    const { value, rssMb } = await streamAll(context, sinks, MESSAGES);
    best.value = Math.max(best.value, value);
    best.rssMb = Math.max(best.rssMb, rssMb);
    context.note('baseline');
    best.baseline = Math.max(best.baseline, await measureBaseline());
  }
  return best;
}

/** Where Google's emulators are not installed, the bare loop is the baseline. */
async function compareOfficial(context: BenchContext): Promise<Measurement> {
  const official = await Promise.all([startOfficial('pubsub'), startOfficial('bigtable')]);
  const [pubsub, bigtable] = official;
  try {
    if (pubsub === undefined || bigtable === undefined) {
      const measured = await compare(context, BOTH, () => onTarget(context, MESSAGES, bareStream));
      return { ...measured, baselineName: "bare loop, for Google's emulators are not installed" };
    }
    const env = {
      ...context.env,
      [SERVICES.pubsub.hostVariable]: pubsub.endpoint,
      [SERVICES.bigtable.hostVariable]: bigtable.endpoint,
    };
    const implementations = { pubsub: 'official', bigtable: 'official' } as const;
    const baseline = async () =>
      (await streamAll({ ...context, env }, BOTH, MESSAGES, implementations)).value;
    await baseline();
    return await compare(context, BOTH, baseline);
  } finally {
    await Promise.all(official.map((one) => one?.stop()));
  }
}

/** Light load: what a thousand monitors send that report every two seconds. */
const LIGHT_RATE = 500;
const LIGHT_MESSAGES = 5_000;

/** From publishing to being stored in both sinks. */
async function measureLatency(context: BenchContext): Promise<Measurement> {
  for (let round = 0; round < WARM_UPS; round++) await streamAll(context, BOTH, MESSAGES);
  context.note('worker under light load');
  const memory = watchMemory();
  const worker = await underLightLoad(context, async ({ clients, config }) => {
    const { signal } = context;
    const { latencyMs } = await runStream(
      { sinks: BOTH, maxMessages: LIGHT_MESSAGES },
      { clients, config, signal },
    );
    return latencyMs;
  });
  const rssMb = memory();
  context.note('baseline');
  const bare = await underLightLoad(context, async (target) =>
    (await bareLatency(target, LIGHT_MESSAGES)).summary(),
  );
  return { value: worker.p99, baseline: bare.p99, rssMb };
}

async function underLightLoad(
  context: BenchContext,
  receive: (target: Target) => Promise<LatencySummary>,
): Promise<LatencySummary> {
  const target = await createVitalsTarget(context);
  try {
    const [latency] = await Promise.all([receive(target), publishVitals(target, LIGHT_MESSAGES, LIGHT_RATE)]);
    return latency;
  } finally {
    await target.clients.close();
  }
}

type Target = Awaited<ReturnType<typeof createVitalsTarget>>;

async function onTarget(
  context: BenchContext,
  count: number,
  measure: (target: Target, count: number) => Promise<number>,
  implementations?: Implementations,
): Promise<number> {
  const target = await createVitalsTarget(context, implementations);
  try {
    await publishVitals(target, count);
    return await measure(target, count);
  } finally {
    await target.clients.close();
  }
}

async function streamAll(
  context: BenchContext,
  sinks: readonly SinkName[],
  count: number,
  implementations?: Implementations,
): Promise<Omit<Measurement, 'baseline'>> {
  context.note(`worker to ${sinks.join(' and ')}`);
  const memory = watchMemory();
  const stream = async ({ clients, config }: Target) => {
    const { written, messagesPerSecond } = await runStream(
      { sinks, maxMessages: count },
      { clients, config, signal: context.signal },
    );
    if (written !== count) throw new Error(`wrote ${written} of ${count} messages`);
    return messagesPerSecond;
  };
  const value = await onTarget(context, count, stream, implementations);
  return { value, rssMb: memory() };
}

/** Google's own bulk import as it comes, of the rows that the worker writes. Gives rows a second. */
async function cbtImport(context: BenchContext, count: number): Promise<number> {
  const target = await createVitalsTarget(context);
  const folder = mkdtempSync(join(tmpdir(), 'healthmon-cbt-'));
  try {
    const core = VITALS.filter((vital) => vital.required);
    const lines = [core.map(() => 'vitals').join(','), core.map((vital) => vital.qualifier).join(',')].map(
      (line) => `,${line}`,
    );
    for (const message of vitalsMessages(count)) {
      const [reading] = decodeMessage(Buffer.from(message), { timeZone: undefined }).readings;
      const values = VITALS.flatMap((vital, index) => (vital.required ? [reading!.values[index]] : []));
      lines.push([rowKeyOf(reading!), ...values].join(','));
    }
    const file = join(folder, 'rows.csv');
    writeFileSync(file, `${lines.join('\n')}\n`);
    const { instance, table } = target.config.bigtable;
    const startedMs = performance.now();
    await promisify(execFile)(
      'cbt',
      ['-project', target.config.project, '-instance', instance, 'import', table, file],
      {
        env: { ...process.env, BIGTABLE_EMULATOR_HOST: context.env.BIGTABLE_EMULATOR_HOST },
        timeout: 120_000,
      },
    );
    return (count / (performance.now() - startedMs)) * 1000;
  } finally {
    rmSync(folder, { recursive: true, force: true });
    await target.clients.close();
  }
}
