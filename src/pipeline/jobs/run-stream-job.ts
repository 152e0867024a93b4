import { HealthmonError, usageError } from '../../errors/healthmon-error.js';
import type { DataflowPort, Job, JobEnvironment, JobLaunch } from '../../gcp/dataflow/port.js';
import { pubSubAdmin } from '../../gcp/pubsub/admin.js';
import { storagePort } from '../../gcp/storage/port.js';
import { PLAIN_SUBSCRIPTION } from '../provision/service-steps.js';
import { followJob, JOB_LABEL, type JobTools, openJobs } from './jobs.js';
import { type RenderedJob, type RenderStreamInput, renderStream } from './render-stream.js';

/** The machines of a job, and what launches it. */
export interface Machines {
  /** Default: the location of the settings. */
  region: string | undefined;
  workers: number;
  maxWorkers: number;
  machineType: string;
  serviceAccount: string | undefined;
  network: string | undefined;
  subnetwork: string | undefined;
  privateIp: boolean;
  /** Folder of Google's templates; on Google Cloud there must be one. */
  templateVersion: string | undefined;
}

export interface RunStreamInput
  extends Machines,
    Pick<RenderStreamInput, 'subscription' | 'timeZone' | 'retentionMs'> {
  name: string;
  /** Takes the place of the running job of this name. */
  update: boolean;
  validateOnly: boolean;
  wait: 'running' | 'none';
}

export interface RunResult {
  /** Null when the job was only checked. */
  jobId: string | null;
  name: string;
  region: string;
  state: string | null;
  template: string;
  /** Where the text lies in Cloud Storage. */
  pipeline: string;
  /** The job that it takes the place of. */
  oldJobId: string | null;
  consoleUrl: string | null;
}

/** What a launch asks for, before anything is written. */
export function planLaunch(
  { config, clients }: Pick<JobTools, 'config'> & { clients: { local: boolean } },
  input: RunStreamInput,
): { job: RenderedJob; object: string; launch: JobLaunch } {
  const region = input.region ?? config.location;
  const job = renderStream(config, { ...input, source: 'native', idleTimeoutMs: 0 });
  const { bucket } = config.storage;
  const object = `jobs/${job.sha256}.yaml`;
  const environment: JobEnvironment = {
    tempLocation: `gs://${bucket}/jobs/temp`,
    stagingLocation: `gs://${bucket}/jobs/staging`,
    numWorkers: input.workers,
    maxWorkers: input.maxWorkers,
    machineType: input.machineType,
    serviceAccountEmail: input.serviceAccount,
    network: input.network,
    subnetwork: input.subnetwork,
    ipConfiguration: input.privateIp ? 'WORKER_IP_PRIVATE' : undefined,
    enableStreamingEngine: true,
    // Both stores take a reading twice without harm.
    streamingMode: 'STREAMING_MODE_AT_LEAST_ONCE',
    additionalUserLabels: { ...JOB_LABEL, kind: 'stream', decoder: decoderLabel(job.decoder) },
  };
  const template = `gs://dataflow-templates-${region}/${templateVersion(input, clients.local)}/flex/Yaml_Template`;
  return {
    job,
    object,
    launch: {
      name: input.name,
      template,
      parameters: { yaml_pipeline_file: `gs://${bucket}/${object}` },
      environment: JSON.parse(JSON.stringify(environment)) as JobEnvironment,
      update: input.update,
      validateOnly: input.validateOnly,
    },
  };
}

/** Labels take 63 characters. */
export function decoderLabel(sha256: string): string {
  return sha256.slice(0, 16);
}

/** `latest` brings another Beam from one day to the next. */
function templateVersion({ templateVersion, region }: RunStreamInput, local: boolean): string {
  if (templateVersion !== undefined) return templateVersion;
  if (local) return 'local';
  throw usageError({
    code: 'template-version-missing',
    message: 'No version of Google’s template is given, and the latest one changes by itself.',
    suggestion: `Give --template-version, one of those that "gcloud storage ls gs://dataflow-templates-${region ?? 'REGION'}" lists.`,
  });
}

/** Launches the streaming job, once, and follows it until it runs. */
export async function runStreamJob(
  input: RunStreamInput,
  tools: JobTools,
  onState: (state: string) => void,
): Promise<RunResult> {
  const { clients, config } = tools;
  const { job, object, launch } = planLaunch(tools, input);
  const port = await openJobs(tools, input.region);
  const active = await port.jobs('active', input.name);
  checkName(input, active);
  await ensureSubscription(input.subscription, tools);
  const storage = await storagePort(clients, config);
  // Its name is made of what it holds, so one that is there is the same.
  if (!input.validateOnly) await storage.writeText(object, job.text, '0');
  const launched = await port.launch(launch);
  const region = input.region ?? config.location;
  const shown = launched === undefined ? undefined : await shownState(launched, port, input, tools, onState);
  return {
    jobId: shown?.id ?? null,
    name: input.name,
    region,
    state: shown?.state ?? null,
    template: launch.template,
    pipeline: launch.parameters.yaml_pipeline_file!,
    oldJobId: input.update ? (active[0]?.id ?? null) : null,
    consoleUrl:
      clients.local || shown === undefined
        ? null
        : `https://console.cloud.google.com/dataflow/jobs/${region}/${shown.id}?project=${config.project}`,
  };
}

function shownState(
  launched: Job,
  port: DataflowPort,
  { wait }: RunStreamInput,
  tools: JobTools,
  onState: (state: string) => void,
): Promise<Job> | Job {
  if (wait === 'none') return launched;
  return followJob(port, launched, ({ state }) => state === 'RUNNING', tools, onState);
}

function checkName({ name, update }: RunStreamInput, active: readonly Job[]): void {
  const [job] = active;
  if (job !== undefined && !update) {
    throw usageError({
      code: 'job-name-taken',
      message: `A job named ${name} runs already: ${job.id}.`,
      suggestion: `Run "healthmon jobs update" to replace it, "healthmon jobs drain ${job.id}" to end it, or give another --job-name.`,
    });
  }
  if (job === undefined && update) {
    throw usageError({
      code: 'job-not-found',
      message: `No job named ${name} runs.`,
      suggestion: 'Run "healthmon jobs run stream".',
    });
  }
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
