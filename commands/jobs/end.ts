import type { Context, OptionSpec } from '../../src/cli/command.js';
import { during } from '../../src/cli/during.js';
import { DRY_RUN_OPTION, PLAN_KEYS, planOf } from '../plan.js';
import { REGION_OPTION } from './options.js';

export const END_OPTIONS = [
  REGION_OPTION,
  {
    flags: '--no-wait',
    type: 'boolean',
    description: 'ask the job to end and do not wait for it',
  },
  DRY_RUN_OPTION,
] as const satisfies readonly OptionSpec[];

export const END_RESULT = {
  jobId: 'the job',
  state: 'its state when the command ended',
  seconds: 'from asking until then',
  ...PLAN_KEYS,
} as const;

/** Asks a job to end, and follows it until it has. */
export async function endJob(
  how: 'drain' | 'cancel',
  input: {
    job: string | undefined;
    region: string | undefined;
    dryRun: boolean | undefined;
    wait: boolean;
    force: boolean;
  },
  context: Context,
) {
  const { findJob, followJob, openJobs, requireActive } = await import('../../src/pipeline/jobs/jobs.js');
  const { config, signal, output } = context;
  const tools = { clients: await context.google(), config, signal };
  const port = await openJobs(tools, input.region);
  const job = await findJob(port, input.job);
  requireActive(job);
  if (input.dryRun === true) return planOf([[how, job.id, job.name]]);
  const startedMs = performance.now();
  await port.end(job.id, how, input.force);
  const asked = await port.job(job.id);
  const ended = input.wait
    ? await during(
        output,
        `Waiting for ${job.name}`,
        (progress) =>
          followJob(
            port,
            asked,
            () => false,
            tools,
            (state) => progress.update(state),
          ),
        ({ state }) => state,
      )
    : asked;
  return { jobId: job.id, state: ended.state, seconds: (performance.now() - startedMs) / 1000 };
}
