import { randomBytes } from 'node:crypto';
import type { Config } from '../../config/config.js';
import { HealthmonError } from '../../errors/healthmon-error.js';
import { liveAdmins } from '../../gcp/admins.js';
import { isTerminal } from '../../gcp/dataflow/port.js';
import { pubSubAdmin } from '../../gcp/pubsub/admin.js';
import { provision } from '../provision/provision.js';
import { PLAIN_SUBSCRIPTION } from '../provision/service-steps.js';
import { planTeardown } from '../provision/teardown.js';
import { runSimulate } from '../simulate/run.js';
import { STREAM_DEFAULTS } from '../stream/defaults.js';
import { runStream } from '../stream/stream.js';
import { type Comparison, compareStored, type StoreName } from './compare.js';
import { findJob, followJob, type JobTools, type LaunchTools, openJobs } from './jobs.js';
import type { Machines } from './launch.js';
import { runStreamJob } from './run-stream-job.js';
import { readStored } from './stored.js';

export interface VerifyStreamInput extends Machines {
  messages: number;
  seed: number;
  /** Messages that are no readings, and some out of order, among them. */
  faults: boolean;
  /** Leaves everything that was made. */
  keep: boolean;
}

export interface VerifyStreamResult extends Comparison<StoreName> {
  published: number;
  /** Messages that the worker put aside, by reason. */
  rejected: Record<string, number>;
  jobId: string;
  /** Names of what was made for it and is still there; null when it was removed. */
  kept: { topic: string; datasets: string[]; bigtableTables: string[] } | null;
  seconds: number;
}

/** Longer than any pause of a job that works: machines of Dataflow take minutes to start. */
const STALLED_AFTER_MS = 600_000;

/**
 * Sends the same messages to the worker and to the job, each with a subscription of its own and stores of its own, and
 * compares what they stored. Removes all of it again.
 */
export async function verifyStream(
  input: VerifyStreamInput,
  tools: LaunchTools & { cwd: string },
  onStep: (step: string) => void,
): Promise<VerifyStreamResult> {
  const startedMs = performance.now();
  const tag = randomBytes(3).toString('hex');
  const worker = settingsOf(tools.config, tag, 'worker');
  const job = settingsOf(tools.config, tag, 'job');
  const name = `healthmon-verify-${tag}`;
  const tidyUp = async () => {
    onStep('tidying up');
    await endJob(name, input.region, tools);
    if (!input.keep) for (const config of [worker, job]) await removeStores(config, tools);
  };
  let compared: Awaited<ReturnType<typeof compare>>;
  try {
    onStep('making stores');
    await makeStores(worker, job, tools);
    compared = await compare(input, { worker, job, name }, tools, onStep);
  } catch (error) {
    // What went wrong first is what is told.
    await tidyUp().catch(() => {});
    throw error;
  }
  await tidyUp();
  return {
    ...compared,
    kept: input.keep
      ? {
          topic: worker.pubsub.topic,
          datasets: [worker, job].map(({ bigquery }) => bigquery.dataset),
          bigtableTables: [worker, job].flatMap(({ bigtable }) => [bigtable.table, bigtable.nowTable]),
        }
      : null,
    seconds: (performance.now() - startedMs) / 1000,
  };
}

/** The settings with names of resources that nothing else has. Both engines read from one topic. */
function settingsOf(config: Config, tag: string, engine: 'worker' | 'job'): Config {
  const { pubsub, bigtable, bigquery } = config;
  const own = `verify_${tag}_${engine}`;
  return {
    ...config,
    pubsub: {
      ...pubsub,
      topic: `healthmon-verify-${tag}`,
      subscription: `healthmon-${own}`,
      deadLetterTopic: `healthmon-${own}-dead-letter`,
      deadLetterSubscription: `healthmon-${own}-dead-letter-inspect`,
      alertTopic: `healthmon-${own}-alerts`,
      alertSubscription: `healthmon-${own}-alerts-inspect`,
    },
    bigtable: { ...bigtable, table: `${own}_vitals`, nowTable: `${own}_now` },
    bigquery: { ...bigquery, dataset: own },
  };
}

async function makeStores(worker: Config, job: Config, { clients, signal }: JobTools): Promise<void> {
  await provision(liveAdmins(clients, worker), worker, {
    only: ['storage', 'pubsub', 'bigtable', 'bigquery'],
    signal,
  });
  await provision(liveAdmins(clients, job), job, { only: ['bigtable', 'bigquery'], signal });
  // The job makes its own subscription.
  const admin = await pubSubAdmin(clients, job);
  const { deadLetterTopic, deadLetterSubscription } = job.pubsub;
  await admin.createTopic(deadLetterTopic);
  await admin.createSubscription(deadLetterSubscription, deadLetterTopic, PLAIN_SUBSCRIPTION);
}

