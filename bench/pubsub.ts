import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CallOptions, type Message, PubSub, v1 } from '@google-cloud/pubsub';
import { credentials } from '@grpc/grpc-js';
import { packageRoot } from '../src/core/package-root.js';
import { bareLatency, barePublishing, barePulling } from './bare-grpc.js';
import type { Bench, BenchContext, Measurement } from './registry.js';
import {
  type OwnService,
  restartOf,
  running,
  startEmbedded,
  startOfficial,
  startScript,
} from './services.js';

const DATA = Buffer.from('x'.repeat(100));
const BATCH = 1_000;
const PUBLISH_COUNT = 100_000;
const PULL_COUNT = 60_000;
/** Messages a second on one stream. */
const PULL_TARGET = 25_000;
const BACKLOG = { small: 10_000, large: 500_000, rounds: 5 } as const;
const LATENCY_MESSAGES = 1_000;
const UNBUNDLED = { isBundling: false } as CallOptions;
/** The first ones are for the compilers. */
const DURABILITY_ROUNDS = 10;
const RESTART = { messages: 1_000_000, targetMs: 3_000 } as const;
/** Of pulling and of latency, before which both sides compile what they run often. */
const WARM_UP = 10_000;

const BARE = "bare loop, for Google's emulator is not installed";

interface Target {
  endpoint: string;
  client: PubSub;
  publisher: v1.PublisherClient;
  topic: string;
  subscription: string;
}

let names = 0;

/** A topic and a subscription of its own, and clients that are closed in the end. */
async function withTarget<T>(
  { endpoint }: OwnService,
  work: (target: Target) => Promise<T>,
  { keep = false } = {},
): Promise<T> {
  const [servicePath, port] = endpoint.split(':');
  const projectId = 'bench';
  const client = new PubSub({ projectId, apiEndpoint: endpoint, emulatorMode: true });
  const publisher = new v1.PublisherClient({
    projectId,
    servicePath,
    port: Number(port),
    sslCreds: credentials.createInsecure(),
  });
  const name = `bench-${++names}`;
  const [topic] = await client.createTopic(name);
  const [subscription] = await topic.createSubscription(name, { ackDeadlineSeconds: 600 });
  try {
    return await work({ endpoint, client, publisher, topic: topic.name, subscription: subscription.name });
  } finally {
    if (!keep) await Promise.all([subscription.delete(), topic.delete()]);
    await Promise.all([client.close(), publisher.close()]);
  }
}

/** Messages a second that four concurrent publishers of full requests get through. */
async function publish({ publisher, topic }: Target, count: number): Promise<number> {
  const messages = Array.from({ length: BATCH }, () => ({ data: DATA }));
  const options: CallOptions = { timeout: 60_000 };
  let left = count / BATCH;
  const startedMs = performance.now();
  await Promise.all(
    Array.from({ length: 4 }, async () => {
      while (left-- > 0) await publisher.publish({ topic, messages }, options);
    }),
  );
  return (count / (performance.now() - startedMs)) * 1000;
}

