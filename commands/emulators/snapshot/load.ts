import { defineCommand } from '../../../src/cli/command.js';
import { during } from '../../../src/cli/during.js';
import { DRY_RUN_OPTION, PLAN_KEYS, planOf, renderPlan } from '../../plan.js';
import { locationOf, NAME_OPTION } from '../options.js';

export default defineCommand({
  details:
    'The snapshot is verified first; then everything that the running stack holds is replaced by it. Ports stay. ' +
    'To start a stack from a snapshot, use "emulators start --from".',
  arguments: [
    { name: 'snapshot', description: 'name of the snapshot', required: true, completes: 'snapshots' },
  ],
  options: [NAME_OPTION, DRY_RUN_OPTION],
  examples: [
    { command: 'healthmon emulators snapshot load loaded', does: 'Puts the local cloud back to "loaded".' },
  ],
  target: 'offline',
  result: {
    name: 'name of the snapshot',
    format: 'version of the format',
    project: 'the project it was saved in',
    createdAt: 'when it was saved',
    services: 'count and unit of what each service got',
    bigtableInstances: 'Bigtable instances whose tables were saved, besides those that were created',
    ...PLAN_KEYS,
  },
  async run(input, context) {
    const { checkSnapshot, loadSnapshot, runningStack } = await import(
      '../../../src/emulators/snapshot/snapshot.js'
    );
    const location = { ...locationOf(input, context), snapshot: input.snapshot };
    if (input.dryRun === true) {
      const { services } = await runningStack(location);
      await checkSnapshot(location);
      return planOf(services.map(({ name }) => ['replace', name, `by the snapshot ${location.snapshot}`]));
    }
    const { files: _files, ...manifest } = await during(context.output, 'Loading the snapshot', () =>
      loadSnapshot({ ...location, signal: context.signal }),
    );
    return manifest;
  },
  render(result, output) {
    if (renderPlan(result, output)) return;
    const { name, createdAt } = result;
    output.note(`The local cloud is as it was saved in "${name}" at ${createdAt}.`);
  },
});
