import type { ServiceName } from '../core/services.js';

/** Google APIs that the pipeline calls, by what they are named after `gcloud services enable`. */
export const APIS = [
  'storage.googleapis.com',
  'spanner.googleapis.com',
  'pubsub.googleapis.com',
  'bigtable.googleapis.com',
  'bigtableadmin.googleapis.com',
  'bigquery.googleapis.com',
  'dataflow.googleapis.com',
  'aiplatform.googleapis.com',
] as const;

/** What most do without: the APIs and the commands that call them. */
export const OPTIONAL: readonly string[] = ['aiplatform.googleapis.com', 'models register'];

interface Grant {
  /** Undefined for what no command talks to but by its REST API. */
  service?: ServiceName;
  /** The narrowest predefined role that holds all of the permissions. */
  role: string;
  permissions: readonly string[];
  /** What the role can be granted on instead of the whole project. */
  on?: string;
}

/**
 * What is granted together. Contents of the roles: https://cloud.google.com/iam/docs/roles-permissions, where each
 * service has a page.
 */
const GRANTS = {
  manageBuckets: {
    service: 'storage',
    role: 'roles/storage.admin',
    permissions: [
      'storage.buckets.create',
      'storage.buckets.get',
      'storage.buckets.update',
      'storage.buckets.delete',
      'storage.objects.list',
      'storage.objects.delete',
    ],
  },
  writeObjects: {
    service: 'storage',
    role: 'roles/storage.objectUser',
    permissions: [
      'storage.objects.create',
      'storage.objects.get',
      'storage.objects.list',
      'storage.objects.delete',
    ],
    on: 'the bucket',
  },
  manageSpanner: {
    service: 'spanner',
    role: 'roles/spanner.admin',
    permissions: [
      'spanner.instances.create',
      'spanner.instances.get',
      'spanner.instances.delete',
      'spanner.databases.create',
      'spanner.databases.get',
      'spanner.databases.list',
      'spanner.databases.updateDdl',
      'spanner.databases.drop',
    ],
  },
  findSpanner: {
    service: 'spanner',
    role: 'roles/spanner.viewer',
    permissions: ['spanner.databases.get'],
    on: 'the database',
  },
  readSpanner: {
    service: 'spanner',
    role: 'roles/spanner.databaseReader',
    permissions: [
      'spanner.databases.beginReadOnlyTransaction',
      'spanner.databases.read',
      'spanner.databases.select',
      'spanner.sessions.create',
      'spanner.sessions.delete',
    ],
    on: 'the database',
  },
  writeSpanner: {
    service: 'spanner',
    role: 'roles/spanner.databaseUser',
    permissions: [
      'spanner.databases.beginOrRollbackReadWriteTransaction',
      'spanner.databases.beginPartitionedDmlTransaction',
      'spanner.databases.write',
    ],
    on: 'the database',
  },
  managePubSub: {
    service: 'pubsub',
    // Only the administrator may let Pub/Sub itself forward to the dead-letter topic.
    role: 'roles/pubsub.admin',
    permissions: [
      'pubsub.topics.create',
      'pubsub.topics.get',
      'pubsub.topics.delete',
      'pubsub.topics.attachSubscription',
      'pubsub.topics.getIamPolicy',
      'pubsub.topics.setIamPolicy',
      'pubsub.subscriptions.create',
      'pubsub.subscriptions.get',
      'pubsub.subscriptions.update',
      'pubsub.subscriptions.delete',
      'pubsub.subscriptions.getIamPolicy',
      'pubsub.subscriptions.setIamPolicy',
    ],
  },
  publish: {
    service: 'pubsub',
    role: 'roles/pubsub.publisher',
    permissions: ['pubsub.topics.publish'],
    on: 'the topic',
  },
  consume: {
    service: 'pubsub',
    role: 'roles/pubsub.subscriber',
    permissions: ['pubsub.subscriptions.consume'],
    on: 'the subscription',
  },
  findSubscription: {
    service: 'pubsub',
    role: 'roles/pubsub.viewer',
    permissions: ['pubsub.subscriptions.get'],
    on: 'the subscription',
  },
  manageBigtable: {
    service: 'bigtable',
    role: 'roles/bigtable.admin',
    permissions: [
      'bigtable.instances.create',
      'bigtable.instances.get',
      'bigtable.clusters.create',
      'bigtable.tables.create',
      'bigtable.tables.get',
      'bigtable.tables.update',
      'bigtable.tables.delete',
    ],
  },
  writeBigtable: {
    service: 'bigtable',
    role: 'roles/bigtable.user',
    permissions: [
      'bigtable.tables.get',
      'bigtable.tables.readRows',
      'bigtable.tables.mutateRows',
      'bigtable.tables.checkAndMutateRow',
    ],
    on: 'the tables',
  },
  readBigtable: {
    service: 'bigtable',
    role: 'roles/bigtable.reader',
    permissions: ['bigtable.tables.readRows'],
    on: 'the tables',
  },
  runJobs: {
    service: 'bigquery',
    role: 'roles/bigquery.jobUser',
    permissions: ['bigquery.jobs.create'],
  },
  manageDatasets: {
    service: 'bigquery',
    role: 'roles/bigquery.dataOwner',
    permissions: [
      'bigquery.datasets.create',
      'bigquery.datasets.get',
      'bigquery.datasets.delete',
      'bigquery.tables.create',
      'bigquery.tables.get',
      'bigquery.tables.list',
      'bigquery.tables.update',
      'bigquery.tables.delete',
    ],
  },
  readTables: {
    service: 'bigquery',
    role: 'roles/bigquery.dataViewer',
    permissions: ['bigquery.datasets.get', 'bigquery.tables.get', 'bigquery.tables.getData'],
    on: 'the dataset',
  },
  readModels: {
    service: 'bigquery',
    role: 'roles/bigquery.dataViewer',
    permissions: ['bigquery.models.getData', 'bigquery.models.getMetadata'],
    on: 'the dataset',
  },
  writeTables: {
    service: 'bigquery',
    role: 'roles/bigquery.dataEditor',
    permissions: ['bigquery.tables.create', 'bigquery.tables.update', 'bigquery.tables.updateData'],
    on: 'the dataset',
  },
  writeModels: {
    service: 'bigquery',
    role: 'roles/bigquery.dataEditor',
    permissions: ['bigquery.models.create', 'bigquery.models.updateData', 'bigquery.models.updateMetadata'],
    on: 'the dataset',
  },
  deleteModels: {
    service: 'bigquery',
    role: 'roles/bigquery.dataEditor',
    permissions: ['bigquery.models.list', 'bigquery.models.delete'],
    on: 'the dataset',
  },
  sharePubSub: {
    role: 'roles/pubsub.admin',
    permissions: [
      'pubsub.topics.getIamPolicy',
      'pubsub.topics.setIamPolicy',
      'pubsub.subscriptions.getIamPolicy',
      'pubsub.subscriptions.setIamPolicy',
    ],
  },
  shareBigtable: {
    role: 'roles/bigtable.admin',
    permissions: ['bigtable.tables.getIamPolicy', 'bigtable.tables.setIamPolicy'],
  },
  shareDataset: {
    role: 'roles/bigquery.dataOwner',
    permissions: ['bigquery.datasets.get', 'bigquery.datasets.update'],
    on: 'the dataset',
  },
  createAccounts: {
    role: 'roles/iam.serviceAccountCreator',
    permissions: ['iam.serviceAccounts.create'],
  },
  actAsWorker: {
    role: 'roles/iam.serviceAccountUser',
    permissions: ['iam.serviceAccounts.actAs'],
    on: 'the service account of the worker',
  },
  manageAlerts: {
    role: 'roles/monitoring.alertPolicyEditor',
    permissions: [
      'monitoring.alertPolicies.create',
      'monitoring.alertPolicies.list',
      'monitoring.alertPolicies.update',
    ],
  },
  manageWorkerPools: {
    role: 'roles/run.developer',
    permissions: [
      'run.workerpools.create',
      'run.workerpools.get',
      'run.workerpools.update',
      'run.operations.get',
    ],
  },
  launchJobs: {
    service: 'dataflow',
    role: 'roles/dataflow.developer',
    permissions: [
      'dataflow.jobs.create',
      'dataflow.jobs.get',
      'dataflow.jobs.list',
      'dataflow.jobs.updateContents',
      'dataflow.jobs.cancel',
      'dataflow.messages.list',
      'dataflow.metrics.get',
    ],
  },
  createSubscriptions: {
    service: 'pubsub',
    role: 'roles/pubsub.editor',
    permissions: [
      'pubsub.subscriptions.create',
      'pubsub.subscriptions.get',
      'pubsub.topics.attachSubscription',
    ],
  },
  /** BigQuery adds models to the registry in the name of who asks; https://docs.cloud.google.com/bigquery/docs/managing-models-vertex */
  registerModels: {
    role: 'roles/aiplatform.admin',
    permissions: ['aiplatform.models.upload', 'aiplatform.models.get'],
  },
} as const satisfies Record<string, Grant>;

