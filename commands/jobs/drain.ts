import { defineCommand } from '../../src/cli/command.js';
import { renderPlan } from '../plan.js';
import { END_OPTIONS, END_RESULT, endJob } from './end.js';
import { JOB_ARGUMENT } from './options.js';

export default defineCommand({
  details:
    'The job reads no more, stores what it holds, and ends. What it has not read stays in its subscription.',
  arguments: [JOB_ARGUMENT],
  options: END_OPTIONS,
  examples: [
    { command: 'healthmon jobs drain --timeout 15m', does: 'Ends the newest job without losing anything.' },
  ],
  target: 'changes',
  result: END_RESULT,
  run: (input, context) => endJob('drain', { ...input, wait: input.wait !== false, force: false }, context),
  render(result, output) {
    if (renderPlan(result, output)) return;
    const { jobId, state, seconds } = result;
    output.note(`${jobId} is ${state} after ${seconds.toFixed(1)} s`);
  },
});
