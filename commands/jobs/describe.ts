import { defineCommand } from '../../src/cli/command.js';
import { EXIT } from '../../src/errors/healthmon-error.js';
import { JOB_ARGUMENT, REGION_OPTION } from './options.js';

export default defineCommand({
  details:
    'Shows what a job does and counts, and whether its decoder is the one of this version of healthmon.',
  arguments: [JOB_ARGUMENT],
  options: [
    REGION_OPTION,
    { flags: '--exit-code', type: 'boolean', description: 'exit with 5 when the decoder is another one' },
  ],
  examples: [{ command: 'healthmon jobs describe', does: 'Shows the newest job.' }],
  target: 'reads',
  result: {
    job: 'id, name, type, state, since, created, region and labels',
    counters: 'what the job counts: received, readings, rejected, deadLetters',
    decoder: 'deployed and local, and whether they differ',
    failing: 'whether --exit-code makes a difference the exit code',
  },
  async run(input, context) {
    const [{ findJob, openJobs }, { decoderLabel }, { renderedDecoder }] = await Promise.all([
      import('../../src/pipeline/jobs/jobs.js'),
      import('../../src/pipeline/jobs/launch.js'),
      import('../../src/pipeline/jobs/render-stream.js'),
    ]);
    const { config, signal } = context;
    const port = await openJobs({ clients: await context.google(), config, signal }, input.region);
    const job = await findJob(port, input.job);
    const deployed = job.labels.decoder ?? null;
    const local = decoderLabel(renderedDecoder());
    return {
      job,
      counters: await port.counters(job.id),
      decoder: { deployed, local, differs: deployed !== local },
      failing: input.exitCode === true,
    };
  },
  render({ job, counters, decoder }, output) {
    output.table(
      ['job', 'name', 'state', 'since', 'region'],
      [[job.id, job.name, job.state, job.since, job.region]],
    );
    output.table(['counter', 'value'], Object.entries(counters));
    if (decoder.differs)
      output.warn(`The job runs the decoder ${decoder.deployed}, and this is ${decoder.local}.`);
  },
  exitCode: ({ decoder, failing }) => (failing && decoder.differs ? EXIT.gateFailed : EXIT.done),
});
