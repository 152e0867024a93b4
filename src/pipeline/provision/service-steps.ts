import type { Config } from '../../config/config.js';
import type { BigtableAdmin } from '../../gcp/bigtable/admin.js';
import type { PubSubAdmin, SubscriptionSettings } from '../../gcp/pubsub/admin.js';
import type { BucketAdmin } from '../../gcp/storage/admin.js';
import { avroVitals, type SchemaEncoding } from '../../schema/avro-schema.js';
import type { BigtableTable } from '../../schema/bigtable-columns.js';
import { createOrKeep, type Step } from './step.js';

/** Staged files hold patients' data, so they do not stay longer than a run may need them. */
const STAGED_DAYS = 30;

export async function planStorage(admin: BucketAdmin, bucket: string): Promise<Step[]> {
  const settings = await admin.settings();
  const resource = `bucket ${bucket}`;
  if (settings === undefined) {
    return [createOrKeep('storage', resource, false, () => admin.create(STAGED_DAYS))];
  }
  const detail: string[] = [];
  if (!settings.uniformAccess) detail.push('turn uniform bucket-level access on');
  if (!settings.publicAccessPrevented) detail.push('enforce public access prevention');
  if (detail.length === 0) return [{ service: 'storage', resource, action: 'unchanged' }];
  return [{ service: 'storage', resource, action: 'update', detail, apply: () => admin.secure() }];
}

/** One version: a reading's cell timestamp is its event time, so a second version is only ever a redelivery. */
const KEPT_VERSIONS = 1;

/** The instance, and each table with its column families. */
export async function planBigtable(
  admin: BigtableAdmin,
  instance: string,
  tables: readonly BigtableTable[],
): Promise<Step[]> {
  const exists = await admin.instanceExists();
  const steps = [createOrKeep('bigtable', `instance ${instance}`, exists, () => admin.createInstance())];
  for (const table of tables) {
    steps.push(planTable(admin, table, exists ? await admin.families(table.name) : undefined));
  }
  return steps;
}

function planTable(
  admin: BigtableAdmin,
  { name, families }: BigtableTable,
  live: ReadonlyMap<string, number | undefined> | undefined,
): Step {
  const resource = `table ${name}`;
  if (live === undefined) {
    const detail = [`families ${families.join(', ')}; ${KEPT_VERSIONS} version kept`];
    return createOrKeep(
      'bigtable',
      resource,
      false,
      () => admin.createTable(name, families, KEPT_VERSIONS),
      detail,
    );
  }
  const missing = families.filter((family) => !live.has(family));
  const kept = families.filter((family) => live.has(family) && live.get(family) !== KEPT_VERSIONS);
  if (missing.length + kept.length === 0) return { service: 'bigtable', resource, action: 'unchanged' };
  return {
    service: 'bigtable',
    resource,
    action: 'update',
    detail: [
      ...missing.map((family) => `add the column family ${family}`),
      ...kept.map((family) => `keep ${KEPT_VERSIONS} version in the family ${family}`),
    ],
    async apply() {
      for (const family of missing) await admin.createFamily(name, family, KEPT_VERSIONS);
      for (const family of kept) await admin.setVersions(name, family, KEPT_VERSIONS);
    },
  };
}

const DAY_SECONDS = 86_400;

function workerSettings(config: Config): SubscriptionSettings {
  return {
    ackDeadlineSeconds: 60,
    retentionSeconds: 7 * DAY_SECONDS,
    minimumBackoffSeconds: 5,
    maximumBackoffSeconds: 600,
    deadLetterTopic: config.pubsub.deadLetterTopic,
    // Every restart of a worker may cost a message one attempt. The worker dead-letters what is invalid itself;
    // this is the net for what ends the worker.
    maxDeliveryAttempts: 20,
  };
}

/** Without a dead-letter topic, which keeps what nobody acknowledges for as long as Pub/Sub does by itself. */
export const PLAIN_SUBSCRIPTION: SubscriptionSettings = {
  ackDeadlineSeconds: 60,
  retentionSeconds: 7 * DAY_SECONDS,
  // Looking at what is kept gives it back; whoever reads it next must find it at once.
  minimumBackoffSeconds: 0,
  maximumBackoffSeconds: 0,
  deadLetterTopic: undefined,
  maxDeliveryAttempts: 0,
};

