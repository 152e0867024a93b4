import { defineCommand } from '../../src/cli/command.js';
import { DRY_RUN_OPTION, PLAN_KEYS, planOf, renderPlan } from '../plan.js';
import { START_OPTIONS, startOptions, startShowing } from './options.js';

export default defineCommand({
  details:
    'Removes the data of all five services of one stack. A running stack is started again, empty, on the same ports. ' +
    'Snapshots stay. Touches nothing outside the folder of the local cloud.',
  options: [...START_OPTIONS, DRY_RUN_OPTION],
  examples: [{ command: 'healthmon emulators reset', does: 'Empties the local cloud.' }],
  target: 'offline',
  result: {
    name: 'name of the stack',
    running: 'whether it runs again',
    ...PLAN_KEYS,
  },
  async run(input, context) {
    const { resetStack } = await import('../../src/emulators/stack/stop.js');
    const { stackPath } = await import('../../src/emulators/supervisor/state.js');
    const { stackStatus } = await import('../../src/emulators/stack/status.js');
    const options = startOptions(input, context);
    if (input.dryRun === true) {
      const { running, name } = await stackStatus(options);
      const folder = stackPath(options);
      return planOf([
        ...(running ? [['stop', name] as const] : []),
        ['delete', `${folder}/data`],
        ['delete', `${folder}/logs`],
        ...(running ? [['start', name] as const] : []),
      ]);
    }
    const wasRunning = await resetStack(options);
    if (wasRunning) await startShowing(options, context);
    return { name: options.name ?? 'default', running: wasRunning };
  },
  render(result, output) {
    if (renderPlan(result, output)) return;
    const { running } = result;
    output.note(
      running ? 'The local cloud is empty and runs.' : 'The local cloud is empty; it does not run.',
    );
  },
});