type GrantName = keyof typeof GRANTS;

/** What each command that works on Google Cloud needs. */
const NEEDS: Readonly<Record<string, readonly GrantName[]>> = {
  provision: [
    'manageBuckets',
    'manageSpanner',
    'readSpanner',
    'managePubSub',
    'manageBigtable',
    'manageDatasets',
  ],
  teardown: ['manageBuckets', 'manageSpanner', 'managePubSub', 'manageBigtable', 'manageDatasets'],
  load: ['writeObjects', 'findSpanner', 'readSpanner', 'writeSpanner'],
  simulate: ['publish'],
  stream: ['consume', 'findSubscription', 'publish', 'writeBigtable', 'readTables', 'writeTables'],
  deploy: [
    'createAccounts',
    'sharePubSub',
    'shareBigtable',
    'shareDataset',
    'manageAlerts',
    'actAsWorker',
    'manageWorkerPools',
  ],
  patient: ['findSpanner', 'readSpanner', 'readBigtable', 'runJobs', 'readTables', 'readModels'],
  ward: ['readBigtable', 'findSpanner', 'readSpanner'],
  watch: ['readBigtable', 'findSpanner', 'readSpanner'],
  dashboard: [
    'readBigtable',
    'findSpanner',
    'readSpanner',
    'runJobs',
    'readTables',
    'readModels',
    'consume',
    'findSubscription',
  ],
  alerts: ['runJobs', 'readTables'],
  looker: ['readTables'],
  'dead-letters': ['consume', 'findSubscription', 'publish'],
  sync: ['findSpanner', 'readSpanner', 'writeObjects', 'runJobs', 'readTables', 'writeTables'],
  join: ['runJobs', 'readTables', 'writeTables'],
  train: ['runJobs', 'readTables', 'readModels', 'writeModels', 'writeTables'],
  evaluate: ['runJobs', 'readTables', 'readModels', 'writeTables'],
  predict: ['runJobs', 'readTables', 'readModels', 'writeTables'],
  models: ['runJobs', 'readTables', 'readModels', 'writeModels', 'deleteModels', 'writeTables'],
  'models register': ['runJobs', 'readTables', 'readModels', 'writeModels', 'writeTables', 'registerModels'],
  query: ['runJobs', 'readTables'],
  jobs: ['launchJobs', 'createSubscriptions', 'writeObjects'],
  'jobs run load': ['launchJobs', 'writeObjects', 'findSpanner', 'readSpanner'],
  'jobs verify load': [
    'launchJobs',
    'manageBuckets',
    'writeObjects',
    'manageSpanner',
    'readSpanner',
    'writeSpanner',
  ],
  'jobs verify stream': [
    ...['launchJobs', 'manageBuckets', 'writeObjects', 'managePubSub', 'manageBigtable'],
    ...['manageDatasets', 'publish', 'consume', 'writeBigtable', 'runJobs', 'readTables', 'writeTables'],
  ] as GrantName[],
};

