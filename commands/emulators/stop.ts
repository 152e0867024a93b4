import { defineCommand } from '../../src/cli/command.js';
import { DRY_RUN_OPTION, PLAN_KEYS, planOf, renderPlan } from '../plan.js';
import { locationOf, NAME_OPTION } from './options.js';

export default defineCommand({
  details:
    'Ends every process of the stack, also what a killed healthmon left behind, and fails if any of them or a port ' +
    'survives. Google’s emulators keep their data in memory, so it is gone then; ' +
    '"emulators snapshot save" keeps it.',
  options: [
    NAME_OPTION,
    { flags: '--all', type: 'boolean', description: 'every stack of this folder' },
    DRY_RUN_OPTION,
  ],
  examples: [
    { command: 'healthmon emulators stop', does: 'Stops the local cloud of this folder.' },
    { command: 'healthmon emulators stop --all', does: 'Stops every stack of this folder.' },
  ],
  target: 'offline',
  result: {
    stopped: 'names of the stacks that were stopped',
    ...PLAN_KEYS,
  },
  async run(input, context) {
    const { stackNames } = await import('../../src/emulators/supervisor/state.js');
    const { stackStatus } = await import('../../src/emulators/stack/status.js');
    const { stopStack } = await import('../../src/emulators/stack/stop.js');
    const location = { ...locationOf(input, context), signal: context.signal };
    const names = input.all === true ? stackNames(location) : [location.name];
    if (input.dryRun === true) {
      const stacks = await Promise.all(names.map((name) => stackStatus({ ...location, name })));
      return planOf(
        stacks
          .filter(({ running }) => running)
          .map(({ name, services }) => ['stop', name, services.map((service) => service.name).join(', ')]),
      );
    }
    const stopped: string[] = [];
    for (const name of names) {
      if (await stopStack({ ...location, name })) stopped.push(name ?? 'default');
    }
    return { stopped };
  },
  render(result, output) {
    if (renderPlan(result, output)) return;
    const { stopped } = result;
    output.note(stopped.length === 0 ? 'Nothing was running.' : `Stopped: ${stopped.join(', ')}.`);
  },
});
