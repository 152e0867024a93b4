import { defineCommand } from '../../src/cli/command.js';
import { counted } from '../../src/core/counted.js';
import { JOB_DEFAULTS } from '../../src/pipeline/jobs/defaults.js';
import { checkKind, KIND_ARGUMENT, STREAM_JOB_OPTIONS } from './options.js';

export default defineCommand({
  details:
    'The text is Beam YAML and the whole of the job: Python in it moves bytes, and everything that is decided of a ' +
    'message is done by the decoder of "healthmon stream", which it holds as well. Nothing is read but the settings.',
  arguments: [KIND_ARGUMENT],
  options: [
    {
      flags: '-o, --output <file>',
      type: 'string',
      description: 'write the text here instead of printing it',
    },
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
  result: {
    kind: 'what the job does',
    text: 'the job; absent when it was written to a file',
    file: 'where it was written; absent when it was not',
    bytes: 'length of the text',
    sha256: 'of the text',
    decoder: 'SHA-256 of the decoder in it',
    beamVersion: 'version of Apache Beam that it is for',
    transforms: 'names of its transforms, by which a running job is updated',
  },
  async run(input, { config, cwd }) {
    checkKind(input.kind);
    const { renderStream } = await import('../../src/pipeline/jobs/render-stream.js');
    const { text, ...rest } = renderStream(config, {
      subscription: input.subscription,
      timeZone: input.timezone,
      retentionMs: input.retention,
      source: input.source,
      idleTimeoutMs: input.idleTimeout,
    });
    if (input.output === undefined) return { ...rest, text };
    const [{ writeFile }, { resolve }, { fileNotWritten }] = await Promise.all([
      import('node:fs/promises'),
      import('node:path'),
      import('../../src/errors/file-not-written.js'),
    ]);
    const file = resolve(cwd, input.output);
    await writeFile(file, text).catch((cause) => {
      throw fileNotWritten(file, cause);
    });
    return { ...rest, file };
  },
  render(result, output) {
    if ('text' in result) output.data(result.text.trimEnd());
    else output.data(result.file);
    output.note(`${counted(result.bytes, 'byte')} for Apache Beam ${result.beamVersion}`);
  },
});
