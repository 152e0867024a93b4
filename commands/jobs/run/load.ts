import { defineCommand } from '../../../src/cli/command.js';
import { during } from '../../../src/cli/during.js';
import { counted } from '../../../src/core/counted.js';
import { EXIT } from '../../../src/errors/healthmon-error.js';
import { JOB_DEFAULTS } from '../../../src/pipeline/jobs/defaults.js';
import { DRY_RUN_OPTION, PLAN_KEYS, planOf, renderPlan } from '../../plan.js';
import { engineOf, MACHINE_OPTIONS, machinesOf, RUN_RESULT, VALIDATE_OPTION } from '../launch.js';
import { FILES_ARGUMENT, LOAD_JOB_OPTIONS, loadRequestOf } from '../options.js';

export default defineCommand({
  details:
    'For many or large files: a machine reads each. Files are put into the bucket as they are, their header lines and the ' +
    'table are looked at, and Google’s template Yaml_Template is launched with the text of the job. Rows are checked ' +
    'and written as "healthmon load" does it, and what is rejected goes to files in the bucket that "healthmon load" takes ' +
    'as they are. The first row of a key wins, in the order of the files. Tables with foreign keys or unique values, other ' +
    'encodings than UTF-8 and other modes than upsert are left to "healthmon load".',
  arguments: [FILES_ARGUMENT],
  options: [
    {
      flags: '--job-name <name>',
      type: 'string',
      default: JOB_DEFAULTS.loadName,
      description: 'name of the job',
    },
    ...LOAD_JOB_OPTIONS,
    ...MACHINE_OPTIONS,
    VALIDATE_OPTION,
    {
      flags: '--wait <state>',
      type: 'string',
      choices: ['done', 'none'],
      default: 'done',
      description: 'until when to wait',
    },
    DRY_RUN_OPTION,
  ],
  examples: [
    {
      command: 'healthmon jobs run load "gs://ward/export/*.csv"',
      does: 'Loads files of the local Cloud Storage under Apache Beam.',
    },
    {
      command:
        'healthmon jobs run load gs://ward/export/ --target cloud --template-version 2026-08-18-00_RC00 --max-workers 20',
      does: 'Loads a folder on Dataflow.',
    },
  ],
  target: 'changes',
  result: {
    ...RUN_RESULT,
    table: 'Spanner table',
    rowsRead: 'data rows in the files; null when the job was not waited for, as are the next two',
    rowsLoaded: 'rows written',
    rowsRejected: 'rows that were not written',
    rejects: 'reject files in Cloud Storage',
    ...PLAN_KEYS,
  },
  async run(input, context) {
    const { config, cwd, signal, output } = context;
    const request = loadRequestOf(input.files, input);
    if (input.dryRun === true) {
      return planOf([
        ...request.files.map((file) => ['read', file] as const),
        ['launch', input.jobName, 'Yaml_Template'],
        ['write', `${config.spanner.instance}/${config.spanner.database}`],
      ]);
    }
    const { runLoadJob } = await import('../../../src/pipeline/jobs/run-load-job.js');
    const clients = await context.google(['dataflow', 'storage', 'spanner']);
    return during(
      output,
      `Running ${input.jobName}`,
      (progress) =>
        runLoadJob(
          {
            ...machinesOf(input),
            name: input.jobName,
            request,
            validateOnly: input.validateOnly === true,
            wait: input.wait,
          },
          { clients, config, cwd, signal, requireEngine: engineOf(context) },
          (state) => progress.update(state),
        ),
      ({ state }) => state ?? 'the request is valid',
    );
  },
  render(result, output) {
    if (renderPlan(result, output)) return;
    const { consoleUrl, jobId, rejects, rowsLoaded, rowsRead, rowsRejected, table } = result;
    for (const file of rejects) output.note(`Rejected rows: ${file}`);
    if (rowsRead !== null) {
      output.table(['table', 'read', 'loaded', 'rejected'], [[table, rowsRead, rowsLoaded!, rowsRejected!]]);
    }
    output.note(
      jobId === null ? 'Dataflow would launch it.' : `${counted(rowsRead ?? 0, 'row')}, job ${jobId}`,
    );
    if (consoleUrl !== null) output.note(consoleUrl);
  },
  exitCode: (result) =>
    'rowsRejected' in result && (result.rowsRejected ?? 0) > 0 ? EXIT.rowsRejected : EXIT.done,
});
