import type { Context, OptionsOf } from '../../src/cli/command.js';
import { during } from '../../src/cli/during.js';
import { JOB_DEFAULTS } from '../../src/pipeline/jobs/defaults.js';
import type { RunStreamInput } from '../../src/pipeline/jobs/run-stream-job.js';
import { LOAD_DEFAULTS } from '../../src/pipeline/load/defaults.js';
import type { LoadCommandResult } from '../../src/pipeline/load/run-load.js';
import { STREAM_DEFAULTS } from '../../src/pipeline/stream/defaults.js';
import { DEFAULT_MACHINES, engineOf, launchStream, refuseOptions } from './launch.js';
import { type LOAD_JOB_OPTIONS, loadRequestOf } from './options.js';

type LoadInput = Omit<OptionsOf<typeof LOAD_JOB_OPTIONS>, 'schema'> & {
  files: readonly string[];
  schema: readonly string[] | undefined;
} & Readonly<Record<string, unknown>>;

/** `load`, by a job. What no job does is refused by name. */
export async function loadByJob(
  input: LoadInput,
  context: Context,
): Promise<LoadCommandResult & { jobId: string | null }> {
  refuseOptions('dataflow', {
    '--table': input.table,
    '--quote': input.quote,
    '--escape': input.escape,
    '--encoding': input.encoding,
    '--timezone': input.timezone,
    '--mode': input.mode !== LOAD_DEFAULTS.mode,
    '--rejects': input.rejects,
    '--check': input.check,
    '--dry-run': input.dryRun,
    '--also': input.also,
    '--low-priority': input.lowPriority,
    '--tag': input.tag,
  });
  const { runLoadJob } = await import('../../src/pipeline/jobs/run-load-job.js');
  const { config, cwd, output, signal } = context;
  const clients = await context.google(['dataflow', 'storage', 'spanner']);
  const startedMs = performance.now();
  const request = {
    ...loadRequestOf(input.files, { ...input, schema: undefined }),
    schemas: input.schema ?? [],
  };
  const ran = await during(
    output,
    `Running ${JOB_DEFAULTS.loadName}`,
    (progress) =>
      runLoadJob(
        { ...DEFAULT_MACHINES, name: JOB_DEFAULTS.loadName, request, validateOnly: false, wait: 'done' },
        { clients, config, cwd, signal, requireEngine: engineOf(context) },
        (state) => progress.update(state),
      ),
    ({ state }) => state ?? '',
  );
  const seconds = (performance.now() - startedMs) / 1000;
  const [rowsRead, rowsLoaded, rowsRejected] = [
    ran.rowsRead ?? 0,
    ran.rowsLoaded ?? 0,
    ran.rowsRejected ?? 0,
  ];
  return {
    ...{ table: ran.table, jobId: ran.jobId, rowsRead, rowsLoaded, rowsRejected, rowsResumed: 0 },
    ...{
      rowsValid: rowsRead - rowsRejected,
      reasons: [],
      mode: LOAD_DEFAULTS.mode,
      check: false,
      dryRun: false,
    },
    ...{ rejectsFile: ran.rejects[0] ?? null, rejectsFiles: ran.rejects },
    ...{ stagedObject: null, stagedObjects: [] },
    ...{ seconds, rowsPerSecond: Math.round(rowsLoaded / Math.max(seconds, 0.001)) },
  };
}

/** `stream`, by a job. What no job does is refused by name. */
export async function streamByJob(
  input: { timezone: string | undefined; retention: number } & Readonly<Record<string, unknown>>,
  context: Context,
) {
  const unlike = (option: keyof typeof input, value: unknown) => input[option] !== value;
  refuseOptions('dataflow', {
    '--sink': unlike('sink', 'bigtable,bigquery'),
    '--bigquery-method': unlike('bigqueryMethod', STREAM_DEFAULTS.bigqueryMethod),
    '--max-messages': input.maxMessages,
    '--idle-timeout': input.idleTimeout,
    '--duration': input.duration,
    '--drain-timeout': input.drainTimeout,
    '--max-inflight': input.maxInflight,
    '--streams': input.streams,
    '--linger': unlike('linger', STREAM_DEFAULTS.lingerMs),
    '--ack-deadline': unlike('ackDeadline', STREAM_DEFAULTS.ackDeadlineMs),
    '--alerts': input.alerts,
    '--metrics-port': input.metricsPort,
    '--stall-timeout': unlike('stallTimeout', STREAM_DEFAULTS.stallAfterMs),
    '--max-tries': unlike('maxTries', STREAM_DEFAULTS.maxTries),
    '--give-up-after': input.giveUpAfter,
  });
  const { name, subscription } = JOB_DEFAULTS;
  const wanted: RunStreamInput = {
    ...DEFAULT_MACHINES,
    ...{ name, subscription, timeZone: input.timezone, retentionMs: input.retention },
    ...{ update: false, validateOnly: false, wait: 'running' },
  };
  return launchStream(wanted, context, input.dryRun === true);
}
