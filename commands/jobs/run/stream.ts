import { defineCommand } from '../../../src/cli/command.js';
import { DRY_RUN_OPTION, PLAN_KEYS, renderPlan } from '../../plan.js';
import { LAUNCH_OPTIONS, launchStream, RUN_RESULT, runInput } from '../launch.js';

export default defineCommand({
  details:
    'Writes the text of the job into the bucket, makes its subscription unless it is there, and launches Google’s ' +
    'template Yaml_Template with it. A launch is never repeated: a job that runs under the name is an error. On the ' +
    'local target the same text runs under Apache Beam’s direct runner, see "jobs runner install".',
  options: [...LAUNCH_OPTIONS, DRY_RUN_OPTION],
  examples: [
    { command: 'healthmon jobs run stream', does: 'Runs the streaming job on this machine.' },
    {
      command: 'healthmon jobs run stream --target cloud --template-version 2026-08-18-00_RC00 --dry-run',
      does: 'Says what would be launched on Google Cloud.',
    },
  ],
  target: 'changes',
  result: { ...RUN_RESULT, ...PLAN_KEYS },
  run: (input, context) => launchStream(runInput(input, false), context, input.dryRun === true),
  render(result, output) {
    if (renderPlan(result, output)) return;
    if (result.jobId === null) output.note(`Dataflow would launch ${result.name} in ${result.region}.`);
    else
      output.table(
        ['job', 'name', 'state', 'region'],
        [[result.jobId, result.name, result.state ?? '', result.region]],
      );
    if (result.consoleUrl !== null) output.note(result.consoleUrl);
  },
});
