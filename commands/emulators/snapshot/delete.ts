import { defineCommand } from '../../../src/cli/command.js';
import { locationOf } from '../options.js';

export default defineCommand({
  arguments: [
    { name: 'snapshot', description: 'name of the snapshot', required: true, completes: 'snapshots' },
  ],
  examples: [
    { command: 'healthmon emulators snapshot delete loaded', does: 'Removes the snapshot "loaded".' },
  ],
  target: 'offline',
  result: {
    deleted: 'name of the snapshot',
  },
  async run(input, context) {
    const { deleteSnapshot } = await import('../../../src/emulators/snapshot/snapshot.js');
    const snapshot = input.snapshot as string;
    deleteSnapshot({ ...locationOf(input, context), snapshot });
    return { deleted: snapshot };
  },
  render({ deleted }, output) {
    output.note(`Deleted: ${deleted}.`);
  },
});