/** A permission that a command needs, and the role that gives it. */
export interface Need {
  permission: string;
  role: string;
  /** The resource on which the role is enough; undefined when it must be granted on the project. */
  on: string | undefined;
}

/** What each command needs on Google Cloud, in the order of the pipeline. */
export function commandNeeds(): { command: string; needs: Need[] }[] {
  return Object.entries(NEEDS).map(([command, grants]) => {
    const needs = new Map<string, Need>();
    for (const name of grants) {
      const { role, permissions, on }: Grant = GRANTS[name];
      for (const permission of permissions) {
        if (!needs.has(permission)) needs.set(permission, { permission, role, on });
      }
    }
    return { command, needs: [...needs.values()] };
  });
}

/**
 * The services that a command needs in any case; what its options ask for besides is opened when it is used.
 * @param command as typed: `dead-letters list` needs what `dead-letters` does.
 */
export function servicesOf(command: string): ServiceName[] {
  const grants = NEEDS[command] ?? NEEDS[command.split(' ')[0]!] ?? [];
  return [...new Set(grants.flatMap((name) => (GRANTS[name] as Grant).service ?? []))];
}

/** A predefined role, and the kind of resource on which it is enough; undefined when it must be the project. */
export interface Role {
  service: ServiceName | undefined;
  role: string;
  on: string | undefined;
}

/** The roles that a command needs, each once. */
export function rolesOf(command: string): Role[] {
  const roles = new Map<string, Role>();
  for (const name of NEEDS[command] ?? []) {
    const { service, role, on }: Grant = GRANTS[name];
    roles.set(`${role} ${on}`, { service, role, on });
  }
  return [...roles.values()];
}
