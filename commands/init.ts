import { defineCommand } from '../src/cli/command.js';

export default defineCommand({
  details:
    'The file names its JSON Schema, so that editors complete and check it. Settings that are given as options or in ' +
    'the environment are written as they are in force.',
  options: [
    { flags: '--force', type: 'boolean', description: 'replace an existing file' },
    { flags: '--dry-run', type: 'boolean', description: 'print the file instead of writing it' },
  ],
  examples: [
    { command: 'healthmon init', does: 'Writes healthmon.json with every setting at its default.' },
    {
      command: 'healthmon init --target cloud --project ward-7',
      does: 'The same for a project of Google Cloud.',
    },
  ],
  target: 'offline',
  result: {
    file: 'the configuration file',
    settings: 'what it holds',
    dryRun: 'true when nothing was written',
  },
  async run(input, { cwd, config }) {
    const { writeConfigFile } = await import('../src/config/config-file.js');
    const dryRun = input.dryRun === true;
    return { ...writeConfigFile(cwd, config, { force: input.force === true, dryRun }), dryRun };
  },
  render({ file, settings, dryRun }, output) {
    output.data(dryRun ? JSON.stringify(settings, null, 2) : file);
    output.note(
      dryRun
        ? `${file} was not written.`
        : 'Change it with "healthmon config set"; "healthmon config show --origin" lists what is in force.',
    );
  },
});
