import { defineCommand } from '../../../src/cli/command.js';

export default defineCommand({
  examples: [{ command: 'healthmon jobs runner remove', does: 'Removes what "jobs runner install" made.' }],
  target: 'offline',
  result: { removed: 'whether there was one' },
  async run(_input, { env }) {
    const { removeRunner } = await import('../../../src/emulators/beam/install.js');
    return { removed: removeRunner(env) };
  },
  render({ removed }, output) {
    output.note(removed ? 'Apache Beam is removed.' : 'There was none.');
  },
});