/** Messages a second that one stream delivers and acknowledges. */
async function pullOnOneStream(
  { client, subscription }: Target,
  count: number,
  signal: AbortSignal,
): Promise<number> {
  const stream = client.subscription(subscription, {
    flowControl: { maxMessages: 50_000, allowExcessMessages: false },
    streamingOptions: { maxStreams: 1 },
    batching: { maxMilliseconds: 10 },
  });
  const startedMs = performance.now();
  try {
    await new Promise<void>((resolve, reject) => {
      let received = 0;
      stream.on('message', (message: Message) => {
        message.ack();
        if (++received === count) resolve();
      });
      stream.on('error', reject);
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
    return (count / (performance.now() - startedMs)) * 1000;
  } finally {
    await stream.close();
  }
}

/** Median time from the call of publish to the message in the subscriber, one message at a time. */
async function latencyMs({ client, publisher, topic, subscription }: Target): Promise<number> {
  const stream = client.subscription(subscription, { streamingOptions: { maxStreams: 1 } });
  let arrive: (() => void) | undefined;
  stream.on('message', (message: Message) => {
    message.ack();
    arrive?.();
  });
  const times: number[] = [];
  for (let index = 0; index < LATENCY_MESSAGES; index++) {
    const arrived = new Promise<void>((resolve) => {
      arrive = resolve;
    });
    const startedMs = performance.now();
    // The client would wait 10 ms for more to publish with it.
    await publisher.publish({ topic, messages: [{ data: DATA }] }, UNBUNDLED);
    await arrived;
    times.push(performance.now() - startedMs);
  }
  await stream.close();
  return times.sort((a, b) => a - b)[Math.floor(times.length / 2)]!;
}

/** Measures ours and, right after it, Google's, or a bare loop on ours where that is not installed. */
async function compare(
  measure: (target: Target) => Promise<number>,
  bare: (target: Target) => Promise<number>,
  { note }: BenchContext,
): Promise<Measurement> {
  note('embedded');
  const ours = await startEmbedded('pubsub');
  let value: number;
  let rssMb: number;
  let bareRate: number;
  try {
    value = await withTarget(ours, measure);
    rssMb = ours.peakRssMb();
    bareRate = await withTarget(ours, bare);
  } finally {
    await ours.stop();
  }
  const official = await startOfficial('pubsub');
  if (official === undefined) return { value, baseline: bareRate, rssMb, baselineName: BARE };
  note('official');
  try {
    return { value, baseline: await withTarget(official, measure), rssMb };
  } finally {
    await official.stop();
  }
}

/** The service as it is, but for the journal, which keeps nothing. */
function startForgetful(): Promise<OwnService> {
  const folder = mkdtempSync(join(tmpdir(), 'healthmon-bench-pubsub-'));
  const script = join(packageRoot(), 'dist/bench/pubsub-without-journal.js');
  return startScript(process.execPath, [script, '--data-dir', folder], () =>
    rmSync(folder, { recursive: true, force: true }),
  );
}

/** With the journal and without, in turns of which each is as often the first: whoever else is busy hits both alike. */
async function durability(
  { note, signal }: BenchContext,
  measure: (server: OwnService) => Promise<number>,
  better: (...values: number[]) => number,
): Promise<Measurement> {
  return running(
    () => startEmbedded('pubsub'),
    (ours) =>
      running(startForgetful, async (forgetful) => {
        const values: number[] = [];
        const baselines: number[] = [];
        for (let round = 0; round < DURABILITY_ROUNDS; round++) {
          signal.throwIfAborted();
          note(`round ${round + 1}`);
          const measureOurs = async () => values.push(await measure(ours));
          const measureBaseline = async () => baselines.push(await measure(forgetful));
          for (const run of round % 2 === 0
            ? [measureBaseline, measureOurs]
            : [measureOurs, measureBaseline]) {
            await run();
          }
        }
        return { value: better(...values), baseline: better(...baselines), rssMb: ours.peakRssMb() };
      }),
  );
}

/** CPU time of the server for a message that is published, in microseconds. */
function publishingCost(server: OwnService): Promise<number> {
  return withTarget(server, async ({ endpoint, topic }) => {
    const before = server.cpuMicroseconds();
    await barePublishing(endpoint, { topic, data: DATA, batch: BATCH, count: PUBLISH_COUNT });
    return (server.cpuMicroseconds() - before) / PUBLISH_COUNT;
  });
}

async function restart(context: BenchContext): Promise<Measurement> {
  const write = (service: OwnService) =>
    withTarget(service, (target) => publish(target, RESTART.messages), { keep: true });
  return { ...(await restartOf('pubsub', write, context)), baseline: RESTART.targetMs };
}

export const benches: readonly Bench[] = [
  {
    name: 'pubsub.publish',
    unit: 'messages/s',
    baselineName: 'official emulator',
    run: (context) =>
      compare(
        (target) => publish(target, PUBLISH_COUNT),
        ({ endpoint, topic }) =>
          barePublishing(endpoint, { topic, data: DATA, batch: BATCH, count: PUBLISH_COUNT }),
        context,
      ),
  },
  {
    name: 'pubsub.streaming_pull',
    unit: 'messages/s',
    baselineName: 'official emulator',
    run: (context) =>
      compare(
        async (target) => {
          await publish(target, WARM_UP + PULL_COUNT);
          await pullOnOneStream(target, WARM_UP, context.signal);
          return pullOnOneStream(target, PULL_COUNT, context.signal);
        },
        async (target) => {
          await publish(target, PULL_COUNT);
          return barePulling(target.endpoint, { ...target, count: PULL_COUNT });
        },
        context,
      ),
  },
  {
    // Without Google's client, which takes far longer for a message than the service.
    name: 'pubsub.streaming_pull_bare',
    unit: 'messages/s',
    baselineName: 'asked for, of a bare client',
    run: () =>
      running(
        () => startEmbedded('pubsub'),
        async (ours) => ({
          value: await withTarget(ours, async (target) => {
            await publish(target, PULL_COUNT);
            return barePulling(target.endpoint, { ...target, count: PULL_COUNT });
          }),
          baseline: PULL_TARGET,
          rssMb: ours.peakRssMb(),
        }),
      ),
  },
  {
    name: 'pubsub.latency_p50',
    unit: 'ms',
    baselineName: 'official emulator',
    run: (context) =>
      compare(
        latencyMs,
        (target) => bareLatency(target.endpoint, { ...target, data: DATA, count: LATENCY_MESSAGES }),
        context,
      ),
  },
  {
    name: 'pubsub.durability',
    unit: 'messages/s',
    baselineName: 'the same without a journal',
    run: (context) =>
      durability(
        context,
        (server) => withTarget(server, (target) => publish(target, PUBLISH_COUNT)),
        Math.max,
      ),
  },
  {
    // Of the server alone, whose part of the time that publishing takes is small.
    name: 'pubsub.durability_cpu',
    unit: 'µs of CPU',
    baselineName: 'the same without a journal',
    run: (context) => durability(context, publishingCost, Math.min),
  },
  {
    name: 'pubsub.restart',
    unit: 'ms',
    baselineName: `asked for, with ${RESTART.messages} messages that wait`,
    run: restart,
  },
  {
    name: 'pubsub.backlog',
    // Of the server: what the client takes for a message is its own affair.
    unit: 'µs of CPU',
    baselineName: `a backlog of ${BACKLOG.small}`,
    async run({ note, signal }) {
      const ours = await startEmbedded('pubsub');
      try {
        /** CPU time for each message that waits, is delivered and acknowledged. */
        const cost = (count: number) =>
          withTarget(ours, async (target) => {
            note(`publishing ${count}`);
            await publish(target, count);
            note(`pulling ${count}`);
            const before = ours.cpuMicroseconds();
            await pullOnOneStream(target, count, signal);
            return (ours.cpuMicroseconds() - before) / count;
          });
        const small: number[] = [];
        for (let round = 0; round < BACKLOG.rounds; round++) small.push(await cost(BACKLOG.small));
        const baseline = small.sort((a, b) => a - b)[Math.floor(BACKLOG.rounds / 2)]!;
        const value = await cost(BACKLOG.large);
        return { value, baseline, rssMb: ours.peakRssMb() };
      } finally {
        await ours.stop();
      }
    },
  },
];
