import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { decodeMessage } from '../src/pipeline/stream/decode.js';
import { rowKeyOf, VITALS } from '../src/pipeline/stream/reading.js';
import type { SinkName } from '../src/pipeline/stream/sinks.js';
import { runStream } from '../src/pipeline/stream/stream.js';
import { bareStream, commitPerMessage } from './bare-loops.js';
import type { Bench, BenchContext, Measurement } from './registry.js';
import { createVitalsTarget, publishVitals, vitalsMessages, watchMemory } from './vitals-target.js';

const MESSAGES = 60_000;
/** The worker that is compared against needs a second for a few hundred. */
const SLOW_MESSAGES = 1_500;
const WARM_UP = 5_000;

export const benches: readonly Bench[] = [
  {
    name: 'stream.bigtable',
    unit: 'messages/s',
    baselineName: 'cbt import of the same rows',
    stack: true,
    async run(context) {
      await streamAll(context, ['bigtable'], WARM_UP);
      const measured = await streamAll(context, ['bigtable'], MESSAGES);
      context.note('cbt import');
      return { ...measured, baseline: await cbtImport(context, MESSAGES) };
    },
  },
  {
    name: 'stream.end_to_end',
    unit: 'messages/s',
    baselineName: 'bare loop of pull, write, acknowledge',
    stack: true,
    async run(context) {
      await streamAll(context, ['bigtable', 'bigquery'], WARM_UP);
      const measured = await streamAll(context, ['bigtable', 'bigquery'], MESSAGES);
      context.note('bare loop');
      return { ...measured, baseline: await onTarget(context, MESSAGES, bareStream) };
    },
  },
  {
    name: 'stream.vs_commit_per_message',
    unit: 'messages/s',
    baselineName: 'one commit for each message',
    stack: true,
    async run(context) {
      await streamAll(context, ['bigtable', 'bigquery'], WARM_UP);
      const measured = await streamAll(context, ['bigtable', 'bigquery'], MESSAGES);
      context.note('one commit for each message');
      return { ...measured, baseline: await onTarget(context, SLOW_MESSAGES, commitPerMessage) };
    },
  },
];

type Target = Awaited<ReturnType<typeof createVitalsTarget>>;

async function onTarget(
  context: BenchContext,
  count: number,
  measure: (target: Target, count: number) => Promise<number>,
): Promise<number> {
  const target = await createVitalsTarget(context);
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
): Promise<Omit<Measurement, 'baseline'>> {
  context.note(`worker to ${sinks.join(' and ')}`);
  const memory = watchMemory();
  const value = await onTarget(context, count, async ({ clients, config }) => {
    const startedMs = performance.now();
    const { written } = await runStream(
      { sinks, maxMessages: count },
      { clients, config, signal: context.signal },
    );
    if (written !== count) throw new Error(`wrote ${written} of ${count} messages`);
    return (count / (performance.now() - startedMs)) * 1000;
  });
  return { value, rssMb: memory() };
}

/** Google's own bulk import at its best settings, of the rows that the worker writes. Gives rows a second. */
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
      [
        '-project',
        target.config.project,
        '-instance',
        instance,
        'import',
        table,
        file,
        'batch-size=1000',
        'workers=4',
      ],
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
