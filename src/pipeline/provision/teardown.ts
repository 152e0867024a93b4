import type { Config } from '../../config/config.js';
import type { ServiceName, StandardService } from '../../core/services.js';
import { bigQueryAdmin } from '../../gcp/bigquery/admin.js';
import { bigtableAdmin } from '../../gcp/bigtable/admin.js';
import type { GoogleClients } from '../../gcp/clients.js';
import { pubSubAdmin } from '../../gcp/pubsub/admin.js';
import { spannerAdmin } from '../../gcp/spanner/admin.js';
import { bucketAdmin } from '../../gcp/storage/admin.js';
import { bigtableTables } from '../../schema/bigtable-columns.js';
import { patientVitalsSchema } from '../../schema/read-table-schema.js';
import { vitalsSchemaId } from './service-steps.js';

/** A resource that teardown deletes, with everything in it. */
export interface Deletion {
  service: ServiceName;
  resource: string;
  /** Further things that go with it. */
  contains?: string[];
  apply(): Promise<void>;
}

/** What is removed before what it may be of. */
const REMOVED: readonly StandardService[] = ['bigquery', 'bigtable', 'pubsub', 'spanner', 'storage'];

/** Looks up what of the configured resources exists. Instances of Spanner go only when nothing else is in them. */
export async function planTeardown(
  clients: GoogleClients,
  config: Config,
  only: readonly StandardService[] = REMOVED,
): Promise<Deletion[]> {
  const planners: Record<StandardService, () => Promise<Deletion[]>> = {
    bigquery: planBigQuery,
    bigtable: planBigtable,
    pubsub: planPubSub,
    spanner: planSpanner,
    storage: planStorage,
  };
  const wanted = REMOVED.filter((service) => only.includes(service));
  return (await Promise.all(wanted.map((service) => planners[service]()))).flat();

  async function planStorage(): Promise<Deletion[]> {
    const admin = await bucketAdmin(clients, config);
    if ((await admin.settings()) === undefined) return [];
    return [
      {
        service: 'storage',
        resource: `bucket ${config.storage.bucket}`,
        contains: ['all objects'],
        apply: () => admin.remove(),
      },
    ];
  }

  async function planSpanner(): Promise<Deletion[]> {
    const admin = await spannerAdmin(clients, config);
    if (!(await admin.instanceExists())) return [];
    const databases = await admin.databases();
    const { instance, database } = config.spanner;
    const deletions: Deletion[] = [];
    if (databases.includes(database)) {
      deletions.push({
        service: 'spanner',
        resource: `database ${database}`,
        contains: ['all tables and rows'],
        apply: () => admin.dropDatabase(),
      });
    }
    if (databases.every((name) => name === database)) {
      deletions.push({
        service: 'spanner',
        resource: `instance ${instance}`,
        apply: () => admin.deleteInstance(),
      });
    }
    return deletions;
  }

  async function planPubSub(): Promise<Deletion[]> {
    const admin = await pubSubAdmin(clients, config);
    const { topic, subscription, deadLetterTopic, deadLetterSubscription, alertTopic, alertSubscription } =
      config.pubsub;
    const deletions: Deletion[] = [];
    for (const name of [subscription, deadLetterSubscription, alertSubscription]) {
      if ((await admin.subscription(name)) === undefined) continue;
      deletions.push({
        service: 'pubsub',
        resource: `subscription ${name}`,
        contains: ['messages not yet acknowledged'],
        apply: () => admin.deleteSubscription(name),
      });
    }
    for (const name of [topic, deadLetterTopic, alertTopic]) {
      if (!(await admin.topicExists(name))) continue;
      deletions.push({
        service: 'pubsub',
        resource: `topic ${name}`,
        apply: () => admin.deleteTopic(name),
      });
    }
    const schema = vitalsSchemaId(topic);
    if (await admin.schemaExists(schema)) {
      deletions.push({
        service: 'pubsub',
        resource: `schema ${schema}`,
        apply: () => admin.deleteSchema(schema),
      });
    }
    return deletions;
  }

  async function planBigtable(): Promise<Deletion[]> {
    const admin = await bigtableAdmin(clients, config);
    if (!(await admin.instanceExists())) return [];
    const deletions: Deletion[] = [];
    for (const { name } of Object.values(bigtableTables(patientVitalsSchema(), config.bigtable))) {
      if ((await admin.families(name)) === undefined) continue;
      deletions.push({
        service: 'bigtable',
        resource: `table ${name}`,
        contains: ['all rows'],
        apply: () => admin.deleteTable(name),
      });
    }
    return deletions;
  }

  async function planBigQuery(): Promise<Deletion[]> {
    const admin = await bigQueryAdmin(clients, config);
    if (!(await admin.datasetExists())) return [];
    const tables = await Promise.all(
      (await admin.tables()).map(async (name) => {
        if ((await admin.view(name)) !== undefined) return `view ${name}`;
        return `table ${name} (${(await admin.table(name))?.rows ?? 0} rows)`;
      }),
    );
    return [
      {
        service: 'bigquery',
        resource: `dataset ${config.bigquery.dataset}`,
        contains: [...tables, 'all models'],
        apply: () => admin.deleteDataset(),
      },
    ];
  }
}
