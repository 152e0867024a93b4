import type { BigQuery } from '@google-cloud/bigquery';
import type { Bigtable } from '@google-cloud/bigtable';
import type { PubSub } from '@google-cloud/pubsub';
import { type Config, resolveConfig } from '../../src/config/config.js';
import { type Implementations, implementationOf, type ServiceName } from '../../src/core/services.js';
import { createGoogleClients, type GoogleClients } from '../../src/gcp/clients.js';
import { bigQueryTable } from '../../src/schema/bigquery-schema.js';
import { bigtableTables } from '../../src/schema/bigtable-columns.js';
import { patientAlertsSchema, patientVitalsSchema } from '../../src/schema/read-table-schema.js';
import { asFlags, ownNames } from './own-names.js';

/** Topics, subscriptions and tables of one test file, under names of their own. */
export interface VitalsTarget {
  config: Config;
  clients: GoogleClients;
  /** The names as `--set name=value` options of a command line. */
  flags: string[];
  publish(messages: readonly (string | Buffer)[], attributes?: Record<string, string>): Promise<void>;
  /** Makes the tables of Bigtable again after their loss. */
  /** Row keys of Bigtable with their cells as text. */
  bigtableRows(): Promise<Map<string, Record<string, string>>>;
  /** Rows of BigQuery as they were streamed, duplicates and all. */
  bigQueryRows(): Promise<Record<string, unknown>[]>;
  /** Alerts, acknowledged as they are read. */
  alerts(): Promise<Record<string, unknown>[]>;
  /** Dead letters, acknowledged as they are read. */
  deadLetters(): Promise<{ data: string; attributes: Record<string, string> }[]>;
  /** Messages that are still in the subscription, acknowledged as they are read. */
  backlog(): Promise<string[]>;
  close(): Promise<void>;
}

let serial = 0;

export interface VitalsTargetOptions {
  endpoints: Readonly<Record<ServiceName, string>>;
  /** Those that are not the default ones. */
  implementations?: Implementations;
  ackDeadlineSeconds?: number;
  /** Without it no dataset is made, and `bigQueryRows` cannot be called. */
  bigquery?: boolean;
}

export async function createVitalsTarget(options: VitalsTargetOptions): Promise<VitalsTarget> {
  const names = ownNames(`vitals-${process.pid}-${Date.now().toString(36)}-${++serial}`);
  const config = resolveConfig({ flags: names, env: {}, cwd: '/' });
  const clients = createGoogleClients(
    config,
    (service) => ({
      endpoint: options.endpoints[service],
      implementation: implementationOf(service, options.implementations),
    }),
    process.env,
  );
  const pubsub: PubSub = await clients.pubsub();
  const bigtable: Bigtable = await clients.bigtable();
  const bigquery: BigQuery = await clients.bigquery();

  const [topic] = await pubsub.createTopic(config.pubsub.topic);
  const [deadTopic] = await pubsub.createTopic(config.pubsub.deadLetterTopic);
  const ackDeadlineSeconds = options.ackDeadlineSeconds ?? 60;
  const [subscription] = await topic.createSubscription(config.pubsub.subscription, { ackDeadlineSeconds });
  const [deadSubscription] = await deadTopic.createSubscription(config.pubsub.deadLetterSubscription, {
    ackDeadlineSeconds: 600,
  });
  const [alertTopic] = await pubsub.createTopic(config.pubsub.alertTopic);
  const [alertSubscription] = await alertTopic.createSubscription(config.pubsub.alertSubscription);
  const instance = bigtable.instance(config.bigtable.instance);
  for (const { name, families } of Object.values(bigtableTables(patientVitalsSchema(), config.bigtable))) {
    await instance.createTable(name, {
      families: families.map((family) => ({ name: family, rule: { versions: 1 } })),
    });
  }
  const table = instance.table(config.bigtable.table);
  if (options.bigquery !== false) {
    const [dataset] = await bigquery.createDataset(config.bigquery.dataset);
    await dataset.createTable(config.bigquery.streamTable, bigQueryTable(patientVitalsSchema()));
    await dataset.createTable(config.bigquery.alertsTable, bigQueryTable(patientAlertsSchema()));
    await (await clients.storage()).createBucket(config.storage.bucket);
  }
  return {
    config,
    clients,
    flags: asFlags(names),
    async publish(messages, attributes = {}) {
      for (let start = 0; start < messages.length; start += 500) {
        await Promise.all(
          messages
            .slice(start, start + 500)
            .map((message) => topic.publishMessage({ data: Buffer.from(message), attributes })),
        );
      }
    },
    async bigtableRows() {
      const rows = new Map<string, Record<string, string>>();
      const [found] = await table.getRows({ decode: false });
      for (const row of found) {
        const key = String(row.id);
        if (!/^[^#]+#\d{13}(#.+)?$/s.test(key)) throw new Error(`Unexpected row key ${key}`);
        const cells = Object.entries(row.data.vitals ?? {}) as [string, { value: unknown }[]][];
        rows.set(
          key,
          Object.fromEntries(
            cells.map(([name, versions]) => {
              if (versions.length !== 1) throw new Error(`${versions.length} versions of ${name} in ${key}`);
              return [name, String(versions[0]!.value)];
            }),
          ),
        );
      }
      return rows;
    },
    async bigQueryRows() {
      const rows: Record<string, unknown>[] = [];
      const [found] = await bigquery
        .dataset(config.bigquery.dataset)
        .table(config.bigquery.streamTable)
        .getRows();
      for (const row of found as Record<string, unknown>[]) {
        const time = (row.event_timestamp as { value: string }).value;
        rows.push({ ...row, event_timestamp: new Date(time).toISOString() });
      }
      return rows;
    },
    alerts: async () =>
      (await drain(pubsub, alertSubscription.name)).map(
        ({ data }) => JSON.parse(data) as Record<string, unknown>,
      ),
    deadLetters: () => drain(pubsub, deadSubscription.name),
    backlog: async () => (await drain(pubsub, subscription.name)).map(({ data }) => data),
    close: () => clients.close(),
  };
}

async function drain(
  pubsub: PubSub,
  name: string,
): Promise<{ data: string; attributes: Record<string, string> }[]> {
  const { v1 } = await import('@google-cloud/pubsub');
  const client = new v1.SubscriberClient((await pubsub.getClientConfig()) as never);
  const found: { data: string; attributes: Record<string, string> }[] = [];
  try {
    // The emulator sometimes answers an empty pull although something is there.
    for (let empty = 0; empty < 3; ) {
      const [response] = await client.pull({
        subscription: name,
        maxMessages: 1000,
        returnImmediately: true,
      });
      const messages = response.receivedMessages ?? [];
      if (messages.length === 0) {
        empty++;
        await new Promise((resolve) => setTimeout(resolve, 100));
        continue;
      }
      empty = 0;
      for (const { message } of messages) {
        found.push({
          data: Buffer.from(message!.data as Uint8Array).toString(),
          attributes: message!.attributes ?? {},
        });
      }
      await client.acknowledge({ subscription: name, ackIds: messages.map(({ ackId }) => ackId!) });
    }
  } finally {
    await client.close();
  }
  return found;
}
