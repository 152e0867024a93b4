import type { ArgumentSpec, OptionSpec } from '../../src/cli/command.js';
import { usageError } from '../../src/errors/healthmon-error.js';
import { JOB_DEFAULTS } from '../../src/pipeline/jobs/defaults.js';
import { STREAM_DEFAULTS } from '../../src/pipeline/stream/defaults.js';

const KINDS = ['stream'] as const;

export const KIND_ARGUMENT = {
  name: 'kind',
  description: 'what the job does: stream',
  required: true,
  completes: KINDS,
} as const satisfies ArgumentSpec;

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

/** @throws HealthmonError for what is no kind of job, or one that there is no job for. */
export function checkKind(kind: string): void {
  if (kind === 'stream') return;
  throw usageError({
    code: 'unsupported',
    message: `There are no jobs of the kind "${kind}".`,
    detail: `The kinds are: ${KINDS.join(', ')}.`,
    suggestion:
      'Give stream; files are loaded with "healthmon load", and tables are copied with "healthmon sync".',
  });
}

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
