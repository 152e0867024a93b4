import { defineCommand } from '../src/cli/command.js';
import { confirmationOptions, requireConfirmation } from '../src/cli/confirmation.js';
import { counted } from '../src/core/counted.js';
import { EXIT } from '../src/errors/healthmon-error.js';
import { LOAD_DEFAULTS } from '../src/pipeline/load/defaults.js';
import type { LoadProgress } from '../src/pipeline/load/load-options.js';
import type { LoadCommandResult } from '../src/pipeline/load/run-load.js';
import { COLUMN_OPTIONS, MAX_REJECTS_OPTION, VALUE_OPTIONS } from './load-options.js';

const REASONS_SHOWN = 5;

export default defineCommand({
  details: [
    'Every row is checked before the first is written. Good rows are written by key; rejected rows go to FILE.rejects.csv with line, column, reason and hint, can be corrected there and loaded again, and make the exit code 4.',
    'An unquoted empty field is NULL; a quoted one ("") is an empty string in a text column and NULL elsewhere. --null-marker names another text for NULL; an empty field of a text column is then an empty string.',
    'The same command after an interruption goes on where it stopped. BigQuery gets the rows by "healthmon sync", or at once with --also bigquery.',
  ].join('\n'),
  arguments: [
    {
      name: 'files',
      description:
        'CSV files, folders, globs, gs://bucket/prefix*, or "-" for standard input; gzip is recognised',
      required: true,
      variadic: true,
    },
  ],
  options: [
    {
      flags: '--schema <file>',
      type: 'strings',
      description:
        'table schema (JSON) of another table than admissions; several load several tables, parents first',
    },
    {
      flags: '--table <name>',
      type: 'string',
      description: 'Spanner table; without --schema it must exist',
      completes: 'tables',
    },
    ...COLUMN_OPTIONS,
    {
      flags: '--quote <character>',
      type: 'string',
      description: `around fields (default: ${LOAD_DEFAULTS.quote})`,
    },
    {
      flags: '--escape <character>',
      type: 'string',
      description: 'before a quote within a quoted field (default: the quote itself)',
    },
    {
      flags: '--encoding <name>',
      type: 'string',
      description:
        'utf-8, utf-16le, utf-16be or latin1 (also Windows-1252); a byte order mark tells by itself',
    },
    ...VALUE_OPTIONS,
    { flags: '--timezone <name>', type: 'string', description: 'IANA time zone of times without an offset' },
    {
      flags: '--mode <mode>',
      type: 'string',
      choices: ['upsert', 'insert', 'truncate'],
      default: LOAD_DEFAULTS.mode,
      description:
        'upsert replaces rows with the same key, insert refuses them, truncate empties the table first',
    },
    MAX_REJECTS_OPTION,
    { flags: '--rejects <file>', type: 'string', description: 'path of the reject file' },
    { flags: '--check', type: 'boolean', description: 'check every row and write nothing' },
    { flags: '--dry-run', type: 'boolean', description: 'say what would be written and write nothing' },
    ...confirmationOptions('really empty the table with --mode truncate, on Google Cloud'),
    {
      flags: '--also <service>',
      type: 'string',
      choices: ['bigquery'],
      description: 'copy the table to BigQuery afterwards, as "healthmon sync" does',
    },
    {
      flags: '--engine <engine>',
      type: 'string',
      choices: ['here', 'dataflow'],
      default: 'here',
      description: 'what loads the files: this process, or a job as "jobs run load" launches it',
    },
    { flags: '--low-priority', type: 'boolean', description: 'let other requests to Spanner go first' },
    {
      flags: '--tag <text>',
      type: 'string',
      description: 'transaction tag in Spanner statistics; never patient data',
    },
  ],
  examples: [
    { command: 'healthmon load admissions.csv', does: 'Loads admissions into Spanner.' },
    { command: 'healthmon load admissions.csv --check', does: 'Only checks the file.' },
    {
      command: 'healthmon load "export/*.csv.gz" --schema encounters.json --timezone UTC',
      does: 'Loads compressed files into the table of a schema.',
    },
    {
      command: 'healthmon load admissions.rejects.csv',
      does: 'Loads rejected rows again after they were corrected.',
    },
  ],
  target: 'changes',
  // Commits that are under way, and the note of how far it got.
  graceMs: () => 5_000,
  result: {
    table: 'Spanner table',
    rowsRead: 'data rows in the files',
    rowsValid: 'rows that passed every check before the first was written',
    rowsLoaded: 'rows written, those of an earlier, interrupted run included',
    rowsRejected: 'rows that were not written',
    rowsResumed: 'rows that an earlier, interrupted run had written',
    rejectsFile: 'reject file, or null',
    rejectsFiles: 'all reject files, when there are several sources',
    stagedObject: 'copy of the source in Cloud Storage, or null',
    stagedObjects: 'all such copies',
    reasons: 'column, reason and count, most frequent first',
    mode: 'upsert, insert, truncate or check',
    seconds: 'duration',
    rowsPerSecond: 'rows written (with --check: read) a second',
    tables: 'with several schemas: the same figures for each table',
    check: 'whether only the rows were checked',
    dryRun: 'true when nothing was written',
    bigquery: 'with --also bigquery: the result of sync for each table',
    jobId: 'with --engine dataflow: the job',
  },
  async run(input, context): Promise<LoadCommandResult & { jobId?: string | null }> {
    const writes = input.check !== true && input.dryRun !== true;
    if (input.mode === 'truncate' && writes) {
      requireConfirmation('Emptying a table', input, context.config);
    }
    if (input.engine === 'dataflow') {
      const { loadByJob } = await import('./jobs/by-job.js');
      return loadByJob(input, context);
    }
    const { runLoad } = await import('../src/pipeline/load/run-load.js');
    const { output } = context;
    const progress = output.progress(input.check === true ? 'Checking' : 'Loading');
    const meter = progressMeter();
    try {
      const result = await runLoad(
        {
          files: input.files,
          schemas: input.schema ?? [],
          table: input.table,
          map: input.map ?? [],
          columns: input.columns,
          delimiter: input.delimiter,
          quote: input.quote,
          escape: input.escape,
          encoding: input.encoding,
          nullMarkers: input.nullMarker,
          dateFormat: input.dateFormat,
          timezone: input.timezone,
          ignoreExtraColumns: input.ignoreExtraColumns === true,
          allowMissingColumns: input.allowMissingColumns === true,
          mode: input.mode,
          maxRejects: input.maxRejects,
          rejects: input.rejects,
          check: input.check === true,
          dryRun: input.dryRun === true,
          alsoBigQuery: input.also === 'bigquery',
          lowPriority: input.lowPriority === true,
          tag: input.tag,
        },
        {
          config: context.config,
          cwd: context.cwd,
          stdin: process.stdin,
          clients: () => context.google(),
          now: () => context.now(),
          signal: context.signal,
          onProgress: (state) => progress.update(meter(state)),
          onWait: () => output.note('Another load of the same file is under way; waiting for it.'),
        },
      );
      progress.done(`${counted(result.rowsRead, 'row')} in ${result.seconds.toFixed(2)} s`);
      return result;
    } catch (error) {
      progress.fail();
      throw error;
    }
  },
  render(result, output) {
    for (const { column, reason, count } of result.reasons.slice(0, REASONS_SHOWN)) {
      output.warn(`${count} × ${column === '' ? '' : `${column}: `}${reason}`);
    }
    const more = result.reasons.length - REASONS_SHOWN;
    if (more > 0) output.warn(`and ${counted(more, 'other reason')}, all in the reject file`);
    for (const file of result.rejectsFiles) output.note(`Rejected rows: ${file}`);
    output.table(
      ['table', 'read', result.check || result.dryRun ? 'valid' : 'loaded', 'rejected', 'seconds'],
      (result.tables ?? [result]).map((table) => [
        table.table,
        table.rowsRead,
        result.check || result.dryRun ? table.rowsValid : table.rowsLoaded,
        table.rowsRejected,
        result.tables === undefined ? result.seconds.toFixed(2) : '',
      ]),
    );
    if (result.rowsResumed > 0) {
      output.note(`${counted(result.rowsResumed, 'row')} written by an earlier, interrupted run.`);
    }
    if (result.dryRun) output.note('Nothing was written.');
    for (const { table, rows } of result.bigquery ?? []) {
      output.note(`${counted(rows, 'row')} copied to ${table}`);
    }
  },
  exitCode: (result) => (result.rowsRejected > 0 ? EXIT.rowsRejected : EXIT.done),
});

/** Rows, rate, rejects, time left and commit latency, as one line. */
function progressMeter(): (state: LoadProgress) => string {
  let phase = '';
  let startedMs = 0;
  return (state) => {
    if (state.phase !== phase) {
      phase = state.phase;
      startedMs = performance.now();
    }
    const seconds = (performance.now() - startedMs) / 1000;
    const rate = seconds > 0.2 ? state.rows / seconds : 0;
    const parts = [`${state.phase} ${state.table}`, counted(state.rows, 'row')];
    if (rate > 0) parts.push(`${Math.round(rate)} rows/s`);
    if (state.rejected > 0) parts.push(`${state.rejected} rejected`);
    if (state.total !== undefined && rate > 0) {
      parts.push(`${Math.max(0, Math.ceil((state.total - state.rows) / rate))} s left`);
    }
    if (state.commitMs) parts.push(`${Math.round(state.commitMs)} ms a commit, ${state.concurrency} at once`);
    return parts.join(', ');
  };
}
