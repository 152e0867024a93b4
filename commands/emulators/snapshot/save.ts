import { defineCommand } from '../../../src/cli/command.js';
import { during } from '../../../src/cli/during.js';
import { DRY_RUN_OPTION, PLAN_KEYS, planOf, renderPlan } from '../../plan.js';
import { BIGTABLE_OPTION, locationOf, NAME_OPTION } from '../options.js';

export default defineCommand({
  details:
    'Spanner schema and rows, Bigtable tables and cells with their timestamps, Pub/Sub schemas, topics, ' +
    'subscriptions and the messages that wait in them, BigQuery with its models, and Cloud Storage. Written aside, ' +
    'verified and renamed: a save that fails leaves an older snapshot of that name as it was. Embedded ' +
    'services are away for about a second.',
  arguments: [
    { name: 'snapshot', description: 'name of the snapshot', required: true, completes: 'snapshots' },
  ],
  options: [NAME_OPTION, BIGTABLE_OPTION, DRY_RUN_OPTION],
  examples: [
    { command: 'healthmon emulators snapshot save loaded', does: 'Saves the local cloud as "loaded".' },
  ],
  target: 'offline',
  result: {
    name: 'name of the snapshot',
    format: 'version of the format',
    project: 'the project it was saved in',
    createdAt: 'when it was saved',
    services: 'count and unit of what was saved of each service',
    bigtableInstances: 'Bigtable instances whose tables were saved, besides those that were created',
    bytes: 'size on disk',
    ...PLAN_KEYS,
  },
  async run(input, context) {
    const { listSnapshots, runningStack, saveSnapshot } = await import(
      '../../../src/emulators/snapshot/snapshot.js'
    );
    const location = locationOf(input, context);
    const snapshot = input.snapshot;
    if (input.dryRun === true) {
      const { services } = await runningStack(location);
      const isThere = listSnapshots(location).some(({ name }) => name === snapshot);
      const names = services.map(({ name }) => name).join(', ');
      return planOf([[isThere ? 'replace' : 'create', `snapshot ${snapshot}`, names]]);
    }
    const bigtableInstances = [context.config.bigtable.instance, ...(input.bigtableInstance ?? [])];
    const { files, ...manifest } = await during(context.output, 'Saving the local cloud', () =>
      saveSnapshot({ ...location, snapshot, bigtableInstances, signal: context.signal }),
    );
    return { ...manifest, bytes: files.reduce((sum, file) => sum + file.bytes, 0) };
  },
  render(result, output) {
    if (renderPlan(result, output)) return;
    const { name, services } = result;
    output.table(
      ['service', 'saved'],
      Object.entries(services).map(([service, { count, unit }]) => [service, `${count} ${unit}`]),
    );
    output.note(`Load it with "healthmon emulators snapshot load ${name}".`);
  },
});
