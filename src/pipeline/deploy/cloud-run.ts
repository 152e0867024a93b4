import { yamlText } from '../../core/yaml-text.js';
import { CLOUD_RUN_GRACE_SECONDS } from './container.js';
import {
  argumentsOf,
  type DeploymentFile,
  labelsOf,
  serviceAccountOf,
  variablesOf,
  WORKER_NAME,
  type WorkerDeployment,
} from './worker.js';

/** A WorkerPool of the Cloud Run Admin API v2. https://cloud.google.com/run/docs/reference/rest/v2/projects.locations.workerPools */
export function workerPool(deployment: WorkerDeployment): object {
  const { config, image, instances, cpu, memoryMiB } = deployment;
  return {
    labels: labelsOf(deployment),
    scaling: { manualInstanceCount: instances },
    template: {
      serviceAccount: serviceAccountOf(deployment),
      containers: [
        {
          name: 'worker',
          image,
          args: argumentsOf(deployment, CLOUD_RUN_GRACE_SECONDS),
          env: variablesOf(deployment, (secret) => ({
            valueSource: {
              secretKeyRef: { secret: `projects/${config.project}/secrets/${secret}`, version: 'latest' },
            },
          })),
          resources: { limits: { cpu: String(cpu), memory: `${memoryMiB}Mi` } },
        },
      ],
    },
  };
}

/** The same for `gcloud run worker-pools replace`, and what scales it by the backlog. */
export function cloudRunFiles(deployment: WorkerDeployment): DeploymentFile[] {
  const { region, image, instances, cpu, memoryMiB } = deployment;
  const manifest = {
    apiVersion: 'run.googleapis.com/v1',
    kind: 'WorkerPool',
    metadata: {
      name: WORKER_NAME,
      labels: { ...labelsOf(deployment), 'cloud.googleapis.com/location': region },
      annotations: {
        'run.googleapis.com/scalingMode': 'manual',
        'run.googleapis.com/manualInstanceCount': String(instances),
      },
    },
    spec: {
      template: {
        spec: {
          serviceAccountName: serviceAccountOf(deployment),
          containers: [
            {
              name: 'worker',
              image,
              args: argumentsOf(deployment, CLOUD_RUN_GRACE_SECONDS),
              env: variablesOf(deployment, (secret) => ({
                valueFrom: { secretKeyRef: { name: secret, key: 'latest' } },
              })),
              resources: { limits: { cpu: String(cpu), memory: `${memoryMiB}Mi` } },
            },
          ],
        },
      },
    },
  };
  return [
    { path: 'cloud-run/worker-pool.yaml', text: yamlText(manifest) },
    { path: 'cloud-run/crema.yaml', text: yamlText(autoscaler(deployment)) },
  ];
}

/**
 * Worker pools have a fixed number of instances; the Cloud Run External Metrics Autoscaler changes it by the backlog.
 * https://cloud.google.com/run/docs/configuring/workerpools/crema-autoscaling
 */
function autoscaler({
  config,
  region,
  instances,
  maxInstances,
  backlogPerInstance,
}: WorkerDeployment): object {
  return {
    apiVersion: 'crema/v1',
    kind: 'CremaConfig',
    spec: {
      pollingInterval: 30,
      triggerAuthentications: [
        { metadata: { name: 'service-account' }, spec: { podIdentity: { provider: 'gcp' } } },
      ],
      scaledObjects: [
        {
          spec: {
            scaleTargetRef: {
              name: `projects/${config.project}/locations/${region}/workerpools/${WORKER_NAME}`,
            },
            minReplicaCount: instances,
            maxReplicaCount: maxInstances,
            triggers: [
              {
                type: 'gcp-pubsub',
                metadata: {
                  subscriptionName: config.pubsub.subscription,
                  mode: 'SubscriptionSize',
                  value: String(backlogPerInstance),
                },
                authenticationRef: { name: 'service-account' },
              },
            ],
            advanced: {
              horizontalPodAutoscalerConfig: {
                behavior: { scaleDown: { stabilizationWindowSeconds: SCALE_DOWN_AFTER_SECONDS } },
              },
            },
          },
        },
      ],
    },
  };
}

/** Figures of the backlog come up to three minutes late. */
export const SCALE_DOWN_AFTER_SECONDS = 300;