async function compare(
  input: VerifyStreamInput,
  { worker, job, name }: { worker: Config; job: Config; name: string },
  { clients, signal, cwd, requireEngine }: LaunchTools & { cwd: string },
  onStep: (step: string) => void,
) {
  const jobTools = { clients, config: job, signal, requireEngine };
  const { subscription } = job.pubsub;
  const launched = await runStreamJob(
    { ...input, ...DECODED, name, subscription, update: false, validateOnly: false, wait: 'running' },
    jobTools,
    (state) => onStep(`the job is ${state}`),
  );
  onStep('publishing');
  const published = await publish(input, worker, { clients, signal, cwd });
  onStep('storing');
  const { reasons } = await runStream(
    { ...DECODED, sinks: ['bigtable', 'bigquery'], maxMessages: published },
    { clients, config: worker, signal },
  );
  const port = await openJobs(jobTools, input.region);
  const running = await port.job(launched.jobId!);
  const isMoving = watchdog();
  const stored = await followJob(
    port,
    running,
    async ({ id }) => {
      const { received = 0 } = await port.counters(id);
      isMoving(`${received} of ${published} messages`);
      return received >= published;
    },
    jobTools,
    () => {},
  );
  if (isTerminal(stored.state)) throw stalled(`the job ended as ${stored.state}`);
  onStep('draining the job');
  await port.end(stored.id, 'drain');
  const isDraining = watchdog();
  const drained = await followJob(
    port,
    await port.job(stored.id),
    ({ state }) => {
      isDraining(`the job is ${state}`);
      return false;
    },
    jobTools,
    () => {},
  );
  onStep('comparing');
  const expected = await readStored({ clients, config: worker, signal });
  const found = await readStored({ clients, config: job, signal });
  return {
    published,
    rejected: reasons,
    jobId: drained.id,
    ...compareStored(expected, found),
  };
}

/** What both decoders are told. */
const DECODED = { timeZone: undefined, retentionMs: STREAM_DEFAULTS.retentionMs };

const HOUR_MS = 3_600_000;
/** So that the readings of a part take less than two hours at one a minute, and lie within the retention. */
const READINGS_OF_PATIENT = 100;
/** Percent of the messages. Without any sent twice, of which BigQuery may keep either. */
const FAULTS = { drop: 0, duplicate: 0, late: 2, outOfOrder: 2, garbage: 10 };

/** One half as flat messages, one as FHIR bundles, of other hours. @returns how many. */
async function publish(
  { messages, seed, faults }: VerifyStreamInput,
  config: Config,
  { clients, signal, cwd }: { clients: JobTools['clients']; signal: AbortSignal; cwd: string },
): Promise<number> {
  const halves = { json: Math.ceil(messages / 2), fhir: Math.floor(messages / 2) } as const;
  const hoursBefore = { json: 3, fhir: 6 } as const;
  let published = 0;
  for (const format of ['json', 'fhir'] as const) {
    const made = await runSimulate(
      {
        format,
        count: halves[format],
        patients: Math.max(1, Math.ceil(halves[format] / READINGS_OF_PATIENT)),
        seed,
        startTime: new Date(Date.now() - hoursBefore[format] * HOUR_MS).toISOString(),
        intervalMs: 60_000,
        ...(faults && { faults: FAULTS }),
      },
      { clients: async () => clients, config, signal, cwd },
    );
    published += made.published;
    if (made.failed > 0) throw stalled(`${made.failed} messages could not be published: ${made.error}`);
  }
  return published;
}

/** Fails once what it is told has been the same for too long. */
function watchdog(): (progress: string) => void {
  let last: string | undefined;
  let sinceMs = 0;
  return (progress) => {
    if (progress !== last) {
      last = progress;
      sinceMs = performance.now();
    } else if (performance.now() - sinceMs > STALLED_AFTER_MS) throw stalled(progress);
  };
}

function stalled(how: string): HealthmonError {
  return new HealthmonError({
    code: 'verify-stalled',
    message: `The comparison came to no end: ${how}.`,
    suggestion: 'Run it again with --keep, and "healthmon jobs logs" for what the job says.',
  });
}

/** Cancels the job where the comparison was interrupted before its end. */
async function endJob(name: string, region: string | undefined, tools: JobTools): Promise<void> {
  const port = await openJobs(tools, region);
  const job = await findJob(port, name).catch((error: { code?: string }) => {
    if (error.code === 'job-not-found') return undefined;
    throw error;
  });
  if (job !== undefined && !isTerminal(job.state)) await port.end(job.id, 'cancel');
}

async function removeStores(config: Config, { clients }: JobTools): Promise<void> {
  for (const { apply } of await planTeardown(clients, config, ['pubsub', 'bigtable', 'bigquery'])) {
    await apply();
  }
}
