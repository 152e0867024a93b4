import type { BigQuery } from '@google-cloud/bigquery';
import type { Bigtable } from '@google-cloud/bigtable';
import type {
  FlexTemplatesServiceClient,
  JobsV1Beta3Client,
  MessagesV1Beta3Client,
  MetricsV1Beta3Client,
} from '@google-cloud/dataflow';
import type { PubSub } from '@google-cloud/pubsub';
import type { Spanner } from '@google-cloud/spanner';
import type { Storage } from '@google-cloud/storage';
import type { Config } from '../config/config.js';
import { type Implementation, SERVICES, type ServiceName } from '../core/services.js';
import { type FindEmulator, refuseEmulatorVariables, requireAnswering } from './endpoints.js';

/** The API of Dataflow has a client for each part of it. */
export interface DataflowClients {
  flexTemplates: FlexTemplatesServiceClient;
  jobs: JobsV1Beta3Client;
  messages: MessagesV1Beta3Client;
  metrics: MetricsV1Beta3Client;
}

/**
 * The Google clients of one run, each made on first use and at most once. Each client library has its own rule
 * for emulators, so all their rules live here.
 */
export interface GoogleClients {
  spanner(): Promise<Spanner>;
  bigtable(): Promise<Bigtable>;
  pubsub(): Promise<PubSub>;
  bigquery(): Promise<BigQuery>;
  storage(): Promise<Storage>;
  dataflow(): Promise<DataflowClients>;
  /** True when the clients talk to the local emulators. */
  readonly local: boolean;
  /** Which emulator stands in for the service, for what only one of them needs; undefined on Google Cloud. */
  implementationOf(service: ServiceName): Promise<Implementation | undefined>;
  /** Runs when the clients are closed, before the clients themselves: for what a port opened on top of them. */
  onClose(close: () => unknown): void;
  /** Closes what was opened. Safe to call more than once. */
  close(): Promise<void>;
}

/** @param emulatorOf finds the emulators, asked when a client is first used; undefined means Google Cloud. */
export function createGoogleClients(
  config: Config,
  emulatorOf: FindEmulator | undefined,
  env: NodeJS.ProcessEnv,
): GoogleClients {
  if (emulatorOf === undefined) refuseEmulatorVariables(env);
  else applyLocalEnvironment(config.project);

  // The clients would try again for up to a minute before they said that nobody is there.
  const opening = async (service: ServiceName) => {
    const emulator = await emulatorOf?.(service);
    if (emulator !== undefined) await requireAnswering(service, emulator.endpoint);
    return emulator;
  };
  /** For clients that find an emulator by nothing but the variable in the process itself. */
  const openingByVariable = async (service: ServiceName) => {
    const emulator = await opening(service);
    const { env: variables } = process;
    if (emulator !== undefined) variables[SERVICES[service].hostVariable] = emulator.endpoint;
    return emulator;
  };
  const opened: (() => unknown)[] = [];
  const projectId = config.project;

  return {
    local: emulatorOf !== undefined,
    implementationOf: async (service) => (await emulatorOf?.(service))?.implementation,
    spanner: once(async () => {
      const emulator = await openingByVariable('spanner');
      if (emulator?.implementation === 'official') avoidMultiplexedSessions();
      const { Spanner } = await import('@google-cloud/spanner');
      const client = new Spanner({ projectId });
      opened.push(() => client.close());
      return client;
    }),
    bigtable: once(async () => {
      await openingByVariable('bigtable');
      const { Bigtable } = await import('@google-cloud/bigtable');
      // The metrics exporter of the client calls Cloud Monitoring by default.
      const client = new Bigtable({ projectId, metricsEnabled: emulatorOf === undefined });
      opened.push(() => client.close());
      return client;
    }),
    pubsub: once(async () => {
      await openingByVariable('pubsub');
      const { PubSub } = await import('@google-cloud/pubsub');
      const client = new PubSub({ projectId });
      opened.push(() => client.close());
      return client;
    }),
    bigquery: once(async () => {
      const emulator = await opening('bigquery');
      const { BigQuery } = await import('@google-cloud/bigquery');
      if (emulator === undefined) return new BigQuery({ projectId, location: config.location });
      // Without credentials an upload through this client never settles, and with them a real token would be
      // sent to the emulator: a pass-through client does neither.
      const { PassThroughClient } = await import('google-auth-library');
      return new BigQuery({
        projectId,
        apiEndpoint: emulator.endpoint,
        location: config.location,
        authClient: new PassThroughClient() as never,
      });
    }),
    storage: once(async () => {
      const emulator = await opening('storage');
      const { Storage } = await import('@google-cloud/storage');
      return new Storage({ projectId, ...(emulator && { apiEndpoint: emulator.endpoint }) });
    }),
    dataflow: once(async () => {
      const emulator = await opening('dataflow');
      const library = await import('@google-cloud/dataflow');
      const options = { projectId, ...(emulator && (await restOptions(emulator.endpoint))) };
      const made = {
        flexTemplates: new library.FlexTemplatesServiceClient(options),
        jobs: new library.JobsV1Beta3Client(options),
        messages: new library.MessagesV1Beta3Client(options),
        metrics: new library.MetricsV1Beta3Client(options),
      };
      for (const client of Object.values(made)) opened.push(() => client.close());
      return made;
    }),
    onClose: (close) => void opened.unshift(close),
    async close() {
      await Promise.allSettled(opened.splice(0).map((close) => close()));
    },
  };
}

/** Of a generated client that shall speak REST to an address, without credentials. */
async function restOptions(endpoint: string) {
  const { PassThroughClient } = await import('google-auth-library');
  const { hostname, port } = new URL(endpoint);
  const authClient = new PassThroughClient() as never;
  return { fallback: true, protocol: 'http', apiEndpoint: hostname, port: Number(port), authClient };
}

/** The clients read these from the process itself when they are loaded or constructed. */
function applyLocalEnvironment(project: string): void {
  const { env } = process;
  // The BigQuery and Storage clients drop their API prefix when these are set; `apiEndpoint` keeps it.
  delete env[SERVICES.bigquery.hostVariable];
  delete env[SERVICES.storage.hostVariable];
  env.GOOGLE_CLOUD_PROJECT = project;
  env.METADATA_SERVER_DETECTION = 'none';
  env.SPANNER_DISABLE_BUILTIN_METRICS = 'true';
}

/**
 * Google's Spanner emulator before 1.5.29 does not mark multiplexed sessions, so the client releases them to a pool
 * that never lent them (ReleaseError).
 */
function avoidMultiplexedSessions(): void {
  const { env } = process;
  env.GOOGLE_CLOUD_SPANNER_MULTIPLEXED_SESSIONS = 'false';
  env.GOOGLE_CLOUD_SPANNER_MULTIPLEXED_SESSIONS_FOR_RW = 'false';
  env.GOOGLE_CLOUD_SPANNER_MULTIPLEXED_SESSIONS_PARTITIONED_OPS = 'false';
}

/** What could not be made is tried again by the next who asks. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make().catch((error) => {
      made = undefined;
      throw error;
    });
    return made;
  };
}
