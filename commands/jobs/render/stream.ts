import { defineCommand } from '../../../src/cli/command.js';
import { JOB_DEFAULTS } from '../../../src/pipeline/jobs/defaults.js';
import { STREAM_JOB_OPTIONS } from '../options.js';
import { OUTPUT_OPTION, RENDER_RESULT, renderJob, writeJob } from '../text.js';

export default defineCommand({
  details:
    'The text is Beam YAML and the whole of the job: Python in it moves bytes, and everything that is decided of a ' +
    'message is done by the decoder of "healthmon stream", which it holds as well. Nothing is read but the settings.',
  options: [
    OUTPUT_OPTION,
    ...STREAM_JOB_OPTIONS,
    {
      flags: '--source <source>',
      type: 'string',
      choices: ['native', 'pull'],
      default: JOB_DEFAULTS.source,
      description:
        'native: the source that Dataflow and Beam’s direct runner have; pull: one that every runner has and that ends when nothing comes',
    },
    {
      flags: '--idle-timeout <duration>',
      type: 'duration',
      default: JOB_DEFAULTS.idleTimeoutMs,
      description: 'with pull: end when no message came for this long',
    },
  ],
  examples: [
    {
      command: 'healthmon jobs render stream --output vitals.yaml',
      does: 'Writes the streaming job into a file.',
    },
    {
      command: 'healthmon jobs render stream --source pull --timezone Europe/Berlin',
      does: 'Prints one for Prism, which reads times without an offset as those of Berlin.',
    },
  ],
  target: 'offline',
  result: RENDER_RESULT,
  async run(input, { config, cwd }) {
    const { renderStream } = await import('../../../src/pipeline/jobs/render-stream.js');
    const job = renderStream(config, {
      subscription: input.subscription,
      timeZone: input.timezone,
      retentionMs: input.retention,
      source: input.source,
      idleTimeoutMs: input.idleTimeout,
    });
    return writeJob(job, input.output, cwd);
  },
  render: renderJob,
});
