import { defineCommand } from '../../src/cli/command.js';
import { JOB_ARGUMENT, REGION_OPTION } from './options.js';

export default defineCommand({
  arguments: [JOB_ARGUMENT],
  options: [REGION_OPTION],
  examples: [{ command: 'healthmon jobs metrics --json', does: 'Prints the counters of the newest job.' }],
  target: 'reads',
  result: {
    jobId: 'the job',
    state: 'its state',
    counters: 'messages received, readings in them, messages rejected, and deadLetters published',
  },
  async run(input, context) {
    const { findJob, openJobs } = await import('../../src/pipeline/jobs/jobs.js');
    const { config, signal } = context;
    const port = await openJobs({ clients: await context.google(), config, signal }, input.region);
    const { id, state } = await findJob(port, input.job);
    return { jobId: id, state, counters: await port.counters(id) };
  },
  render({ counters, jobId, state }, output) {
    output.table(['counter', 'value'], Object.entries(counters));
    output.note(`${jobId} is ${state}`);
  },
});
