import { tmpdir } from 'node:os';
import { type Config, resolveConfig } from '../src/config/config.js';
import type { Implementations } from '../src/core/services.js';
import { createGoogleClients, type GoogleClients } from '../src/gcp/clients.js';
import { publisherPort } from '../src/gcp/pubsub/port.js';
import { messageEncoder } from '../src/pipeline/simulate/encode.js';
import { numberedPatients } from '../src/pipeline/simulate/patients.js';
import { publishMessages } from '../src/pipeline/simulate/publish.js';
import { createWard } from '../src/pipeline/simulate/readings.js';
import { SCENARIOS } from '../src/pipeline/simulate/scenarios.js';
import { bigQueryTable } from '../src/schema/bigquery-schema.js';
import { bigtableTables } from '../src/schema/bigtable-columns.js';
import { patientVitalsSchema } from '../src/schema/read-table-schema.js';
import { stackEmulator } from './emulators.js';
import type { BenchContext } from './registry.js';

/** Empty topics and tables of their own for one measurement. */
export interface VitalsTarget {
  config: Config;
  clients: GoogleClients;
}

let serial = 0;

export async function createVitalsTarget(
  context: BenchContext,
  implementations?: Implementations,
): Promise<VitalsTarget> {
  const id = `bench-${process.pid}-${++serial}`;
  const config = resolveConfig({
    flags: {
      'pubsub.topic': `${id}-vitals`,
      'pubsub.subscription': `${id}-worker`,
      'pubsub.deadLetterTopic': `${id}-dead`,
      'bigtable.table': `${id}-vitals`,
      'bigtable.nowTable': `${id}-now`,
      'bigquery.dataset': id.replaceAll('-', '_'),
    },
    env: {},
    cwd: tmpdir(),
  });
  const clients = createGoogleClients(config, stackEmulator(context, implementations), process.env);
  const pubsub = await clients.pubsub();
  const [topic] = await pubsub.createTopic(config.pubsub.topic);
  await pubsub.createTopic(config.pubsub.deadLetterTopic);
  await topic.createSubscription(config.pubsub.subscription, { ackDeadlineSeconds: 600 });
  const bigtable = await clients.bigtable();
  for (const { name, families } of Object.values(bigtableTables(patientVitalsSchema(), config.bigtable))) {
    await bigtable.instance(config.bigtable.instance).createTable(name, { families: [...families] });
  }
  const [dataset] = await (await clients.bigquery()).createDataset(config.bigquery.dataset);
  await dataset.createTable(config.bigquery.streamTable, bigQueryTable(patientVitalsSchema()));
  return { config, clients };
}

/** The messages that all measurements use: a ward of 200 patients. */
export function* vitalsMessages(count: number): Generator<string> {
  const encode = messageEncoder('json', 'core');
  const ward = createWard({
    patients: numberedPatients(200, 7),
    seed: 7,
    startMs: Date.UTC(2026, 2, 1),
    intervalMs: 60_000,
    courses: SCENARIOS.mixed!,
  });
  let made = 0;
  for (const reading of ward.readings()) {
    if (made++ === count) return;
    yield encode(reading);
  }
}

export async function publishVitals(
  { clients, config }: VitalsTarget,
  count: number,
  ratePerSecond?: number,
): Promise<void> {
  const publisher = await publisherPort(clients, config.pubsub.topic);
  const { systemClock } = await import('../src/core/clock.js');
  const outcome = await publishMessages(vitalsMessages(count), publisher, {
    signal: new AbortController().signal,
    clock: systemClock,
    ratePerSecond,
  });
  if (outcome.published !== count) throw new Error(`published ${outcome.published} of ${count}`);
}

/** Samples resident memory until stopped, and gives its peak in MB. */
export function watchMemory(): () => number {
  let peak = process.memoryUsage.rss();
  const timer = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss());
  }, 50);
  return () => {
    clearInterval(timer);
    return Math.max(peak, process.memoryUsage.rss()) / 1024 / 1024;
  };
}
