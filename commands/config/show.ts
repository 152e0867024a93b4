import { defineCommand } from '../../src/cli/command.js';
import { shownSetting } from '../../src/config/config.js';
import { SETTINGS, type SettingName, type SettingSpec } from '../../src/config/settings.js';

export default defineCommand({
  options: [{ flags: '--origin', type: 'boolean', description: 'say where each value comes from' }],
  examples: [
    { command: 'healthmon config show --origin', does: 'Lists every setting, its value and its origin.' },
  ],
  target: 'offline',
  result: {
    file: 'configuration file that was read, or null',
    settings: 'every setting with name, value, origin and environmentVariable',
    showOrigin: 'whether --origin was given',
  },
  async run(input, { config }) {
    const settings = (Object.keys(SETTINGS) as SettingName[]).map((name) => {
      const spec: SettingSpec = SETTINGS[name];
      return {
        name,
        value: shownSetting(config, name),
        origin: config.origins[name],
        environmentVariable: spec.env ?? null,
      };
    });
    return { file: config.file ?? null, settings, showOrigin: input.origin === true };
  },
  render({ file, settings, showOrigin }, output) {
    output.note(file === null ? 'No configuration file.' : `Configuration file: ${file}`);
    output.table(
      showOrigin ? ['setting', 'value', 'origin'] : ['setting', 'value'],
      settings.map(({ name, value, origin, environmentVariable }) => {
        const from = origin === 'environment' ? `environment (${environmentVariable})` : origin;
        return showOrigin ? [name, value, from] : [name, value];
      }),
    );
  },
});
