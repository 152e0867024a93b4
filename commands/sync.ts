import { defineCommand } from '../src/cli/command.js';
import { during } from '../src/cli/during.js';
import { counted } from '../src/core/counted.js';
import { usageError } from '../src/errors/healthmon-error.js';

function connectionOf({ connection }: { connection: string | undefined }): string {
  if (connection !== undefined) return connection;
  throw usageError({
    code: 'invalid-option',
    message: 'BigQuery reads Spanner through a connection, and none is given.',
    suggestion: 'Add --connection NAME; docs/google-cloud.md shows how one is made.',
  });
}

export default defineCommand({
  details:
    'Reads the table at one moment, stages the rows in Cloud Storage, and replaces the rows of the BigQuery table by one load ' +
    'job: all or none. With --method federated BigQuery reads Spanner by itself, through a connection that may use Data ' +
    'Boost, and replaces them by one statement: for tables that are too large to pass one machine. It exists on Google ' +
    'Cloud only.',
  options: [
    {
      flags: '--schema <file>',
      type: 'string',
      description: 'table schema of another table than admissions',
    },
    {
      flags: '--method <method>',
      type: 'string',
      choices: ['copy', 'federated'],
      default: 'copy',
      description: 'copy: through this machine and Cloud Storage; federated: BigQuery reads Spanner',
    },
    {
      flags: '--connection <name>',
      type: 'string',
      description:
        'with federated: connection of BigQuery to the database, its name or PROJECT.LOCATION.NAME',
    },
    { flags: '--dry-run', type: 'boolean', description: 'say what would be replaced and copy nothing' },
  ],
  examples: [
    { command: 'healthmon sync', does: 'Copies PatientInfo into batch_patient_info.' },
    { command: 'healthmon sync --schema encounters.json', does: 'Copies the table of this schema.' },
    {
      command: 'healthmon sync --target cloud --method federated --connection healthmon-spanner',
      does: 'Has BigQuery copy it.',
    },
  ],
  target: 'changes',
  result: {
    table: 'BigQuery table',
    rows: 'rows copied',
    snapshotTime: 'the moment in Spanner that was read; null when BigQuery chose it',
    seconds: 'duration',
    dryRun: 'true when nothing was copied',
    from: 'with --dry-run: the Spanner table',
    statement: 'with --dry-run: the statement of BigQuery; null when there is none',
  },
  async run(input, context) {
    const { resolve } = await import('node:path');
    const { patientInfoSchema, readTableSchema } = await import('../src/schema/read-table-schema.js');
    const schema =
      input.schema === undefined ? patientInfoSchema() : readTableSchema(resolve(context.cwd, input.schema));
    const { config, signal } = context;
    const { bigQueryTableOf, syncTable } = await import('../src/pipeline/sync/sync.js');
    const federated = input.method === 'federated' ? { schema, connection: connectionOf(input) } : undefined;
    if (input.dryRun) {
      const table = bigQueryTableOf(schema, config);
      const { federatedStatement } = await import('../src/pipeline/sync/federated.js');
      const statement = federated === undefined ? null : federatedStatement(config, federated, table);
      return { dryRun: true as const, from: schema.spannerTable, table, statement };
    }
    return during(
      context.output,
      `Copying ${schema.spannerTable} to BigQuery`,
      async (progress) => {
        if (federated !== undefined) {
          const { syncFederated } = await import('../src/pipeline/sync/federated.js');
          return syncFederated(await context.google(['bigquery']), config, federated, signal);
        }
        const onProgress = (rows: number) => progress.update(counted(rows, 'row'));
        return syncTable(await context.google(), config, { schema, signal, onProgress });
      },
      ({ rows }) => counted(rows, 'row'),
    );
  },
  render(result, output) {
    if ('dryRun' in result) {
      if (result.statement !== null) output.data(result.statement);
      output.note(`Would replace the rows of ${result.table} by a snapshot of ${result.from}.`);
      return;
    }
    output.table(
      ['table', 'rows', 'snapshot', 'seconds'],
      [[result.table, result.rows, result.snapshotTime ?? '', result.seconds.toFixed(2)]],
    );
  },
});
