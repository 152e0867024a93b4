import { defineCommand } from '../../src/cli/command.js';
import { renderPlan } from '../plan.js';
import { END_OPTIONS, END_RESULT, endJob } from './end.js';
import { JOB_ARGUMENT } from './options.js';

export default defineCommand({
  details: 'Ends a job at once. On Google Cloud what it had read and not stored is delivered again.',
  arguments: [JOB_ARGUMENT],
  options: [
    ...END_OPTIONS,
    {
      flags: '--force',
      type: 'boolean',
      description: 'give up a job that does not react; its machines may go on for a while',
    },
  ],
  examples: [{ command: 'healthmon jobs cancel', does: 'Ends the newest job.' }],
  target: 'changes',
  result: END_RESULT,
  run: (input, context) =>
    endJob('cancel', { ...input, wait: input.wait !== false, force: input.force === true }, context),
  render(result, output) {
    if (renderPlan(result, output)) return;
    const { jobId, state, seconds } = result;
    output.note(`${jobId} is ${state} after ${seconds.toFixed(1)} s`);
  },
});
