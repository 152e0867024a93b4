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
import { engineOf, MACHINE_OPTIONS, machinesOf } from '../launch.js';
import { FILES_ARGUMENT, LOAD_JOB_OPTIONS, loadRequestOf } from '../options.js';

export default defineCommand({
  details:
    'Loads the same files by "healthmon load" and by the job, each into a database that is made for it, and compares rows ' +
    'and reject files byte by byte; left out is when rows were written. Without files two of admissions are made, in ' +
    'which a tenth of the rows is damaged and some keys repeat. Afterwards everything is removed.',
  arguments: [{ ...FILES_ARGUMENT, required: false }],
  options: [
    {
      flags: '--rows <n>',
      type: 'integer',
      minimum: 2,
      maximum: 1_000_000,
      default: JOB_DEFAULTS.verifiedRows,
      description: 'without files: rows to make',
    },
    seedOption('rows'),
    KEEP_OPTION,
    ...LOAD_JOB_OPTIONS,
    ...MACHINE_OPTIONS,
    DRY_RUN_OPTION,
  ],
  examples: [
    {
      command: 'healthmon jobs verify load',
      does: 'Compares 2,000 rows, as this machine’s Apache Beam and "load" write them.',
    },
    { command: 'healthmon jobs verify load admissions.csv', does: 'Does so with a file.' },
  ],
  target: 'changes',
  // Removes the databases.
  graceMs: () => 60_000,
  result: {
    table: 'Spanner table',
    rowsRead: 'data rows that both were given',
    rowsRejected: 'how many of them "load" did not write',
    jobId: 'the job',
    ...COMPARISON_RESULT,
    kept: 'with --keep: databases and folder that were left; else null',
    seconds: 'duration',
    ...PLAN_KEYS,
  },
  async run(input, context) {
    const { verifyLoad } = await import('../../../src/pipeline/jobs/verify-load.js');
    const { config, cwd, signal, output } = context;
    const request = loadRequestOf(input.files, input);
    if (input.dryRun === true) {
      return planOf([
        ['create', 'databases', 'two, for "load" and the job'],
        ['write', request.files.join(', ') || counted(input.rows, 'row')],
        ['launch', 'a job'],
        ['compare', 'rows, reject files'],
        ...(input.keep === true ? [] : [['delete', 'what was created'] as const]),
      ]);
    }
    const clients = await context.google(['dataflow', 'storage', 'spanner']);
    const { keep = false, rows, seed } = input;
    return comparing(output, (onStep) =>
      verifyLoad(
        { ...machinesOf(input), request, rows, seed, keep },
        { clients, config, cwd, signal, requireEngine: engineOf(context) },
        onStep,
      ),
    );
  },
  render(result, output) {
    if (renderPlan(result, output)) return;
    renderComparison(result, counted(result.rowsRead, 'row'), output);
  },
  exitCode: (result) => comparisonCode(result),
});
