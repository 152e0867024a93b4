import { defineCommand } from '../../src/cli/command.js';
import { checkSettingName, shownSetting } from '../../src/config/config.js';
import { SETTINGS } from '../../src/config/settings.js';

export default defineCommand({
  arguments: [
    {
      name: 'setting',
      description: 'name of the setting, such as bigquery.dataset',
      required: true,
      completes: Object.keys(SETTINGS),
    },
  ],
  examples: [
    {
      command: 'healthmon config get bigquery.dataset',
      does: 'Prints the value in force, and nothing else.',
    },
  ],
  target: 'offline',
  result: {
    name: 'the setting',
    value: 'what it is',
    origin: 'flag, environment, file or default',
  },
  async run(input, { config }) {
    const name = checkSettingName(input.setting);
    return { name, value: shownSetting(config, name), origin: config.origins[name] };
  },
  render({ value }, output) {
    output.data(String(value));
  },
});
