import { defineCommand } from '../../src/cli/command.js';
import { START_OPTIONS, startOptions, startShowing } from './options.js';
import { renderReport, reportOf } from './report.js';

export default defineCommand({
  details: 'On the same ports as before, where they are free.',
  options: START_OPTIONS,
  examples: [{ command: 'healthmon emulators restart', does: 'Stops the local cloud and starts it again.' }],
  target: 'offline',
  async run(input, context) {
    const { stopStack } = await import('../../src/emulators/stack.js');
    const options = startOptions(input, context);
    await stopStack(options);
    const { status } = await startShowing(options, context);
    return reportOf(status, options);
  },
  render: renderReport,
});