/** @param projectNumber asked only on Google Cloud, where Pub/Sub needs rights of its own to forward. */
export async function planPubSub(
  admin: PubSubAdmin,
  config: Config,
  projectNumber: (() => Promise<string>) | undefined,
  encoding?: SchemaEncoding | undefined,
): Promise<Step[]> {
  const { topic, subscription, deadLetterTopic, deadLetterSubscription, alertTopic, alertSubscription } =
    config.pubsub;
  const steps: Step[] = [];
  for (const name of [deadLetterTopic, alertTopic]) {
    const exists = await admin.topicExists(name);
    steps.push(createOrKeep('pubsub', `topic ${name}`, exists, () => admin.createTopic(name)));
  }
  steps.push(...(await planVitalsTopic(admin, topic, encoding)));
  steps.push(await planSubscription(admin, deadLetterSubscription, deadLetterTopic, PLAIN_SUBSCRIPTION));
  steps.push(await planSubscription(admin, alertSubscription, alertTopic, PLAIN_SUBSCRIPTION));
  const worker = await planSubscription(admin, subscription, topic, workerSettings(config));
  if (projectNumber !== undefined && worker.apply !== undefined) {
    const { apply } = worker;
    worker.apply = async () => {
      await apply();
      await admin.grantForwarding(subscription, deadLetterTopic, await projectNumber());
    };
  }
  steps.push(worker);
  return steps;
}

/** The schema of the vitals topic, by the topic's name. */
export function vitalsSchemaId(topic: string): string {
  return `${topic}-schema`;
}

/** A topic gets its schema when it is made: messages without it may already wait in one that is there. */
async function planVitalsTopic(
  admin: PubSubAdmin,
  topic: string,
  encoding: SchemaEncoding | undefined,
): Promise<Step[]> {
  const resource = `topic ${topic}`;
  const exists = await admin.topicExists(topic);
  if (encoding === undefined)
    return [createOrKeep('pubsub', resource, exists, () => admin.createTopic(topic))];
  const id = vitalsSchemaId(topic);
  const definition = JSON.stringify(avroVitals(encoding));
  const schema = createOrKeep('pubsub', `schema ${id}`, await admin.schemaExists(id), () =>
    admin.createAvroSchema(id, definition),
  );
  if (!exists) {
    const detail = [`schema ${id}, ${encoding} encoding`];
    return [
      schema,
      createOrKeep('pubsub', resource, false, () => admin.createTopic(topic, { id, encoding }), detail),
    ];
  }
  const live = await admin.topicEncoding(topic);
  if (live === encoding) return [schema, { service: 'pubsub', resource, action: 'unchanged' }];
  const detail = [
    `it has ${live === undefined ? 'no schema' : `a schema with ${live} encoding`}, not one with ${encoding} encoding; delete it, or name another topic in healthmon.json`,
  ];
  return [{ service: 'pubsub', resource, action: 'blocked', detail }];
}

async function planSubscription(
  admin: PubSubAdmin,
  name: string,
  topic: string,
  settings: SubscriptionSettings,
): Promise<Step> {
  const live = await admin.subscription(name);
  const resource = `subscription ${name}`;
  if (live === undefined) {
    return createOrKeep('pubsub', resource, false, () => admin.createSubscription(name, topic, settings));
  }
  if (live.topic !== topic) {
    return {
      service: 'pubsub',
      resource,
      action: 'blocked',
      detail: [
        `it belongs to the topic ${live.topic}, not ${topic}; delete it, or name another subscription in healthmon.json`,
      ],
    };
  }
  const detail = (Object.keys(settings) as (keyof SubscriptionSettings)[])
    .filter(
      (key) =>
        settings[key] !== live[key] &&
        !(settings.deadLetterTopic === undefined && key === 'maxDeliveryAttempts'),
    )
    .map((key) => `${key}: ${live[key] ?? 'none'} → ${settings[key] ?? 'none'}`);
  if (detail.length === 0) return { service: 'pubsub', resource, action: 'unchanged' };
  return {
    service: 'pubsub',
    resource,
    action: 'update',
    detail,
    apply: () => admin.updateSubscription(name, settings),
  };
}
