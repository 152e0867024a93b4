import { defineCommand } from '../../src/cli/command.js';
import { DRY_RUN_OPTION, PLAN_KEYS, renderPlan } from '../plan.js';
import { LAUNCH_OPTIONS, launchStream, RUN_RESULT, runInput } from './launch.js';

export default defineCommand({
  details:
    'Launches the job anew in the place of the running one of its name, which finishes what it has begun. Transforms ' +
    'keep their names from version to version, and none holds state, so that every update fits.',
  options: [...LAUNCH_OPTIONS, DRY_RUN_OPTION],
  examples: [{ command: 'healthmon jobs update --max-workers 10', does: 'Replaces the running job.' }],
  target: 'changes',
  result: { ...RUN_RESULT, ...PLAN_KEYS },
  run: (input, context) => launchStream(runInput(input, true), context, input.dryRun === true),
  render(result, output) {
    if (renderPlan(result, output)) return;
    output.table(
      ['job', 'instead of', 'state'],
      [[result.jobId ?? '', result.oldJobId ?? '', result.state ?? '']],
    );
  },
});
