import { defineCommand } from '../../../src/cli/command.js';
import { locationOf, NAME_OPTION } from '../options.js';

export default defineCommand({
  details:
    'The snapshot is verified first; then everything that the running stack holds is replaced by it. Ports stay. ' +
    'To start a stack from a snapshot, use "emulators start --from".',
  arguments: [
    { name: 'snapshot', description: 'name of the snapshot', required: true, completes: 'snapshots' },
  ],
  options: [NAME_OPTION],
  examples: [
    { command: 'healthmon emulators snapshot load loaded', does: 'Puts the local cloud back to "loaded".' },
  ],
  target: 'offline',
  result: {
    name: 'name of the snapshot',
    format: 'version of the format',
    project: 'the project it was saved in',
    createdAt: 'when it was saved',
    services: 'count and unit of what each service got',
  },
  async run(input, context) {
    const { loadSnapshot } = await import('../../../src/emulators/snapshot/snapshot.js');
    const progress = context.output.progress('Loading the snapshot');
    try {
      const { files: _files, ...manifest } = await loadSnapshot({
        ...locationOf(input, context),
        snapshot: input.snapshot as string,
        signal: context.signal,
      });
      progress.done();
      return manifest;
    } catch (error) {
      progress.fail();
      throw error;
    }
  },
  render({ name, createdAt }, output) {
    output.note(`The local cloud is as it was saved in "${name}" at ${createdAt}.`);
  },
});
