import type { Config } from '../../config/config.js';
import type { SchemaEncoding } from '../../schema/avro-schema.js';
import type { GoogleClients } from '../clients.js';
import { callsOf, unlessGone, unlessMissing, unlessThere } from '../google-calls.js';

/** What provision sets on a subscription; durations in seconds. */
export interface SubscriptionSettings {
  ackDeadlineSeconds: number;
  retentionSeconds: number;
  /** Without a maximum what is given back comes again at once. */
  minimumBackoffSeconds: number;
  maximumBackoffSeconds: number;
  deadLetterTopic: string | undefined;
  maxDeliveryAttempts: number;
}

export interface PubSubAdmin {
  topicExists(topic: string): Promise<boolean>;
  /** With the id of a schema, only messages that match it are taken. */
  createTopic(topic: string, schema?: { id: string; encoding: SchemaEncoding }): Promise<void>;
  /** How messages of the topic are encoded; undefined when it has no schema. */
  topicEncoding(topic: string): Promise<SchemaEncoding | undefined>;
  schemaExists(id: string): Promise<boolean>;
  createAvroSchema(id: string, definition: string): Promise<void>;
  deleteSchema(id: string): Promise<void>;
  deleteTopic(topic: string): Promise<void>;
  /** Undefined when there is no such subscription. */
  subscription(name: string): Promise<(SubscriptionSettings & { topic: string }) | undefined>;
  createSubscription(name: string, topic: string, settings: SubscriptionSettings): Promise<void>;
  updateSubscription(name: string, settings: SubscriptionSettings): Promise<void>;
  deleteSubscription(name: string): Promise<void>;
  /**
   * Lets Pub/Sub itself forward to the dead-letter topic. Without both roles forwarding silently does not happen.
   * @param projectNumber the service agent is named by number, not by id.
   */
  grantForwarding(subscription: string, deadLetterTopic: string, projectNumber: string): Promise<void>;
}

interface Duration {
  seconds?: number | string | { toString(): string } | null;
}

export async function pubSubAdmin(clients: GoogleClients, config: Config): Promise<PubSubAdmin> {
  const pubsub = await clients.pubsub();
  const topicName = (topic: string) => `projects/${config.project}/topics/${topic}`;
  const run = callsOf(clients);
  const wire = (settings: SubscriptionSettings) => ({
    ackDeadlineSeconds: settings.ackDeadlineSeconds,
    messageRetentionDuration: { seconds: settings.retentionSeconds },
    // Set and empty means never; absent means after 31 idle days.
    expirationPolicy: {},
    retryPolicy:
      settings.maximumBackoffSeconds === 0
        ? null
        : {
            minimumBackoff: { seconds: settings.minimumBackoffSeconds },
            maximumBackoff: { seconds: settings.maximumBackoffSeconds },
          },
    ...(settings.deadLetterTopic !== undefined && {
      deadLetterPolicy: {
        deadLetterTopic: topicName(settings.deadLetterTopic),
        maxDeliveryAttempts: settings.maxDeliveryAttempts,
      },
    }),
  });

  return {
    topicExists: (topic) =>
      run(`look up the topic ${topic}`, async () => {
        const [exists] = await pubsub.topic(topic).exists();
        return exists;
      }),
    createTopic: (topic, schema) =>
      run(`create the topic ${topic}`, () =>
        unlessThere(() =>
          pubsub.createTopic({
            name: topicName(topic),
            ...(schema && {
              schemaSettings: {
                schema: `projects/${config.project}/schemas/${schema.id}`,
                encoding: schema.encoding === 'json' ? 'JSON' : 'BINARY',
              },
            }),
          }),
        ),
      ),
    topicEncoding: (topic) =>
      run(`look up the topic ${topic}`, async () => {
        const [metadata] = await pubsub.topic(topic).getMetadata();
        const encoding = metadata.schemaSettings?.encoding;
        return encoding === 'JSON' ? 'json' : encoding === 'BINARY' ? 'binary' : undefined;
      }),
    schemaExists: (id) =>
      run(
        `look up the schema ${id}`,
        async () => (await unlessMissing(() => pubsub.schema(id).get())) !== undefined,
      ),
    createAvroSchema: (id, definition) =>
      run(`create the schema ${id}`, () => unlessThere(() => pubsub.createSchema(id, 'AVRO', definition))),
    deleteSchema: (id) => run(`delete the schema ${id}`, () => unlessGone(() => pubsub.schema(id).delete())),
    deleteTopic: (topic) =>
      run(`delete the topic ${topic}`, () => unlessGone(() => pubsub.topic(topic).delete())),
    subscription: (name) =>
      run(`look up the subscription ${name}`, () =>
        unlessMissing(async () => {
          const [metadata] = await pubsub.subscription(name).getMetadata();
          return {
            topic: lastPart(metadata.topic),
            ackDeadlineSeconds: metadata.ackDeadlineSeconds ?? 0,
            retentionSeconds: secondsOf(metadata.messageRetentionDuration as Duration),
            minimumBackoffSeconds: secondsOf(metadata.retryPolicy?.minimumBackoff as Duration),
            maximumBackoffSeconds: secondsOf(metadata.retryPolicy?.maximumBackoff as Duration),
            deadLetterTopic: lastPart(metadata.deadLetterPolicy?.deadLetterTopic) || undefined,
            maxDeliveryAttempts: metadata.deadLetterPolicy?.maxDeliveryAttempts ?? 0,
          };
        }),
      ),
    createSubscription: (name, topic, settings) =>
      run(`create the subscription ${name}`, () =>
        unlessThere(() => pubsub.topic(topic).createSubscription(name, wire(settings))),
      ),
    updateSubscription: (name, settings) =>
      run(`update the subscription ${name}`, async () => {
        const { expirationPolicy, ...rest } = wire(settings);
        // Google's emulator refuses every update that names the expiration.
        const isOfficial = (await clients.implementationOf('pubsub')) === 'official';
        await pubsub.subscription(name).setMetadata(isOfficial ? rest : { ...rest, expirationPolicy });
      }),
    deleteSubscription: (name) =>
      run(`delete the subscription ${name}`, () => unlessGone(() => pubsub.subscription(name).delete())),
    grantForwarding: (subscription, deadLetterTopic, projectNumber) =>
      run('let Pub/Sub forward to the dead-letter topic', async () => {
        const agent = `serviceAccount:service-${projectNumber}@gcp-sa-pubsub.iam.gserviceaccount.com`;
        await grant(pubsub.topic(deadLetterTopic).iam, 'roles/pubsub.publisher', agent);
        await grant(pubsub.subscription(subscription).iam, 'roles/pubsub.subscriber', agent);
      }),
  };
}

interface Policy {
  etag?: string | Uint8Array | null;
  bindings?: { role?: string | null; members?: string[] | null }[] | null;
}

interface PolicyHolder {
  getPolicy(): Promise<unknown>;
  setPolicy(policy: never): Promise<unknown>;
}

async function grant(holder: PolicyHolder, role: string, member: string): Promise<void> {
  const [policy] = (await holder.getPolicy()) as [Policy];
  const bindings = policy.bindings ?? [];
  const binding = bindings.find((candidate) => candidate.role === role);
  if (binding?.members?.includes(member)) return;
  if (binding) binding.members = [...(binding.members ?? []), member];
  else bindings.push({ role, members: [member] });
  await holder.setPolicy({ ...policy, bindings } as never);
}

function secondsOf(duration: Duration | null | undefined): number {
  return Number(duration?.seconds ?? 0);
}

function lastPart(name: string | null | undefined): string {
  return name?.split('/').at(-1) ?? '';
}
