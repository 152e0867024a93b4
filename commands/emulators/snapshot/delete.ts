import { defineCommand } from '../../../src/cli/command.js';
import { DRY_RUN_OPTION, PLAN_KEYS, planOf, renderPlan } from '../../plan.js';

export default defineCommand({
  arguments: [
    { name: 'snapshot', description: 'name of the snapshot', required: true, completes: 'snapshots' },
  ],
  options: [DRY_RUN_OPTION],
  examples: [
    { command: 'healthmon emulators snapshot delete loaded', does: 'Removes the snapshot "loaded".' },
  ],
  target: 'offline',
  result: {
    deleted: 'name of the snapshot',
    ...PLAN_KEYS,
  },
  async run(input, { env, cwd }) {
    const { checkSnapshot, deleteSnapshot } = await import('../../../src/emulators/snapshot/snapshot.js');
    const snapshot = input.snapshot;
    const location = { env, cwd, snapshot };
    if (input.dryRun === true) {
      await checkSnapshot(location);
      return planOf([['delete', `snapshot ${snapshot}`]]);
    }
    deleteSnapshot(location);
    return { deleted: snapshot };
  },
  render(result, output) {
    if (!renderPlan(result, output)) output.note(`Deleted: ${result.deleted}.`);
  },
});
