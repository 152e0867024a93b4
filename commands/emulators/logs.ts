import { defineCommand } from '../../src/cli/command.js';
import { SERVICE_NAMES } from '../../src/core/services.js';
import type { LogLine } from '../../src/emulators/stack/logs.js';
import { usageError } from '../../src/errors/healthmon-error.js';
import type { Output } from '../../src/output/output.js';
import { locationOf, NAME_OPTION } from './options.js';

export default defineCommand({
  details: 'The logs are kept after a stop, until the next start.',
  arguments: [
    {
      name: 'services',
      description: `${SERVICE_NAMES.join(', ')} (default: all)`,
      variadic: true,
      completes: SERVICE_NAMES,
    },
  ],
  options: [
    NAME_OPTION,
    { flags: '--follow', type: 'boolean', description: 'go on with new lines until interrupted' },
    { flags: '--lines <n>', type: 'integer', minimum: 0, default: 50, description: 'last lines of each log' },
  ],
  examples: [
    { command: 'healthmon emulators logs spanner --lines 100', does: 'Prints the end of one log.' },
    { command: 'healthmon emulators logs --follow', does: 'Prints what all services write from now on.' },
  ],
  target: 'offline',
  result: {
    lines: 'service and line of each; empty with --follow, which prints as it goes',
  },
  async run(input, context) {
    const { followLogs, readLogs, servicesNamed } = await import('../../src/emulators/stack/logs.js');
    const names = input.services;
    const services = servicesNamed(names);
    if (services === undefined)
      throw refuse(
        `There is no service "${names.join(' ')}".`,
        `The services are: ${SERVICE_NAMES.join(', ')}.`,
      );
    const location = locationOf(input, context);
    const lines = readLogs(location, services, input.lines);
    if (input.follow !== true) return { lines };
    if (context.output.json) throw refuse('--follow never ends, so it cannot give one JSON document.');
    const { output } = context;
    print(lines, services.length > 1, output);
    await followLogs(location, services, context.signal, (line) =>
      print([line], services.length > 1, output),
    );
    return { lines: [] };
  },
  render({ lines }, output) {
    if (lines.length === 0) output.note('Nothing was logged.');
    print(lines, new Set(lines.map((line) => line.service)).size > 1, output);
  },
});

function print(lines: readonly LogLine[], named: boolean, output: Output): void {
  for (const { service, line } of lines) output.data(named ? `${service.padEnd(8)} | ${line}` : line);
}

function refuse(message: string, detail = ''): Error {
  return usageError({
    code: 'invalid-option',
    message,
    detail,
    suggestion: 'Run "healthmon emulators logs --help".',
  });
}
