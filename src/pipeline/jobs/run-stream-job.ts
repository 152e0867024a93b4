import { HealthmonError } from '../../errors/healthmon-error.js';
import { pubSubAdmin } from '../../gcp/pubsub/admin.js';
import { PLAIN_SUBSCRIPTION } from '../provision/service-steps.js';
import type { RenderedJob } from './job-text.js';
import type { JobTools, LaunchTools } from './jobs.js';
import { type LaunchInput, type LaunchResult, launchJob } from './launch.js';
import { type RenderStreamInput, renderStream } from './render-stream.js';

export interface RunStreamInput
  extends LaunchInput,
    Pick<RenderStreamInput, 'subscription' | 'timeZone' | 'retentionMs'> {
  wait: 'running' | 'none';
}

/** The text of the job that a launch is for. */
export function streamJob({ config }: Pick<JobTools, 'config'>, input: RunStreamInput): RenderedJob {
  return renderStream(config, { ...input, source: 'native', idleTimeoutMs: 0 });
}

/** Launches the streaming job, once, and follows it until it runs. */
export function runStreamJob(
  input: RunStreamInput,
  tools: LaunchTools,
  onState: (state: string) => void,
): Promise<LaunchResult> {
  return launchJob(
    input,
    streamJob(tools, input),
    tools,
    () => ensureSubscription(input.subscription, tools),
    input.wait === 'running' ? ({ state }) => state === 'RUNNING' : undefined,
    onState,
  );
}

async function ensureSubscription(name: string, { clients, config }: JobTools): Promise<void> {
  const admin = await pubSubAdmin(clients, config);
  const found = await admin.subscription(name);
  if (found === undefined) {
    await admin.createSubscription(name, config.pubsub.topic, PLAIN_SUBSCRIPTION);
  } else if (found.deadLetterTopic !== undefined) {
    throw new HealthmonError({
      code: 'subscription-unfit',
      message: `The subscription ${name} has a dead-letter policy, which Dataflow does not keep to.`,
      detail: 'Messages that a job holds for long would be put aside unread.',
      suggestion: 'Give another --subscription; it is created when it is not there.',
    });
  }
}
