import { defineCommand } from '../../src/cli/command.js';
import { counted } from '../../src/core/counted.js';
import { JOB_ARGUMENT, REGION_OPTION } from './options.js';

export default defineCommand({
  details: 'What the job and its launcher said, the oldest first.',
  arguments: [JOB_ARGUMENT],
  options: [
    {
      flags: '--level <level>',
      type: 'string',
      choices: ['debug', 'detailed', 'basic', 'warning', 'error'],
      default: 'basic',
      description: 'only what matters at least so much',
    },
    REGION_OPTION,
  ],
  examples: [{ command: 'healthmon jobs logs --level debug', does: 'Prints every line of the newest job.' }],
  target: 'reads',
  result: { jobId: 'the job', messages: 'id, time, level and text of each, oldest first' },
  async run(input, context) {
    const { findJob, openJobs } = await import('../../src/pipeline/jobs/jobs.js');
    const { config, signal } = context;
    const port = await openJobs({ clients: await context.google(), config, signal }, input.region);
    const { id } = await findJob(port, input.job);
    return { jobId: id, messages: await port.messages(id, input.level) };
  },
  render({ messages }, output) {
    for (const { time, level, text } of messages) output.data(`${time} ${level} ${text}`);
    output.note(counted(messages.length, 'message'));
  },
});
