import { defineCommand } from '../src/cli/command.js';
import { during } from '../src/cli/during.js';

export default defineCommand({
  details: 'Rebuilds the joined table from batch_patient_info and stream_patient_vitals, each reading once.',
  options: [{ flags: '--dry-run', type: 'boolean', description: 'print the statement and run nothing' }],
  examples: [{ command: 'healthmon join', does: 'Rebuilds joined_patient_records.' }],
  target: 'changes',
  result: {
    table: 'the joined table',
    rows: 'rows in it',
    patients: 'patients in it',
    readingsWithoutPatient: 'readings whose patient has no admission',
    seconds: 'duration',
    dryRun: 'true when nothing was run',
    statement: 'with --dry-run: the statement',
  },
  async run(input, context) {
    if (input.dryRun) {
      const { statement } = await import('../src/pipeline/analytics/templates.js');
      return { dryRun: true as const, statement: statement('join', context.config) };
    }
    const { bigQueryPort } = await import('../src/gcp/bigquery/port.js');
    const { joinRecords } = await import('../src/pipeline/analytics/join.js');
    return during(context.output, 'Joining', async () =>
      joinRecords(await bigQueryPort(await context.google()), context.config, context.signal),
    );
  },
  render(result, output) {
    if ('dryRun' in result) {
      output.data(result.statement);
      return;
    }
    output.table(
      ['table', 'rows', 'patients', 'readings without patient', 'seconds'],
      [
        [
          result.table,
          result.rows,
          result.patients,
          result.readingsWithoutPatient,
          result.seconds.toFixed(2),
        ],
      ],
    );
  },
});
