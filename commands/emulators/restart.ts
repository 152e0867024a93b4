import { defineCommand } from '../../src/cli/command.js';
import { implementationOf } from '../../src/core/services.js';
import type { StartOptions } from '../../src/emulators/stack/start.js';
import type { ServiceStatus } from '../../src/emulators/stack/status.js';
import { DRY_RUN_OPTION, PLAN_KEYS, planOf, renderPlan } from '../plan.js';
import { BIGTABLE_OPTION, START_OPTIONS, startOptions, startShowing } from './options.js';
import { REPORT_KEYS, renderReport, reportOf } from './report.js';

/** Name of the snapshot that carries the data over. */
const CARRIED = 'restart';

export default defineCommand({
  details:
    'With the same data and on the same ports, where they are free. A service whose emulator changes, by --official or ' +
    'a setting, takes its data along by way of a snapshot, and so does Google’s, which holds everything in memory. ' +
    'With --fresh, or when a service does not work any more, what Google’s emulators held is lost.',
  options: [
    ...START_OPTIONS,
    BIGTABLE_OPTION,
    { flags: '--fresh', type: 'boolean', description: 'do not carry over what Google’s emulators hold' },
    DRY_RUN_OPTION,
  ],
  examples: [
    {
      command: 'healthmon emulators restart',
      does: 'Stops the local cloud and starts it again with its data.',
    },
    {
      command: 'healthmon emulators restart --official bigtable',
      does: 'The same, and moves what Bigtable holds to Google’s emulator.',
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
    const { checkStart } = await import('../../src/emulators/stack/start.js');
    const { stackStatus } = await import('../../src/emulators/stack/status.js');
    const { stopStack } = await import('../../src/emulators/stack/stop.js');
    const { deleteSnapshot, loadSnapshot, saveSnapshot } = await import(
      '../../src/emulators/snapshot/snapshot.js'
    );
    const asked = startOptions(input, context);
    const before = await stackStatus(asked);
    const had = before.services.map(({ name }) => name);
    const options = { ...asked, only: asked.only ?? (before.running ? had : undefined) };
    await checkStart(options);
    const moved = before.services.filter((service) => mustMove(service, options)).map(({ name }) => name);
    const isWhole = before.running && before.services.every((service) => service.ready);
    const carries = input.fresh !== true && isWhole;
    const carried = { ...options, only: moved, snapshot: `${CARRIED}-${options.name ?? 'default'}` };
    if (input.dryRun === true) {
      return planOf([
        ...(before.running ? [['stop', before.name] as const] : []),
        ['start', before.name, carries ? 'with the same data' : 'without what Google’s emulators held'],
      ]);
    }
    if (carries && moved.length > 0) {
      const bigtableInstances = [context.config.bigtable.instance, ...(input.bigtableInstance ?? [])];
      await saveSnapshot({ ...carried, bigtableInstances });
    } else if (before.running && !carries && input.fresh !== true) {
      context.output.warn('A service does not work, so what Google’s emulators hold cannot be carried over.');
    }
    await stopStack(options);
    const { status } = await startShowing(options, context);
    if (carries && moved.length > 0) {
      await loadSnapshot({ ...carried, isFresh: true });
      deleteSnapshot(carried);
    }
    return { ...(await reportOf(status, options)), dataKept: carries };
  },
  render(report, output) {
    if (!renderPlan(report, output)) renderReport(report, output);
  },
});

/** An embedded service finds its files again; Google's, or one in the place of Google's, does not. */
function mustMove({ name, implementation }: ServiceStatus, { only, implementations }: StartOptions): boolean {
  if (implementation === 'external' || only?.includes(name) === false) return false;
  return implementation === 'official' || implementationOf(name, implementations) === 'official';
}
