import { randomBytes } from 'node:crypto';

/** The states of a job, in the order of the API's enumeration, which travels as names and as numbers. */
export const JOB_STATES = [
  ...(['UNKNOWN', 'STOPPED', 'RUNNING', 'DONE', 'FAILED', 'CANCELLED', 'UPDATED', 'DRAINING'] as const),
  ...(['DRAINED', 'PENDING', 'CANCELLING', 'QUEUED'] as const),
] as const;
export type JobState = (typeof JOB_STATES)[number];

const TERMINAL: ReadonlySet<JobState> = new Set(['DONE', 'FAILED', 'CANCELLED', 'UPDATED', 'DRAINED']);

export function isTerminal(state: JobState): boolean {
  return TERMINAL.has(state);
}

/** How much a message matters, in the API's words. */
export type Importance =
  | 'JOB_MESSAGE_DEBUG'
  | 'JOB_MESSAGE_BASIC'
  | 'JOB_MESSAGE_WARNING'
  | 'JOB_MESSAGE_ERROR';

export interface JobMessage {
  id: string;
  time: string;
  messageText: string;
  messageImportance: Importance;
}

/** A job as it is kept. */
export interface JobRecord {
  id: string;
  name: string;
  location: string;
  streaming: boolean;
  state: JobState;
  stateTime: string;
  createTime: string;
  labels: Readonly<Record<string, string>>;
  replacesJobId?: string;
  replacedByJobId?: string;
  messages: JobMessage[];
  /** Counters of the job's own namespace. */
  counters: Readonly<Record<string, number>>;
}

/** As Dataflow makes them: the time, and what tells apart jobs of one second. */
export function newJobId(now: Date): string {
  const time = now.toISOString().slice(0, 19).replace('T', '_').replaceAll(':', '_');
  return `${time}-${BigInt(`0x${randomBytes(8).toString('hex')}`)}`;
}

/** The resource `Job` of the API. */
export function jobResource(job: JobRecord, project: string) {
  return {
    id: job.id,
    projectId: project,
    name: job.name,
    type: job.streaming ? 'JOB_TYPE_STREAMING' : 'JOB_TYPE_BATCH',
    currentState: `JOB_STATE_${job.state}`,
    currentStateTime: job.stateTime,
    createTime: job.createTime,
    startTime: job.createTime,
    location: job.location,
    labels: job.labels,
    ...(job.replacesJobId !== undefined && { replaceJobId: job.replacesJobId }),
    ...(job.replacedByJobId !== undefined && { replacedByJobId: job.replacedByJobId }),
  };
}
