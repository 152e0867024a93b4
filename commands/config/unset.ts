import { defineCommand } from '../../src/cli/command.js';
import { checkSettingName } from '../../src/config/config.js';
import { SETTINGS } from '../../src/config/settings.js';

export default defineCommand({
  arguments: [
    {
      name: 'settings',
      description: 'names of settings',
      required: true,
      variadic: true,
      completes: Object.keys(SETTINGS),
    },
  ],
  options: [{ flags: '--dry-run', type: 'boolean', description: 'print the file instead of writing it' }],
  examples: [
    { command: 'healthmon config unset bigquery.dataset', does: 'Takes a setting out of the file again.' },
  ],
  target: 'offline',
  result: {
    file: 'the configuration file, or null',
    unset: 'the settings that were removed',
    settings: 'the file as a whole',
    dryRun: 'true when nothing was written',
  },
  async run(input, { config, cwd }) {
    const { changeConfigFile } = await import('../../src/config/config-file.js');
    const names = input.settings.map((name) => checkSettingName(name));
    const dryRun = input.dryRun === true;
    if (config.file === undefined) return { file: null, unset: [], settings: {}, dryRun };
    const changes = new Map(names.map((name) => [name, undefined]));
    const { file, settings } = changeConfigFile({ cwd, file: config.file }, changes, { dryRun });
    return { file, unset: names, settings, dryRun };
  },
  render({ file, unset, settings, dryRun }, output) {
    if (file === null) {
      output.note('There is no configuration file.');
      return;
    }
    if (dryRun) output.data(JSON.stringify(settings, null, 2));
    output.note(dryRun ? `${file} was not written.` : `${file}: without ${unset.join(', ')}`);
  },
});
