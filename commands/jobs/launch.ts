import type { Context, OptionSpec, OptionsOf } from '../../src/cli/command.js';
import { during } from '../../src/cli/during.js';
import type { Config } from '../../src/config/config.js';
import { usageError } from '../../src/errors/healthmon-error.js';
import { JOB_DEFAULTS } from '../../src/pipeline/jobs/defaults.js';
import type { RenderedJob } from '../../src/pipeline/jobs/job-text.js';
import type { LaunchInput, Machines } from '../../src/pipeline/jobs/launch.js';
import type { RunStreamInput } from '../../src/pipeline/jobs/run-stream-job.js';
import { planOf } from '../plan.js';
import { REGION_OPTION, STREAM_JOB_OPTIONS } from './options.js';

/** What the job itself works with, besides what launches it. */
export const LAUNCH_SERVICES = ['dataflow', 'pubsub', 'storage', 'bigtable', 'bigquery'] as const;

/** The machines of a job, and what launches it. Names are those of gcloud. */
export const MACHINE_OPTIONS = [
  REGION_OPTION,
  {
    flags: '--workers <n>',
    type: 'integer',
    minimum: 1,
    default: JOB_DEFAULTS.workers,
    description: 'machines to begin with',
  },
  {
    flags: '--max-workers <n>',
    type: 'integer',
    minimum: 1,
    maximum: 1000,
    default: JOB_DEFAULTS.maxWorkers,
    description: 'most machines',
  },
  {
    flags: '--machine-type <type>',
    type: 'string',
    default: JOB_DEFAULTS.machineType,
    description: 'type of the machines',
  },
  { flags: '--service-account <email>', type: 'string', description: 'account that the machines act as' },
  { flags: '--network <name>', type: 'string', description: 'network of the machines' },
  {
    flags: '--subnetwork <path>',
    type: 'string',
    description: 'subnetwork, such as regions/REGION/subnetworks/NAME',
  },
  { flags: '--private-ip', type: 'boolean', description: 'give the machines no public addresses' },
  {
    flags: '--template-version <version>',
    type: 'string',
    description:
      'folder of Google’s templates (default: the setting jobs.templateVersion), needed on Google Cloud: the latest changes by itself',
  },
] as const satisfies readonly OptionSpec[];

export function machinesOf(input: OptionsOf<typeof MACHINE_OPTIONS>): Machines {
  return {
    region: input.region,
    workers: input.workers,
    maxWorkers: input.maxWorkers,
    machineType: input.machineType,
    serviceAccount: input.serviceAccount,
    network: input.network,
    subnetwork: input.subnetwork,
    privateIp: input.privateIp === true,
    templateVersion: input.templateVersion,
  };
}

export const VALIDATE_OPTION = {
  flags: '--validate-only',
  type: 'boolean',
  description: 'have Dataflow check the request and launch nothing',
} as const satisfies OptionSpec;

/** Machines that nothing was said of. */
export const DEFAULT_MACHINES: Machines = {
  region: undefined,
  workers: JOB_DEFAULTS.workers,
  maxWorkers: JOB_DEFAULTS.maxWorkers,
  machineType: JOB_DEFAULTS.machineType,
  ...{ serviceAccount: undefined, network: undefined, subnetwork: undefined, privateIp: false },
  templateVersion: undefined,
};

/** @param given values by option, as far as they are not the default; undefined and false were not given */
export function refuseOptions(engine: string, given: Readonly<Record<string, unknown>>): void {
  const option = Object.keys(given).find((name) => given[name] !== undefined && given[name] !== false);
  if (option === undefined) return;
  throw usageError({
    code: 'unsupported',
    message: `${option} is no option of a job: --engine ${engine} has none of it.`,
    suggestion: `Leave ${option} or --engine out.`,
  });
}

/** How the streaming job is launched. */
export const LAUNCH_OPTIONS = [
  { flags: '--job-name <name>', type: 'string', default: JOB_DEFAULTS.name, description: 'name of the job' },
  ...STREAM_JOB_OPTIONS,
  ...MACHINE_OPTIONS,
  VALIDATE_OPTION,
  {
    flags: '--wait <state>',
    type: 'string',
    choices: ['running', 'none'],
    default: 'running',
    description: 'until when to wait',
  },
] as const satisfies readonly OptionSpec[];

/** Fails with exit code 3 on the local target, where this machine has nothing that runs jobs. */
export function engineOf({ config, env }: Context): () => Promise<void> {
  return async () => {
    if (config.target !== 'local') return;
    const { requireRunner } = await import('../../src/emulators/beam/runner.js');
    requireRunner(env);
  };
}

export function runInput(input: OptionsOf<typeof LAUNCH_OPTIONS>, update: boolean): RunStreamInput {
  return {
    name: input.jobName,
    subscription: input.subscription,
    timeZone: input.timezone,
    retentionMs: input.retention,
    ...machinesOf(input),
    update,
    validateOnly: input.validateOnly === true,
    wait: input.wait,
  };
}

export const RUN_RESULT = {
  jobId: 'the job; null when it was only checked',
  name: 'its name',
  region: 'where it runs',
  state: 'its state when the command ended, in Dataflow’s words',
  template: 'Google’s template that launches it',
  pipeline: 'where its text lies',
  oldJobId: 'of an update: the job that it takes the place of',
  consoleUrl: 'its page in the console of Google Cloud; null on the local target',
} as const;

/** Launches the streaming job, or says what that would do. */
export async function launchStream(wanted: RunStreamInput, context: Context, isDryRun: boolean) {
  const { runStreamJob } = await import('../../src/pipeline/jobs/run-stream-job.js');
  const { config, signal, output } = context;
  if (isDryRun) return streamLaunchPlan(config, wanted);
  const clients = await context.google(LAUNCH_SERVICES);
  return during(
    output,
    `${wanted.update ? 'Updating' : 'Launching'} ${wanted.name}`,
    (progress) =>
      runStreamJob(wanted, { clients, config, signal, requireEngine: engineOf(context) }, (state) =>
        progress.update(state),
      ),
    ({ state }) => state ?? 'the request is valid',
  );
}

async function streamLaunchPlan(config: Config, wanted: RunStreamInput) {
  const { streamJob } = await import('../../src/pipeline/jobs/run-stream-job.js');
  return planOf([
    ['create', wanted.subscription, 'unless it is there'],
    ...(await launchSteps(config, wanted, streamJob({ config }, wanted))),
  ]);
}

/** The steps of a launch itself. */
export async function launchSteps(config: Config, wanted: LaunchInput, job: RenderedJob) {
  const { planLaunch } = await import('../../src/pipeline/jobs/launch.js');
  const { launch } = planLaunch({ config, clients: { local: config.target === 'local' } }, wanted, job);
  return [
    ['write', launch.parameters.yaml_pipeline_file!, `${job.bytes} bytes`],
    ['launch', launch.name, launch.template],
  ] as const;
}
