import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { type CallOptions, type Message, PubSub, v1 } from '@google-cloud/pubsub';
import { credentials } from '@grpc/grpc-js';
import { packageRoot } from '../src/core/package-root.js';
import { isListening } from '../src/emulators/listening.js';
import { findOfficialEmulators } from '../src/emulators/official/find.js';
import { EMULATED } from '../src/emulators/registry.js';
import type { Bench, BenchContext, Measurement } from './registry.js';

const HOST = '127.0.0.1';
const DATA = Buffer.from('x'.repeat(100));
const BATCH = 1_000;
const PUBLISH_COUNT = 100_000;
const PULL_COUNT = 60_000;
const BACKLOG = { small: 10_000, large: 500_000, rounds: 5 } as const;
const LATENCY_MESSAGES = 300;
/** What is asked for where Google's emulator is not there to be measured against. */
const TARGETS = { publish: 100_000, streamingPull: 25_000, latencyMs: 2 } as const;

interface Server {
  endpoint: string;
  /** Peak resident memory, in MB. */
  rssMb(): number;
  /** CPU time of all its threads so far, in microseconds. */
  cpuMicroseconds(): number;
  stop(): Promise<void>;
}

async function startEmbedded(): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), 'healthmon-bench-pubsub-'));
  const script = join(packageRoot(), 'dist/src/emulators/pubsub/main.js');
  const child = spawn(process.execPath, [script, '--data-dir', folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const { port } = JSON.parse(line) as { port: number };
    return server(child, port, () => rmSync(folder, { recursive: true, force: true }));
  }
  throw new Error('The embedded Pub/Sub did not start');
}

/** Undefined where Google's emulator is not installed. */
async function startOfficial(): Promise<Server | undefined> {
  const { pubsub } = await findOfficialEmulators(process.env);
  if (pubsub === undefined) return undefined;
  const port = await freePort();
  const { command, args } = EMULATED.pubsub.official!.launch(pubsub.path, { host: HOST, port }, process.env);
  const child = spawn(command, args, { stdio: 'ignore' });
  while (!(await isListening(port, HOST))) await sleep(100);
  return server(child, port, () => {});
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, HOST);
  await once(probe, 'listening');
  const { port } = probe.address() as { port: number };
  probe.close();
  await once(probe, 'close');
  return port;
}

function server(child: ChildProcess, port: number, clean: () => void): Server {
  return {
    endpoint: `${HOST}:${port}`,
    rssMb: () =>
      Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1] ?? 0) / 1024,
    cpuMicroseconds: () =>
      readdirSync(`/proc/${child.pid}/task`).reduce((sum, thread) => {
        const [nanoseconds] = readFileSync(`/proc/${child.pid}/task/${thread}/schedstat`, 'utf8').split(' ');
        return sum + Number(nanoseconds) / 1000;
      }, 0),
    async stop() {
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), 5000);
      await exited;
      clearTimeout(timer);
      clean();
    },
  };
}

interface Target {
  client: PubSub;
  publisher: v1.PublisherClient;
  topic: string;
  subscription: string;
}

let names = 0;

/** A topic and a subscription of its own, and clients that are closed in the end. */
async function withTarget<T>({ endpoint }: Server, work: (target: Target) => Promise<T>): Promise<T> {
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
    return await work({ client, publisher, topic: topic.name, subscription: subscription.name });
  } finally {
    await Promise.all([subscription.delete(), topic.delete()]);
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
    await publisher.publish({ topic, messages: [{ data: DATA }] });
    await arrived;
    times.push(performance.now() - startedMs);
  }
  await stream.close();
  return times.sort((a, b) => a - b)[Math.floor(times.length / 2)]!;
}

/** Measures ours and, right after it, Google's. */
async function compare(
  measure: (target: Target) => Promise<number>,
  fallback: number,
  { note }: BenchContext,
): Promise<Measurement> {
  note('embedded');
  const ours = await startEmbedded();
  let value: number;
  let rssMb: number;
  try {
    value = await withTarget(ours, measure);
    rssMb = ours.rssMb();
  } finally {
    await ours.stop();
  }
  const official = await startOfficial();
  if (official === undefined) return { value, baseline: fallback, rssMb };
  note('official');
  try {
    return { value, baseline: await withTarget(official, measure), rssMb };
  } finally {
    await official.stop();
  }
}

export const benches: readonly Bench[] = [
  {
    name: 'pubsub.publish',
    unit: 'messages/s',
    baselineName: 'official emulator',
    run: (context) => compare((target) => publish(target, PUBLISH_COUNT), TARGETS.publish, context),
  },
  {
    name: 'pubsub.streaming_pull',
    unit: 'messages/s',
    baselineName: 'official emulator',
    run: (context) =>
      compare(
        async (target) => {
          await publish(target, PULL_COUNT);
          return pullOnOneStream(target, PULL_COUNT, context.signal);
        },
        TARGETS.streamingPull,
        context,
      ),
  },
  {
    name: 'pubsub.latency_p50',
    unit: 'ms',
    baselineName: 'official emulator',
    run: (context) => compare(latencyMs, TARGETS.latencyMs, context),
  },
  {
    name: 'pubsub.backlog',
    // Of the server: what the client takes for a message is its own affair.
    unit: 'µs of CPU',
    baselineName: `a backlog of ${BACKLOG.small}`,
    async run({ note, signal }) {
      const ours = await startEmbedded();
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
        return { value, baseline, rssMb: ours.rssMb() };
      } finally {
        await ours.stop();
      }
    },
  },
];
