import { defineCommand } from '../../src/cli/command.js';
import { counted } from '../../src/core/counted.js';
import { REGION_OPTION } from './options.js';

export default defineCommand({
  options: [
    {
      flags: '--status <status>',
      type: 'string',
      choices: ['active', 'terminated', 'all'],
      default: 'active',
      description: 'those that run, those that have ended, or all',
    },
    { flags: '--job-name <name>', type: 'string', description: 'only those of this name' },
    { flags: '--limit <n>', type: 'integer', minimum: 1, default: 20, description: 'list at most this many' },
    { flags: '--all', type: 'boolean', description: 'list those too that healthmon did not launch' },
    REGION_OPTION,
  ],
  examples: [{ command: 'healthmon jobs list --status all', does: 'Lists jobs, the newest first.' }],
  target: 'reads',
  result: { jobs: 'id, name, type, state, since, created, region and decoder of each, newest first' },
  async run(input, context) {
    const { isOurs, openJobs } = await import('../../src/pipeline/jobs/jobs.js');
    const { config, signal } = context;
    const port = await openJobs({ clients: await context.google(), config, signal }, input.region);
    const found = (await port.jobs(input.status, input.jobName)).filter(
      (job) => input.all === true || isOurs(job),
    );
    return {
      jobs: found
        .slice(0, input.limit)
        .map(({ labels, ...job }) => ({ ...job, decoder: labels.decoder ?? null })),
    };
  },
  render({ jobs }, output) {
    if (jobs.length > 0) {
      output.table(
        ['job', 'name', 'type', 'state', 'since', 'region'],
        jobs.map(({ id, name, type, state, since, region }) => [id, name, type, state, since, region]),
      );
    }
    output.note(counted(jobs.length, 'job'));
  },
});
