import { defineCommand } from '../../../src/cli/command.js';
import { counted } from '../../../src/core/counted.js';
import { JOB_DEFAULTS } from '../../../src/pipeline/jobs/defaults.js';
import { DRY_RUN_OPTION, PLAN_KEYS, planOf, renderPlan } from '../../plan.js';
import {
  COMPARISON_RESULT,
  comparing,
  comparisonCode,
  KEEP_OPTION,
  renderComparison,
  seedOption,
} from '../comparison.js';
import { engineOf, LAUNCH_SERVICES, MACHINE_OPTIONS, machinesOf } from '../launch.js';

export default defineCommand({
  details:
    'Publishes the same messages, half of them FHIR bundles, to "healthmon stream" and to the job, which store them in ' +
    'tables that are made for it, and compares cells of Bigtable, rows of BigQuery and dead letters byte by byte. Left ' +
    'out are times of writing and the names of the subscriptions. Afterwards everything is removed.',
  options: [
    {
      flags: '--messages <n>',
      type: 'integer',
      minimum: 2,
      maximum: 100_000,
      default: JOB_DEFAULTS.verifiedMessages,
      description: 'readings to publish',
    },
    seedOption('messages'),
    {
      flags: '--faults',
      type: 'boolean',
      description: 'have messages among them that are no readings, and some that come late',
    },
    KEEP_OPTION,
    ...MACHINE_OPTIONS,
    DRY_RUN_OPTION,
  ],
  examples: [
    {
      command: 'healthmon jobs verify stream --faults',
      does: 'Compares 2,000 messages, as this machine’s Apache Beam and the worker store them.',
    },
  ],
  target: 'changes',
  // Cancels the job and removes the tables.
  graceMs: () => 60_000,
  result: {
    published: 'messages that both were given',
    rejected: 'how many of them were put aside, by reason',
    jobId: 'the job',
    ...COMPARISON_RESULT,
    kept: 'with --keep: topic, datasets and Bigtable tables that were left; else null',
    seconds: 'duration',
    ...PLAN_KEYS,
  },
  async run(input, context) {
    const { verifyStream } = await import('../../../src/pipeline/jobs/verify-stream.js');
    const { config, cwd, signal, output } = context;
    if (input.dryRun === true) {
      return planOf([
        ['create', 'topic, subscriptions, tables', 'two of each, for the worker and the job'],
        ['publish', counted(input.messages, 'reading')],
        ['launch', 'a job', 'and drain it'],
        ['compare', 'bigtable, bigquery, dead letters'],
        ...(input.keep === true ? [] : [['delete', 'what was created'] as const]),
      ]);
    }
    const clients = await context.google(LAUNCH_SERVICES);
    const { faults = false, keep = false, messages, seed } = input;
    return comparing(output, (onStep) =>
      verifyStream(
        { ...machinesOf(input), messages, seed, faults, keep },
        { clients, config, cwd, signal, requireEngine: engineOf(context) },
        onStep,
      ),
    );
  },
  render(result, output) {
    if (renderPlan(result, output)) return;
    renderComparison(result, counted(result.published, 'message'), output);
  },
  exitCode: (result) => comparisonCode(result),
});
