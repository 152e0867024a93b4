import { defineCommand } from '../src/cli/command.js';
import { counted } from '../src/core/counted.js';

/** The statements that change rows, as BigQuery names them. */
const DML = new Set(['INSERT', 'UPDATE', 'DELETE', 'MERGE', 'TRUNCATE_TABLE']);

export default defineCommand({
  details: 'Any GoogleSQL. Names without a dataset are looked up in the dataset of the configuration.',
  arguments: [
    { name: 'sql', description: 'the statement; "-" reads it from standard input', required: true },
  ],
  options: [
    {
      flags: '--format <format>',
      type: 'string',
      choices: ['table', 'json', 'csv'],
      default: 'table',
      description: 'how rows are printed; json is one object a line',
    },
    { flags: '--limit <n>', type: 'integer', minimum: 0, description: 'print at most this many rows' },
    {
      flags: '--param <name=value>',
      type: 'strings',
      description: 'a named parameter, name=value or name:TYPE=value (repeatable)',
    },
    {
      flags: '--max-bytes-billed <bytes>',
      type: 'integer',
      minimum: 10_485_760,
      description: 'refuse to run when the query would read more',
    },
    {
      flags: '--dry-run',
      type: 'boolean',
      description: 'check the statement and say how much it would read',
    },
  ],
  examples: [
    {
      command:
        'healthmon query "SELECT Outcome, COUNT(*) AS patients FROM batch_patient_info GROUP BY Outcome"',
      does: 'Counts patients by outcome.',
    },
    {
      command: 'healthmon query --format csv "SELECT * FROM joined_patient_records" > joined.csv',
      does: 'Exports a table as CSV, page by page.',
    },
  ],
  target: 'reads',
  result: {
    schema: 'name, type and mode of each column',
    rows: 'the rows, with --json',
    totalRows: 'rows of the result',
    printedRows: 'rows printed or returned',
    affectedRows: 'rows that a DML statement changed',
    statementType: 'kind of statement, such as SELECT',
    totalBytesProcessed: 'bytes read; with --dry-run, bytes it would read',
    dryRun: 'true when nothing was run',
    format: 'the format that was asked for',
    seconds: 'duration',
  },
  async run(input, context) {
    const { runQueryCommand } = await import('../src/pipeline/analytics/query.js');
    return runQueryCommand(
      {
        sql: input.sql,
        format: input.format,
        limit: input.limit,
        params: input.param ?? [],
        maxBytesBilled: input.maxBytesBilled,
        dryRun: input.dryRun === true,
      },
      {
        clients: () => context.google(),
        config: context.config,
        signal: context.signal,
        // The rows themselves are the answer; under --json they go into the one document instead.
        write: context.output.json ? undefined : (chunk) => context.output.write(chunk),
      },
    );
  },
  render(result, output) {
    if (result.dryRun) {
      output.note(`Valid. It would read ${result.totalBytesProcessed} bytes.`);
      return;
    }
    const selected = result.statementType === 'SELECT' || result.rows.length > 0;
    if (result.format === 'table' && selected) {
      output.table(
        result.schema.map((field) => field.name),
        result.rows.map((row) => result.schema.map((field) => cellText(row[field.name]))),
      );
    }
    const shown =
      result.printedRows < result.totalRows ? `, ${result.printedRows} shown (more with --limit)` : '';
    const affected = DML.has(result.statementType) ? `, ${counted(result.affectedRows, 'row')} affected` : '';
    const summary = selected
      ? `${counted(result.totalRows, 'row')}${shown}`
      : `${result.statementType.toLowerCase().replaceAll('_', ' ')} done${affected}`;
    output.note(`${summary} in ${result.seconds.toFixed(2)} s`);
  },
});

function cellText(value: unknown): string {
  if (value === null || value === undefined) return 'NULL';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
