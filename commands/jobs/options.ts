import type { ArgumentSpec, OptionSpec, OptionsOf } from '../../src/cli/command.js';
import { JOB_DEFAULTS } from '../../src/pipeline/jobs/defaults.js';
import type { LoadRequest } from '../../src/pipeline/load/load-request.js';
import { STREAM_DEFAULTS } from '../../src/pipeline/stream/defaults.js';

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
  {
    flags: '--map <name=column>',
    type: 'strings',
    description: 'column of the table for a column of the file (repeatable)',
  },
  {
    flags: '--columns <names>',
    type: 'string',
    description: 'the files have no header line; these are their columns, separated by commas',
  },
  { flags: '--ignore-extra-columns', type: 'boolean', description: 'leave out columns that the table lacks' },
  {
    flags: '--allow-missing-columns',
    type: 'boolean',
    description: 'files may lack optional columns; their values stay as they are',
  },
  {
    flags: '--delimiter <character>',
    type: 'string',
    description: 'between fields; guessed from the header line when not given',
  },
  {
    flags: '--null-marker <text>',
    type: 'strings',
    description: 'unquoted text that means NULL, instead of nothing (repeatable)',
  },
  {
    flags: '--date-format <format>',
    type: 'string',
    description: 'of dates that are not YYYY-MM-DD, such as DD/MM/YYYY',
  },
  {
    flags: '--max-rejects <n>',
    type: 'string',
    description: 'write nothing when the checks reject more rows: a number, or a share such as 1%',
  },
] as const satisfies readonly OptionSpec[];

/** The request of `load` that a job carries out. */
export function loadRequestOf(
  files: readonly string[],
  input: OptionsOf<typeof LOAD_JOB_OPTIONS>,
): LoadRequest {
  return {
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
    mode: 'upsert',
    ...{ check: false, dryRun: false, alsoBigQuery: false, lowPriority: false },
  };
}
