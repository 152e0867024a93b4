import { shellQuoted } from '../../core/shell-quoted.js';
import { type Role, rolesOf } from '../../gcp/access.js';
import type { Binding, ResourceKind } from '../../gcp/iam.js';
import { NAMESPACE } from './kubernetes.js';
import {
  type DeploymentFile,
  type Runtime,
  secretsOf,
  serviceAccountOf,
  WORKER_NAME,
  type WorkerDeployment,
} from './worker.js';

/** What the worker's service account may do: the roles of `healthmon stream`, each on the resource alone. */
export function bindingsOf(deployment: WorkerDeployment, runtime: Runtime): Binding[] {
  const { config } = deployment;
  const account = serviceAccountOf(deployment);
  const member = `serviceAccount:${account}`;
  const bindings: Binding[] = rolesOfWorker(deployment).flatMap(({ role, on }) =>
    resourcesOf(deployment, on).map(([kind, resource]) => ({ kind, resource, role, member })),
  );
  for (const { secret } of runtime === 'cloud-run' ? secretsOf(deployment) : []) {
    bindings.push({
      kind: 'secret',
      resource: `projects/${config.project}/secrets/${secret}`,
      role: 'roles/secretmanager.secretAccessor',
      member,
    });
  }
  if (runtime === 'gke') {
    bindings.push({
      kind: 'serviceAccount',
      resource: `projects/${config.project}/serviceAccounts/${account}`,
      role: 'roles/iam.workloadIdentityUser',
      member: `serviceAccount:${config.project}.svc.id.goog[${NAMESPACE}/${WORKER_NAME}]`,
    });
  }
  return bindings;
}

function rolesOfWorker({ streamOptions }: WorkerDeployment): Role[] {
  const optionValue = (name: string) => {
    const at = streamOptions.findIndex((option) => option === name || option.startsWith(`${name}=`));
    return at < 0 ? undefined : (streamOptions[at]!.split('=')[1] ?? streamOptions[at + 1]);
  };
  const sinks = optionValue('--sink')?.split(',');
  const loads = optionValue('--bigquery-method') === 'load';
  const roles = rolesOf('stream').filter(
    ({ service = '' }) => service === 'pubsub' || sinks === undefined || sinks.includes(service),
  );
  // Files are staged in the bucket and loaded as "healthmon sync" does it.
  const staged = loads ? rolesOf('sync').filter(({ service }) => service !== 'spanner') : [];
  return [...new Map([...roles, ...staged].map((each) => [`${each.role} ${each.on}`, each])).values()];
}

function resourcesOf(
  { config, streamOptions }: WorkerDeployment,
  on: string | undefined,
): (readonly [ResourceKind, string])[] {
  const { project, pubsub, bigtable, bigquery, storage } = config;
  const inProject = (path: string) => `projects/${project}/${path}`;
  switch (on) {
    case 'the subscription':
      return [['subscription', inProject(`subscriptions/${pubsub.subscription}`)]];
    case 'the topic': {
      const topics = [
        pubsub.deadLetterTopic,
        ...(streamOptions.includes('--alerts') ? [pubsub.alertTopic] : []),
      ];
      return topics.map((topic) => ['topic', inProject(`topics/${topic}`)] as const);
    }
    case 'the tables':
      return [bigtable.table, bigtable.nowTable].map(
        (table) => ['bigtableTable', inProject(`instances/${bigtable.instance}/tables/${table}`)] as const,
      );
    case 'the dataset':
      return [['dataset', inProject(`datasets/${bigquery.dataset}`)]];
    case 'the bucket':
      return [['bucket', storage.bucket]];
    case undefined:
      return [['project', `projects/${project}`]];
    default:
      throw new Error(`No resource of the worker is "${on}".`);
  }
}

/** The same as lines of the Google Cloud CLI, for whoever grants by hand. */
export function accessFile(deployment: WorkerDeployment, runtimes: readonly Runtime[]): DeploymentFile {
  const { config } = deployment;
  const bindings = new Map(
    runtimes
      .flatMap((runtime) => bindingsOf(deployment, runtime))
      .map((binding) => [JSON.stringify(binding), binding]),
  );
  const lines = [
    '#!/bin/sh',
    '# The service account of the worker, and no more than it needs. Safe to run again.',
    'set -eu',
    `export CLOUDSDK_CORE_PROJECT=${config.project}`,
    `gcloud iam service-accounts describe ${serviceAccountOf(deployment)} > /dev/null 2>&1 ||`,
    `  gcloud iam service-accounts create ${WORKER_NAME} --display-name="healthmon worker"`,
    ...[...bindings.values()].map(lineOf),
    '',
  ];
  return { path: 'access.sh', text: lines.join('\n') };
}

function lineOf({ kind, resource, role, member }: Binding): string {
  const name = resource.slice(resource.lastIndexOf('/') + 1);
  const who = `--member=${shellQuoted(member)} --role=${role}`;
  switch (kind) {
    case 'project':
      return `gcloud projects add-iam-policy-binding ${name} ${who} --condition=None`;
    case 'subscription':
      return `gcloud pubsub subscriptions add-iam-policy-binding ${name} ${who}`;
    case 'topic':
      return `gcloud pubsub topics add-iam-policy-binding ${name} ${who}`;
    case 'bigtableTable':
      return `gcloud bigtable tables add-iam-policy-binding ${name} --instance=${resource.split('/')[3]} ${who}`;
    case 'dataset': {
      const statement = `GRANT \`${role}\` ON SCHEMA \`${name}\` TO "${member}"`;
      return `bq query --use_legacy_sql=false ${shellQuoted(statement)}`;
    }
    case 'bucket':
      return `gcloud storage buckets add-iam-policy-binding gs://${name} ${who}`;
    case 'secret':
      return `gcloud secrets add-iam-policy-binding ${name} ${who}`;
    case 'serviceAccount':
      return `gcloud iam service-accounts add-iam-policy-binding ${name} ${who}`;
  }
}
