import { defineCommand } from '../../src/cli/command.js';
import { STANDARD_SERVICES } from '../../src/core/services.js';
import { nameFlag } from '../../src/core/stack-name.js';
import type { StartOptions } from '../../src/emulators/stack/start.js';
import { DRY_RUN_OPTION, PLAN_KEYS, planOf, renderPlan } from '../plan.js';
import { clientLines } from './clients.js';
import { START_OPTIONS, startOptions, startShowing } from './options.js';
import { REPORT_KEYS, renderReport, reportOf } from './report.js';

export default defineCommand({
  details:
    'In the background. Returns when a real call to each service has succeeded. A stack that runs already is left as ' +
    'it is, but services that it does not have are added, and those of it that died are started again. State lies in ' +
    '.healthmon/, or in HEALTHMON_STATE_DIR.',
  options: [
    ...START_OPTIONS,
    {
      flags: '--from <snapshot>',
      type: 'string',
      description: 'begin with what was saved in this snapshot',
      completes: 'snapshots',
    },
    { flags: '--foreground', type: 'boolean', description: 'stay until interrupted, then stop everything' },
    DRY_RUN_OPTION,
  ],
  examples: [
    { command: 'healthmon emulators start', does: 'Starts all five services on free ports.' },
    {
      command: 'healthmon emulators start --name two --port-base 21000',
      does: 'Starts a second stack on the ports 21000 to 21005.',
    },
    { command: 'healthmon emulators start --only spanner,pubsub', does: 'Starts only these two.' },
    {
      command: 'healthmon emulators start --official pubsub',
      does: 'Starts all services, Pub/Sub with Google’s emulator.',
    },
    {
      command: 'healthmon emulators start --only bigquery,storage --port bigquery=9050 --port storage=9051',
      does: 'Starts BigQuery and Cloud Storage alone, and prints how bq, gcloud and Python find them.',
    },
    {
      command: 'healthmon emulators start --from loaded',
      does: 'Starts with the data of the snapshot "loaded".',
    },
  ],
  target: 'offline',
  result: {
    ...REPORT_KEYS,
    alreadyRunning: 'whether it ran before',
    ...PLAN_KEYS,
  },
  async run(input, context) {
    const options = startOptions(input, context);
    const foreground = input.foreground === true;
    const snapshot = input.from;
    const { checkSnapshot, loadSnapshot } = await import('../../src/emulators/snapshot/snapshot.js');
    if (snapshot !== undefined) await checkSnapshot({ ...options, snapshot });
    if (input.dryRun === true) return planOf(await startSteps(options, snapshot));
    const started = await startShowing({ ...options, tethered: foreground }, context);
    if (snapshot !== undefined) {
      await loadSnapshot({ ...options, snapshot, isFresh: !started.alreadyRunning });
    }
    const report = { ...(await reportOf(started.status, options)), alreadyRunning: started.alreadyRunning };
    if (!foreground) return report;
    const { holdStack } = await import('../../src/emulators/stack/hold.js');
    if (!context.output.json) renderReport(report, context.output);
    context.output.note('Running until interrupted (Ctrl-C).');
    await holdStack(options, context.signal);
    return { ...report, running: false, services: [], env: {} };
  },
  render(report, output) {
    if (renderPlan(report, output)) return;
    if (!report.running) return;
    renderReport(report, output);
    for (const line of clientLines(report)) output.note(line);
    output.note(`Stop it with "healthmon emulators stop${nameFlag(report.name)}".`);
  },
});

async function startSteps(options: StartOptions, snapshot: string | undefined) {
  const { stackPath } = await import('../../src/emulators/supervisor/state.js');
  const { stackStatus } = await import('../../src/emulators/stack/status.js');
  const { planServices } = await import('../../src/emulators/supervisor/planning.js');
  const status = await stackStatus(options);
  const stepsOf = (services: readonly { name: string; path: string }[]) =>
    services.map(({ name, path }) => ['start', name, path] as const);
  const loading = snapshot === undefined ? [] : [['load', `snapshot ${snapshot}`] as const];
  const names = status.services.map(({ name }) => name);
  const missing = (options.only ?? STANDARD_SERVICES).filter((name) => !names.includes(name));
  const { services } = await planServices({ ...options, only: missing, folder: stackPath(options) });
  return [...stepsOf(status.services.filter(({ ready }) => !ready)), ...stepsOf(services), ...loading];
}
