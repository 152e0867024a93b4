import { defineCommand } from '../../src/cli/command.js';
import { during } from '../../src/cli/during.js';
import { DRY_RUN_OPTION, PLAN_KEYS, renderPlan } from '../plan.js';
import {
  engineOf,
  LAUNCH_OPTIONS,
  LAUNCH_SERVICES,
  RUN_RESULT,
  runInput,
  streamLaunchPlan,
} from './launch.js';

export default defineCommand({
  details:
    'Launches the job anew in the place of the running one of its name, which finishes what it has begun. Transforms ' +
    'keep their names from version to version, and none holds state, so that every update fits.',
  options: [...LAUNCH_OPTIONS, DRY_RUN_OPTION],
  examples: [{ command: 'healthmon jobs update --max-workers 10', does: 'Replaces the running job.' }],
  target: 'changes',
  result: { ...RUN_RESULT, ...PLAN_KEYS },
  async run(input, context) {
    const { runStreamJob } = await import('../../src/pipeline/jobs/run-stream-job.js');
    const { config, signal, output } = context;
    const wanted = runInput(input, true);
    if (input.dryRun === true) return streamLaunchPlan(config, wanted);
    const clients = await context.google(LAUNCH_SERVICES);
    return during(
      output,
      `Updating ${wanted.name}`,
      (progress) =>
        runStreamJob(wanted, { clients, config, signal, requireEngine: engineOf(context) }, (state) =>
          progress.update(state),
        ),
      ({ state }) => state ?? 'the request is valid',
    );
  },
  render(result, output) {
    if (renderPlan(result, output)) return;
    output.table(
      ['job', 'instead of', 'state'],
      [[result.jobId ?? '', result.oldJobId ?? '', result.state ?? '']],
    );
  },
});
