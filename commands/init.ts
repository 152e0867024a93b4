import { defineCommand } from '../src/cli/command.js';

export default defineCommand({
  options: [{ flags: '--force', type: 'boolean', description: 'replace an existing file' }],
  examples: [{ command: 'healthmon init', does: 'Writes healthmon.json with every setting at its default.' }],
  target: 'offline',
  async run(input, { cwd, config }) {
    const { writeConfigFile } = await import('../src/config/config-file.js');
    return writeConfigFile(cwd, config, { force: input.force === true });
  },
  render({ file }, output) {
    output.data(file);
    output.note('Change what you need; "healthmon config show --origin" shows the effect.');
  },
});
