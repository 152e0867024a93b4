import { yamlText } from '../../core/yaml-text.js';
import { SCALE_DOWN_AFTER_SECONDS } from './cloud-run.js';
import {
  argumentsOf,
  type DeploymentFile,
  labelsOf,
  METRICS_PORT,
  serviceAccountOf,
  variablesOf,
  WORKER_NAME,
  type WorkerDeployment,
} from './worker.js';

export const NAMESPACE = 'healthmon';
const GRACE_SECONDS = 30;
/** The user "nonroot" of the distroless images. */
const USER_ID = 65_532;

/** Manifests for GKE, each its own document. */
export function kubernetesFiles(deployment: WorkerDeployment): DeploymentFile[] {
  const documents = [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } },
    {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: {
        ...metadata(deployment),
        annotations: { 'iam.gke.io/gcp-service-account': serviceAccountOf(deployment) },
      },
    },
    workload(deployment),
    autoscaler(deployment),
    {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: metadata(deployment),
      spec: { maxUnavailable: 1, selector: selector() },
    },
    {
      apiVersion: 'monitoring.googleapis.com/v1',
      kind: 'PodMonitoring',
      metadata: metadata(deployment),
      spec: { selector: selector(), endpoints: [{ port: 'metrics', interval: '30s' }] },
    },
  ];
  return [{ path: 'gke/worker.yaml', text: documents.map((document) => yamlText(document)).join('---\n') }];
}

function metadata(deployment: WorkerDeployment) {
  return {
    name: WORKER_NAME,
    namespace: NAMESPACE,
    labels: { 'app.kubernetes.io/name': WORKER_NAME, ...labelsOf(deployment) },
  };
}

function selector() {
  return { matchLabels: { 'app.kubernetes.io/name': WORKER_NAME } };
}

function workload(deployment: WorkerDeployment): object {
  const { image, cpu, memoryMiB } = deployment;
  const metrics = ['--metrics-port', String(METRICS_PORT), '--metrics-host', '0.0.0.0'];
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: metadata(deployment),
    spec: {
      selector: selector(),
      template: {
        metadata: { labels: metadata(deployment).labels },
        spec: {
          serviceAccountName: WORKER_NAME,
          terminationGracePeriodSeconds: GRACE_SECONDS,
          securityContext: {
            runAsNonRoot: true,
            runAsUser: USER_ID,
            runAsGroup: USER_ID,
            fsGroup: USER_ID,
            seccompProfile: { type: 'RuntimeDefault' },
          },
          containers: [
            {
              name: 'worker',
              image,
              args: [...argumentsOf(deployment, GRACE_SECONDS), ...metrics],
              env: [
                // Probes and Prometheus call the pod by its address, which the worker has to know as its own.
                { name: 'POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
                { name: 'HEALTHMON_ALLOWED_HOSTS', value: '$(POD_IP)' },
                ...variablesOf(deployment, (secret) => ({
                  valueFrom: { secretKeyRef: { name: secret, key: 'value' } },
                })),
              ],
              ports: [{ name: 'metrics', containerPort: METRICS_PORT }],
              livenessProbe: { httpGet: { path: '/healthz', port: 'metrics' }, periodSeconds: 10 },
              readinessProbe: { httpGet: { path: '/readyz', port: 'metrics' }, periodSeconds: 10 },
              resources: {
                requests: { cpu: String(cpu), memory: `${memoryMiB}Mi` },
                limits: { memory: `${memoryMiB}Mi` },
              },
              securityContext: {
                allowPrivilegeEscalation: false,
                readOnlyRootFilesystem: true,
                capabilities: { drop: ['ALL'] },
              },
              volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
            },
          ],
          volumes: [{ name: 'tmp', emptyDir: {} }],
        },
      },
    },
  };
}

/** Needs the Custom Metrics Adapter. https://cloud.google.com/kubernetes-engine/docs/tutorials/autoscaling-metrics */
function autoscaler(deployment: WorkerDeployment): object {
  const { config, instances, maxInstances, backlogPerInstance } = deployment;
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: metadata(deployment),
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: WORKER_NAME },
      minReplicas: instances,
      maxReplicas: maxInstances,
      metrics: [
        {
          type: 'External',
          external: {
            metric: {
              name: 'pubsub.googleapis.com|subscription|num_undelivered_messages',
              selector: { matchLabels: { 'resource.labels.subscription_id': config.pubsub.subscription } },
            },
            target: { type: 'AverageValue', averageValue: String(backlogPerInstance) },
          },
        },
      ],
      behavior: { scaleDown: { stabilizationWindowSeconds: SCALE_DOWN_AFTER_SECONDS } },
    },
  };
}
