import { defineCommand } from '../../src/cli/command.js';
import { DRY_RUN_OPTION, PLAN_KEYS, planOf, renderPlan } from '../plan.js';
import { BIGTABLE_OPTION, START_OPTIONS, startOptions, startShowing } from './options.js';
import { REPORT_KEYS, renderReport, reportOf } from './report.js';

/** Name of the snapshot that carries the data over. */
const CARRIED = 'restart';

export default defineCommand({
  details:
    'With the same data, by way of a snapshot, and on the same ports, where they are free. Messages that wait in ' +
    'Pub/Sub are lost. With --fresh, or when a service does not work any more, what Spanner, Bigtable and Pub/Sub ' +
    'held is lost.',
  options: [
    ...START_OPTIONS,
    BIGTABLE_OPTION,
    { flags: '--fresh', type: 'boolean', description: 'do not carry over what the services hold in memory' },
    DRY_RUN_OPTION,
  ],
  examples: [
    {
      command: 'healthmon emulators restart',
      does: 'Stops the local cloud and starts it again with its data.',
    },
    {
      command: 'healthmon emulators restart --fresh',
      does: 'The same, faster, and without the data in memory.',
    },
  ],
  target: 'offline',
  result: {
    ...REPORT_KEYS,
    dataKept: 'whether the new stack has the data of the old one',
    ...PLAN_KEYS,
  },
  async run(input, context) {
    const { stackStatus, stopStack } = await import('../../src/emulators/stack.js');
    const { deleteSnapshot, loadSnapshot, saveSnapshot } = await import(
      '../../src/emulators/snapshot/snapshot.js'
    );
    const options = startOptions(input, context);
    const carried = { ...options, snapshot: `${CARRIED}-${options.name ?? 'default'}` };
    const before = await stackStatus(options);
    const isWhole = before.services.length > 0 && before.services.every((service) => service.ready);
    const carries = input.fresh !== true && isWhole;
    if (input.dryRun === true) {
      return planOf([
        ...(before.running ? [['stop', before.name] as const] : []),
        ['start', before.name, carries ? 'with the same data' : 'without what the services held in memory'],
      ]);
    }
    if (carries) {
      const bigtableInstances = [
        context.config.bigtable.instance,
        ...((input.bigtableInstance as string[]) ?? []),
      ];
      await saveSnapshot({ ...carried, bigtableInstances });
    } else if (before.running && input.fresh !== true) {
      context.output.warn(
        'A service does not work, so what the services hold in memory cannot be carried over.',
      );
    }
    await stopStack(options);
    const { status } = await startShowing(options, context);
    if (carries) {
      await loadSnapshot({ ...carried, isFresh: true });
      deleteSnapshot(carried);
    }
    return { ...(await reportOf(status, options)), dataKept: carries };
  },
  render(report, output) {
    if (!renderPlan(report, output)) renderReport(report, output);
  },
});
