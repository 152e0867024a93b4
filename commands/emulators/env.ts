import { defineCommand } from '../../src/cli/command.js';
import { nameFlag } from '../../src/core/stack-name.js';
import { notReadyError } from '../../src/errors/healthmon-error.js';
import { locationOf, NAME_OPTION } from './options.js';
import { reportOf } from './report.js';

export default defineCommand({
  details: 'For other programs that use Google’s clients. Exit code 3 when the stack does not run.',
  options: [
    NAME_OPTION,
    {
      flags: '--format <format>',
      type: 'string',
      choices: ['shell', 'dotenv', 'json'],
      default: 'shell',
      description: 'how to write them',
    },
  ],
  examples: [
    { command: 'healthmon emulators env', does: 'Prints export lines: eval "$(healthmon emulators env)".' },
    {
      command: 'healthmon emulators env --format dotenv > .env',
      does: 'Writes a file for dotenv or Docker.',
    },
  ],
  target: 'offline',
  result: {
    env: 'the variables by name',
    services: 'the services that run',
    format: 'the format that was asked for',
  },
  async run(input, context) {
    const { stackStatus } = await import('../../src/emulators/stack/status.js');
    const location = locationOf(input, context);
    const status = await stackStatus(location);
    if (!status.running) {
      throw notReadyError({
        code: 'emulators-not-running',
        message: 'The local cloud does not run.',
        detail: `No stack runs in ${status.folder}.`,
        suggestion: `Run "healthmon emulators start${nameFlag(status.name)}".`,
      });
    }
    const { env, services } = await reportOf(status, location);
    return { env, services, format: input.format };
  },
  render({ env, format }, output) {
    if (format === 'json') {
      output.data(JSON.stringify(env, null, 2));
      return;
    }
    for (const [name, value] of Object.entries(env)) {
      output.data(format === 'shell' ? `export ${name}=${value}` : `${name}=${value}`);
    }
  },
});
