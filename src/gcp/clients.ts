import type { BigQuery } from '@google-cloud/bigquery';
import type { Bigtable } from '@google-cloud/bigtable';
import type { PubSub } from '@google-cloud/pubsub';
import type { Spanner } from '@google-cloud/spanner';
import type { Storage } from '@google-cloud/storage';
import type { Config } from '../config/config.js';
import {
  ENDPOINT_VARIABLES,
  type LocalEndpoints,
  refuseEmulatorVariables,
  requireAnswering,
} from './endpoints.js';

/**
 * The Google clients of one run, each made on first use and at most once. Each client library has its own rule
 * for emulators, so all five rules live here.
 */
export interface GoogleClients {
  spanner(): Promise<Spanner>;
  bigtable(): Promise<Bigtable>;
  pubsub(): Promise<PubSub>;
  bigquery(): Promise<BigQuery>;
  storage(): Promise<Storage>;
  /** True when the clients talk to the local emulators. */
  readonly local: boolean;
  /** Runs when the clients are closed, before the clients themselves: for what a port opened on top of them. */
  onClose(close: () => unknown): void;
  /** Closes what was opened. Safe to call more than once. */
  close(): Promise<void>;
}

/** @param endpoints addresses of the emulators; undefined means Google Cloud. */
export function createGoogleClients(
  config: Config,
  endpoints: LocalEndpoints | undefined,
  env: NodeJS.ProcessEnv,
): GoogleClients {
  if (endpoints === undefined) refuseEmulatorVariables(env);
  else applyLocalEnvironment(endpoints, config.project);

  // The clients would try again for up to a minute before they said that nobody is there.
  const opening = (service: keyof LocalEndpoints) =>
    endpoints && requireAnswering(service, endpoints[service]);
  const opened: (() => unknown)[] = [];
  const projectId = config.project;

  return {
    local: endpoints !== undefined,
    spanner: once(async () => {
      await opening('spanner');
      const { Spanner } = await import('@google-cloud/spanner');
      const client = new Spanner({ projectId });
      opened.push(() => client.close());
      return client;
    }),
    bigtable: once(async () => {
      await opening('bigtable');
      const { Bigtable } = await import('@google-cloud/bigtable');
      // The metrics exporter of the client calls Cloud Monitoring by default.
      const client = new Bigtable({ projectId, metricsEnabled: endpoints === undefined });
      opened.push(() => client.close());
      return client;
    }),
    pubsub: once(async () => {
      await opening('pubsub');
      const { PubSub } = await import('@google-cloud/pubsub');
      const client = new PubSub({ projectId });
      opened.push(() => client.close());
      return client;
    }),
    bigquery: once(async () => {
      await opening('bigquery');
      const { BigQuery } = await import('@google-cloud/bigquery');
      if (endpoints === undefined) return new BigQuery({ projectId, location: config.location });
      // Without credentials an upload through this client never settles, and with them a real token would be
      // sent to the emulator: a pass-through client does neither.
      const { PassThroughClient } = await import('google-auth-library');
      return new BigQuery({
        projectId,
        apiEndpoint: endpoints.bigquery,
        location: config.location,
        authClient: new PassThroughClient() as never,
      });
    }),
    storage: once(async () => {
      await opening('storage');
      const { Storage } = await import('@google-cloud/storage');
      return new Storage({ projectId, ...(endpoints && { apiEndpoint: endpoints.storage }) });
    }),
    onClose: (close) => void opened.unshift(close),
    async close() {
      await Promise.allSettled(opened.splice(0).map((close) => close()));
    },
  };
}

/** The clients read these from the process itself when they are loaded or constructed. */
function applyLocalEnvironment(endpoints: LocalEndpoints, project: string): void {
  const { env } = process;
  env[ENDPOINT_VARIABLES.spanner] = endpoints.spanner;
  env[ENDPOINT_VARIABLES.bigtable] = endpoints.bigtable;
  env[ENDPOINT_VARIABLES.pubsub] = endpoints.pubsub;
  // The BigQuery and Storage clients drop their API prefix when these are set; `apiEndpoint` keeps it.
  delete env[ENDPOINT_VARIABLES.bigquery];
  delete env[ENDPOINT_VARIABLES.storage];
  env.GOOGLE_CLOUD_PROJECT = project;
  env.METADATA_SERVER_DETECTION = 'none';
  env.SPANNER_DISABLE_BUILTIN_METRICS = 'true';
  // The Spanner emulator before 1.5.29 does not mark multiplexed sessions, so the client releases them to a
  // pool that never lent them (ReleaseError).
  env.GOOGLE_CLOUD_SPANNER_MULTIPLEXED_SESSIONS = 'false';
  env.GOOGLE_CLOUD_SPANNER_MULTIPLEXED_SESSIONS_FOR_RW = 'false';
  env.GOOGLE_CLOUD_SPANNER_MULTIPLEXED_SESSIONS_PARTITIONED_OPS = 'false';
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
