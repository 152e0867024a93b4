import { setTimeout as sleep } from 'node:timers/promises';
import type { Table } from '@google-cloud/bigtable';
import { type Message, PubSub, v1 } from '@google-cloud/pubsub';
import { credentials } from '@grpc/grpc-js';
import { withTable } from './bigtable.js';
import type { Bench, BenchContext, Measurement } from './registry.js';
import { type OwnService, startEmbedded } from './services.js';

// Load at a steady rate for long: what grows with time shows as the difference of its last tenth from its second. The
// first one is for the compilers. `HEALTHMON_BENCH_SOAK` makes both soaks that many times as long.
const LENGTH = Number(process.env.HEALTHMON_BENCH_SOAK ?? 1);
/** Side by side, as two projects run them. */
const STACKS = 2;
/** Of each stack. */
const TOPICS = 50;
/** Of all stacks. */
const MESSAGES = 1_000_000 * LENGTH;
const MESSAGES_PER_SECOND = 20_000;
const BATCH = 100;
const ROWS = 500_000 * LENGTH;
const ROWS_PER_SECOND = 10_000;
/** The rows that are written again and again. */
const KEYS = 20_000;
const TENTHS = 10;

/** What was seen in a tenth of a soak. */
interface Tenth {
  p50Ms: number;
  /** Of the largest service. */
  rssMb: number;
}

/** Runs `step` at a rate, and looks at the services after every tenth of the steps. */
async function soak(
  services: readonly OwnService[],
  { steps, stepsPerSecond }: { steps: number; stepsPerSecond: number },
  { note, signal }: BenchContext,
  step: (index: number, record: (ms: number) => void) => Promise<unknown>,
): Promise<Tenth[]> {
  const tenths: Tenth[] = [];
  const startedMs = performance.now();
  let times: number[] = [];
  const record = (ms: number) => void times.push(ms);
  for (let index = 0; index < steps; index++) {
    signal.throwIfAborted();
    const aheadMs = (index / stepsPerSecond) * 1000 - (performance.now() - startedMs);
    if (aheadMs > 0) await sleep(aheadMs);
    await step(index, record);
    if ((index + 1) % Math.floor(steps / TENTHS) !== 0) continue;
    const p50Ms = times.sort((a, b) => a - b)[times.length >> 1] ?? 0;
    const rssMb = Math.max(...services.map((service) => service.rssMb()));
    tenths.push({ p50Ms, rssMb });
    times = [];
    note(`${tenths.length} of ${TENTHS}: p50 ${p50Ms.toFixed(2)} ms, ${rssMb.toFixed(0)} MB`);
  }
  return tenths;
}

/** A service whose topics each have a subscriber, which acknowledges what it gets. */
async function startSubscribed(seen: (publishedMs: number) => void): Promise<{
  service: OwnService;
  publish: (topic: number, data: Buffer) => Promise<unknown>;
  stop: () => Promise<void>;
}> {
  const service = await startEmbedded('pubsub');
  const [servicePath, port] = service.endpoint.split(':');
  const client = new PubSub({ projectId: 'soak', apiEndpoint: service.endpoint, emulatorMode: true });
  const publisher = new v1.PublisherClient({
    projectId: 'soak',
    servicePath,
    port: Number(port),
    sslCreds: credentials.createInsecure(),
  });
  const subscriptions = await Promise.all(
    Array.from({ length: TOPICS }, async (_, index) => {
      const [topic] = await client.createTopic(`soak-${index}`);
      await topic.createSubscription(`soak-${index}`);
      return client.subscription(`soak-${index}`, { streamingOptions: { maxStreams: 1 } });
    }),
  );
  for (const subscription of subscriptions) {
    subscription.on('message', (message: Message) => {
      seen(Number.parseFloat(message.data.toString()));
      message.ack();
    });
  }
  return {
    service,
    publish: (topic, data) =>
      publisher.publish({
        topic: `projects/soak/topics/soak-${topic}`,
        messages: Array.from({ length: BATCH }, () => ({ data })),
      }),
    async stop() {
      await Promise.all(subscriptions.map((subscription) => subscription.close()));
      await Promise.all([client.close(), publisher.close()]);
      await service.stop();
    },
  };
}

