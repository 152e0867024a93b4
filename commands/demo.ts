import { type Context, defineCommand } from '../src/cli/command.js';
import { chosenEmulators } from '../src/config/config.js';
import { counted } from '../src/core/counted.js';
import { SERVICES, STANDARD_SERVICES, titlesOf } from '../src/core/services.js';
import { usageError } from '../src/errors/healthmon-error.js';
import type { Output } from '../src/output/output.js';
import { DRY_RUN_OPTION, PLAN_KEYS, planOf, renderPlan } from './plan.js';

const STACK = 'demo';

/** What the summary shows of each step's result. */
interface Steps {
  provision: { created: number; seconds: number };
  load: { rowsLoaded: number; rowsRejected: number; rowsPerSecond: number; seconds: number };
  simulate: { published: number; messagesPerSecond: number; seconds: number };
  stream: {
    written: number;
    deadLettered: number;
    messagesPerSecond: number;
    seconds: number;
    latencyMs: { p50: number; p95: number; p99: number };
    alerts: { raised: number };
  };
  sync: { table: string; rows: number; seconds: number };
  join: { table: string; rows: number; patients: number; readingsWithoutPatient: number; seconds: number };
  train: { model: string; trainRows: number; trainPatients: number; iterations: number; seconds: number };
  evaluate: { metrics: Record<string, number>; passed: boolean };
  predict: { rows: Record<string, unknown>[] };
}

export default defineCommand({
  details:
    'Starts a local cloud of its own, runs every stage in it and stops it again. Without --admissions it uses a file that it makes itself: 200 admissions whose outcome depends on condition, age and length of stay, with noise. Readings are five minutes apart, so that the default number is eight hours, in which some patients get worse, of sepsis among others.',
  options: [
    { flags: '--admissions <file>', type: 'string', description: 'admissions CSV to load' },
    {
      flags: '--count <n>',
      type: 'integer',
      minimum: 1000,
      maximum: 5_000_000,
      default: 19_200,
      description: 'readings to simulate',
    },
    {
      flags: '--dashboard',
      type: 'boolean',
      description: 'keep the local cloud and open the dashboard, until interrupted',
    },
    { flags: '--seed <n>', type: 'integer', default: 7, description: 'what all randomness comes from' },
    DRY_RUN_OPTION,
  ],
  examples: [
    { command: 'healthmon demo', does: 'Runs everything on generated data.' },
    { command: 'healthmon demo --dashboard', does: 'Runs everything and opens the ward in the browser.' },
    { command: 'healthmon demo --admissions hospital.csv', does: 'Runs everything on your own file.' },
  ],
  target: 'changes',
  // The local cloud is ended as well.
  graceMs: () => 15_000,
  result: {
    provision: 'result of provision',
    load: 'result of load',
    simulate: 'result of simulate',
    stream: 'result of stream',
    sync: 'result of sync',
    join: 'result of join',
    train: 'result of train',
    evaluate: 'result of evaluate',
    predict: 'result of predict',
    dashboard: 'url and port of the dashboard; null without --dashboard',
    seconds: 'duration of the whole',
    ...PLAN_KEYS,
  },
  async run(input, context) {
    if (context.config.target !== 'local') {
      throw usageError({
        code: 'unsupported',
        message: 'The demo runs on the local target only.',
        detail: 'It creates and fills every resource of the pipeline.',
        suggestion: 'Leave out --target cloud; on Google Cloud run the stages one by one.',
      });
    }
    if (input.dryRun === true) {
      const made: string[][] = input.admissions === undefined ? [generation(input, 'admissions.csv')] : [];
      const stages = [...made, ...stagesOf(input, String(input.admissions ?? 'admissions.csv'))];
      return planOf([
        ['start', 'a local cloud of its own'],
        ...stages.map((argv) => ['run', context.output.named(`healthmon ${argv.join(' ')}`)] as const),
        ['delete', 'the local cloud'],
      ]);
    }
    const startedMs = performance.now();
    const { mkdtempSync, rmSync } = await import('node:fs');
    const { tmpdir } = await import('node:os');
    const { join } = await import('node:path');
    const local = await openStack(context);
    let folder: string | undefined;
    // An impatient second Ctrl-C ends the process before the steps have wound down.
    const clean = () => {
      if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
    };
    process.once('exit', clean);
    try {
      let file = input.admissions;
      if (file === undefined) {
        folder = mkdtempSync(join(tmpdir(), 'healthmon-demo-'));
        file = join(folder, 'admissions.csv');
        await step(generation(input, file), local.context);
      }
      const results = {} as Record<keyof Steps, unknown>;
      for (const argv of stagesOf(input, file)) {
        results[argv[0] as keyof Steps] = await step(argv, local.context);
      }
      const seconds = (performance.now() - startedMs) / 1000;
      if (input.dashboard !== true) return { ...(results as unknown as Steps), dashboard: null, seconds };
      const { openDashboard } = await import('./dashboard.js');
      const options = { host: '127.0.0.1', port: 0, allowedHosts: [], live: true };
      const { url, port, untilAborted } = await openDashboard(options, local.context);
      const result = { ...(results as unknown as Steps), dashboard: { url, port }, seconds };
      await context.announce(result);
      await untilAborted(true);
      return result;
    } finally {
      clean();
      process.off('exit', clean);
      await local.close();
    }
  },
  render(result, output) {
    if (renderPlan(result, output)) return;
    const { load, simulate, stream, train, evaluate } = result;
    const rate = (value: number) => `${Math.round(value).toLocaleString('en')}/s`;
    const seconds = (value: number) => value.toFixed(2);
    output.data('');
    output.table(
      ['stage', 'count', 'what', 'rate', 'seconds'],
      [
        ['provision', result.provision.created, 'resources created', '', seconds(result.provision.seconds)],
        [
          'load',
          load.rowsLoaded,
          `admissions in Spanner, ${load.rowsRejected} rejected`,
          rate(load.rowsPerSecond),
          seconds(load.seconds),
        ],
        [
          'simulate',
          simulate.published,
          'readings published',
          rate(simulate.messagesPerSecond),
          seconds(simulate.seconds),
        ],
        [
          'stream',
          stream.written,
          `readings in Bigtable and BigQuery, ${counted(stream.deadLettered, 'dead letter')}`,
          rate(stream.messagesPerSecond),
          seconds(stream.seconds),
        ],
        ['alerts', stream.alerts.raised, 'early warnings raised', '', ''],
        ['sync', result.sync.rows, `rows in ${result.sync.table}`, '', seconds(result.sync.seconds)],
        [
          'join',
          result.join.rows,
          `rows in ${result.join.table}, ${counted(result.join.patients, 'patient')}`,
          '',
          seconds(result.join.seconds),
        ],
        [
          'train',
          train.trainRows,
          `rows of ${counted(train.trainPatients, 'patient')}, ${counted(train.iterations, 'iteration')}`,
          '',
          seconds(train.seconds),
        ],
      ],
    );
    output.data('');
    output.table(
      ['metric', 'on patients the model never saw'],
      Object.entries(evaluate.metrics).map(([name, value]) => [name, value.toFixed(4)]),
    );
    drawPredictions(result.predict.rows, output);
    const ran = `\nEverything ran locally in ${seconds(result.seconds)} s`;
    if (result.dashboard === null) {
      output.note(`${ran}; the demo's emulators are stopped.`);
      output.note('To see its ward and patients in a browser: healthmon demo --dashboard');
      return;
    }
    output.note(`${ran}. Ctrl-C ends the dashboard and the demo's emulators.`);
    output.data(result.dashboard.url);
  },
});

