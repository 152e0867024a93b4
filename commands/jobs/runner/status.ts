import { defineCommand } from '../../../src/cli/command.js';

export default defineCommand({
  examples: [{ command: 'healthmon jobs runner status', does: 'Says whether jobs can run on this machine.' }],
  target: 'offline',
  result: { folder: 'where it is', version: 'of Apache Beam', python: 'the interpreter that has it' },
  async run(_input, { env }) {
    const { requireRunner } = await import('../../../src/emulators/beam/runner.js');
    return requireRunner(env);
  },
  render({ version, python }, output) {
    output.table(['Apache Beam', 'python'], [[version, python]]);
  },
});
