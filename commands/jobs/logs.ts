import { defineCommand } from '../../src/cli/command.js';
import { counted } from '../../src/core/counted.js';
import type { JobMessage } from '../../src/gcp/dataflow/port.js';
import type { Output } from '../../src/output/output.js';
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
    {
      flags: '--follow',
      type: 'boolean',
      description: 'go on with what the job says, until it has ended',
    },
    REGION_OPTION,
  ],
  examples: [{ command: 'healthmon jobs logs --level debug', does: 'Prints every line of the newest job.' }],
  target: 'reads',
  result: { jobId: 'the job', messages: 'id, time, level and text of each, oldest first' },
  async run(input, context) {
    const { findJob, followMessages, openJobs } = await import('../../src/pipeline/jobs/jobs.js');
    const { config, output, signal } = context;
    const tools = { clients: await context.google(), config, signal };
    const port = await openJobs(tools, input.region);
    const job = await findJob(port, input.job);
    if (input.follow !== true) return { jobId: job.id, messages: await port.messages(job.id, input.level) };
    const all: JobMessage[] = [];
    await followMessages(port, job, input.level, tools, (messages) => {
      // One JSON document has all of them at the end.
      if (output.json) all.push(...messages);
      else print(messages, output);
    });
    return { jobId: job.id, messages: all };
  },
  render({ messages }, output) {
    print(messages, output);
    if (messages.length > 0) output.note(counted(messages.length, 'message'));
  },
});

function print(messages: readonly JobMessage[], output: Output): void {
  for (const { time, level, text } of messages) output.data(`${time} ${level} ${text}`);
}
