import { defineCommand } from '../../src/cli/command.js';
import { SERVICE_NAMES } from '../../src/core/services.js';
import { usageError } from '../../src/errors/healthmon-error.js';

export default defineCommand({
  details:
    'Supported: as the service does it. Differs: works, but not quite so; the note says how. Refused: an error that ' +
    'names it. The list comes from the emulators themselves, and the tests hold it against them.',
  arguments: [
    {
      name: 'services',
      description: `${SERVICE_NAMES.join(', ')} (default: all)`,
      variadic: true,
      completes: SERVICE_NAMES,
    },
  ],
  options: [
    {
      flags: '--status <status>',
      type: 'string',
      choices: ['supported', 'differs', 'refused'],
      description: 'only these',
    },
  ],
  examples: [
    {
      command: 'healthmon emulators capabilities storage',
      does: 'Lists what the Cloud Storage emulator does.',
    },
    {
      command: 'healthmon emulators capabilities --status refused',
      does: 'Lists what does not work locally.',
    },
  ],
  target: 'offline',
  result: {
    capabilities: 'service, implementation, name, status and note of each feature',
  },
  async run(input) {
    const [{ allCapabilities }, { servicesNamed }] = await Promise.all([
      import('../../src/emulators/capabilities.js'),
      import('../../src/emulators/stack/logs.js'),
    ]);
    const names = input.services;
    const services = servicesNamed(names);
    if (services === undefined) {
      throw usageError({
        code: 'invalid-option',
        message: `There is no service "${names.join(' ')}".`,
        suggestion: 'Run "healthmon emulators capabilities --help".',
      });
    }
    const all = await allCapabilities();
    const capabilities = all.filter(
      ({ service, status }) =>
        services.includes(service) && (input.status === undefined || status === input.status),
    );
    return { capabilities };
  },
  render({ capabilities }, output) {
    const { green, yellow, red } = output.style;
    const mark = { supported: green, differs: yellow, refused: red };
    output.table(
      ['service', 'emulator', 'feature', 'status', 'note'],
      capabilities.map(({ service, implementation, name, status, note }) => [
        service,
        implementation,
        name,
        mark[status](status),
        note,
      ]),
    );
  },
});
