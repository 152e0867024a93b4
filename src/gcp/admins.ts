import type { Config } from '../config/config.js';
import { type BigQueryAdmin, bigQueryAdmin } from './bigquery/admin.js';
import { type BigtableAdmin, bigtableAdmin } from './bigtable/admin.js';
import type { GoogleClients } from './clients.js';
import { type PubSubAdmin, pubSubAdmin } from './pubsub/admin.js';
import { type SpannerAdmin, spannerAdmin } from './spanner/admin.js';
import { openSpannerData, type SpannerData } from './spanner/data.js';
import { type BucketAdmin, bucketAdmin } from './storage/admin.js';

/** What looks up and makes the resources of each service; opened when it is used. */
export interface Admins {
  storage(): Promise<BucketAdmin>;
  spanner(): Promise<SpannerAdmin>;
  spannerData(): Promise<SpannerData>;
  pubsub(): Promise<PubSubAdmin>;
  bigtable(): Promise<BigtableAdmin>;
  bigquery(): Promise<BigQueryAdmin>;
}

/** Those of the target. */
export function liveAdmins(clients: GoogleClients, config: Config): Admins {
  return {
    storage: () => bucketAdmin(clients, config),
    spanner: () => spannerAdmin(clients, config),
    spannerData: () => openSpannerData(clients, config),
    pubsub: () => pubSubAdmin(clients, config),
    bigtable: () => bigtableAdmin(clients, config),
    bigquery: () => bigQueryAdmin(clients, config),
  };
}

/** The admins of each service, as far as somebody gives them. */
export type PartialAdmins = {
  [S in keyof Admins]?: Partial<Awaited<ReturnType<Admins[S]>>>;
};

/**
 * Those of a target on which nothing is yet, for plans that are made without looking. What changes something is taken
 * from `makers`, and fails without.
 */
export function absentAdmins(makers: PartialAdmins = {}): Admins {
  const nothing = async () => undefined;
  const no = async () => false;
  const only = async <T>(methods: Partial<T>) => methods as T;
  return {
    storage: () => only<BucketAdmin>({ settings: nothing, ...makers.storage }),
    spanner: () => only<SpannerAdmin>({ instanceExists: no, databaseExists: no, ...makers.spanner }),
    spannerData: () => only<SpannerData>({ ...makers.spannerData }),
    pubsub: () =>
      only<PubSubAdmin>({
        topicExists: no,
        schemaExists: no,
        subscription: nothing,
        ...makers.pubsub,
      }),
    bigtable: () => only<BigtableAdmin>({ instanceExists: no, families: nothing, ...makers.bigtable }),
    bigquery: () =>
      only<BigQueryAdmin>({ datasetExists: no, table: nothing, view: nothing, ...makers.bigquery }),
  };
}
