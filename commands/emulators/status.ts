import { defineCommand } from '../../src/cli/command.js';
import { EXIT } from '../../src/errors/healthmon-error.js';
import { locationOf, NAME_OPTION } from './options.js';
import { REPORT_KEYS, renderReport, reportOf } from './report.js';

export default defineCommand({
  details:
    'Looks at the processes and ports themselves, not only at what was written down. Exit code 3 when a service of ' +
    'a running stack does not work.',
  options: [NAME_OPTION],
  examples: [
    { command: 'healthmon emulators status', does: 'Shows every service, its address and its memory.' },
  ],
  target: 'offline',
  result: REPORT_KEYS,
  async run(input, context) {
    const { stackStatus } = await import('../../src/emulators/stack/status.js');
    const location = locationOf(input, context);
    return reportOf(await stackStatus(location), location);
  },
  render: renderReport,
  exitCode: ({ services }) => (services.every((service) => service.ready) ? EXIT.done : EXIT.notReady),
});
