import { defineCommand } from '../../../src/cli/command.js';

export default defineCommand({
  examples: [{ command: 'healthmon emulators snapshot list', does: 'Lists the snapshots of this folder.' }],
  target: 'offline',
  result: {
    snapshots: 'name, createdAt, project, bytes and services of each',
  },
  async run(_input, { env, cwd }) {
    const { listSnapshots } = await import('../../../src/emulators/snapshot/snapshot.js');
    return { snapshots: listSnapshots({ env, cwd }) };
  },
  render({ snapshots }, output) {
    if (snapshots.length === 0) {
      output.note('There is no snapshot yet. Save one with "healthmon emulators snapshot save NAME".');
      return;
    }
    output.table(
      ['snapshot', 'saved at', 'project', 'size', 'services'],
      snapshots.map(({ name, createdAt, project, bytes, services }) => [
        name,
        createdAt,
        project,
        `${(bytes / 1e6).toFixed(1)} MB`,
        Object.keys(services).join(', '),
      ]),
    );
  },
});
