import { usageError } from '../../errors/healthmon-error.js';
import type { Job, JobEnvironment, JobLaunch } from '../../gcp/dataflow/port.js';
import { storagePort } from '../../gcp/storage/port.js';
import type { RenderedJob } from './job-text.js';
import { followJob, JOB_LABEL, type JobTools, type LaunchTools, openJobs } from './jobs.js';

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
  /** Folder of Google's templates; default: that of the settings. On Google Cloud there must be one. */
  templateVersion: string | undefined;
}

export interface LaunchInput extends Machines {
  name: string;
  /** Takes the place of the running job of this name. */
  update: boolean;
  validateOnly: boolean;
}

export interface LaunchResult {
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
  input: LaunchInput,
  job: RenderedJob,
): { object: string; launch: JobLaunch } {
  const region = input.region ?? config.location;
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
    // Both stores take a reading twice without harm.
    ...(job.kind === 'stream' && {
      enableStreamingEngine: true,
      streamingMode: 'STREAMING_MODE_AT_LEAST_ONCE',
    }),
    additionalUserLabels: { ...JOB_LABEL, kind: job.kind, decoder: decoderLabel(job.decoder) },
  };
  return {
    object,
    launch: {
      name: input.name,
      template: `gs://dataflow-templates-${region}/${templateVersion(input, config, clients.local)}/flex/Yaml_Template`,
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
function templateVersion(
  { templateVersion, region }: Machines,
  { jobs, location }: JobTools['config'],
  local: boolean,
): string {
  const version = templateVersion ?? jobs.templateVersion;
  if (version !== '') return version;
  if (local) return 'local';
  throw usageError({
    code: 'template-version-missing',
    message: 'No version of Google’s template is given, and the latest one changes by itself.',
    suggestion: `Give --template-version, or set jobs.templateVersion, to one of those that "gcloud storage ls gs://dataflow-templates-${region ?? location}" lists.`,
  });
}

/**
 * Launches a job once, and follows it.
 * @param prepare what has to be there before it, made once the name is known to be free
 * @param until how far to follow it; undefined does not
 */
export async function launchJob(
  input: LaunchInput,
  job: RenderedJob,
  tools: LaunchTools,
  prepare: () => Promise<void>,
  until: ((job: Job) => boolean) | undefined,
  onState: (state: string) => void,
): Promise<LaunchResult> {
  const { clients, config } = tools;
  const { object, launch } = planLaunch(tools, input, job);
  const port = await openJobs(tools, input.region);
  const active = await port.jobs('active', input.name);
  checkName(input, active);
  await tools.requireEngine();
  await prepare();
  const storage = await storagePort(clients, config);
  // Its name is made of what it holds, so one that is there is the same.
  if (!input.validateOnly) await storage.writeText(object, job.text, '0');
  const launched = await port.launch(launch);
  const region = input.region ?? config.location;
  const shown =
    launched === undefined || until === undefined
      ? launched
      : await followJob(port, launched, until, tools, onState);
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

function checkName({ name, update }: LaunchInput, active: readonly Job[]): void {
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
