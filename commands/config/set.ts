import { type Context, defineCommand } from '../../src/cli/command.js';
import { settingOf } from '../../src/config/config.js';
import { SETTINGS, type SettingName, type SettingSpec } from '../../src/config/settings.js';
import { usageError } from '../../src/errors/healthmon-error.js';

export default defineCommand({
  details:
    'Checks the values and writes them to healthmon.json of this folder, or to the file of --config; the rest of the ' +
    'file stays. Several settings are written together or not at all.',
  arguments: [
    {
      name: 'assignments',
      description: 'a name and a value, or any number of name=value',
      required: true,
      variadic: true,
      completes: Object.keys(SETTINGS),
      completesAfter: {
        target: ['local', 'cloud'],
        'bigquery.model': 'models',
        'bigquery.batchTable': 'bigquery-tables',
        'bigquery.streamTable': 'bigquery-tables',
        'bigquery.joinedTable': 'bigquery-tables',
      },
    },
  ],
  options: [{ flags: '--dry-run', type: 'boolean', description: 'print the file instead of writing it' }],
  examples: [
    { command: 'healthmon config set bigquery.dataset ward7', does: 'Sets one setting.' },
    {
      command: 'healthmon config set target=cloud project=ward-7',
      does: 'Sets two that depend on each other.',
    },
  ],
  target: 'offline',
  // As if they were flags: so they are checked like any value, and the file may become valid by them.
  overrides: (input) => Object.fromEntries(assignments(input)),
  result: {
    file: 'the configuration file',
    set: 'the settings that were set',
    overriddenBy: 'environment variables that go before what was set',
    settings: 'the file as a whole',
    dryRun: 'true when nothing was written',
  },
  async run(input, context) {
    const { changeConfigFile } = await import('../../src/config/config-file.js');
    const { config, cwd } = context;
    const names = assignments(input).map(([name]) => name as SettingName);
    const changes = new Map(names.map((name) => [name, settingOf(config, name)]));
    const dryRun = input.dryRun === true;
    const { file, settings } = changeConfigFile({ cwd, file: config.file }, changes, { dryRun });
    return {
      file,
      set: Object.fromEntries(changes),
      overriddenBy: overriding(names, context),
      settings,
      dryRun,
    };
  },
  render({ file, set, overriddenBy, settings, dryRun }, output) {
    if (dryRun) output.data(JSON.stringify(settings, null, 2));
    const written = Object.entries(set).map(([name, value]) => `${name} = ${value}`);
    output.note(dryRun ? `${file} was not written.` : `${file}: ${written.join(', ')}`);
    for (const name of overriddenBy) {
      output.warn(`${name} is set in the environment and goes before the file; unset it to use the file.`);
    }
  },
});

function assignments({ assignments: words }: { assignments: string[] }): [string, string][] {
  if (words.length === 2 && !words[0]!.includes('=')) return [[words[0]!, words[1]!]];
  return words.map((word) => {
    const cut = word.indexOf('=');
    if (cut > 0) return [word.slice(0, cut), word.slice(cut + 1)];
    throw usageError({
      code: 'invalid-argument',
      message: `"${word}" is not an assignment.`,
      suggestion: 'Write "healthmon config set NAME VALUE", or any number of NAME=VALUE.',
    });
  });
}

/** Environment variables that hide what was written. */
function overriding(names: readonly SettingName[], { env }: Context): string[] {
  return names.flatMap((name) => {
    const { env: variable }: SettingSpec = SETTINGS[name];
    return variable !== undefined && env[variable] ? [variable] : [];
  });
}
