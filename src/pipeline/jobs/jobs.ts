import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../../config/config.js';
import { HealthmonError, notReadyError, usageError } from '../../errors/healthmon-error.js';
import type { GoogleClients } from '../../gcp/clients.js';
import {
  type DataflowPort,
  dataflowPort,
  isTerminal,
  type Job,
  type JobMessage,
  type MessageLevel,
} from '../../gcp/dataflow/port.js';

export interface JobTools {
  clients: GoogleClients;
  config: Config;
  signal: AbortSignal;
}

export interface LaunchTools extends JobTools {
  /** Fails where nothing runs jobs; asked before one is launched. */
  requireEngine(): Promise<void>;
}

/** Label of the jobs of healthmon. */
export const JOB_LABEL = { app: 'healthmon' } as const;

/** Dataflow takes minutes to start a job, a process of this machine seconds. */
const POLL_MS = { local: 500, cloud: 5_000 };
const LAST_MESSAGES = 3;

export function openJobs({ clients, config }: JobTools, region: string | undefined): Promise<DataflowPort> {
  return dataflowPort(clients, config, region ?? config.location);
}

export function isOurs({ labels }: Job): boolean {
  return labels.app === JOB_LABEL.app;
}

/** The job by id or name; the newest of ours when none is named. @throws HealthmonError when there is none. */
export async function findJob(port: DataflowPort, named: string | undefined): Promise<Job> {
  const all = (await port.jobs('all')).filter((job) => named !== undefined || isOurs(job));
  const found =
    named === undefined
      ? (all.find(({ state }) => !isTerminal(state)) ?? all[0])
      : (all.find(({ id }) => id === named) ?? all.find(({ name }) => name === named));
  if (found !== undefined) return found;
  throw notReadyError({
    code: 'job-not-found',
    message: named === undefined ? 'There is no job of healthmon.' : `There is no job "${named}".`,
    suggestion: 'Run "healthmon jobs list --status all --all", with --region when it runs in another one.',
  });
}

/**
 * Follows a job until it is so, or has ended in another way.
 * @param onState what it passes through
 * @throws HealthmonError with what the job itself said last, when it failed
 */
export async function followJob(
  port: DataflowPort,
  job: Job,
  until: (job: Job) => boolean | Promise<boolean>,
  { clients, signal }: JobTools,
  onState: (state: string) => void,
): Promise<Job> {
  let now = job;
  while (!isTerminal(now.state) && !(await until(now))) {
    onState(now.state);
    await sleep(clients.local ? POLL_MS.local : POLL_MS.cloud, undefined, { signal });
    now = await port.job(job.id);
  }
  if (now.state === 'FAILED') throw await failure(port, now);
  return now;
}

/** Hands on what a job says, each message once, until it has ended. */
export async function followMessages(
  port: DataflowPort,
  { id }: Job,
  least: MessageLevel,
  { clients, signal }: JobTools,
  onMessages: (messages: readonly JobMessage[]) => void,
): Promise<void> {
  let seen = new Set<string>();
  let since: string | undefined;
  for (;;) {
    // Asked first, so that what it said at its end is read as well.
    const { state } = await port.job(id);
    const messages = await port.messages(id, least, since);
    onMessages(messages.filter((message) => !seen.has(message.id)));
    if (isTerminal(state)) return;
    if (messages.length > 0) {
      seen = new Set(messages.map((message) => message.id));
      since = messages.at(-1)!.time;
    }
    await sleep(clients.local ? POLL_MS.local : POLL_MS.cloud, undefined, { signal });
  }
}

async function failure(port: DataflowPort, { id, name }: Job): Promise<HealthmonError> {
  const errors = await port.messages(id, 'error');
  return new HealthmonError({
    code: 'job-failed',
    message: `The job ${name} failed.`,
    detail: errors
      .slice(-LAST_MESSAGES)
      .map(({ text }) => text)
      .join('\n'),
    suggestion: `Run "healthmon jobs logs ${id}".`,
  });
}

/** @throws HealthmonError when a job that is to be ended has ended already. */
export function requireActive({ id, state }: Job): void {
  if (!isTerminal(state)) return;
  throw usageError({
    code: 'job-ended',
    message: `The job ${id} has ended as ${state}.`,
    suggestion: 'Run "healthmon jobs list" to see those that run.',
  });
}
