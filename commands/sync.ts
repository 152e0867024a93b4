import { defineCommand } from '../src/cli/command.js';
import { during } from '../src/cli/during.js';
import { counted } from '../src/core/counted.js';

export default defineCommand({
  details:
    'Reads the table at one moment, stages the rows in Cloud Storage, and replaces the BigQuery table by one load job: all rows or none.',
  options: [
    {
      flags: '--schema <file>',
      type: 'string',
      description: 'table schema of another table than admissions',
    },
    { flags: '--dry-run', type: 'boolean', description: 'say what would be replaced and copy nothing' },
  ],
  examples: [
    { command: 'healthmon sync', does: 'Copies PatientInfo into batch_patient_info.' },
    { command: 'healthmon sync --schema encounters.json', does: 'Copies the table of this schema.' },
  ],
  target: 'changes',
  result: {
    table: 'BigQuery table',
    rows: 'rows copied',
    snapshotTime: 'the moment in Spanner that was read',
    seconds: 'duration',
    dryRun: 'true when nothing was copied',
    from: 'with --dry-run: the Spanner table',
  },
  async run(input, context) {
    const { resolve } = await import('node:path');
    const { patientInfoSchema, readTableSchema } = await import('../src/schema/read-table-schema.js');
    const schema =
      input.schema === undefined ? patientInfoSchema() : readTableSchema(resolve(context.cwd, input.schema));
    if (input.dryRun) {
      const table = input.schema === undefined ? context.config.bigquery.batchTable : schema.bigqueryTable;
      return { dryRun: true as const, from: schema.spannerTable, table };
    }
    const { syncTable } = await import('../src/pipeline/sync/sync.js');
    return during(
      context.output,
      `Copying ${schema.spannerTable} to BigQuery`,
      async (progress) =>
        syncTable(await context.google(), context.config, {
          schema,
          signal: context.signal,
          onProgress: (rows) => progress.update(counted(rows, 'row')),
        }),
      ({ rows }) => counted(rows, 'row'),
    );
  },
  render(result, output) {
    if ('dryRun' in result) {
      output.note(`Would replace the rows of ${result.table} by a snapshot of ${result.from}.`);
      return;
    }
    output.table(
      ['table', 'rows', 'snapshot', 'seconds'],
      [[result.table, result.rows, result.snapshotTime, result.seconds.toFixed(2)]],
    );
  },
});