async function pubsubSoak(context: BenchContext): Promise<Tenth[]> {
  let record = (_ms: number) => {};
  let received = 0;
  const seen = (publishedMs: number) => {
    record(performance.now() - publishedMs);
    received++;
  };
  const stacks = await Promise.all(Array.from({ length: STACKS }, () => startSubscribed(seen)));
  try {
    const filler = 'x'.repeat(87);
    const tenths = await soak(
      stacks.map(({ service }) => service),
      { steps: MESSAGES / BATCH, stepsPerSecond: MESSAGES_PER_SECOND / BATCH },
      context,
      (index, recordOfTenth) => {
        record = recordOfTenth;
        const data = Buffer.from(`${performance.now()} ${filler}`);
        return stacks[index % STACKS]!.publish(Math.floor(index / STACKS) % TOPICS, data);
      },
    );
    while (received < MESSAGES) {
      context.signal.throwIfAborted();
      await sleep(50);
    }
    return tenths;
  } finally {
    await Promise.all(stacks.map(({ stop }) => stop()));
  }
}

/** The same rows are written and read again and again, with two versions kept of each. */
async function bigtableSoak(context: BenchContext): Promise<Tenth[]> {
  const service = await startEmbedded('bigtable');
  try {
    return await withTable(service, async (table) => {
      await (await table.family('f')).setMetadata({ rule: { versions: 2 } } as never);
      const steps = ROWS / BATCH;
      return soak(
        [service],
        { steps, stepsPerSecond: ROWS_PER_SECOND / BATCH },
        context,
        async (index, recordOfTenth) => {
          const startedMs = performance.now();
          await writeAndRead(table, index);
          recordOfTenth(performance.now() - startedMs);
        },
      );
    });
  } finally {
    await service.stop();
  }
}

async function writeAndRead(table: Table, index: number): Promise<void> {
  const first = (index * BATCH) % KEYS;
  const keys = Array.from({ length: BATCH }, (_, at) => String(first + at).padStart(6, '0'));
  await table.insert(keys.map((key) => ({ key, data: { f: { q: `value ${index}` } } })));
  const [rows] = await table.getRows({ ranges: [{ start: keys[0], end: keys.at(-1) }] } as never);
  if (rows.length !== BATCH) throw new Error(`${rows.length} of ${BATCH} rows were read`);
}

/** One run for both of its figures. */
function shared(
  run: (context: BenchContext) => Promise<Tenth[]>,
): (context: BenchContext) => Promise<Tenth[]> {
  let running: Promise<Tenth[]> | undefined;
  return (context) => {
    running ??= run(context);
    return running;
  };
}

function figures(service: string, run: (context: BenchContext) => Promise<Tenth[]>): Bench[] {
  const soaked = shared(run);
  const compare = async (context: BenchContext, figure: (tenth: Tenth) => number): Promise<Measurement> => {
    const tenths = await soaked(context);
    const rssMb = Math.max(...tenths.map((tenth) => tenth.rssMb));
    return { value: figure(tenths.at(-1)!), baseline: figure(tenths[1]!), rssMb };
  };
  const baselineName = 'the second tenth of the same soak';
  return [
    {
      name: `${service}.soak_latency_p50`,
      unit: 'ms',
      baselineName,
      run: (context) => compare(context, ({ p50Ms }) => p50Ms),
    },
    {
      name: `${service}.soak_memory`,
      unit: 'MB',
      baselineName,
      run: (context) => compare(context, ({ rssMb }) => rssMb),
    },
  ];
}

export const benches: readonly Bench[] = [
  ...figures('pubsub', pubsubSoak),
  ...figures('bigtable', bigtableSoak),
];
