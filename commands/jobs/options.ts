import type { ArgumentSpec, OptionSpec, OptionsOf } from '../../src/cli/command.js';
import { JOB_DEFAULTS } from '../../src/pipeline/jobs/defaults.js';
import { DEFAULT_LOAD } from '../../src/pipeline/load/defaults.js';
import type { LoadRequest } from '../../src/pipeline/load/load-request.js';
import { STREAM_DEFAULTS } from '../../src/pipeline/stream/defaults.js';
import { COLUMN_OPTIONS, MAX_REJECTS_OPTION, VALUE_OPTIONS } from '../load-options.js';

/** What a streaming job is made of. */
export const STREAM_JOB_OPTIONS = [
  {
    flags: '--subscription <name>',
    type: 'string',
    default: JOB_DEFAULTS.subscription,
    description: 'subscription of its own that the job reads from',
  },
  {
    flags: '--timezone <name>',
    type: 'string',
    description: 'time zone of event times without an offset; without it they are refused',
  },
  {
    flags: '--retention <duration>',
    type: 'duration',
    default: STREAM_DEFAULTS.retentionMs,
    description: 'flag readings older than this, as those from the future',
  },
] as const satisfies readonly OptionSpec[];

export const REGION_OPTION = {
  flags: '--region <region>',
  type: 'string',
  description: 'region of Dataflow (default: the setting location)',
} as const satisfies OptionSpec;

export const JOB_ARGUMENT = {
  name: 'job',
  description: 'id or name; without it the newest job of healthmon',
  completes: [],
} as const satisfies ArgumentSpec;

export const FILES_ARGUMENT = {
  name: 'files',
  description: 'CSV files, folders, globs or gs://bucket/prefix*; gzip is recognised',
  required: true,
  variadic: true,
} as const satisfies ArgumentSpec;

/** How the files of a job that loads are read: options of `load`. */
export const LOAD_JOB_OPTIONS = [
  {
    flags: '--schema <file>',
    type: 'string',
    description: 'table schema (JSON) of another table than admissions',
  },
  ...COLUMN_OPTIONS,
  ...VALUE_OPTIONS,
  MAX_REJECTS_OPTION,
] as const satisfies readonly OptionSpec[];

/** The request of `load` that a job carries out. */
export function loadRequestOf(
  files: readonly string[],
  input: OptionsOf<typeof LOAD_JOB_OPTIONS>,
): LoadRequest {
  return {
    ...DEFAULT_LOAD,
    files,
    schemas: input.schema === undefined ? [] : [input.schema],
    map: input.map ?? [],
    columns: input.columns,
    delimiter: input.delimiter,
    nullMarkers: input.nullMarker,
    dateFormat: input.dateFormat,
    ignoreExtraColumns: input.ignoreExtraColumns === true,
    allowMissingColumns: input.allowMissingColumns === true,
    maxRejects: input.maxRejects,
  };
}
