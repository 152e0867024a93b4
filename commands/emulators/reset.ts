import { defineCommand } from '../../src/cli/command.js';
import { START_OPTIONS, startOptions, startShowing } from './options.js';

export default defineCommand({
  details:
    'Removes the data of all five services of one stack. A running stack is started again, empty, on the same ports. ' +
    'Snapshots stay. Touches nothing outside the folder of the local cloud.',
  options: START_OPTIONS,
  examples: [{ command: 'healthmon emulators reset', does: 'Empties the local cloud.' }],
  target: 'offline',
  result: {
    name: 'name of the stack',
    running: 'whether it runs again',
  },
  async run(input, context) {
    const { resetStack } = await import('../../src/emulators/stack.js');
    const options = startOptions(input, context);
    const wasRunning = await resetStack(options);
    if (wasRunning) await startShowing(options, context);
    return { name: options.name ?? 'default', running: wasRunning };
  },
  render({ running }, output) {
    output.note(
      running ? 'The local cloud is empty and runs.' : 'The local cloud is empty; it does not run.',
    );
  },
});
