import type { Config } from '../../config/config.js';
import type { GoogleClients } from '../clients.js';
import { callsOf } from '../google-calls.js';

const TERMINAL_STATES = ['DONE', 'FAILED', 'CANCELLED', 'UPDATED', 'DRAINED'] as const;

/** What a job was asked for by name: https://cloud.google.com/dataflow/docs/reference/rest/v1b3/projects.jobs#JobState */
export function isTerminal(state: string): boolean {
  return (TERMINAL_STATES as readonly string[]).includes(state);
}

export interface Job {
  id: string;
  name: string;
  type: 'streaming' | 'batch';
  /** Without the prefix `JOB_STATE_`. */
  state: string;
  /** RFC 3339, as are all times here. */
  since: string;
  created: string;
  region: string;
  labels: Readonly<Record<string, string>>;
}

export interface JobLaunch {
  name: string;
  /** `gs://` path of the template's container spec. */
  template: string;
  parameters: Readonly<Record<string, string>>;
  environment: JobEnvironment;
  /** Takes the place of the running job of this name. */
  update: boolean;
  validateOnly: boolean;
}

/** The part of `FlexTemplateRuntimeEnvironment` that is used. */
export interface JobEnvironment {
  tempLocation: string;
  stagingLocation: string;
  numWorkers: number;
  maxWorkers: number;
  machineType: string;
  serviceAccountEmail?: string | undefined;
  network?: string | undefined;
  subnetwork?: string | undefined;
  ipConfiguration?: 'WORKER_IP_PRIVATE' | undefined;
  enableStreamingEngine?: boolean | undefined;
  streamingMode?: 'STREAMING_MODE_AT_LEAST_ONCE' | undefined;
  additionalUserLabels: Readonly<Record<string, string>>;
}

export interface JobMessage {
  id: string;
  time: string;
  level: MessageLevel;
  text: string;
}

export const MESSAGE_LEVELS = ['debug', 'detailed', 'basic', 'warning', 'error'] as const;
export type MessageLevel = (typeof MESSAGE_LEVELS)[number];

export interface DataflowPort {
  /** Never repeated by itself. Resolves to undefined when the job was only checked. */
  launch(launch: JobLaunch): Promise<Job | undefined>;
  job(id: string): Promise<Job>;
  /** Newest first. */
  jobs(filter: 'active' | 'terminated' | 'all', name?: string): Promise<Job[]>;
  /** Asks a job to end. @param force of one that does not react: leaves its workers to themselves. */
  end(id: string, how: 'drain' | 'cancel', force?: boolean): Promise<void>;
  /** Oldest first. @param since RFC 3339 */
  messages(id: string, least: MessageLevel, since?: string): Promise<JobMessage[]>;
  /** Counters that the job itself keeps. */
  counters(id: string): Promise<Record<string, number>>;
}

export async function dataflowPort(
  clients: GoogleClients,
  config: Config,
  location: string,
): Promise<DataflowPort> {
  const { flexTemplates, jobs, messages, metrics } = await clients.dataflow();
  const translated = callsOf(clients);
  const run = <T>(doing: string, call: () => Promise<T>) =>
    translated(doing, () => call().catch(throwInWords));
  const place = { projectId: config.project, location };
  return {
    launch: ({ name, template, update, validateOnly, ...rest }) =>
      run(`launch the job ${name}`, async () => {
        const launchParameter = { jobName: name, containerSpecGcsPath: template, update, ...rest };
        const [{ job }] = await flexTemplates.launchFlexTemplate({ ...place, launchParameter, validateOnly });
        return validateOnly || !job ? undefined : jobOf(job);
      }),
    job: (jobId) =>
      run(`look up the job ${jobId}`, async () => jobOf((await jobs.getJob({ ...place, jobId }))[0])),
    jobs: (filter, name) =>
      run('list the jobs', async () => {
        const found: Job[] = [];
        const wanted = { ...place, filter: FILTERS[filter], ...(name !== undefined && { name }) };
        for await (const job of jobs.listJobsAsync(wanted, PAGED)) found.push(jobOf(job));
        return found.sort((a, b) => (a.created < b.created ? 1 : -1));
      }),
    end: (jobId, how, force = false) =>
      run(`${how} the job ${jobId}`, async () => {
        const requestedState = how === 'drain' ? 'JOB_STATE_DRAINED' : 'JOB_STATE_CANCELLED';
        // https://cloud.google.com/dataflow/docs/guides/stopping-a-pipeline#force_cancel
        const labels = force ? { labels: { force_cancel_job: 'true' } } : {};
        await jobs.updateJob({ ...place, jobId, job: { requestedState, ...labels } });
      }),
    messages: (jobId, least, since) =>
      run(`read the messages of the job ${jobId}`, async () => {
        const found: JobMessage[] = [];
        const wanted = {
          ...place,
          jobId,
          minimumImportance: `JOB_MESSAGE_${least.toUpperCase()}` as 'JOB_MESSAGE_BASIC',
          ...(since !== undefined && { startTime: { seconds: Math.floor(Date.parse(since) / 1000) } }),
        };
        for await (const { id, time, messageText, messageImportance } of messages.listJobMessagesAsync(
          wanted,
          PAGED,
        )) {
          found.push({
            id: id ?? '',
            time: timeOf(time),
            level: String(messageImportance).replace('JOB_MESSAGE_', '').toLowerCase() as MessageLevel,
            text: messageText ?? '',
          });
        }
        return found;
      }),
    counters: (jobId) =>
      run(`read the metrics of the job ${jobId}`, async () => {
        const [answer] = await metrics.getJobMetrics({ ...place, jobId });
        const counters: Record<string, number> = {};
        for (const { name, scalar } of answer.metrics ?? []) {
          // Dataflow gives each counter a second time as it was before the last commit.
          if (name?.context?.namespace !== 'healthmon' || name.context.tentative !== undefined) continue;
          const value = Number((scalar as { numberValue?: number })?.numberValue ?? 0);
          counters[name.name ?? ''] = (counters[name.name ?? ''] ?? 0) + value;
        }
        return counters;
      }),
  };
}

/** Over REST the client has the whole body of a refusal for a message. */
function throwInWords(error: Error): never {
  const [, message] = /^\{"error":\{.*?"message":("(?:[^"\\]|\\.)*")/.exec(error.message) ?? [];
  if (message !== undefined) error.message = JSON.parse(message) as string;
  throw error;
}

/** The client warns where this is not said. */
const PAGED = { autoPaginate: false };
const FILTERS = { active: 'ACTIVE', terminated: 'TERMINATED', all: 'ALL' } as const;

interface Timestamp {
  seconds?: number | string | { toString(): string } | null;
  nanos?: number | null;
}

interface JobResource {
  id?: string | null;
  name?: string | null;
  type?: unknown;
  currentState?: unknown;
  currentStateTime?: Timestamp | null;
  createTime?: Timestamp | null;
  location?: string | null;
  labels?: Record<string, string> | null;
}

function jobOf(job: JobResource): Job {
  return {
    id: job.id ?? '',
    name: job.name ?? '',
    type: job.type === 'JOB_TYPE_STREAMING' ? 'streaming' : 'batch',
    state: String(job.currentState ?? 'UNKNOWN').replace('JOB_STATE_', ''),
    since: timeOf(job.currentStateTime),
    created: timeOf(job.createTime),
    region: job.location ?? '',
    labels: job.labels ?? {},
  };
}

function timeOf(time: Timestamp | null | undefined): string {
  const ms = Number(time?.seconds ?? 0) * 1000 + Math.floor((time?.nanos ?? 0) / 1e6);
  return new Date(ms).toISOString();
}