function generation({ seed }: { seed: number }, file: string): string[] {
  return ['simulate', 'admissions', '--rows', '200', '--seed', String(seed), '--output', file];
}

/** The command lines of the demo, each beginning with the name under which its result is given. */
function stagesOf(
  input: { count: number; seed: number; dashboard?: boolean | undefined },
  file: string,
): string[][] {
  const [count, seed] = [String(input.count), String(input.seed)];
  return [
    ['provision'],
    ['load', file],
    [
      'simulate',
      ...['--patients-from', 'spanner', '--scenario', 'mixed', '--interval', '5m'],
      ...['--count', count, '--seed', seed],
    ],
    ['stream', '--alerts', '--max-messages', count, '--idle-timeout', '30s'],
    ['sync'],
    ['join'],
    ['train'],
    ['evaluate'],
    ['predict', '--limit', '5', ...(input.dashboard ? ['--store'] : [])],
  ];
}

function drawPredictions(rows: Steps['predict']['rows'], output: Output): void {
  output.data('');
  output.table(
    ['Patient_ID', 'predicted', 'probability', 'recorded'],
    rows.map((row) => [
      row.Patient_ID,
      row.predicted_Outcome,
      Number(row.probability).toFixed(3),
      row.actual_Outcome,
    ]),
  );
}

async function step(argv: readonly string[], context: Context): Promise<unknown> {
  const [{ runStep }, { INDEX }] = await Promise.all([import('../src/cli/step.js'), import('./index.js')]);
  const { output } = context;
  output.note(output.style.cyan(`$ healthmon ${argv.join(' ')}`));
  // Each of the alerts of a whole night is no news; the table says how many there were.
  const heard = argv[0] === 'stream' ? { ...output, note() {} } : output;
  return runStep(argv, INDEX, { ...context, output: heard });
}

/** A stack of the demo's own, which ends with this process however that ends; a given one is used as it is. */
async function openStack(context: Context): Promise<{ context: Context; close(): Promise<void> }> {
  const { env } = context;
  if (STANDARD_SERVICES.every((service) => env[SERVICES[service].hostVariable])) {
    return { context, async close() {} };
  }
  const { resetStack } = await import('../src/emulators/stack/stop.js');
  const { stackEmulators } = await import('../src/emulators/stack/status.js');
  const { startStack } = await import('../src/emulators/stack/start.js');
  const { createGoogleClients } = await import('../src/gcp/clients.js');
  const { config, cwd, signal, output } = context;
  const stack = { env, cwd, name: STACK };
  const progress = output.progress('Starting a local cloud for the demo');
  try {
    await resetStack(stack);
    const implementations = chosenEmulators(config);
    await startStack(
      { ...stack, project: config.project, implementations, tethered: true, signal },
      ({ service }) => progress.update(`${service} answers`),
    );
    progress.done(`${titlesOf(STANDARD_SERVICES)} answer`);
  } catch (error) {
    progress.fail();
    await resetStack(stack);
    throw error;
  }
  const emulators = stackEmulators(stack)!;
  const clients = createGoogleClients(config, (service) => emulators[service]!, env);
  return {
    context: { ...context, google: async () => clients },
    async close() {
      await clients.close();
      await resetStack(stack);
    },
  };
}
