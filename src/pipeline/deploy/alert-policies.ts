import { yamlText } from '../../core/yaml-text.js';
import type { DeploymentFile, WorkerDeployment } from './worker.js';

/** An AlertPolicy of Cloud Monitoring. https://cloud.google.com/monitoring/api/ref_v3/rest/v3/projects.alertPolicies */
export interface AlertPolicy {
  displayName: string;
  documentation: { content: string; mimeType: 'text/markdown' };
  userLabels: Record<string, string>;
  combiner: 'OR';
  conditions: object[];
  alertStrategy: { autoClose: string };
  notificationChannels?: readonly string[];
}

const OLDEST_MESSAGE_SECONDS = 300;
const WINDOW_SECONDS = 300;
const SILENCE_SECONDS = 600;

/** What somebody has to look at. Metrics: https://cloud.google.com/monitoring/api/metrics_gcp_p_z#gcp-pubsub */
export function alertPolicies({ config }: WorkerDeployment, channels: readonly string[]): AlertPolicy[] {
  const { subscription, topic, deadLetterTopic } = config.pubsub;
  const policy = (name: string, content: string, condition: object): AlertPolicy => ({
    displayName: `healthmon: ${name}`,
    documentation: { content, mimeType: 'text/markdown' },
    userLabels: { app: 'healthmon', component: 'worker' },
    combiner: 'OR',
    conditions: [{ displayName: name, ...condition }],
    alertStrategy: { autoClose: '1800s' },
    ...(channels.length > 0 && { notificationChannels: channels }),
  });
  return [
    policy(
      'readings wait',
      `The oldest message of the subscription ${subscription} has waited for more than five minutes. Do the workers run (\`healthmon doctor\`), do their stores answer, do more of them have to run?`,
      {
        conditionThreshold: {
          filter: ofSubscription('oldest_unacked_message_age', subscription),
          comparison: 'COMPARISON_GT',
          thresholdValue: OLDEST_MESSAGE_SECONDS,
          duration: `${WINDOW_SECONDS}s`,
          aggregations: [{ alignmentPeriod: '60s', perSeriesAligner: 'ALIGN_MAX' }],
          trigger: { count: 1 },
        },
      },
    ),
    policy(
      'readings are put aside',
      `Messages came to the topic ${deadLetterTopic}. \`healthmon dead-letters list\` says why.`,
      {
        conditionThreshold: {
          filter: ofTopic('send_message_operation_count', deadLetterTopic),
          comparison: 'COMPARISON_GT',
          thresholdValue: 0,
          duration: '0s',
          aggregations: [{ alignmentPeriod: `${WINDOW_SECONDS}s`, perSeriesAligner: 'ALIGN_SUM' }],
          trigger: { count: 1 },
        },
      },
    ),
    policy(
      'no readings come',
      `Nothing was published to the topic ${topic} for ten minutes. Are the sensors, and what sends for them, connected?`,
      {
        conditionAbsent: {
          filter: ofTopic('send_message_operation_count', topic),
          duration: `${SILENCE_SECONDS}s`,
          aggregations: [{ alignmentPeriod: '60s', perSeriesAligner: 'ALIGN_SUM' }],
          trigger: { count: 1 },
        },
      },
    ),
  ];
}

function ofSubscription(metric: string, id: string): string {
  return `resource.type = "pubsub_subscription" AND resource.labels.subscription_id = "${id}" AND metric.type = "pubsub.googleapis.com/subscription/${metric}"`;
}

function ofTopic(metric: string, id: string): string {
  return `resource.type = "pubsub_topic" AND resource.labels.topic_id = "${id}" AND metric.type = "pubsub.googleapis.com/topic/${metric}"`;
}

/** One file each, as `gcloud monitoring policies create --policy-from-file` takes them. */
export function alertFiles(deployment: WorkerDeployment, channels: readonly string[]): DeploymentFile[] {
  return alertPolicies(deployment, channels).map((policy) => ({
    path: `alerts/${fileName(policy)}.yaml`,
    text: yamlText(policy),
  }));
}

function fileName({ displayName }: AlertPolicy): string {
  return displayName.slice(displayName.indexOf(' ') + 1).replaceAll(' ', '-');
}
